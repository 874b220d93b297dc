"""The ids of connections for which resources stand."""

from __future__ import annotations

import sys

from migrator.model.source import Span
from migrator.model.values import CallableValue, Symbolic, Text, Value
from migrator.operators.rule import Untranslatable

BY_DEFAULT = "connection by default: "
"""How notes begin of a resource that stands for the connection that environment variables name, by the code's own defaults for these."""


def connection_id(value: Value, span: Span | None) -> str:
    """The id of a connection; with the names of environment variables in braces (`crm_{env:STAGE}`) where they tell parts of it, and the code says nothing
    for where they are not set: where the code runs that is one connection, and a resource stands for it wherever that is. Raises Untranslatable."""
    if found := id_by_default(value):
        return found
    parts = _parts(value)
    told = all(isinstance(part, str) or (isinstance(part, Symbolic) and part.kind == "env") for part in parts)
    if told and (found := "".join(map(str, parts))):
        return found
    if module := _elsewhere(value):
        raise Untranslatable("MIG104", f"the id of its connection is in `{module}`, which is not in the folder", span)
    raise Untranslatable("MIG207", "the id of its connection is only known at run time", span)


def id_by_default(value: Value) -> str:
    """The id of a connection of which environment variables tell parts, where none of them is set; empty where the code has no defaults for them."""
    parts = [
        part.default if isinstance(part, Symbolic) and part.kind == "env" and part.has_default else part
        for part in _parts(value)
    ]
    return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else ""


def telling(value: Value) -> tuple[str, ...]:
    """The environment variables that tell parts of an id."""
    return tuple(part.name for part in _parts(value) if isinstance(part, Symbolic) and part.kind == "env" and part.name)


def _parts(value: Value) -> tuple[Value, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def _elsewhere(value: Value) -> str:
    """The module that a value is imported from where that was not found: no library of Python's or of Airflow's. Else empty."""
    if not isinstance(value, CallableValue) or value.kind != "library":
        return ""
    return "" if value.module.partition(".")[0] in (*sys.stdlib_module_names, "airflow", "") else value.module
