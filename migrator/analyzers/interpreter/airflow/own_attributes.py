"""Attributes that code sets on a task after Airflow's own `__init__` was called: `self.bash_command = f"load {table}"`.

In: a task of one of the team's own classes. Out: the arguments of its operator as they are then, for that is what the operator works with.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from migrator.operators.common import COMMON_ARGUMENTS, SENSOR_ARGUMENTS
from migrator.operators.names import BASE_SENSOR

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.airflow.objects import TaskObject

CALL_ARGUMENTS = ("python_callable", "op_args", "op_kwargs")
"""What an operator that calls a function is told of it."""

TASK_DEFAULTS: dict[str, Any] = {
    "trigger_rule": "all_success",
    "pool": "default_pool",
    "pool_slots": 1,
    "retries": 0,
    "owner": "airflow",
    "queue": "default",
    "priority_weight": 1,
    "depends_on_past": False,
    "wait_for_downstream": False,
}
"""What a task has of which neither the call nor `default_args` say anything."""


def is_argument(task: TaskObject, name: str) -> bool:
    """Whether the attribute of that name is what the task's operator was given by an argument, or might have been."""
    if task.cls is None or name in task.reached or name in COMMON_ARGUMENTS:
        return True
    if name in SENSOR_ARGUMENTS and BASE_SENSOR in task.bases:
        return True
    return any(name in _arguments_of(base) for base in task.bases)


@cache
def _arguments_of(path: str) -> frozenset[str]:
    """The arguments of an operator of Airflow's that something is known of."""
    from migrator.operators.registry import builtin_registry

    rule = builtin_registry().rule_of_class(path)
    if rule is None:
        return frozenset()
    dotted = (*rule.carried, *rule.ignored, *rule.sql, *rule.command, *rule.connection)
    return frozenset(name.partition(".")[0] for name in dotted)


def empty(task: TaskObject, name: str) -> dict[str, Any] | None:
    """The `op_kwargs` of an operator that was given none, which its class may put something into."""
    if name != "op_kwargs" or task.cls is None or "python_callable" not in task.arguments:
        return None
    found: dict[str, Any] = task.arguments.setdefault(name, {})
    return found


def forget_overwritten(task: TaskObject, arguments: dict[str, Any]) -> None:
    """What code set before it called Airflow's `__init__`, which sets the same."""
    for name, value in arguments.items():
        if name in task.attributes and task.attributes[name] is not value:
            del task.attributes[name]
