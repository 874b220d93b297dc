"""The plan of a migration, for its lead at a terminal, for a wiki, and for scripts."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from migrator.effort import PlanSettings
from migrator.effort import hours as words
from migrator.report.json import encodable
from migrator.report.markdown import code, escape, table
from migrator.report.terminal import console_for, finished
from migrator.report.words import clean, count
from migrator.roadmap.model import Cause, DagWork, Effort, Roadmap
from migrator.roadmap.moving import Moving, Together, moving

SCHEMA_VERSION = 1
_ROWS = 12
_NAMES = 6
_MORE = "--format json tells all"


def render(roadmap: Roadmap, format: str, settings: PlanSettings, *, terminal: bool, width: int) -> str:
    """The plan as text with a final newline. `format` is `rich`, `json` or `markdown`."""
    if format == "json":
        return json.dumps(encodable(document(roadmap, settings)), indent=2, ensure_ascii=True) + "\n"
    if format == "markdown":
        return _markdown(roadmap)
    buffer = io.StringIO()
    _print(roadmap, console_for(buffer, terminal=terminal, width=width))
    return finished(buffer, terminal=terminal)


# ------------------------------------------------------------------------------------------------------------------- words


def hours(effort: Effort) -> str:
    """An effort in words."""
    return words(effort.low, effort.high)


def summary(roadmap: Roadmap) -> list[str]:
    """What the plan says, in a few sentences."""
    live, tasks = roadmap.live, sum(dag.tasks for dag in roadmap.live)
    ready = sum(dag.ready for dag in live)
    moves = sum(dag.moves for dag in live)
    share = f"{100 * moves // tasks}%" if tasks else "none"
    lines = [
        f"{count(len(live), 'DAG')} with {count(tasks, 'task')} to move: {hours(roadmap.effort)} of one person's work.",
        f"{count(ready, 'DAG')} can move as a whole now ({share} of all tasks can).",
    ]
    if roadmap.causes:
        lines.append(f"What holds the others are {count(len(roadmap.causes), 'cause')}; {_first_causes(roadmap)}.")
    if roadmap.dead:
        lines.append(f"{count(len(roadmap.dead), 'DAG')} need not be moved at all, which saves {hours(roadmap.saved)}.")
    if len(roadmap.path) > 1:
        lines.append(
            f"However many people work on it, {count(len(roadmap.path), 'DAG')} have to move one after the other: {hours(roadmap.path_effort)}."
        )
    return lines


def _first_causes(roadmap: Roadmap) -> str:
    """How far the first causes go."""
    first = [cause for cause in roadmap.causes if cause.unlocks][:3]
    if not first:
        return "none of them sets a DAG free alone"
    free = sum(len(cause.unlocks) for cause in first)
    verb = "sets" if len(first) == 1 else "set"
    return f"the first {len(first) if len(first) > 1 else 'one'} {verb} {count(free, 'DAG')} free"


def unlocks(cause: Cause) -> str:
    """What dealing with a cause is good for."""
    touched = count(len(cause.dags), "DAG")
    if not cause.unlocks:
        return f"touches {touched}, sets none free alone"
    return f"unlocks {count(len(cause.unlocks), 'DAG')}" + (
        f" of {len(cause.dags)}" if len(cause.dags) > len(cause.unlocks) else ""
    )


def _names(ids: Sequence[str], limit: int = _NAMES) -> str:
    more = f" and {len(ids) - limit} more" if len(ids) > limit else ""
    return clean(", ".join(ids[:limit])) + more


def _state(dag: DagWork) -> str:
    held = "; ".join(dag.causes) or "-"
    return held if len(held) < 90 else f"{held[:87]}..."


# ---------------------------------------------------------------------------------------------------------------- terminal


def _item(console: Console, *parts: str | tuple[str, str]) -> None:
    """An entry of a list, marked so that it can be told from the line above that was too long."""
    table = Table.grid(padding=(0, 1))
    table.add_row(Text("  -"), Text.assemble(*parts))
    console.print(table)


def _detail(console: Console, text: str) -> None:
    """What is told of the entry above."""
    console.print(Padding(Text(text, style="dim"), (0, 0, 0, 6)))


def _print(roadmap: Roadmap, console: Console) -> None:
    for line in summary(roadmap):
        console.print(Text(line))
    if not roadmap.activity:
        console.print(Text("Which DAGs are dead is not known: give --activity FILE|URL.", style="dim"))
    _print_dead(roadmap, console)
    _print_causes(roadmap, console)
    quick = roadmap.quick_wins
    if quick:
        _title("Quick wins", "they move as a whole, and no decision is about them alone", console)
        console.print(Padding(Text(_names([dag.dag_id for dag in quick], 15)), (0, 0, 0, 4)))
    _print_waves(roadmap, console)
    _print_moving(moving(roadmap.live), console)
    if roadmap.blocked:
        _title("In no wave", "none of their tasks can run in Dagster yet", console)
        for dag in roadmap.blocked[:_ROWS]:
            _item(console, f"{clean(dag.dag_id)}: {clean(_state(dag))}")
        _rest(len(roadmap.blocked), "DAG", console)
    if len(roadmap.path) > 1:
        _title("Critical path", f"{hours(roadmap.path_effort)}, one after the other", console)
        console.print(Padding(Text(clean(" > ".join(roadmap.path))), (0, 0, 0, 4)))
    _print_differences(roadmap, console)
    if roadmap.shared:
        _title("Used by several DAGs", "moved once for all of them", console)
        for item in roadmap.shared[:_ROWS]:
            _item(console, f"{item.kind} {clean(item.name)}: {count(len(item.dags), 'DAG')}")
        _rest(len(roadmap.shared), "thing", console)
    console.print(
        Text("\nEfforts are sums of weights, which `[plan]` in migrator.toml sets: docs/plan.md.", style="dim")
    )


def _title(title: str, note: str, console: Console) -> None:
    console.print(Text.assemble((f"\n{title}", "bold"), (f"  {note}" if note else "", "dim")))


def _rest(number: int, what: str, console: Console, shown: int = _ROWS) -> None:
    if number > shown:
        console.print(Text(f"  ... and {count(number - shown, f'more {what}')}: {_MORE}", style="dim"))


def _print_dead(roadmap: Roadmap, console: Console) -> None:
    if not roadmap.dead:
        return
    _title("Dead", f"not worth moving, which saves {hours(roadmap.saved)}; ask their owners, then delete them", console)
    for dag in roadmap.dead[:_ROWS]:
        still = f"; but {_names(dag.needed_by, 3)} need it" if dag.needed_by else ""
        _item(console, f"{clean(dag.dag_id)}: {clean(dag.dead)}{still}")
    _rest(len(roadmap.dead), "DAG", console)


def _print_causes(roadmap: Roadmap, console: Console) -> None:
    if not roadmap.causes:
        return
    _title("What to deal with first", "each sets these DAGs free, once those above it are done", console)
    for cause in roadmap.causes[:_ROWS]:
        _item(console, clean(cause.title), (f"  {unlocks(cause)}, {hours(cause.effort)}", "bold"))
        place = f"{clean(cause.place.file)}:{cause.place.line}"
        _detail(console, f"first in {place}; to do: {clean(cause.remedy)}")
    _rest(len(roadmap.causes), "cause", console)


def _print_waves(roadmap: Roadmap, console: Console) -> None:
    for wave in roadmap.waves:
        dags = sum(len(batch.dags) for batch in wave.batches)
        _title(f"Wave {wave.number}", f"{count(dags, 'DAG')}, {hours(wave.effort)}; {clean(wave.why)}", console)
        for batch in wave.batches[:_ROWS]:
            head = f"{count(len(batch.dags), 'DAG')}, {hours(batch.effort)}: {clean(batch.why)}"
            _item(console, (f"{batch.name} ", "bold"), head)
            _detail(console, _names(batch.dags, 8))
        _rest(len(wave.batches), "batch", console)


def moves_alone(found: Moving) -> str:
    """How much can move task by task, in a sentence."""
    return (
        f"{count(found.tasks, 'task')} of {found.of:,} in {count(found.dags, 'DAG')} can be proxied before their DAG moves"
        f" (Airflow runs them, Dagster does their work), in {count(found.units, 'step')}."
    )


def _print_moving(found: Moving, console: Console) -> None:
    if not found.tasks and not found.together:
        return
    _title("Task by task", "`migrate units PROJECT DAG` tells of each DAG", console)
    console.print(Padding(Text(moves_alone(found)), (0, 0, 0, 2)))
    for condition in found.conditions[:_ROWS]:
        users = f"{count(condition.units, 'step')} in {count(len(condition.dags), 'DAG')}"
        _item(console, f"{users} only if {clean(condition.example)}")
    for one in found.together[:_ROWS]:
        _item(console, f"together: {clean(one.dag_id)}: {_names(one.tasks)}")
        _detail(console, clean(_why(one)))
    _rest(len(found.together), "unit of several tasks", console)


def _why(one: Together) -> str:
    """What binds tasks; and why they cannot be proxied, where they cannot."""
    return f"{one.why}. Not proxied: {one.blocked}" if one.blocked else one.why


def _print_differences(roadmap: Roadmap, console: Console) -> None:
    warnings = [item for item in roadmap.differences if item.severity.value != "info"]
    if not roadmap.differences:
        return
    notes = len(roadmap.differences) - len(warnings)
    _title(
        "Differences to accept", f"most frequent first; {count(notes, 'minor one')} besides" if notes else "", console
    )
    for item in warnings[:_ROWS]:
        once = ", decided once for all" if item.once else ""
        _item(console, f"{count(len(item.dags), 'DAG')}{once}: {clean(item.dagster)}")
        _detail(console, f"in Airflow: {clean(item.airflow)}")
        if item.mitigation:
            _detail(console, f"to do: {clean(item.mitigation)}")
    _rest(len(warnings), "difference", console)


# ---------------------------------------------------------------------------------------------------------------- Markdown


def _markdown(roadmap: Roadmap) -> str:
    blocks = ["# Migration plan", " ".join(map(escape, summary(roadmap)))]
    if not roadmap.activity:
        blocks.append("Which DAGs are dead is not known (`--activity` tells).")
    dead = [(code(dag.dag_id), escape(dag.dead), _codes(dag.needed_by)) for dag in roadmap.dead]
    blocks += table("Dead: ask their owners, then delete them", ("DAG", "Why", "Needed by"), dead)
    rows = [
        (escape(cause.title), unlocks(cause), hours(cause.effort), escape(cause.remedy)) for cause in roadmap.causes
    ]
    blocks += table("What to deal with first", ("What", "Effect", "Effort", "How"), rows)
    quick = [(code(dag.dag_id), str(dag.tasks), hours(dag.effort)) for dag in roadmap.quick_wins]
    blocks += table("Quick wins", ("DAG", "Tasks", "Effort"), quick)
    for wave in roadmap.waves:
        rows = [(batch.name, _codes(batch.dags, 200), hours(batch.effort), escape(batch.why)) for batch in wave.batches]
        title = f"Wave {wave.number}: {hours(wave.effort)}"
        blocks += table(title, ("Batch", "DAGs", "Effort", "Why together"), rows)
    found = moving(roadmap.live)
    if found.tasks or found.together:
        blocks += ["## Task by task", escape(moves_alone(found))]
        blocks += [
            f"- {count(one.units, 'step')} in {count(len(one.dags), 'DAG')} only if {escape(one.example)}"
            for one in found.conditions
        ]
        bound = [(code(one.dag_id), _codes(one.tasks), escape(_why(one))) for one in found.together]
        blocks += table("Tasks that are proxied together", ("DAG", "Tasks", "Why"), bound)
    blocked = [(code(dag.dag_id), escape("; ".join(dag.causes)), hours(dag.effort)) for dag in roadmap.blocked]
    blocks += table(
        "In no wave: none of their tasks can run in Dagster yet", ("DAG", "What holds it", "Effort"), blocked
    )
    if len(roadmap.path) > 1:
        blocks += ["## Critical path", f"{hours(roadmap.path_effort)}: {' → '.join(map(code, roadmap.path))}"]
    unlike: list[tuple[str, ...]] = [
        (item.severity.value, str(len(item.dags)), *map(escape, (item.airflow, item.dagster, item.mitigation)))
        for item in roadmap.differences
    ]
    blocks += table("Differences to accept", ("Severity", "DAGs", "In Airflow", "In Dagster", "What to do"), unlike)
    shared = [(item.kind, code(item.name), str(len(item.dags))) for item in roadmap.shared]
    blocks += table("Used by several DAGs", ("Kind", "Name", "DAGs"), shared)
    return "\n\n".join(blocks) + "\n"


def _codes(names: Sequence[str], limit: int = 5) -> str:
    shown = ", ".join(code(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


# -------------------------------------------------------------------------------------------------------------------- JSON


def document(roadmap: Roadmap, settings: PlanSettings) -> dict[str, Any]:
    """The plan as plain dicts and lists; efforts are `[from, to]` in hours."""
    return {
        "schema_version": SCHEMA_VERSION,
        "summary": {
            "dags": len(roadmap.live),
            "ready": sum(dag.ready for dag in roadmap.live),
            "dead": len(roadmap.dead),
            "tasks": sum(dag.tasks for dag in roadmap.live),
            "tasks_that_move": sum(dag.moves for dag in roadmap.live),
            "effort": _effort(roadmap.effort),
            "shared_effort": _effort(roadmap.shared_effort),
            "saved": _effort(roadmap.saved),
            "activity_known": bool(roadmap.activity),
        },
        "weights": {name: list(value) for name, value in settings.hours.items()},
        "dags": [_dag(dag) for dag in roadmap.dags],
        "waves": [
            {
                "number": wave.number,
                "why": wave.why,
                "effort": _effort(wave.effort),
                "batches": [
                    {"name": batch.name, "dags": list(batch.dags), "effort": _effort(batch.effort), "why": batch.why}
                    for batch in wave.batches
                ],
            }
            for wave in roadmap.waves
        ],
        "critical_path": {"dags": list(roadmap.path), "effort": _effort(roadmap.path_effort)},
        "leverage": [
            {
                "code": cause.code,
                "subject": cause.subject,
                "title": cause.title,
                "remedy": cause.remedy,
                "tasks": cause.tasks,
                "dags": list(cause.dags),
                "unlocks": list(cause.unlocks),
                "effort": _effort(cause.effort),
                "file": cause.place.file,
                "line": cause.place.line,
            }
            for cause in roadmap.causes
        ],
        "quick_wins": [dag.dag_id for dag in roadmap.quick_wins],
        "differences": [
            {
                "severity": item.severity.value,
                "airflow": item.airflow,
                "dagster": item.dagster,
                "mitigation": item.mitigation,
                "dags": list(item.dags),
                "decided_once": item.once,
            }
            for item in roadmap.differences
        ],
        "shared": [{"kind": item.kind, "name": item.name, "dags": list(item.dags)} for item in roadmap.shared],
    }


def _effort(effort: Effort) -> list[float]:
    return [round(effort.low, 2), round(effort.high, 2)]


def _dag(dag: DagWork) -> dict[str, Any]:
    return {
        "dag_id": dag.dag_id,
        "file": dag.file,
        "line": dag.line,
        "team": dag.team,
        "tasks": dag.tasks,
        "tasks_that_move": dag.moves,
        "decisions": dag.decisions,
        "effort": _effort(dag.effort),
        "parts": [{"name": part.name, "number": part.number, "effort": _effort(part.effort)} for part in dag.parts],
        "needs": list(dag.needs),
        "needed_by": list(dag.needed_by),
        "held_by": list(dag.causes),
        "units": [
            {"tasks": list(unit.tasks), "why": unit.why, "blocked": unit.blocked, "conditions": list(unit.conditions)}
            for unit in dag.units
        ],
        "wave": dag.wave or None,
        "batch": dag.batch or None,
        "dead": dag.dead or None,
        "quick_win": dag.quick_win,
    }
