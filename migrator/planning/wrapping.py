"""Wraps a task: Airflow's operator runs inside a step of Dagster, where no rule translates it and it needs nothing of the scheduler.

Its arguments are translated as any others are, so that dates, params and results of other tasks come from Dagster.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, RunOperator
from migrator.model.expressions import Expr
from migrator.model.values import CallableValue, Value
from migrator.operators.common import COMMON_ARGUMENTS
from migrator.operators.rule import Lowering, Untranslatable
from migrator.planning.context import TaskContext

_OF_THE_SCHEDULER = frozenset(
    {
        "BaseBranchOperator",
        "BranchMixIn",
        "ExternalTaskMarker",
        "ExternalTaskSensor",
        "LatestOnlyOperator",
        "ShortCircuitOperator",
        "SkipMixin",
        "SubDagOperator",
        "TriggerDagRunOperator",
    }
)
"""Classes whose work is to steer the scheduler: outside of it they would do nothing, or harm."""
_WAITING = frozenset({"mode", "deferrable", "start_from_trigger", "end_from_trigger", "trigger_kwargs"})
"""Arguments that say how to wait without holding one of Airflow's worker slots."""
_TEMPLATE_FILES = (".sql", ".hql", ".sh", ".bash", ".json", ".yaml", ".yml", ".jinja", ".jinja2", ".html", ".py")


def is_wrapped(task: Task, wanted: Iterable[str]) -> bool:
    """Whether a task that no rule translates is to be wrapped: a pattern names its class, or its class with the module."""
    names = (task.operator, f"{task.operator_module}.{task.operator}")
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted for name in names)


def wrap(task: Task, context: TaskContext) -> Lowering:
    """The task as a step that runs its operator. Untranslatable where it needs the scheduler, or an argument has no source."""
    names = {task.operator, *(base.rpartition(".")[2] for base in task.bases)}
    if steering := sorted(names & _OF_THE_SCHEDULER):
        raise Untranslatable("MIG208", f"a `{steering[0]}` steers the scheduler of Airflow, and needs it", task.span)
    arguments: dict[str, Expr] = {"task_id": task.task_id, **_arguments(task.arguments, context)}
    # Airflow gives each operator those of the default arguments that its `__init__` takes; so it may do here.
    if inherited := _arguments(
        {name: task.inherited[name] for name in task.inherited if name not in task.arguments}, context
    ):
        arguments["default_args"] = inherited
    if task.bases or task.overrides:
        raise Untranslatable("MIG201", f"`{task.operator}` is a class of the team's own", task.span)
    operator = CallableValue(task.operator, task.operator, task.operator_module, "class")
    body = RunOperator(CallFunction(operator, kwargs=arguments))
    return Lowering("work", body, reason="Airflow's operator does the work inside of Dagster")


def _arguments(given: Mapping[str, Value], context: TaskContext) -> dict[str, Expr]:
    wanted = {name: value for name, value in given.items() if name not in COMMON_ARGUMENTS and name not in _WAITING}
    return {name: _argument(value, context) for name, value in wanted.items()}


def _argument(value: Value, context: TaskContext) -> Expr:
    if isinstance(value, str) and value.endswith(_TEMPLATE_FILES) and "\n" not in value and "{" not in value:
        try:
            return context.files(value, _TEMPLATE_FILES)[0]
        except Untranslatable:
            return value
    return context.template(value)
