"""What a promotion or a rollback would change, and what speaks against it, as far as the project itself tells.

Pure: comes in the inventory's entry and the state of a DAG, goes out a `Change`. What Airflow and Dagster say is `bridge.moves`' part.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry, Inventory, TaskEntry, UnitEntry, unit_of
from migrator.state.stages import DagState, Move, Stage

ORDER = tuple(Stage)


@dataclass(frozen=True)
class Against:
    """A reason not to move, and what would make it safe. `absolute`: not even force helps, as there is nothing to move to."""

    why: str
    help: str
    absolute: bool = False


@dataclass(frozen=True)
class Change:
    """From one state to another one (their histories aside), what speaks against it, and what must hold outside the code."""

    before: DagState
    after: DagState
    against: tuple[Against, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return self.after == self.before

    @property
    def to_dagster(self) -> bool:
        """Whether the DAG's schedule goes from Airflow to Dagster."""
        return (self.before.stage.owner, self.after.stage.owner) == ("airflow", "dagster")

    @property
    def to_airflow(self) -> bool:
        """Whether it goes back."""
        return (self.before.stage.owner, self.after.stage.owner) == ("dagster", "airflow")

    @property
    def newly_proxied(self) -> tuple[str, ...]:
        return tuple(task for task in self.after.proxied_tasks if task not in self.before.proxied_tasks)


def find_target(inventory: Inventory, text: str) -> tuple[DagEntry, TaskEntry | None]:
    """The DAG, and the task where one is meant, that `DAG[.TASK]` names; both ids may have dots in them.

    MigratorError MIG631 where there is none, with those that are called almost so.
    """
    known = {entry.dag_id: entry for entry in inventory.dags}
    if text in known:
        return known[text], None
    splits = [(text[:at], text[at + 1 :]) for at, sign in enumerate(text) if sign == "."]
    for dag_id, task_id in reversed(splits):
        if dag_id in known:
            for task in known[dag_id].tasks:
                if task.task_id == task_id:
                    return known[dag_id], task
    for dag_id, task_id in reversed(splits):
        if dag_id in known:
            close = difflib.get_close_matches(task_id, [task.task_id for task in known[dag_id].tasks], n=3, cutoff=0.5)
            raise MigratorError("MIG631", f"the DAG `{dag_id}` has no task `{task_id}`", _meant(close))
    close = difflib.get_close_matches(text.partition(".")[0], known, n=3, cutoff=0.5)
    raise MigratorError("MIG631", f"the project has no DAG `{text}`", _meant(close))


def _meant(close: list[str]) -> str:
    return f"did you mean {' or '.join(f'`{name}`' for name in close)}?" if close else ""


# --- forwards ------------------------------------------------------------------------------------------------------------


def promotion(
    entry: DagEntry,
    state: DagState,
    task: TaskEntry | None,
    to: Stage | None,
    unit: bool,
    stage_of: Callable[[str], Stage],
) -> Change:
    """What promoting a DAG, or one of its tasks, changes.

    Without `to` a task becomes proxied, and a DAG comes to the next stage. `unit`: with all tasks that the task must move
    together with. `stage_of` tells the stage of other DAGs. MigratorError MIG630 for a stage that is none to promote to.
    """
    if task is not None:
        return _promote_task(entry, state, task, to, unit)
    if to is None:
        to = ORDER[min(ORDER.index(state.stage) + 1, len(ORDER) - 1)]
    if to is Stage.OBSERVED or ORDER.index(to) < ORDER.index(state.stage):
        raise MigratorError(
            "MIG630",
            f"`{entry.dag_id}` is `{state.stage.value}`: `{to.value}` is not ahead of that",
            f"go back by `migrate rollback PROJECT {entry.dag_id} --to {to.value}`",
        )
    if to is Stage.PROXIED:
        return _proxy_all(entry, state)
    after = _moved(state, to)
    if to is state.stage:
        return Change(state, after)
    against = [*_not_translated(entry, to), *_needed_in_airflow(entry, stage_of)]
    if to is Stage.DECOMMISSIONED and state.stage is not Stage.MIGRATED:
        against.append(
            Against(
                f"it is `{state.stage.value}`: Dagster has not run it by itself yet",
                f"promote it to `{Stage.MIGRATED.value}` first, and look at some of its runs",
            )
        )
    return Change(state, after, tuple(against))


def _promote_task(entry: DagEntry, state: DagState, task: TaskEntry, to: Stage | None, unit: bool) -> Change:
    if to not in (None, Stage.PROXIED):
        raise MigratorError(
            "MIG630",
            f"a task alone can be `proxied`, not `{to.value}`",
            f"promote the DAG: `migrate promote PROJECT {entry.dag_id} --to {to.value}`",
        )
    if state.stage.owner == "dagster":
        raise MigratorError("MIG630", f"`{entry.dag_id}` is `{state.stage.value}`: Dagster runs all of it already", "")
    found = unit_of(entry, task.task_id)
    wanted = found.tasks if unit else (task.task_id,)
    after = _proxied(entry, state, {*state.proxied_tasks, *wanted})
    return Change(state, after, tuple(_against_tasks(entry, after)), _conditions(entry, after, state))


def _proxy_all(entry: DagEntry, state: DagState) -> Change:
    """All tasks whose work can be proxied."""
    units = entry.units or tuple(unit_of(entry, task.task_id) for task in entry.tasks)
    free = {task_id for unit in units if not unit.blocked for task_id in unit.tasks if _works(entry, task_id)}
    after = _proxied(entry, state, {*state.proxied_tasks, *free})
    against = list(_against_tasks(entry, after))
    if not after.proxied_tasks:
        reasons = "; ".join(f"`{'`, `'.join(unit.tasks)}`: {unit.blocked}" for unit in units[:5] if unit.blocked)
        against.append(
            Against(f"none of its tasks can be proxied: {reasons or entry.reason}", "see `migrate units PROJECT`", True)
        )
    return Change(state, after, tuple(against), _conditions(entry, after, state))


def _works(entry: DagEntry, task_id: str) -> bool:
    """Whether a task has a counterpart in Dagster that a run can be of."""
    return any(task.task_id == task_id and task.node and not task.checks for task in entry.tasks)


def _against_tasks(entry: DagEntry, after: DagState) -> Iterator[Against]:
    """What speaks against the tasks that would be proxied then, a reason for each unit that is torn apart or cannot move."""
    proxied = set(after.proxied_tasks)
    seen: list[UnitEntry] = []
    for task_id in after.proxied_tasks:
        unit = unit_of(entry, task_id)
        if unit in seen:
            continue
        seen.append(unit)
        names = "`" + "`, `".join(unit.tasks) + "`"
        missing = [name for name in unit.tasks if name not in proxied]
        if unit.blocked:
            yield Against(
                f"{names} cannot be proxied: {unit.blocked}",
                "leave it in Airflow until the whole DAG moves",
                not any(_works(entry, name) for name in unit.tasks),
            )
        elif missing:
            yield Against(
                f"`{task_id}` must move together with `{'`, `'.join(missing)}`: {unit.why}",
                f"promote them together: `migrate promote PROJECT {entry.dag_id}.{task_id} --unit`",
            )


def _conditions(entry: DagEntry, after: DagState, before: DagState) -> tuple[str, ...]:
    """What must hold at the border between Airflow and Dagster that the change makes."""
    new = [task for task in after.proxied_tasks if task not in before.proxied_tasks]
    return tuple(dict.fromkeys(text for task in new for text in unit_of(entry, task).conditions))


def _not_translated(entry: DagEntry, to: Stage) -> Iterator[Against]:
    staying = [task for task in entry.tasks if task.disposition == "airflow"]
    for task in staying[:8]:
        yield Against(
            f"`{task.task_id}` stays in Airflow: {task.reason}",
            f"write what it does in Dagster, or a rule for it, and generate again (`migrate explain {task.code}`)"
            if task.code
            else "",
        )
    if len(staying) > 8:
        yield Against(f"{len(staying) - 8} more of its tasks stay in Airflow", "see `migrate units PROJECT`")
    if not entry.job:
        yield Against("Dagster has no job for it", f"it cannot be `{to.value}` before it has one", True)
    elif not (entry.schedules or entry.sensors) and entry.schedule not in ("", "none", "once"):
        yield Against(
            f"nothing in Dagster starts it, while Airflow does by `{entry.schedule}`",
            f"add a schedule for the job `{entry.job}` to the project",
        )


def _needed_in_airflow(entry: DagEntry, stage_of: Callable[[str], Stage]) -> Iterator[Against]:
    for other in entry.dependents:
        if stage_of(other.dag_id).owner == "airflow":
            yield Against(
                f"`{other.dag_id}` still runs in Airflow, and {other.how}: it would wait for ever, or start nothing",
                f"migrate `{other.dag_id}` first: Dagster sees what `{entry.dag_id}` makes in Airflow",
            )


# --- backwards -----------------------------------------------------------------------------------------------------------


def way_back(entry: DagEntry, state: DagState, task: TaskEntry | None, to: Stage | None, unit: bool) -> Change:
    """What rolling back a DAG, or one of its tasks, changes. Without `to` a DAG comes to the stage where it was before.

    MigratorError MIG630 for a stage that is not before the present one.
    """
    if task is not None:
        return _roll_back_task(entry, state, task, to, unit)
    if state.stage is Stage.OBSERVED and to in (None, Stage.OBSERVED):
        return Change(state, state)
    came_from = next(
        (move.before for move in reversed(state.history) if move.after is state.stage and _ahead(move)), None
    )
    if to is None:
        to = came_from or (Stage.MIGRATED if state.stage is Stage.DECOMMISSIONED else Stage.OBSERVED)
    if ORDER.index(to) >= ORDER.index(state.stage):
        raise MigratorError(
            "MIG630",
            f"`{entry.dag_id}` is `{state.stage.value}`: `{to.value}` is not behind that",
            f"go ahead by `migrate promote PROJECT {entry.dag_id} --to {to.value}`",
        )
    if to is not Stage.PROXIED:
        return Change(state, _moved(state, to))
    before = next(
        (
            move.proxied_before
            for move in reversed(state.history)
            if move.before is Stage.PROXIED and move.proxied_before
        ),
        (),
    )
    after = _proxied(entry, state, set(before))
    against = list(_against_tasks(entry, after))
    if not after.proxied_tasks:
        against.append(Against("none of its tasks was proxied before", f"roll back to `{Stage.OBSERVED.value}`", True))
    return Change(state, after, tuple(against), _conditions(entry, after, state))


def _ahead(move: Move) -> bool:
    return move.before is not None and move.after is not None and ORDER.index(move.before) < ORDER.index(move.after)


def _roll_back_task(entry: DagEntry, state: DagState, task: TaskEntry, to: Stage | None, unit: bool) -> Change:
    if to not in (None, Stage.OBSERVED):
        raise MigratorError("MIG630", f"a task can only be rolled back to `observed`, not `{to.value}`", "")
    if state.stage.owner == "dagster":
        raise MigratorError(
            "MIG630",
            f"`{entry.dag_id}` is `{state.stage.value}`: Dagster runs all of it",
            f"roll back the DAG: `migrate rollback PROJECT {entry.dag_id}`",
        )
    found = unit_of(entry, task.task_id)
    gone = set(found.tasks) if unit else {task.task_id}
    after = _proxied(entry, state, {name for name in state.proxied_tasks if name not in gone})
    left = [name for name in found.tasks if name in after.proxied_tasks]
    against: tuple[Against, ...] = ()
    if left and after != state:
        against = (
            Against(
                f"`{task.task_id}` must move together with `{'`, `'.join(left)}`: {found.why}",
                f"roll them back together: `migrate rollback PROJECT {entry.dag_id}.{task.task_id} --unit`",
            ),
        )
    return Change(state, after, against)


def _moved(state: DagState, stage: Stage) -> DagState:
    return state if state.stage is stage else DagState(dag_id=state.dag_id, stage=stage, history=state.history)


def _proxied(entry: DagEntry, state: DagState, tasks: set[str]) -> DagState:
    """The state with exactly these tasks proxied, in the order of the DAG's tasks; those that the inventory does not know come last."""
    order = [task.task_id for task in entry.tasks]
    listed = (*(name for name in order if name in tasks), *sorted(tasks - set(order)))
    stage = Stage.PROXIED if listed else Stage.OBSERVED
    return DagState(dag_id=state.dag_id, stage=stage, proxied_tasks=listed, history=state.history)


def without_unknown(entry: DagEntry, change: Change) -> Change:
    """The change with a reason against tasks in the state that the DAG does not have (any more)."""
    known = {task.task_id for task in entry.tasks}
    unknown = [name for name in change.after.proxied_tasks if name not in known]
    if not unknown:
        return change
    against = Against(
        f"its state names tasks that it does not have: `{'`, `'.join(unknown)}`",
        "correct `proxied_tasks` in its state file, or restore the file from version control",
    )
    return replace(change, against=(*change.against, against))
