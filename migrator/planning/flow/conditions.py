"""`pre_execute`, `@task.run_if` and `@task.skip_if`: what a task calls or asks before it does its work. `post_execute`: what it calls after that.

Comes in: a task's lowering. Goes out: the same with the calls of these functions, each of which gets Airflow's context in Airflow. Airflow
skips the task where one of the conditions says so.
"""

from __future__ import annotations

from migrator.model.bodies import (
    RESULT,
    Body,
    CallFunction,
    FollowedBy,
    HttpRequest,
    OnCondition,
    PollUntil,
    RunOperator,
    RunShell,
    RunSql,
    UseResource,
)
from migrator.model.changed import replace
from migrator.model.expressions import ErrorClass
from migrator.model.values import CallableValue, show
from migrator.operators.rule import Lowering, Untranslatable
from migrator.planning.callables import functions
from migrator.planning.callables.callees import takes_context
from migrator.planning.context import TaskContext
from migrator.planning.xcom.handover import has_value

_FOLLOWED = (CallFunction, HttpRequest, PollUntil, RunOperator, RunShell, RunSql, UseResource)
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
    first, last = task.option("pre_execute"), task.option("post_execute")
    if lowering.role in ("airflow", "folded"):
        return lowering
    if last is not None:
        lowering = _with_after(lowering, last, context)
    if not (found or first is not None):
        return lowering
    if first is not None:
        found.insert(0, OnCondition(replace(_call(first, context), returns=False), None))
    if lowering.role in ("branch", "gate") and any(map(_may_skip, found)):
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


def _may_skip(condition: OnCondition) -> bool:
    skips = (edit.expression for edit in condition.call.edits if isinstance(edit.expression, ErrorClass))
    return condition.holds is not None or any(error.kind == "skip" for error in skips)


def followed(lowering: Lowering) -> Body | None:
    """What a task does, with what it calls after that."""
    body, after = lowering.body, lowering.after
    if after is None or not isinstance(body, _FOLLOWED):
        return body
    work = replace(body, inline=False) if isinstance(body, CallFunction) else body
    returns = isinstance(body, RunOperator) or body.returns
    taken = RESULT in (*after.args, *after.kwargs.values())
    if taken and not has_value(body):
        after = replace(after, kwargs={n: None if v == RESULT else v for n, v in after.kwargs.items()})
    return FollowedBy(replace(work, returns=returns or (taken and has_value(body))), after, returns=returns)


def _with_after(lowering: Lowering, last: object, context: TaskContext) -> Lowering:
    """The lowering with the function that is called after the work, with the context and the result by position."""
    body = lowering.body
    plain = isinstance(body, _FOLLOWED)
    if lowering.role not in ("work", *_OUTSIDE) or not plain or "post_execute" in context.task.overrides:
        raise Untranslatable(
            "MIG203", "it calls a function after what it does, which is no plain work", context.task.span
        )
    call = _call(last, context)
    assert isinstance(last, CallableValue)
    slots = [one.name for one in last.parameters if one.kind in ("positional_only", "positional_or_keyword")]
    if len(slots) > 1:
        call = replace(call, kwargs={**call.kwargs, slots[1]: RESULT})
    return replace(lowering, role="work", after=replace(call, returns=False))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _call(condition: object, context: TaskContext) -> CallFunction:
    if not isinstance(condition, CallableValue):
        shown = show(condition)
        raise Untranslatable(
            "MIG203", f"what it calls besides its work, `{shown}`, is not a function of these files", context.task.span
        )
    call = functions.call(context, condition, beside=frozenset())
    pushes = context.facts.pushes.get(context.dag.dag_id)
    taken = pushes.taken.get(context.task.task_id, frozenset()) if pushes is not None else frozenset()
    uses = context.facts.analyzer.facts(condition, whole=takes_context(condition)).context_uses
    pushed = {use.detail.get("key") for use in uses if use.kind == "xcom_push"}
    if call.pushes or pushed & taken or (pushed and "*" in taken):
        reason = f"`{condition.qualname}`, which it calls besides its work, pushes what another task takes"
        raise Untranslatable("MIG203", reason, context.task.span)
    return replace(call, inline=False, returns=True)
