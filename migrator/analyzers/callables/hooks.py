"""Airflow's hooks in the team's code: where one is made, and all that is asked of it.

In: the call of a hook's class. Out: the `detail` of a `ContextUse` of kind `hook`; None where the hook goes somewhere that is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from migrator.analyzers.callables.fold import Frame
from migrator.analyzers.callables.modules import ModuleInfo
from migrator.analyzers.callables.scopes import Scope
from migrator.analyzers.callables.tree import descend, dotted
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Value
from migrator.operators.hook_classes import HOOK_CLASSES
from migrator.operators.hooks import HOOKS, changes


@dataclass(frozen=True, slots=True)
class HookArgument:
    """An argument of a call. `name` is the Span of its keyword and of the `=` (empty where it has none), `cut` that of it all with the
    comma that goes with it."""

    keyword: str | None
    name: Span
    cut: Span
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class HookCall:
    """A call of a hook's method: `span` is the method's name, `inside` the place behind the opening bracket."""

    method: str
    span: Span
    inside: Span
    arguments: tuple[HookArgument, ...] = ()


def hook_detail(
    module: ModuleInfo, frame: Frame, node: cst.Call, line: cst.CSTNode | None, outer: cst.Call | None
) -> Mapping[str, Value] | None:
    """What is known of a hook that is made by `node`.

    `arguments` by name, `calls` (of `HookCall`), `reads` (Spans of the name that holds it, none where it is used on the spot). `line` is the
    statement around; `outer` the call of a method on it at once, if that is one.
    """
    hook = HOOKS[module.qualified(node.func).rpartition(".")[2]]
    arguments: dict[str, Value] = {}
    for place, arg in enumerate(node.args):
        if arg.star or (arg.keyword is None and place):
            return None
        name = arg.keyword.value if arg.keyword is not None else next(iter(hook.handed_on), hook.connection[0])
        arguments[name] = frame.value(arg.value)
    if outer is not None:
        call = _call(module, outer)
        return {"arguments": arguments, "calls": (call,), "reads": ()} if call is not None else None
    holder = held(module, node, line)
    if holder is None:
        kept = _calls_on_attribute(module, node, line)
        return {"arguments": arguments, "calls": kept, "reads": ()} if kept is not None else None
    scope, name = holder
    methods = {id(call.func.value): call for call in method_calls(scope.node) if type(call.func) is cst.Attribute}
    calls, reads = [], []
    for read in module.table.reads_in(scope.node):
        if read.name != name or module.table.scope_of(read) is not scope:
            continue
        method = _call(module, methods[id(read.node)]) if id(read.node) in methods else None
        if method is None:
            return None
        calls.append(method)
        reads.append(module.span(read.node))
    return {"arguments": arguments, "calls": tuple(calls), "reads": tuple(reads)}


def is_translated(name: str, detail: Mapping[str, Value]) -> bool:
    """Whether a resource can stand for a hook of the class `name`: it does all that is asked of it."""
    hook = HOOKS[name]
    known = {*hook.connection, *hook.handed_on, *hook.ignored}
    if any(argument not in known and value is not None for argument, value in detail["arguments"].items()):
        return False
    return all(
        call.method in hook.methods
        and changes(
            hook.methods[call.method],
            tuple(argument.keyword for argument in call.arguments),
            tuple(argument.is_none for argument in call.arguments),
        )
        is not None
        for call in detail["calls"]
    )


def hook_arguments(node: cst.Call, name: str) -> tuple[cst.BaseExpression, ...] | None:
    """Of a call that makes a hook of the class `name`: what names its connection (nothing, if nothing does); None where the project's class of that name
    does not take the arguments, or there is none."""
    known = HOOK_CLASSES.get(name)
    if known is None:
        return None
    found: tuple[cst.BaseExpression, ...] = ()
    for place, arg in enumerate(node.args):
        keyword = arg.keyword.value if arg.keyword is not None else ""
        if arg.star or (not keyword and place and known.by_position):
            return None
        if keyword == known.connection or (not keyword and place == (0 if known.by_position else 1)):
            found = (arg.value,)
        elif keyword and keyword not in known.arguments:
            return None
    return found


def asks_for_hook(module: ModuleInfo, node: cst.Call, line: cst.CSTNode | None) -> bool:
    """Whether a connection of Airflow is asked to make its hook, which no other object can: on the spot, or later by its name."""
    if module.source.text.startswith(".get_hook", module.places.offsets(node)[1]):
        return True
    holder = held(module, node, line)
    return holder is not None and any(
        type(call.func) is cst.Attribute
        and call.func.attr.value == "get_hook"
        and type(call.func.value) is cst.Name
        and call.func.value.value == holder[1]
        for call in method_calls(holder[0].node)
    )


def held(module: ModuleInfo, node: cst.Call, line: cst.CSTNode | None) -> tuple[Scope, str] | None:
    """The scope and the name that alone hold a hook."""
    from migrator.analyzers.callables.context import sole_assignment

    pair = sole_assignment(line)
    if pair is None or pair[1] is not node or line is None:
        return None
    around = [around for around in module.enclosing(line) if around in module.table.scopes]
    scope = module.table.scopes[around[0]] if around else module.table.module
    bindings = scope.bindings.get(pair[0], [])
    if scope.kind not in ("function", "module") or len(bindings) != 1:
        return None
    return scope, pair[0]


def _calls_on_attribute(module: ModuleInfo, node: cst.Call, line: cst.CSTNode | None) -> tuple[HookCall, ...] | None:
    """All that is asked of a hook that a class keeps in one of its attributes (`self.hook = PostgresHook(...)`)."""
    small = line.body[0] if type(line) is cst.SimpleStatementLine and len(line.body) == 1 else None
    target = small.targets[0].target if type(small) is cst.Assign and len(small.targets) == 1 else None
    if type(small) is not cst.Assign or small.value is not node or type(target) is not cst.Attribute or line is None:
        return None
    cls = next((around for around in module.enclosing(line) if type(around) is cst.ClassDef), None)
    name = dotted(target)
    if cls is None or name.count(".") != 1:
        return None
    methods = {id(call.func.value): call for call in method_calls(cls) if type(call.func) is cst.Attribute}
    found: list[HookCall] = []
    for item in descend(cls):
        if item is target or type(item) is not cst.Attribute or dotted(item) != name:
            continue
        call = _call(module, methods[id(item)]) if id(item) in methods else None
        if call is None:
            return None
        found.append(call)
    return tuple(found)


def method_calls(node: cst.CSTNode) -> Iterator[cst.Call]:
    for item in descend(node):
        if type(item) is cst.Call and type(item.func) is cst.Attribute:
            yield item


def _call(module: ModuleInfo, node: cst.Call) -> HookCall | None:
    """A call of a method; None where its arguments cannot be told one by one."""
    assert type(node.func) is cst.Attribute
    found = call_arguments(module, node)
    if found is None:
        return None
    bracket = module.source.text.index("(", module.places.offsets(node.func)[1]) + 1
    return HookCall(node.func.attr.value, module.span(node.func.attr), module.between(bracket, bracket), found)


def call_arguments(module: ModuleInfo, node: cst.Call) -> tuple[HookArgument, ...] | None:
    """The arguments of a call; None where they cannot be told one by one."""
    if any(arg.star for arg in node.args):
        return None
    places = [module.places.offsets(arg) for arg in node.args]
    found = []
    for number, (arg, (start, end)) in enumerate(zip(node.args, places, strict=True)):
        before = places[number - 1][1] if number else start
        after = places[1][0] if not number and len(places) > 1 else end
        keyword = arg.keyword.value if arg.keyword is not None else None
        value = module.source.text.index("=", start) + 1 if keyword is not None else start
        none = type(arg.value) is cst.Name and arg.value.value == "None"
        found.append(HookArgument(keyword, module.between(start, value), module.between(before, after), none))
    return tuple(found)
