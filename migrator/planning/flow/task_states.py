"""What became of the other tasks of the run, where a function asks for it (`dag_run.get_task_instances()`).

Comes in: the name of the method. Goes out: a function that answers from the log of the run in Dagster. Raises Untranslatable where that does not tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.model.airflow import Task
from migrator.model.expressions import TaskStates
from migrator.operators.rule import Untranslatable
from migrator.planning.flow.mapping import expanded_groups

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

STATES_OF_TASKS = {
    ("dag_run", "get_task_instance"): "task_instance",
    ("dag_run", "get_task_instances"): "task_instances",
    ("ti", "get_task_states"): "task_states",
}
"""Methods of a run and (in Airflow 3) of a task instance, and the functions that stand for them."""
_RULES = frozenset(
    {
        "all_done",
        "all_failed",
        "all_success",
        "always",
        "none_failed",
        "none_failed_min_one_success",
        "one_failed",
        "one_success",
    }
)
"""Trigger rules of which it is known what they make of a task that does not run."""
_DECIDING = re.compile(r"short_?circuit|latest_?only", re.IGNORECASE)
"""What may leave out all that comes after it; of branches, their outputs tell what they chose."""


def states_of_tasks(of: str, method: str, context: TaskContext) -> TaskStates:
    """The function that stands for a method of an object of the context."""
    tasks = {task.task_id: task for task in context.dag.tasks}
    # Tasks after the one that asks have not begun, whatever decides of them later.
    later = set() if context.ended is not None else {*context.facts.graph.descendants(context.task.task_id)}
    for task in tasks.values():
        if task.task_id not in later and (reason := _unknown(task, tasks, context)):
            raise Untranslatable("MIG205", f"it asks what became of all tasks, and {reason}", context.task.span)
    table = {task_id: (task.upstream, task.trigger_rule) for task_id, task in tasks.items()}
    own = "" if context.ended is not None else context.task.task_id
    mapped = frozenset(task.task_id for task in tasks.values() if task.mapped)
    if own in mapped:
        raise Untranslatable("MIG205", "it asks what became of all tasks, and it has copies itself", context.task.span)
    return TaskStates(STATES_OF_TASKS[of, method], table, own, mapped)


def _unknown(task: Task, tasks: dict[str, Task], context: TaskContext) -> str:
    """Why the log of a run does not tell what became of a task; empty if it does."""
    if expanded_groups(context.dag, task):
        return f"`{task.task_id}` has as many copies as a run finds"
    if task.upstream and task.trigger_rule not in _RULES:
        return f"the trigger rule of `{task.task_id}` is `{task.trigger_rule}`"
    above = [tasks[other] for other in task.upstream]
    if task.operator in ("EmptyOperator", "DummyOperator") and any(
        _DECIDING.search(f"{other.operator} {other.decorator} {' '.join(other.bases)}") for other in above
    ):
        return f"`{task.task_id}`, which has no work, may be left out"
    return ""
