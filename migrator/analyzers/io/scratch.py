"""Files in folders for temporary files that only the task itself can be interested in.

Comes in: DAGs with what their tasks read and write. Goes out: the same without what a task puts there that no other task reads, as long as
the task makes something else: a file that is uploaded, or read by code that is not followed. What a task makes there alone is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import is_not

from migrator.analyzers.io.names import PLACEHOLDER, is_scratch
from migrator.model.airflow import Dag, Task
from migrator.model.assets import AssetRef, Direction
from migrator.model.changed import replace


def without_scratch(dags: Iterable[Dag]) -> tuple[Dag, ...]:
    """The DAGs without scratch files that no other task reads."""
    dags = tuple(dags)
    readers: dict[str, set[str]] = defaultdict(set)
    for task in (task for dag in dags for task in dag.tasks):
        for ref in task.refs:
            if ref.direction is Direction.INPUT and _is_scratch(ref):
                readers[_place(ref)].add(task.id)

    def kept(task: Task) -> Task:
        made = [ref for ref in task.refs if ref.direction is Direction.OUTPUT and ref.kind != "xcom"]
        own = [ref for ref in made if _is_scratch(ref) and not readers[_place(ref)] - {task.id}]
        if not own or len(own) == len(made):
            return task
        return replace(task, refs=tuple(ref for ref in task.refs if ref not in own))

    changed = [tuple(map(kept, dag.tasks)) for dag in dags]
    return tuple(
        replace(dag, tasks=tasks) if any(map(is_not, tasks, dag.tasks)) else dag
        for dag, tasks in zip(dags, changed, strict=True)
    )


def _is_scratch(ref: AssetRef) -> bool:
    return ref.kind in ("file", "model") and is_scratch(ref.name)


def _place(ref: AssetRef) -> str:
    """The name, whatever its unknown parts are."""
    return PLACEHOLDER.sub("*", ref.name)
