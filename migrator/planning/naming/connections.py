"""The ids of connections for which resources stand."""

from __future__ import annotations

import sys

from migrator.model.source import Span
from migrator.model.values import CallableValue, Symbolic, Text, Value
from migrator.operators.rule import Untranslatable


def connection_id(value: Value, span: Span | None) -> str:
    """The id of a connection; with the names of environment variables in braces (`crm_{env:STAGE}`) where they tell parts of it: where the code runs
    that is one connection, and a resource stands for it wherever that is. Raises Untranslatable."""
    parts = value.parts if isinstance(value, Text) else (value,)
    told = all(isinstance(part, str) or (isinstance(part, Symbolic) and part.kind == "env") for part in parts)
    if told and (found := "".join(map(str, parts))):
        return found
    if module := _elsewhere(value):
        raise Untranslatable("MIG104", f"the id of its connection is in `{module}`, which is not in the folder", span)
    raise Untranslatable("MIG207", "the id of its connection is only known at run time", span)


def _elsewhere(value: Value) -> str:
    """The module that a value is imported from where that was not found: no library of Python's or of Airflow's. Else empty."""
    if not isinstance(value, CallableValue) or value.kind != "library":
        return ""
    return "" if value.module.partition(".")[0] in (*sys.stdlib_module_names, "airflow", "") else value.module
