"""Which DAGs need others: the data that they read, the runs that start them, the runs that they wait for."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.model.airflow import Task
from migrator.model.assets import AssetKey, Direction
from migrator.model.changed import replace
from migrator.model.plan import CreateRunSensor, CreateSensor, DagLink
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.forms import AIRFLOW, find_target, run_awaited

_TRIGGERED, _AWAITED = "trigger_dag_id", "external_dag_id"
"""The arguments by which operators that start other DAGs, or wait for them, name these."""


def link_dags(draft: Draft) -> Draft:
    """Adds the links between the selected DAGs, each once, in the order of the DAGs."""
    found: dict[DagLink, None] = {}
    for dag in draft.dags.values():
        links = _of_what_stays(draft, dag) if dag.form == AIRFLOW else _of_what_moves(draft, dag)
        found.update(dict.fromkeys(link for link in links if link.upstream != link.downstream))
    return replace(draft, links=tuple(found))


def _of_what_moves(draft: Draft, dag: DagDraft) -> Iterator[DagLink]:
    for task in dag.tasks.values():
        yield from _data(draft, dag, task.deps)
    for operation in dag.automation:
        if isinstance(operation, CreateSensor):
            yield from _data(draft, dag, operation.assets)
        if isinstance(operation, CreateRunSensor) and operation.triggers:
            jobs = {operation.triggers, operation.job}
            kind = "wait" if operation.triggers == dag.job else "trigger"
            what = operation.task_id or "/".join(operation.asked_by)
            for other in draft.dags.values():
                if other.job in jobs:
                    yield DagLink(other.dag_id, dag.dag_id, kind, what)
    for task_id, task in dag.tasks.items():
        awaits = task.role == "await" or run_awaited(task) is not None
        target = find_target(task.lowering.target, draft.dags) if awaits else None
        if target is not None:
            yield DagLink(target[0], dag.dag_id, "wait", task_id)


def _of_what_stays(draft: Draft, dag: DagDraft) -> Iterator[DagLink]:
    """Of a DAG without a plan all that is known are its inputs and its arguments."""
    for task_id, item in dag.tasks.items():
        yield from _data(draft, dag, _read(item.task))
        for argument in (_TRIGGERED, _AWAITED):
            target = item.task.option(argument)
            if isinstance(target, str) and target in draft.dags:
                kind = "trigger" if argument == _TRIGGERED else "wait"
                yield DagLink(target, dag.dag_id, kind, task_id)


def _read(task: Task) -> tuple[AssetKey, ...]:
    return tuple(ref.key for ref in task.refs if ref.direction is Direction.INPUT and ref.key and ref.kind != "xcom")


def _data(draft: Draft, dag: DagDraft, keys: tuple[AssetKey, ...]) -> Iterator[DagLink]:
    for key in keys:
        owner = next((draft.owners[one] for one in draft.assets_of(key) if one in draft.owners), None)
        if owner is not None:
            yield DagLink(owner[0], dag.dag_id, "data", "/".join(key))
