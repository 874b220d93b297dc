"""Small texts that all reports share: counts, schedules, what tasks became; and making foreign text safe to show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from migrator.diagnostics import Diagnostic
from migrator.model.airflow import Dag, Schedule
from migrator.model.durations import every
from migrator.model.plan import Disposition
from migrator.report import Analysis

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

DISPOSITIONS: Mapping[str, tuple[str, str]] = {
    "asset": ("asset", "assets"),
    "check": ("check", "checks"),
    "sensor": ("sensor", "sensors"),
    "step": ("step", "steps"),
    "folded": ("folded", "folded"),
    "hook": ("hook", "hooks"),
    "wrapped": ("wrapped", "wrapped"),
    "airflow": ("stays in Airflow", "stay in Airflow"),
}
"""Singular and plural of what tasks become, in the order in which they are told."""

_SEVERITIES = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("note", "notes")}


def clean(text: str) -> str:
    """Text of unknown origin on one line, without control or direction characters (they appear escaped)."""

    def escape(match: re.Match[str]) -> str:
        character = match[0]
        if character in "\n\r\t":
            return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
        return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"

    return _UNSAFE.sub(escape, text)


def count(number: int, singular: str, plural: str | None = None) -> str:
    """`1 DAG`, `2,000 DAGs`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def became(dispositions: Iterable[Disposition]) -> str:
    """`8 assets, 1 check, 2 stay in Airflow`."""
    kinds = Counter(disposition.kind for disposition in dispositions)
    return ", ".join(count(kinds[kind], *words) for kind, words in DISPOSITIONS.items() if kinds[kind])


def severities(diagnostics: Iterable[Diagnostic]) -> str:
    """`1 error, 2 warnings`; empty without findings."""
    ranks = Counter(finding.severity.value for finding in diagnostics)
    return ", ".join(count(ranks[name], *words) for name, words in _SEVERITIES.items() if ranks[name])


def headline(analysis: Analysis) -> str:
    """One sentence on what was analyzed."""
    project = analysis.project
    statuses = Counter(file.status for file in analysis.files)
    other = [
        f"{statuses[name]:,} {text}"
        for name, text in (("skipped", "skipped"), ("error", "not readable"))
        if statuses[name]
    ]
    files = count(len(analysis.files), "file") + (f" ({', '.join(other)})" if other else "")
    parts = [
        files,
        count(len(project.dags), "DAG"),
        count(len(project.tasks()), "task"),
        count(len(project.assets), "data asset"),
    ]
    return f"{', '.join(parts)}, read as Airflow {project.airflow_version}"


def schedule_text(schedule: Schedule) -> str:
    """A schedule in a few words."""
    if schedule.kind == "timedelta" and isinstance(schedule.value, (int, float)):
        return every(schedule.value)
    if schedule.kind == "assets":
        values = schedule.value if isinstance(schedule.value, list) else []
        return f"on {count(len(values), 'asset')}"
    if schedule.kind in ("once", "continuous"):
        return f"@{schedule.kind}"
    if schedule.kind in ("none", "unknown") or schedule.value is None:
        return schedule.kind
    return clean(str(schedule.value))


def by_dag(analysis: Analysis) -> list[tuple[Dag, list[Disposition]]]:
    """Each DAG with what its tasks became."""
    found: dict[str, list[Disposition]] = {}
    for disposition in analysis.plan.dispositions:
        found.setdefault(disposition.dag_id, []).append(disposition)
    return [(dag, found.get(dag.dag_id, [])) for dag in analysis.project.dags]
