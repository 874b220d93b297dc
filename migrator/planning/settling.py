"""Which tasks move: what a task takes decides, and what becomes of those that it takes it of, in other DAGs as well."""

from __future__ import annotations

from collections.abc import Callable

from migrator.planning.callbacks.taken import give_to_callbacks
from migrator.planning.draft import Draft, TaskDraft
from migrator.planning.forms import decide_forms
from migrator.planning.roles import assign_roles
from migrator.planning.xcom.handover import hand_over, has_value, last_values, return_values, stay


def settle(draft: Draft) -> Draft:
    """Decides what becomes of each task. One that takes a value of another run stays in Airflow where the task that leaves it does: what follows from that
    is decided anew, until nothing changes."""
    while True:
        settled = decide_forms(assign_roles(return_values(give_to_callbacks(hand_over(draft)))))
        lost = _lost(settled)
        if not lost:
            return settled

        def left(task: TaskDraft, lost: dict[tuple[str, str], tuple[str, str]] = lost) -> TaskDraft:
            found = lost.get((task.task.dag_id, task.task.task_id))
            return task if found is None else stay(task, *found)

        draft = _with_tasks(draft, left)


def _with_tasks(draft: Draft, change: Callable[[TaskDraft], TaskDraft]) -> Draft:
    return draft.with_dags(lambda dag: dag.with_tasks(change))


def _lost(draft: Draft) -> dict[tuple[str, str], tuple[str, str]]:
    """The tasks that take a value of another run which nothing leaves in Dagster: with the code of the finding, and its reason."""
    found = {}
    for dag in draft.dags.values():
        for task in dag.tasks.values():
            if task.disposition == "airflow":
                continue
            for dag_id, task_id in last_values(task):
                giver = draft.dags[dag_id].tasks[task_id] if dag_id in draft.dags else None
                if giver is None or giver.disposition == "airflow":
                    reason = f"it takes the last result of `{dag_id}.{task_id}`, which stays in Airflow"
                    found[dag.dag_id, task.task.task_id] = ("MIG208", reason)
                elif not giver.is_node or not has_value(giver.lowering.body):
                    reason = f"it takes the last result of `{dag_id}.{task_id}`, which has none outside Airflow"
                    found[dag.dag_id, task.task.task_id] = ("MIG203", reason)
    return found
