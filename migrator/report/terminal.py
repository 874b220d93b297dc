"""The report for a person at a terminal, readable at 80 columns; in a pipe the same without colours."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from migrator.diagnostics import CATALOGUE, Diagnostic
from migrator.model.source import SourceFile, Span, lines_of
from migrator.report import Analysis
from migrator.report.summaries import CLASSES, resolvers, resolvers_text, template_classes, what_to_give
from migrator.report.words import became, by_dag, clean, count, headline, schedule_text, severities
from migrator.secrets.code import covered_code

MAX_DAGS = 60
MAX_ASSETS = 25
MAX_DIAGNOSTICS = 25
MAX_DELTAS = 6
MAX_PLACES = 3
MAX_NAMES = 5
MAX_RESOLVERS = 12
_LONGEST_ID = 50
_EXCERPT = 72
_MORE = "see all with `--format json`"
_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}


def render(analysis: Analysis, *, terminal: bool, width: int) -> str:
    """The report as text, with colours where it goes to a `terminal`."""
    buffer = io.StringIO()
    print_report(analysis, console_for(buffer, terminal=terminal, width=width))
    return finished(buffer, terminal=terminal)


def finished(buffer: io.StringIO, *, terminal: bool) -> str:
    """What was printed; in a pipe without the spaces that fill tables up."""
    text = buffer.getvalue()
    return text if terminal else re.sub(r"[ ]+$", "", text, flags=re.MULTILINE)


def console_for(buffer: TextIO, *, terminal: bool, width: int) -> Console:
    """A console that writes to `buffer` as it would to standard output."""
    return Console(
        file=buffer, force_terminal=terminal or None, width=width, highlight=False, emoji=False, markup=False
    )


def print_report(analysis: Analysis, console: Console) -> None:
    """Summary, DAGs, assets, order of migration, differences, findings."""
    console.print(Text(f"{headline(analysis)}."))
    _print_dags(analysis, console)
    _print_assets(analysis, console)
    _print_templates(analysis, console)
    _print_waves(analysis, console)
    _print_deltas(analysis, console)
    _print_resolvers(analysis, console)
    print_diagnostics(analysis.diagnostics, analysis.project.sources, console)


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False, show_edge=False
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print_dags(analysis: Analysis, console: Console) -> None:
    rows = by_dag(analysis)
    if not rows:
        return
    table = _table("\nDAGs")
    table.add_column("DAG", overflow="fold", no_wrap=max(len(dag.dag_id) for dag, _ in rows) <= _LONGEST_ID)
    table.add_column("schedule", overflow="fold")
    table.add_column("tasks", justify="right")
    table.add_column("become", overflow="fold")
    for dag, dispositions in rows[:MAX_DAGS]:
        table.add_row(
            Text(clean(dag.dag_id)),
            Text(schedule_text(dag.schedule)),
            str(len(dag.tasks)),
            Text(became(dispositions) or "not selected"),
        )
    console.print(table)
    _print_more(len(rows) - MAX_DAGS, "DAG", console)
    console.print(Text(f"\nAll tasks: {became(analysis.plan.dispositions) or 'none planned'}."))


def _print_assets(analysis: Analysis, console: Console) -> None:
    assets = [asset for asset in analysis.project.assets if asset.kind != "xcom"]
    values = len(analysis.project.assets) - len(assets)
    if assets or values:
        console.print(Text("\nData assets", style="bold"))
    for asset in assets[:MAX_ASSETS]:
        console.print(Text(f"  {clean('/'.join(asset.key))}  ").append(clean(asset.kind), "dim"), soft_wrap=True)
        for word, tasks in (("made by", asset.producers), ("used by", asset.consumers)):
            if tasks:
                console.print(Text.assemble((f"    {word} ", "dim"), _first(tasks)), soft_wrap=True)
    if len(assets) > MAX_ASSETS:
        more = count(len(assets) - MAX_ASSETS, "more asset")
        console.print(Text(f"  ... and {more}: see all with `migrate assets`", style="dim"))
    if values:
        told = f"{count(values, 'value')} that tasks hand to each other: see them with `migrate assets --values`"
        console.print(Text(f"  {'and ' if assets else ''}{told}", style="dim"))


def _print_templates(analysis: Analysis, console: Console) -> None:
    classes = template_classes(analysis.project)
    if not classes:
        return
    table = _table("\nTemplates use", "what", "names")
    table.add_column("times", justify="right")
    table.add_column("tasks", justify="right")
    for found in classes:
        shown = ", ".join(clean(name) for name in found.names[:MAX_NAMES])
        more = f" and {len(found.names) - MAX_NAMES} more" if len(found.names) > MAX_NAMES else ""
        table.add_row(CLASSES.get(found.kind, found.kind), Text(shown + more), f"{found.uses:,}", f"{found.tasks:,}")
    console.print(table)


def _print_resolvers(analysis: Analysis, console: Console) -> None:
    """What the user could tell, so that structures that are not known become known."""
    told = resolvers(analysis.diagnostics)
    if not told:
        return
    console.print(Text(f"\n{resolvers_text(analysis.diagnostics)}", style="bold"))
    for item in told[:MAX_RESOLVERS]:
        console.print(Text(f"  {clean(what_to_give(item))}  ({count(item.findings, 'finding')})"))
    _print_more(len(told) - MAX_RESOLVERS, "name", console)


def _first(ids: Sequence[str]) -> str:
    """The first of several tasks, and how many more there are."""
    if not ids:
        return "-"
    return clean(ids[0]) + (f" and {len(ids) - 1} more" if len(ids) > 1 else "")


def _print_waves(analysis: Analysis, console: Console) -> None:
    waves = analysis.plan.waves
    if len(waves) < 2:
        return
    table = _table("\nOrder of migration", "wave", "DAGs", "why then")
    for wave in waves:
        shown = ", ".join(clean(dag_id) for dag_id in wave.dags[:8])
        more = f" and {len(wave.dags) - 8} more" if len(wave.dags) > 8 else ""
        table.add_row(str(wave.number), Text(shown + more), Text(clean(wave.why)))
    console.print(table)


def _print_deltas(analysis: Analysis, console: Console) -> None:
    """Differences, equal ones of several places together."""
    places: dict[tuple[int, str, str, str], list[str]] = {}
    for delta in analysis.plan.deltas:
        where = ".".join(filter(None, [delta.dag_id, delta.task_id]))
        places.setdefault((delta.severity.rank, delta.airflow, delta.dagster, delta.mitigation), []).append(where)
    if not places:
        return
    console.print(Text("\nWhat will behave differently", style="bold"))
    for key in sorted(places, key=lambda key: key[0])[:MAX_DELTAS]:
        _, airflow, dagster, mitigation = key
        console.print(Text(f"  {_first(places[key])}"))
        grid = Table.grid(padding=(0, 1, 0, 0))
        for word, text in (("Airflow", airflow), ("Dagster", dagster), ("to do", mitigation)):
            if text:
                grid.add_row(Text(f"    {word}", style="dim"), Text(clean(text)))
        console.print(grid)
    _print_more(len(places) - MAX_DELTAS, "difference", console)


def _print_more(number: int, what: str, console: Console) -> None:
    if number > 0:
        console.print(Text(f"  ... and {count(number, f'more {what}')}: {_MORE}", style="dim"))


# ------------------------------------------------------------------------------------------------------------ diagnostics


def print_diagnostics(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, SourceFile], console: Console, limit: int = MAX_DIAGNOSTICS
) -> None:
    """The most severe findings with the code that they are about, those that say the same once; of the others how many there are of each code."""
    ordered = sorted(diagnostics, key=lambda finding: finding.severity.rank)
    groups = _alike(ordered)
    for first, *others in groups[:limit]:
        console.print()
        _print_diagnostic(first, others, sources.get(first.span.file), console)
    rest = Counter(finding.code for group in groups[limit:] for finding in group)
    if rest:
        console.print(Text(f"\n{count(sum(rest.values()), 'more finding')}; {_MORE}:", style="bold"))
        for code, number in sorted(rest.items()):
            console.print(Text(f"  {number:>6,}  {code} {CATALOGUE[code].title}"))
    if diagnostics:
        example = ordered[0].code
        console.print(Text(f"\n{severities(diagnostics)}. `migrate explain {example}` says more about {example}."))
    else:
        console.print(Text("\nNo findings."))


def _alike(findings: Iterable[Diagnostic]) -> list[list[Diagnostic]]:
    """Findings of one code that say the same of several places, or several things of one place, as the tasks of a loop do."""
    groups: list[list[Diagnostic]] = []
    known: dict[tuple[object, ...], list[Diagnostic]] = {}
    for finding in findings:
        keys = ((finding.code, finding.message, finding.help), (finding.code, finding.span, finding.help))
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            groups.append(group := [])
            known |= dict.fromkeys(keys, group)
        group.append(finding)
    return groups


def _print_diagnostic(
    finding: Diagnostic, others: Sequence[Diagnostic], source: SourceFile | None, console: Console
) -> None:
    """A finding, and where else, or of what else at its place, the same was found."""
    title, *rest = finding.message.splitlines() or [""]
    console.print(Text.assemble((finding.code, _STYLES[finding.severity.value]), f" {clean(title)}"), soft_wrap=True)
    for line in rest:
        console.print(Text(f"  {clean(line)}"), soft_wrap=True)
    console.print(Text.assemble((" --> ", "blue"), _place(finding.span)), soft_wrap=True)
    for text in excerpt(finding.span, source):
        console.print(text, no_wrap=True, overflow="ignore", crop=False)
    places = [other.span for other in others if other.span != finding.span]
    also = [f"{len(others) - len(places):,} more here"] if len(others) > len(places) else []
    also += [f"{clean(span.file)}:{span.line}" for span in places[:MAX_PLACES]]
    if others:
        more = f" and {count(len(places) - MAX_PLACES, 'more place')}" if len(places) > MAX_PLACES else ""
        console.print(Text.assemble(("also: ", "bold"), f"{', '.join(also)}{more}"), soft_wrap=True)
    if finding.help and finding.help != "none":
        console.print(Text.assemble(("help: ", "bold"), clean(finding.help)), soft_wrap=True)


def _place(span: Span) -> str:
    return "the folder" if span.file == "." else f"{clean(span.file)}:{span.line}:{span.column}"


def excerpt(span: Span, source: SourceFile | None) -> Iterable[Text]:
    """The line that a span starts on, with carets below the piece of it; nothing where the file's text is not there."""
    lines = lines_of(_covered(source.text)) if source else []
    if not 0 < span.line <= len(lines):
        return
    line = lines[span.line - 1].rstrip("\r\n")
    begin = min(span.column - 1, len(line))
    until = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    until = max(min(until, len(line)), begin + 1)
    first = max(0, min(begin - 20, len(line) - _EXCERPT)) if len(line) > _EXCERPT else 0
    before, marked, after = (
        _shown(line, first, begin),
        _shown(line, begin, min(until, first + _EXCERPT)),
        _shown(line, min(until, first + _EXCERPT), first + _EXCERPT),
    )
    number = str(span.line)
    margin = " " * (len(number) + 1)
    yield Text(f"{margin}|", style="blue")
    yield Text.assemble((f"{number} | ", "blue"), before + marked + after)
    carets = "^" * max(cell_len(marked), 1)
    yield Text.assemble((f"{margin}| ", "blue"), " " * cell_len(before), (carets, "bold"))


@lru_cache(maxsize=32)
def _covered(text: str) -> str:
    """A file's text without its secrets, which only the whole tells; kept, as findings of one file often follow each other."""
    return covered_code(text)


def _shown(line: str, start: int, end: int) -> str:
    """A piece of a line as it is printed: tabs as one space, nothing that moves the cursor."""
    return clean(line[start:end].replace("\t", " "))
