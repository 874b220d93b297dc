"""The status of a migration as text and as JSON: the same truth that Dagster's UI shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.dashboard.facts import LABELS, NO_OWNER, DagStatus, Status, blockers, numbers, reasons, stuck, work_left
from migrator.dashboard.texts import plain
from migrator.dashboard.verdicts import Verdict
from migrator.effort import hours

if TYPE_CHECKING:
    from rich.console import RenderableType

JSON_VERSION = 1
COLORS = {"blocked": "red", "observed": "white", "proxied": "yellow", "migrated": "blue", "decommissioned": "green"}
ROWS = 12
"""Lines of each list at most, where the DAGs are not all asked for."""


def as_json(status: Status) -> dict[str, Any]:
    """Everything, for programs. `status_version` changes when a field changes its meaning."""
    return {
        "status_version": JSON_VERSION,
        "package": status.inventory.package,
        "consistent": not status.wrong,
        "sources": {
            "state_files": {"reached": True, "problem": "" if status.has_states else "there is none yet"},
            "airflow": {"reached": not status.airflow.problem, "problem": status.airflow.problem},
            "dagster": {"reached": not status.dagster.problem, "problem": status.dagster.problem},
        },
        "numbers": numbers(status),
        "problems": list(status.problems),
        "dags": [_dag(dag) for dag in status.dags],
    }


def _dag(dag: DagStatus) -> dict[str, Any]:
    return {
        "dag_id": dag.dag_id,
        "state": dag.label,
        "stage": dag.stage.value,
        "wave": dag.entry.wave,
        "owners": list(dag.entry.owners),
        "effort": list(dag.entry.effort),
        "tasks": len(dag.entry.tasks),
        "tasks_in_dagster": dag.tasks_in_dagster,
        "proxied_tasks": list(dag.state.proxied_tasks),
        "scheduler": _verdict(dag.scheduler),
        "code": _verdict(dag.code),
        "parity": _verdict(dag.parity) if dag.parity else None,
        "blockers": [{"task_id": task_id, "reason": reason} for task_id, reason in blockers(dag.entry)],
        "inconsistent": list(dag.wrong),
    }


def _verdict(verdict: Verdict) -> dict[str, str]:
    return {"level": verdict.level.value, "text": verdict.text}


def as_text(status: Status, all_dags: bool = False) -> RenderableType:
    """What `migrate status` shows to a person."""
    from rich.console import Group
    from rich.text import Text

    counted = numbers(status)
    parts: list[RenderableType] = [
        Text(
            f"{counted['% DAGs off Airflow']:g}% of {len(status.dags):,} DAGs off Airflow, "
            f"{counted['% tasks in Dagster']:g}% of their tasks in Dagster",
            style="bold",
        ),
        _bar(status),
        Text(" · ").join(Text(f"{name} {status.labels[name]:,}", style=COLORS[name]) for name in reversed(LABELS)),
        *([Text(f"Work left: {hours(*work_left(status.dags))} of one person")] if any(work_left(status.dags)) else []),
        Text(),
    ]
    lines = [f"{dag_id}: {line}" if dag_id else line for dag_id, line in status.wrong]
    parts += _list("To put right", lines, "bold red", all_dags)
    moves = [f"{move.at:%Y-%m-%d %H:%M} {move.by}: {move.what}" for _, move in status.moves(5)]
    parts += _list("Moved lately", moves, "bold", all_dags)
    parts += _list("Next", [_named(dag) for dag in status.next_dags()], "bold", all_dags)
    parts += _list("Blocked", [f"{dag.dag_id}: {reason}" for dag, reason in stuck(status)], "bold", all_dags)
    held = [f"{len(dags):,} DAG{'s' if len(dags) > 1 else ''}: {reason}" for reason, dags in reasons(status)]
    parts += _list("What keeps DAGs in Airflow", held, "bold", all_dags)
    if all_dags:
        parts.append(_table(status))
    parts.append(Text(_sources(status), style="dim"))
    return Group(*parts)


def _named(dag: DagStatus) -> str:
    return f"{dag.dag_id} {dag.team if dag.team == NO_OWNER else f'({dag.team})'}"


def _bar(status: Status, width: int = 60) -> RenderableType:
    from rich.text import Text

    total = len(status.dags) or 1
    line, used, seen = Text(), 0, 0
    for name in reversed(LABELS):
        seen += status.labels[name]
        end = round(width * seen / total)
        line.append("█" * (end - used), style=COLORS[name])
        used = end
    return line


def _list(title: str, lines: list[str], style: str, everything: bool) -> list[RenderableType]:
    from rich.text import Text

    if not lines:
        return []
    shown = lines if everything else lines[:ROWS]
    rest = [f"… and {len(lines) - len(shown):,} more (--all)"] if len(lines) > len(shown) else []
    return [
        Text(f"{title} ({len(lines):,})", style=style),
        *(Text(f"  {plain(line, 400)}") for line in [*shown, *rest]),
        Text(),
    ]


def _table(status: Status) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("DAG", "state", "wave", "tasks", "team", "started by"):
        table.add_column(name, overflow="fold")
    for dag in status.dags:
        table.add_row(
            Text(plain(dag.dag_id, 250)),
            Text(dag.label, style=COLORS[dag.label]),
            str(dag.entry.wave or "-"),
            f"{dag.tasks_in_dagster}/{len(dag.entry.tasks)}",
            Text(plain(dag.team, 60)),
            Text(plain(dag.scheduler.text, 160)),
        )
    return table


def _sources(status: Status) -> str:
    """What could not be asked."""
    lines = [] if status.has_states else ["There are no state files yet: every DAG is taken to be observed."]
    for name, problem in (("Airflow", status.airflow.problem), ("Dagster", status.dagster.problem)):
        if problem:
            lines.append(f"{name} was not reached: {plain(problem, 300)}.")
    return "\n".join(lines) or "State files, Airflow and Dagster were all read."
