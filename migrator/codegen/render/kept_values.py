"""Values that a step leaves for steps of other runs."""

from __future__ import annotations

from migrator.codegen.render.function import Function
from migrator.model.bodies import KeptAs


def keeping(function: Function, place: KeptAs, value: str) -> str:
    """The expression that keeps a value for other runs, and gives it."""
    function.module.need([f"from {function.dag.package}.last_values import keep_value"])
    given = [function.needs_context(), *map(function.text, (place.dag_id, place.task_id, place.moment))]
    return f"keep_value({', '.join([*given, value])})"
