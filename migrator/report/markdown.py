"""The report for a pull request or a wiki (GitHub's Markdown)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from migrator.diagnostics import CATALOGUE, Diagnostic, Severity
from migrator.report import Analysis
from migrator.report.summaries import CLASSES, resolvers, resolvers_text, template_classes, what_to_give
from migrator.report.words import became, by_dag, clean, count, headline, schedule_text, severities

MAX_ROWS = 200
MAX_DIAGNOSTICS = 100

_MARKUP = re.compile(r"([\\`*_\[\]#|<>~@&$])")


def render(analysis: Analysis) -> str:
    """The report as text with a final newline."""
    plan = analysis.plan
    blocks = [
        "# Migration report",
        f"{headline(analysis)}. {severities(analysis.diagnostics) or 'No findings'}.",
    ]
    if plan.dispositions:
        blocks.append(f"All tasks: {became(plan.dispositions)}.")
    dags = [
        (code(dag.dag_id), code(schedule_text(dag.schedule)), str(len(dag.tasks)), became(found) or "not selected")
        for dag, found in by_dag(analysis)
    ]
    blocks += table("DAGs", ("DAG", "Schedule", "Tasks", "Become"), dags)
    assets = [
        (code("/".join(asset.key)), escape(asset.kind), _codes(asset.producers), _codes(asset.consumers))
        for asset in analysis.project.assets
    ]
    blocks += table("Data assets", ("Asset", "Kind", "Made by", "Used by"), assets)
    uses = [
        (escape(CLASSES.get(found.kind, found.kind)), f"{found.uses:,}", _codes(found.names), f"{found.tasks:,}")
        for found in template_classes(analysis.project)
    ]
    blocks += table("Templates", ("Use", "Times", "Names", "Tasks"), uses)
    waves = [(str(wave.number), _codes(wave.dags), escape(wave.why)) for wave in plan.waves]
    blocks += table("Order of migration", ("Wave", "DAGs", "Why then"), waves)
    deltas = [
        (
            code(".".join(filter(None, [delta.dag_id, delta.task_id]))),
            *map(escape, (delta.airflow, delta.dagster, delta.mitigation)),
        )
        for delta in sorted(plan.deltas, key=lambda delta: delta.severity.rank)
    ]
    blocks += table("What will behave differently", ("Where", "In Airflow", "In Dagster", "What to do"), deltas)
    told = resolvers(analysis.diagnostics)
    rows = [(code(item.name), code(what_to_give(item)), str(item.findings)) for item in told]
    blocks += table("What would make the unknown known", ("Name", "Give", "Findings"), rows)
    if told:
        blocks.append(f"{resolvers_text(analysis.diagnostics)}.")
    blocks += _findings(analysis.diagnostics)
    return "\n\n".join(blocks) + "\n"


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


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """A heading with a table of cells that are Markdown already; nothing where there are no rows."""
    if not rows:
        return
    yield f"## {title}"
    lines = [columns, ["---"] * len(columns), *rows[:MAX_ROWS]]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if len(rows) > MAX_ROWS:
        yield f"... and {len(rows) - MAX_ROWS:,} more rows: see all with `--format json`."


def _findings(diagnostics: Sequence[Diagnostic]) -> Iterable[str]:
    if not diagnostics:
        return
    yield "## Findings"
    left = MAX_DIAGNOSTICS
    for severity, title in ((Severity.ERROR, "Errors"), (Severity.WARNING, "Warnings"), (Severity.INFO, "Notes")):
        found = [finding for finding in diagnostics if finding.severity is severity]
        if not found:
            continue
        shown, left = found[:left], max(0, left - len(found))
        if shown:
            yield f"### {title}"
            yield "\n".join(_item(finding) for finding in shown)
        rest = Counter(finding.code for finding in found[len(shown) :])
        if rest:
            codes = ", ".join(f"{number:,} × {name} ({CATALOGUE[name].title})" for name, number in sorted(rest.items()))
            yield f"{count(sum(rest.values()), f'more {title[:-1].lower()}')} (see all with `--format json`): {codes}."


def _item(finding: Diagnostic) -> str:
    place = "the folder" if finding.span.file == "." else code(f"{finding.span.file}:{finding.span.line}")
    help = f" *Help:* {escape(finding.help)}." if finding.help and finding.help != "none" else ""
    return f"- **{finding.code}** {place}: {escape(finding.message)}.{help}"
