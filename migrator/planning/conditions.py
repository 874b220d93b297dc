"""`pre_execute`, `@task.run_if` and `@task.skip_if`: what a task calls or asks before it does its work.

Comes in: a task's lowering. Goes out: the same with the calls of the conditions, each of which gets Airflow's context in Airflow. Airflow
skips the task where one of them says so.
"""

from __future__ import annotations

from migrator.model.bodies import CallFunction, OnCondition
from migrator.model.changed import replace
from migrator.model.values import CallableValue, show
from migrator.operators.rule import Lowering, Untranslatable
from migrator.planning import functions
from migrator.planning.context import TaskContext

_OUTSIDE = ("check", "sensor")
"""Roles of tasks that may become something outside of the run, where nothing can be skipped."""


def with_conditions(lowering: Lowering, context: TaskContext) -> Lowering:
    """The lowering of the context's task with its conditions. Raises Untranslatable where one cannot be moved."""
    task = context.task
    found = [
        OnCondition(_call(condition, context), argument == "run_if")
        for argument in ("run_if", "skip_if")
        for condition in _listed(task.arguments.get(argument))
    ]
    first = task.arguments.get("pre_execute")
    if lowering.role in ("airflow", "folded") or not (found or first is not None):
        return lowering
    if first is not None:
        found.insert(0, OnCondition(replace(_call(first, context), returns=False), None))
    if lowering.role in ("branch", "gate"):
        dag = {other.task_id: other for other in context.dag.tasks}
        below = (dag[task_id] for task_id in context.facts.graph.descendants(task.task_id))
        other = next((one for one in below if one.trigger_rule != "all_success"), None)
        if other is not None:
            # To be skipped is not the same as to choose nothing, for those that look at what became of it.
            reason = (
                f"it may be skipped as a whole, and the trigger rule of `{other.task_id}` is `{other.trigger_rule}`"
            )
            raise Untranslatable("MIG206", reason, task.span)
    role = "work" if lowering.role in _OUTSIDE else lowering.role
    return replace(lowering, role=role, conditions=tuple(found))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _call(condition: object, context: TaskContext) -> CallFunction:
    if not isinstance(condition, CallableValue):
        shown = show(condition)
        raise Untranslatable(
            "MIG203", f"what it asks or calls first, `{shown}`, is not a function of these files", context.task.span
        )
    return replace(functions.call(context, condition, given_context=True), inline=False, returns=True)
