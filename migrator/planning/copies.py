"""What became of the copies of mapped tasks, said of the mapped tasks: those are what Airflow knows. And of what stands for the tasks of a loop, of these.

Comes in: the plan for tasks of which some are copies (`Task.copy_of`), or stand for several (`Task.stands_for`). Goes out: the same plan with the ids of
Airflow's tasks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from migrator.model.airflow import AirflowProject
from migrator.model.changed import replace
from migrator.model.moving import Unit
from migrator.model.plan import (
    CreateRunSensor,
    CreateSensor,
    DagPlan,
    Delta,
    Disposition,
    MigrationPlan,
    Operation,
)

T = TypeVar("T")
_Ids = Mapping[tuple[str, str], tuple[str, ...]]
"""The ids of Airflow's tasks for a task as it was planned."""
_LAST = ("airflow", "wrapped")
"""What a mapped task is called where one of its copies became this."""


def with_mapped_tasks(plan: MigrationPlan, project: AirflowProject) -> MigrationPlan:
    """The plan with one disposition for each of Airflow's tasks, and their ids in all that names a task."""
    ids = {
        (task.dag_id, task.task_id): task.stands_for or (task.copy_of,)
        for task in project.tasks()
        if task.copy_of or task.stands_for
    }
    if not ids:
        return plan
    return replace(
        plan,
        dags=tuple(_dag(dag, ids) for dag in plan.dags),
        dispositions=tuple(_dispositions(plan.dispositions, ids)),
        deltas=_once(known for delta in plan.deltas for known in _delta(delta, ids)),
    )


def _dispositions(rows: Iterable[Disposition], ids: _Ids) -> Iterable[Disposition]:
    found: dict[tuple[str, str], Disposition] = {}
    for row in rows:
        for task_id in ids.get((row.dag_id, row.task_id), (row.task_id,)):
            place = (row.dag_id, task_id)
            if place not in found or (row.kind in _LAST and found[place].kind not in _LAST):
                found[place] = replace(row, task_id=task_id)
    return found.values()


def _delta(delta: Delta, ids: _Ids) -> Iterable[Delta]:
    known = ids.get((delta.dag_id, delta.task_id or ""), (delta.task_id,))
    return (replace(delta, task_id=task_id) for task_id in known)


def _dag(dag: DagPlan, ids: _Ids) -> DagPlan:
    def known(task_ids: Iterable[str]) -> tuple[str, ...]:
        return _once(one for task_id in task_ids for one in ids.get((dag.dag_id, task_id), (task_id,)))

    def renamed(operation: Operation) -> Operation:
        task_id = getattr(operation, "task_id", None)
        if task_id is not None:
            operation = replace(operation, task_id=known([task_id])[0])  # type: ignore[arg-type]  # a schedule has none
        if isinstance(operation, CreateSensor | CreateRunSensor):
            operation = replace(operation, task_ids=known(operation.task_ids))
        return operation

    units = _merged(one for unit in dag.units for one in _by_key(unit, dag.dag_id, ids, known))
    return replace(dag, operations=tuple(map(renamed, dag.operations)), units=units)


def _by_key(unit: Unit, dag_id: str, ids: _Ids, known: Callable[[Iterable[str]], tuple[str, ...]]) -> Iterable[Unit]:
    """The unit with the ids of Airflow's tasks; where it is of what stands for the tasks of a loop, one for each key."""
    of_keys = [ids.get((dag_id, task_id), ()) for task_id in unit.tasks]
    count = len(of_keys[0])
    if count < 2 or unit.blocked or any(len(found) != count for found in of_keys):
        return [replace(unit, tasks=known(unit.tasks))]

    def told(text: str, number: int) -> str:
        def named(found: re.Match[str]) -> str:
            of_task = ids.get((dag_id, found[0]), ())
            return of_task[number] if len(of_task) == count else found[0]

        return re.sub(r"(?<=`)[^`]+(?=`)", named, text)

    return [
        Unit(tasks, told(unit.why, number), "", tuple(told(text, number) for text in unit.conditions))
        for number, tasks in enumerate(zip(*of_keys, strict=True))
    ]


def _merged(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The units, those that have a task in common as one: each task is in exactly one."""
    found: list[Unit] = []
    for unit in units:
        same = [other for other in found if set(other.tasks) & set(unit.tasks)]
        whole = [*same, unit]
        merged = Unit(
            _once(task for one in whole for task in one.tasks),
            "; ".join(_once(one.why for one in whole if one.why)),
            "; ".join(_once(one.blocked for one in whole if one.blocked)),
            _once(condition for one in whole for condition in one.conditions),
        )
        place = found.index(same[0]) if same else len(found)
        found = [*found[:place], merged, *(other for other in found[place:] if other not in same)]
    return tuple(found)


def _once(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
