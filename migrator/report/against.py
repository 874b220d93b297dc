"""The comparison with an Airflow, for people and for scripts."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from migrator.against.compare import Comparison, Difference
from migrator.report.words import clean, count

SCHEMA_VERSION = 1
MAX_PER_FILE = 40

_MISSED = {"dag": "DAG", "task": "task", "edge": "edge"}


def render(comparison: Comparison, format: str, *, terminal: bool, width: int) -> str:
    """The comparison as text with a final newline. `format` is `rich`, `json` or `markdown`."""
    if format == "json":
        return json.dumps(document(comparison), indent=2) + "\n"
    if format == "markdown":
        return _markdown(comparison)
    return _terminal(comparison, terminal=terminal, width=width)


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain dicts and lists."""
    return {
        "schema_version": SCHEMA_VERSION,
        "airflow": comparison.airflow,
        "against": comparison.source,
        "same": dict(comparison.same),
        "summary": dict(sorted(Counter(item.what for item in comparison.wrong).items())),
        "unknown": dict(sorted(Counter(item.what for item in comparison.differences if item.unknown).items())),
        "differences": [
            {
                "file": item.file,
                "dag_id": item.dag_id,
                "what": item.what,
                "name": item.name or None,
                "airflow": item.airflow,
                "analysis": item.analysis,
                "unknown": item.unknown,
            }
            for item in comparison.differences
        ],
        "not_imported": [{"file": item.file, "error": item.error} for item in comparison.refused],
    }


def headline(comparison: Comparison) -> str:
    """One or two sentences on what was compared."""
    same = comparison.same
    parts = [count(same["dags"], "DAG"), count(same["tasks"], "task"), count(same["edges"], "edge")]
    wrong, unknown = len(comparison.wrong), len(comparison.differences) - len(comparison.wrong)
    sentences = [
        f"Airflow {comparison.airflow} and the analysis agree on {', '.join(parts[:-1])} and {parts[-1]}",
        f"{count(wrong, 'difference')}" if wrong else "No difference",
    ]
    if unknown:
        sentences.append(f"{count(unknown, 'value')} that the analysis reports as unknown")
    if comparison.refused:
        sentences.append(f"{count(len(comparison.refused), 'file')} that Airflow does not import")
    return ". ".join(sentences) + "."


def sentence(item: Difference) -> str:
    """One difference in words."""
    if item.what in _MISSED:
        kind = _MISSED[item.what]
        name = item.name or item.dag_id
        where = "only in Airflow" if item.airflow is not None else "only in the analysis"
        return f"{kind} {name}: {where}"
    about = f"{item.what} of {item.name}" if item.name else item.what
    return f"{about}: {_value(item.airflow)} in Airflow, {_value(item.analysis)} in the analysis"


def _value(value: Any) -> str:
    return "none" if value is None else str(value)


def _by_dag(items: Iterable[Difference]) -> Iterator[tuple[str, list[tuple[str, list[Difference]]]]]:
    for file, of_file in groupby(items, key=lambda item: item.file):
        yield file, [(dag_id, list(of_dag)) for dag_id, of_dag in groupby(of_file, key=lambda item: item.dag_id)]


def _markdown(comparison: Comparison) -> str:
    from migrator.report.markdown import code, escape

    blocks = ["# Compared with Airflow", escape(headline(comparison))]
    for file, dags in _by_dag(comparison.differences):
        blocks.append(f"## {code(file)}")
        for dag_id, items in dags:
            lines = [
                f"- {escape(sentence(item))}{' (unknown)' if item.unknown else ''}" for item in items[:MAX_PER_FILE]
            ]
            if len(items) > MAX_PER_FILE:
                lines.append(f"- ... and {len(items) - MAX_PER_FILE:,} more: see all with `--format json`")
            blocks += [f"DAG {code(dag_id)}:", "\n".join(lines)]
    if comparison.refused:
        blocks.append("## Not imported by Airflow")
        blocks.append("\n".join(f"- {code(item.file)}: {escape(item.error)}" for item in comparison.refused))
    return "\n\n".join(blocks) + "\n"


def _terminal(comparison: Comparison, *, terminal: bool, width: int) -> str:
    from rich.text import Text

    from migrator.report.terminal import console_for, finished

    buffer = io.StringIO()
    console = console_for(buffer, terminal=terminal, width=width)
    console.print(Text(headline(comparison)))
    for file, dags in _by_dag(comparison.differences):
        console.print(Text(f"\n{clean(file)}", style="bold"))
        for dag_id, items in dags:
            console.print(Text(f"  {clean(dag_id)}"))
            for item in items[:MAX_PER_FILE]:
                style = "dim" if item.unknown else "yellow"
                mark = "?" if item.unknown else "-"
                console.print(Text.assemble(f"    {mark} ", (clean(sentence(item)), style)))
            if len(items) > MAX_PER_FILE:
                console.print(Text(f"    ... and {len(items) - MAX_PER_FILE:,} more: see all with --format json"))
    if comparison.refused:
        console.print(Text("\nNot imported by Airflow, so not compared", style="bold"))
        for refused in comparison.refused:
            console.print(Text(f"  {clean(refused.file)}: {clean(refused.error)}"))
    return finished(buffer, terminal=terminal)
