"""Which errors of a task are tried again, and after which time, where its `retry_policy` says that by their kind (Airflow 3.3's `ExceptionRetryPolicy`).

Comes in: a task's lowering. Goes out: the rules, in their order; the last one may be for all errors. None where they cannot be said of a step: it is not one
function of the team's own that may fail, whose errors are the same in Dagster, or the policy is a class of the team's own.
"""

from __future__ import annotations

import builtins
import datetime as dt

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, RetryRule
from migrator.model.changed import replace
from migrator.model.expressions import ErrorClass, Expr, LibraryText
from migrator.model.values import CallableValue, ObjectValue, Value
from migrator.operators.rule import Lowering, Untranslatable
from migrator.planning.context import TaskContext

_POLICY = "airflow.sdk.ExceptionRetryPolicy"
_RULE = "airflow.sdk.RetryRule"
_ACTION = "airflow.sdk.RetryAction"
_ARGUMENTS = ("exception", "action", "retry_delay", "reason", "match_subclasses")
_ACTIONS = {"RETRY": True, "FAIL": False, "DEFAULT": None}
_TOLD = ("on_failure_callback", "on_retry_callback")
"""What is called with the error itself."""


def may_be_tried_again(task: Task) -> bool:
    """Whether a retry policy has anything to say: it cannot give a task more tries than it has."""
    return task.retries is not None and task.retries != 0 and task.option("retry_policy") is not None


def with_retry_rules(lowering: Lowering, context: TaskContext) -> Lowering:
    """The lowering of the context's task, with the rules of its policy where these can be told."""
    if not may_be_tried_again(context.task):
        return lowering
    try:
        return replace(lowering, retry_rules=_rules(lowering, context))
    except Untranslatable:
        return lowering


def _rules(lowering: Lowering, context: TaskContext) -> tuple[RetryRule, ...] | None:
    policy, body = context.task.option("retry_policy"), lowering.body
    if not isinstance(policy, ObjectValue) or policy.type != _POLICY or not _raises_as_in_airflow(lowering, context):
        return None
    given = {**dict(zip(("rules", "default"), policy.args, strict=False)), **policy.kwargs}
    listed = given.get("rules")
    if not isinstance(listed, list):
        return None
    rules = [_rule(one, context) for one in listed]
    otherwise = _action(given.get("default"))
    # By whatever else it is ended, a limit of time is no error of the function, which alone is looked at.
    limited = context.task.option("execution_timeout") is not None
    assert isinstance(body, CallFunction)
    raises_others = any(isinstance(edit.expression, ErrorClass) for edit in body.edits)
    if (limited and otherwise is not None) or (raises_others and any(_is_runtime_error(rule) for rule in rules)):
        return None
    return (*rules, *([RetryRule((), otherwise)] if otherwise is not None else []))


def _raises_as_in_airflow(lowering: Lowering, context: TaskContext) -> bool:
    """Whether the task's work is to call a function of the team's own, in the process of the step, which gets no resource with errors of its own."""
    body, task = lowering.body, context.task
    alone = isinstance(body, CallFunction) and body.environment is None and not context.needs().resources
    return alone and lowering.role == "work" and not any(task.option(name) for name in _TOLD)


def _rule(value: Value, context: TaskContext) -> RetryRule:
    if not isinstance(value, ObjectValue) or value.type != _RULE:
        raise _unknown(context)
    given = {**dict(zip(_ARGUMENTS, value.args, strict=False)), **value.kwargs}
    named, delay, subclasses = given.get("exception"), given.get("retry_delay"), given.get("match_subclasses", True)
    errors = tuple(_error(one, context) for one in (named if isinstance(named, list) else [named]))
    again = _action(given["action"]) if "action" in given else True
    if not isinstance(delay, dt.timedelta | None) or not isinstance(subclasses, bool):
        raise _unknown(context)
    return RetryRule(errors, again, None if delay is None else delay.total_seconds(), not subclasses)


def _action(value: Value) -> bool | None:
    if value is None:
        return None
    if not isinstance(value, CallableValue) or value.module != _ACTION or value.name not in _ACTIONS:
        raise Untranslatable("MIG207", "what is done after an error is only known at run time")
    return _ACTIONS[value.name]


def _error(value: Value, context: TaskContext) -> Expr:
    """The class of an error. Raises Untranslatable for Airflow's, and where it is not known."""
    if isinstance(value, str):
        module, _, name = value.rpartition(".")
        if module == "builtins":
            value = CallableValue(name, name, module, kind="library")
        elif module and module.partition(".")[0] != "airflow" and not _is_of_folder(module, context):
            return value  # Airflow looks for it when there is an error, and goes on where it is not installed.
    if not isinstance(value, CallableValue) or value.module.partition(".")[0] == "airflow":
        raise _unknown(context)
    if value.module == "builtins" or not value.module:
        found = getattr(builtins, value.qualname, None)
        # One that is no `Exception` ends a step at once.
        if not isinstance(found, type) or not issubclass(found, Exception):
            raise _unknown(context)
        return LibraryText(value.qualname, "")
    if value.kind == "library":
        return LibraryText(f"{value.module}.{value.qualname}", f"import {value.module}")
    return context.expression(value)


def _is_of_folder(module: str, context: TaskContext) -> bool:
    """Whether a module may be one of the team's own, which is called otherwise in the project."""
    place = module.replace(".", "/")
    return any(f"/{path}".endswith((f"/{place}.py", f"/{place}/__init__.py")) for path in context.project.sources)


def _is_runtime_error(rule: RetryRule) -> bool:
    """Whether it is for `RuntimeError`, which stands for errors of Airflow's."""
    return LibraryText("RuntimeError", "") in rule.errors


def _unknown(context: TaskContext) -> Untranslatable:
    return Untranslatable("MIG207", "the errors that are tried again are only known at run time", context.task.span)
