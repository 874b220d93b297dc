"""The report for a pull request or a wiki (GitHub's Markdown)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from migrator.diagnostics import CATALOGUE, Diagnostic, Severity
from migrator.model.plan import is_consequence
from migrator.report import Analysis
from migrator.report.summaries import CLASSES, resolvers, resolvers_text, template_classes, what_to_give
from migrator.report.words import became, by_dag, clean, count, headline, schedule_text, severities

MAX_ROWS = 200
MAX_CHARACTERS = 60_000
"""GitHub takes 65,536 in a comment."""
FOLDED = 20
"""Rows from which on a table is folded."""

_MARKUP = re.compile(r"([\\`*_\[\]#|<>~@&$])")


def render(analysis: Analysis) -> str:
    """The report as text with a final newline, short enough for a comment on GitHub: tables lose rows, the longest first, until it is."""
    limit = MAX_ROWS
    while True:
        text = "\n\n".join(_blocks(analysis, limit)) + "\n"
        if len(text) <= MAX_CHARACTERS or limit <= 1:
            return text
        limit = limit * 2 // 3


def _blocks(analysis: Analysis, limit: int) -> Iterable[str]:
    """What matters in a review first: what becomes of the tasks, what stays and why, what will differ, what was found; then the lists."""
    plan = analysis.plan
    yield "# Migration report"
    yield f"{headline(analysis)}. {severities(analysis.diagnostics) or 'No findings'}."
    if plan.dispositions:
        yield f"All tasks: {became(plan.dispositions)}."
    yield from table("What keeps tasks in Airflow", ("Why", "Tasks", "DAGs"), _staying(analysis), limit)
    deltas = [
        (
            code(".".join(filter(None, [delta.dag_id, delta.task_id]))),
            *map(escape, (delta.airflow, delta.dagster, delta.mitigation)),
        )
        for delta in sorted(plan.deltas, key=lambda delta: delta.severity.rank)
    ]
    yield from folded(
        "What will behave differently", ("Where", "In Airflow", "In Dagster", "What to do"), deltas, limit
    )
    told = resolvers(analysis.diagnostics)
    rows = [(code(item.name), code(what_to_give(item)), str(item.findings)) for item in told]
    yield from folded("What would make the unknown known", ("Name", "Give", "Findings"), rows, limit)
    if told:
        yield f"{resolvers_text(analysis.diagnostics)}."
    yield from _findings(analysis.diagnostics, limit // 2)
    dags = [
        (code(dag.dag_id), code(schedule_text(dag.schedule)), str(len(dag.tasks)), became(found) or "not selected")
        for dag, found in by_dag(analysis)
    ]
    yield from folded("DAGs", ("DAG", "Schedule", "Tasks", "Become"), dags, limit)
    assets = [
        (code("/".join(asset.key)), escape(asset.kind), _codes(asset.producers), _codes(asset.consumers))
        for asset in analysis.project.assets
    ]
    yield from folded("Data assets", ("Asset", "Kind", "Made by", "Used by"), assets, limit)
    uses = [
        (escape(CLASSES.get(found.kind, found.kind)), f"{found.uses:,}", _codes(found.names), f"{found.tasks:,}")
        for found in template_classes(analysis.project)
    ]
    yield from folded("Templates", ("Use", "Times", "Names", "Tasks"), uses, limit)
    waves = [(str(wave.number), _codes(wave.dags), escape(wave.why)) for wave in plan.waves]
    yield from folded("Order of migration", ("Wave", "DAGs", "Why then"), waves, limit)


def _staying(analysis: Analysis) -> list[tuple[str, str, str]]:
    """The reasons for which tasks stay, what holds most tasks first; not those that follow from another one."""
    found: dict[str, list[str]] = {}
    for item in analysis.plan.dispositions:
        if item.kind == "airflow" and not is_consequence(item.code, item.reason):
            found.setdefault(item.reason, []).append(item.dag_id)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(escape(reason), f"{len(dags):,}", _codes(list(dict.fromkeys(dags)))) for reason, dags in ordered]


def escape(text: str) -> str:
    """Text of unknown origin that is to be read as it is, also in a table's cell. Code in backticks stays code."""
    pieces = re.split(r"(`[^`\n]+`)", clean(text))
    return "".join(
        code(piece[1:-1]) if number % 2 else _MARKUP.sub(r"\\\1", piece) for number, piece in enumerate(pieces)
    )


def code(text: str) -> str:
    """Text as inline code, also in a table's cell."""
    text = clean(text).replace("|", "\\|")
    if not text.strip():
        return text
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest and (text.startswith("`") or text.endswith("`")) else ""
    return f"{fence}{space}{text}{space}{fence}"


def _codes(names: Sequence[str]) -> str:
    shown = ", ".join(code(name) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], limit: int = MAX_ROWS) -> Iterable[str]:
    """A heading with a table of cells that are Markdown already; nothing where there are no rows."""
    if not rows:
        return
    yield f"## {title}"
    yield from _cells(columns, rows, limit)


def folded(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], limit: int) -> Iterable[str]:
    """A table that is closed until somebody opens it, where it is longer than a screen."""
    if len(rows) <= FOLDED:
        yield from table(title, columns, rows, limit)
        return
    yield f"<details>\n<summary><b>{title}</b> ({len(rows):,})</summary>"
    yield from _cells(columns, rows, limit)
    yield "</details>"


def _cells(columns: Sequence[str], rows: Sequence[Sequence[str]], limit: int) -> Iterable[str]:
    lines = [columns, ["---"] * len(columns), *rows[:limit]]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if len(rows) > limit:
        yield f"... and {len(rows) - limit:,} more rows: see all with `--format json`."


def _findings(diagnostics: Sequence[Diagnostic], limit: int) -> Iterable[str]:
    if not diagnostics:
        return
    yield "## Findings"
    left = limit
    for severity, title in ((Severity.ERROR, "Errors"), (Severity.WARNING, "Warnings"), (Severity.INFO, "Notes")):
        found = [finding for finding in diagnostics if finding.severity is severity]
        if not found:
            continue
        shown, left = found[:left], max(0, left - len(found))
        if shown:
            items = "\n".join(_item(finding) for finding in shown)
            yield (
                f"### {title}"
                if len(shown) <= FOLDED
                else f"<details>\n<summary><b>{title}</b> ({len(found):,})</summary>"
            )
            yield items
            if len(shown) > FOLDED:
                yield "</details>"
        rest = Counter(finding.code for finding in found[len(shown) :])
        if rest:
            codes = ", ".join(f"{number:,} × {name} ({CATALOGUE[name].title})" for name, number in sorted(rest.items()))
            yield f"{count(sum(rest.values()), f'more {title[:-1].lower()}')} (see all with `--format json`): {codes}."


def _item(finding: Diagnostic) -> str:
    place = "the folder" if finding.span.file == "." else code(f"{finding.span.file}:{finding.span.line}")
    help = f" *Help:* {escape(finding.help)}." if finding.help and finding.help != "none" else ""
    return f"- **{finding.code}** {place}: {escape(finding.message)}.{help}"
