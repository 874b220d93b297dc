"""Steps and sensors that wait for the run of another DAG that is for a date.

Comes in: tasks whose body asks Dagster for that run. Goes out: the same, with the names of the jobs, steps and assets that they ask for, as these are known
by then.
"""

from __future__ import annotations

from migrator.diagnostics import Severity
from migrator.model.bodies import RunOfDate
from migrator.model.changed import replace
from migrator.model.plan import Delta
from migrator.planning.assets.dependencies import target_keys
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.failures import caught, failing
from migrator.planning.forms import ASSETS, OPS, find_target, run_awaited, tasks_called
from migrator.planning.timing.shifts import meets


def name_awaited_runs(draft: Draft) -> Draft:
    """Tells the steps that wait for other DAGs how the jobs are called that these became, and their steps or assets."""
    deltas: list[Delta] = []

    def change(dag: DagDraft, task: TaskDraft) -> TaskDraft:
        found = run_awaited(task)
        target = find_target(task.lowering.target, draft.dags)
        if found is None or target is None:
            return task
        body, asked = found
        other = draft.dags[target[0]]
        if task.disposition == "step" and asked.computed is None and not meets(dag.clock, other.clock, asked.shift):
            deltas.append(_in_vain(task, other))
        named = replace(body, condition=_named(draft, task, asked, other, target[1]))
        return replace(task, lowering=replace(task.lowering, body=named))

    done = draft.with_dags(lambda dag: dag.with_tasks(lambda task: change(dag, task)))
    return replace(done, deltas=(*draft.deltas, *deltas))


def _in_vain(task: TaskDraft, other: DagDraft) -> Delta:
    return Delta(
        task.task.dag_id,
        task.task.task_id,
        Severity.WARNING,
        f"no scheduled run of `{other.dag_id}` has the date for which it waits, so that it waits until its time is over",
        f"it waits for the run of `{other.dag_id}` whose partition has the key of that date",
        "let it wait for the date that is meant",
    )


def _named(draft: Draft, task: TaskDraft, asked: RunOfDate, other: DagDraft, task_id: str) -> RunOfDate:
    asked = replace(asked, dag_id=other.dag_id, job=other.job)
    wanted = task.lowering.members or ((task_id,) if task_id else ())
    if not wanted and task.disposition == "sensor" and other.form == ASSETS:
        # Whoever makes them: Airflow, as long as that DAG has not moved, or a person.
        return replace(asked, assets=tuple((key,) for key in target_keys(draft, other.dag_id)))
    if not wanted:
        return asked
    groups = [group for name in _tasks(other, wanted) for group in _nodes(other, name)]
    if other.form == OPS:
        steps = (tuple(node.name for node in group) for group in groups)
        kept_by = {node.name: _kept_by(other, node) for group in groups for node in group}
        known = {name: others for name, others in kept_by.items() if others}
        return replace(asked, steps=tuple(dict.fromkeys(steps)), kept_by=known)
    keys = dict.fromkeys(
        tuple(output.key for node in group for output in node.outputs) for group in groups if len(group) > 1
    )
    single = dict.fromkeys((output.key,) for group in groups if len(group) == 1 for output in group[0].outputs)
    return replace(asked, assets=tuple(key for key in (*single, *keys) if key))


def _kept_by(other: DagDraft, node: TaskDraft) -> tuple[str, ...]:
    """The steps after whose failure the run goes on, without this one."""
    before = failing(other, node.task.task_id) & caught(other) - {node.task.task_id}
    return tuple(sorted(other.tasks[task_id].name for task_id in before if other.tasks[task_id].is_node))


def _tasks(other: DagDraft, wanted: tuple[str, ...]) -> list[str]:
    """The tasks that are meant by ids of tasks, mapped ones too, or of a group."""
    found: list[str] = []
    for name in wanted:
        inside = [task_id for task_id in other.tasks if task_id.startswith(f"{name}.")]
        found += tasks_called(other, name) or inside
    return found


def _nodes(other: DagDraft, task_id: str) -> list[tuple[TaskDraft, ...]]:
    """The node of a task; where it dissolved, those right before it: of each group one has to have done its work."""
    task = other.tasks[task_id]
    if task.is_node:
        return [(task,)]
    if task.checks:
        return _nodes(other, task.checks)
    groups = [[source.task_id for source in group if source.task_id] for group in task.requires]
    inner = [[nodes for name in group for nodes in _nodes(other, name)] for group in groups]
    return [nodes for found in inner for nodes in (found if len(found) == 1 else _joined(found))]


def _joined(groups: list[tuple[TaskDraft, ...]]) -> list[tuple[TaskDraft, ...]]:
    joined = tuple(node for group in groups for node in group)
    return [joined] if joined else []
