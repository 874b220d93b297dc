"""Whether a value can be written down as it is."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.facts import ContextUse
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.tree import descend
from migrator.model.values import CallableValue, NamedTuple, Value, is_known, walk


def is_plain(value: Value) -> bool:
    """Whether a value can be written down as it is: no named tuple, as the tuple in its place would have no names."""
    plain = (str, bytes, bool, int, float, complex, list, tuple, dict, set, frozenset, type(None))
    dates = ("date", "datetime", "time", "timedelta", "timezone")
    return is_known(value) and all(
        (isinstance(v, plain) and not isinstance(v, NamedTuple)) or type(v).__name__ in dates for v in walk(value)
    )


def kept_default(
    module: ModuleInfo, function: cst.CSTNode, callable: CallableValue, place: cst.CSTNode
) -> ContextUse | None:
    """The use of the default value in which a name of a function stands, if its parameter kept what is known (`def load(table=table)` in a
    loop); None for a name at any other place."""
    known = {one.name: one.default for one in callable.parameters if one.has_default}
    params = function.params if isinstance(function, (cst.FunctionDef, cst.Lambda)) else cst.Parameters()
    for parameter in (*params.posonly_params, *params.params, *params.kwonly_params):
        name, default = parameter.name.value, parameter.default
        if default is None or not any(node is place for node in descend(default)):
            continue
        return ContextUse("default", name, module.span(default)) if name in known and is_plain(known[name]) else None
    return None
