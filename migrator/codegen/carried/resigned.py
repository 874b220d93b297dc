"""A carried function with other parameters than its file gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrator.codegen.carried.source_text import FunctionText, ParameterText
from migrator.model.bodies import CallFunction


def resigned(
    function: FunctionText, call: CallFunction, name: str = "", defaults: Mapping[str, str] | None = None
) -> FunctionText:
    """The function with the parameters that took Airflow's context replaced by those that take its values.

    `defaults` are further keyword parameters.
    """
    if not (call.added_parameters or call.dropped_parameters or name or defaults):
        return function
    kept = [parameter for parameter in function.parameters if parameter.name not in call.dropped_parameters]
    known = {parameter.name for parameter in kept}
    front = [parameter for parameter in kept if parameter.kind != "var_keyword"]
    rest = [parameter for parameter in kept if parameter.kind == "var_keyword"]
    keyword_only = any(parameter.default or parameter.kind != "positional_or_keyword" for parameter in front)
    kind = "keyword_only" if keyword_only else "positional_or_keyword"
    added = [ParameterText(new, kind) for new in call.added_parameters if new not in known]
    more = [ParameterText(new, "keyword_only", default=text) for new, text in (defaults or {}).items()]
    return replace(
        function,
        name=name or function.name,
        parameters=(*front, *added, *more, *rest),
    )
