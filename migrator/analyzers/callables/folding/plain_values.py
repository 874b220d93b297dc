"""What a function kept when it was made: values that can be written down as they are, and objects that the caller gives it."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.facts import ContextUse
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Read
from migrator.analyzers.callables.source.tree import descend
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.values import CallableValue, NamedTuple, ObjectValue, Value, XComValue, is_known, walk


def is_plain(value: Value) -> bool:
    """Whether a value can be written down as it is: no named tuple, as the tuple in its place would have no names."""
    plain = (str, bytes, bool, int, float, complex, list, tuple, dict, set, frozenset, type(None))
    dates = ("date", "datetime", "time", "timedelta", "timezone")
    return is_known(value) and all(
        (isinstance(v, plain) and not isinstance(v, NamedTuple)) or type(v).__name__ in dates for v in walk(value)
    )


OF_CALLS = frozenset({"parameter", "loop", "with", "except"})
"""Kinds of bindings by which a name of a function has another value whenever that is called."""


def is_constant(function: cst.CSTNode, callable: CallableValue, read: Read) -> bool:
    """Whether a name of an enclosing function can be set to its value in front of the function."""
    value = callable.closure.get(read.name)
    return read.name in callable.closure and is_plain(value) and not _is_above(function, read.place)


def told_to_decorator(
    module: ModuleInfo, function: cst.CSTNode, callable: CallableValue, read: Read
) -> ContextUse | None:
    """The use of a name of an enclosing function, or of a member of the object that it stands for, in an argument of a decorator: its plain value stands
    there in its place. None for any other name."""
    if not isinstance(function, cst.FunctionDef) or read.name not in callable.closure:
        return None
    above = [item for decorator in function.decorators for item in descend(decorator)]
    around = [item for item in above if item is not read.place and any(inner is read.place for inner in descend(item))]
    if not around or any(isinstance(item, cst.FormattedString) for item in around):
        return None
    place: cst.CSTNode = read.place
    value = callable.closure[read.name]
    while member := next((item for item in around if isinstance(item, cst.Attribute) and item.value is place), None):
        value = value.kwargs.get(member.attr.value) if isinstance(value, ObjectValue) else None
        place = member
    if not isinstance(value, str | int | float):
        return None
    return ContextUse("rewrite", read.name, module.span(place), {"text": repr(value)})


@dataclass(frozen=True, slots=True)
class Told:
    """Places where a `lambda` reads an object, and constants in front of it that stand there instead."""

    uses: list[ContextUse]
    constants: dict[str, Value]


def told_to_lambda(module: ModuleInfo, function: cst.CSTNode, callable: CallableValue, read: Read) -> Told | None:
    """What stands for the attributes of an object that a `lambda` reads by a name of the function around it (`self.zone`). None for any other name, and where
    the object is asked for more."""
    value = callable.closure.get(read.name)
    if not isinstance(function, cst.Lambda) or not isinstance(value, ObjectValue):
        return None
    found = _attributes_of(module, function, read, value)
    taken = {one.name for one in module.table.reads_in(function)} | {*module.table.scopes[function].bindings}
    names = {one.name: one.name if one.name not in taken else f"{read.name}_{one.name}" for one in found}
    constants = {names[one.name]: one.detail["value"] for one in found}
    if not found or not is_plain(list(constants.values())) or not taken.isdisjoint(constants):
        return None
    return Told([replace(one, kind="rewrite", detail={"text": names[one.name]}) for one in found], constants)


def kept_value(
    module: ModuleInfo, function: cst.CSTNode, callable: CallableValue, read: Read, enclosing: bool
) -> ContextUse | None:
    """The use of what a function kept when it was made, if the caller can give it that: what the default of a parameter was then (`def load(table=table)` in
    a loop), or the object that a name of an enclosing function stood for. None for any other name."""
    default = _kept_default(module, function, callable, read.place)
    if default is not None or not enclosing or not isinstance(function, cst.FunctionDef):
        return default
    scope, value = module.table.scope_of(read), callable.closure.get(read.name)
    kinds = {binding.kind for binding in (scope.bindings.get(read.name, ()) if scope is not None else ())}
    inside = any(node is read.place for node in descend(function)) and not _is_above(function, read.place)
    given = read.name in callable.closure and not any(isinstance(part, XComValue) for part in walk(value))
    if not (kinds and kinds <= OF_CALLS and inside and given) or is_plain(value):
        return None
    place = module.places.offsets(function.name)[1]
    members = _attributes_of(module, function, read, value)
    return ContextUse("enclosed", read.name, module.between(place, place), {"value": value, "members": members})


def _attributes_of(
    module: ModuleInfo, function: cst.FunctionDef | cst.Lambda, read: Read, value: Value
) -> tuple[ContextUse, ...]:
    """The attributes of an object of the team's own that a function reads by a name of the function around it (`self.name`), as they were when all was
    loaded. Empty where it asks the object for more than such attributes, or sets them."""
    if not isinstance(value, ObjectValue) or value.made is None:
        return ()
    nodes, scope = list(descend(function)), module.table.scope_of(read)
    named = (other for other in module.table.reads_in(function) if other.name == read.name)
    names = [other.node for other in named if module.table.scope_of(other) is scope]
    attributes = {item.value: item for item in nodes if isinstance(item, cst.Attribute)}
    found = [attributes[name] for name in names if name in attributes]
    setting = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)
    targets = {part for item in nodes if isinstance(item, setting) for part in descend(item.target)}
    known = len(found) == len(names) and all(item.attr.value in value.kwargs for item in found)
    if not known or not targets.isdisjoint(found):
        return ()
    return tuple(
        ContextUse("enclosed", item.attr.value, module.span(item), {"value": value.kwargs[item.attr.value]})
        for item in found
    )


def _is_above(function: cst.CSTNode, place: cst.CSTNode) -> bool:
    """Whether a name stands in a decorator of a function, which is called where the function is defined."""
    decorators = function.decorators if isinstance(function, cst.FunctionDef) else ()
    return any(node is place for decorator in decorators for node in descend(decorator))


def _kept_default(
    module: ModuleInfo, function: cst.CSTNode, callable: CallableValue, place: cst.CSTNode
) -> ContextUse | None:
    known = {one.name: one.default for one in callable.parameters if one.has_default}
    params = function.params if isinstance(function, (cst.FunctionDef, cst.Lambda)) else cst.Parameters()
    for parameter in (*params.posonly_params, *params.params, *params.kwonly_params):
        name, default = parameter.name.value, parameter.default
        if default is None or not any(node is place for node in descend(default)):
            continue
        kept = known.get(name)
        can_be_given = name in known and (is_plain(kept) or isinstance(kept, CallableValue))
        return ContextUse("default", name, module.span(default)) if can_be_given else None
    return None
