"""Gates that let every run go on: where a job has no partitions, each of its runs is the latest one.

Comes in: a draft with partitions. Goes out: one in which such gates have dissolved into the dependencies of their neighbours.
"""

from __future__ import annotations

from migrator.model.bodies import ContinueIf
from migrator.model.changed import replace
from migrator.operators.rule import Lowering
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.forms import AIRFLOW

_REASON = "it lets every run go on: the job has no partitions, so that each run is the latest one"
_CALLED = ("on_execute_callback", "on_success_callback")


def fold_open_gates(draft: Draft) -> Draft:
    """Folds tasks that only the latest run passes, in jobs whose runs are for no date."""
    return draft.with_dags(_folded)


def _folded(dag: DagDraft) -> DagDraft:
    plain = all(task.task.trigger_rule == "all_success" for task in dag.tasks.values())
    if dag.form == AIRFLOW or dag.partitions is not None or not plain:
        return dag
    tasks = {task_id: _open(task) if _is_open(task) else task for task_id, task in dag.tasks.items()}
    return replace(dag, tasks=tasks)


def _is_open(task: TaskDraft) -> bool:
    body = task.lowering.body
    only_latest = isinstance(body, ContinueIf) and body.latest_only and body.condition is None
    marked = task.task.outlets or any(task.task.option(name) for name in _CALLED)
    return only_latest and task.is_node and not task.fan_out and not marked and not task.keeps


def _open(task: TaskDraft) -> TaskDraft:
    return replace(task, lowering=Lowering("folded", reason=_REASON)).becomes("folded", _REASON)
