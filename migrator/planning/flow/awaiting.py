"""Steps that wait, within the run, for the run of another DAG that is for a date.

Comes in: tasks that await another DAG where nothing can stand for that but the wait itself. Goes out: steps whose body asks Dagster for that run;
once names and assets are known, what they ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.bodies import RunOfDate
from migrator.model.changed import replace
from migrator.planning.assets.dependencies import target_keys
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.requirements import sources
from migrator.planning.forms import OPS, find_target, run_awaited, tasks_called


def name_awaited_runs(draft: Draft) -> Draft:
    """Tells the steps that wait for other DAGs how the jobs are called that these became, and their steps or assets."""

    def change(task: TaskDraft) -> TaskDraft:
        found = run_awaited(task)
        if found is None:
            return task
        body, asked = found
        named = replace(body, condition=_named(draft, task, asked))
        return replace(task, lowering=replace(task.lowering, body=named))

    return draft.with_dags(lambda dag: dag.with_tasks(change))


def _named(draft: Draft, task: TaskDraft, asked: RunOfDate) -> RunOfDate:
    target = find_target(task.lowering.target, draft.dags)
    assert target is not None, "only what waits for DAGs of the project becomes such a step"
    other, wanted = draft.dags[target[0]], task.lowering.members or target[1:]
    if wanted == ("",):
        return replace(asked, dag_id=other.dag_id, job=other.job)
    if other.form != OPS:
        keys = target_keys(draft, task.lowering.target, task.lowering.members)
        return replace(asked, dag_id=other.dag_id, job=other.job, assets=keys)
    steps = dict.fromkeys(step for task_id in _tasks(other, wanted) for step in _steps(other.tasks, task_id))
    return replace(asked, dag_id=other.dag_id, job=other.job, steps=tuple(steps))


def _tasks(other: DagDraft, wanted: tuple[str, ...]) -> list[str]:
    """The tasks that are meant by ids of tasks, mapped ones too, or of a group."""
    found: list[str] = []
    for name in wanted:
        inside = [task_id for task_id in other.tasks if task_id.startswith(f"{name}.")]
        found += tasks_called(other, name) or inside
    return found


def _steps(tasks: Mapping[str, TaskDraft], task_id: str) -> list[str]:
    """The step of a task, or those right before it where it dissolved."""
    task = tasks[task_id]
    if task.is_node:
        return [task.name]
    above = [source.task_id for source in sources(task.requires) if source.task_id]
    return [step for other in above for step in _steps(tasks, other)]
