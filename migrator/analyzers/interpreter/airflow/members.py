"""Attributes of Airflow's objects whose class the analyzed code derives from Airflow's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import DagObject, GroupObject, TaskObject, enter, leave
from migrator.analyzers.interpreter.values import MISSING, Env, Native

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def attribute_of_subclass(
    machine: Machine, value: DagObject | GroupObject, name: str, node: cst.CSTNode, env: Env
) -> Any:
    """What an instance of an analyzed subclass has besides what Airflow's class has; MISSING where it has no such name."""
    if name in value.attributes:
        return value.attributes[name]
    from migrator.analyzers.interpreter.language.attributes import bind

    if value.cls is None:
        return MISSING
    found = value.cls.find(name)
    return found if found is MISSING else bind(machine, found, value, value.cls, node, env)


def base_attribute(machine: Machine, value: Any, name: str, node: cst.CSTNode, env: Env) -> Any:
    """What `super()` finds in Airflow's own class, `__init__` and what runs a task aside; MISSING for other objects."""
    if not isinstance(value, (DagObject, GroupObject, TaskObject)) or name in ("__init__", "execute"):
        return MISSING
    cls, value.cls = value.cls, None
    try:
        return value.attribute(machine, name, node, env)
    finally:
        value.cls = cls


def context_method(value: DagObject | GroupObject, name: str) -> Native:
    """`__enter__` and `__exit__` called as methods."""
    return Native(name, lambda m, call: enter(m, value) if name == "__enter__" else leave(m, value))
