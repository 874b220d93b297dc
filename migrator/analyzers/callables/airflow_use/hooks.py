"""Airflow's hooks in the team's code: where one is made, and all that is asked of it.

In: the call of a hook's class. Out: the `detail` of a `ContextUse` of kind `hook`; None where the hook goes somewhere that is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import libcst as cst

from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Scope
from migrator.analyzers.callables.source.signatures import cuts, places
from migrator.analyzers.callables.source.tree import descend, dotted, literal_key
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Symbolic, Value
from migrator.operators.hook_classes import HOOK_CLASSES
from migrator.operators.hooks import HOOKS, Given, Hook, HookMethod, fitting


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
    """A call of a hook's method: `span` is the method's name, or where an attribute stands for it that and the brackets; `inside` is the
    place behind the opening one. `renamed` are the Spans of arguments' names and the new ones, `cuts` those of arguments that are gone;
    `more`: others remain."""

    name: str
    method: HookMethod
    span: Span
    inside: Span
    renamed: tuple[tuple[Span, str], ...] = ()
    cuts: tuple[Span, ...] = ()
    more: bool = False


def hook_detail(
    module: ModuleInfo, frame: Frame, node: cst.Call, line: cst.CSTNode | None, outer: cst.Call | None
) -> Mapping[str, Value] | None:
    """What is known of a hook that is made by `node`; None where no resource does all that is asked of it.

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
    known = {*hook.connection, *hook.handed_on, *hook.ignored}
    if any(argument not in known and value is not None for argument, value in arguments.items()):
        return None
    calls: list[HookCall | None]
    reads: list[Span] = []
    if outer is not None:
        calls = [_call(module, hook, outer, _is_statement(outer, line))]
    elif (holder := held(module, node, line)) is not None:
        found = _calls_on_name(module, hook, *holder)
        calls, reads = [call for call, _ in found], [read for _, read in found]
    else:
        on_attribute = _calls_on_attribute(module, hook, node, line)
        if on_attribute is None:
            return None
        calls = on_attribute
    kept = [call for call in calls if call is not None]
    return {"arguments": arguments, "calls": tuple(kept), "reads": tuple(reads)} if len(kept) == len(calls) else None


def _calls_on_name(module: ModuleInfo, hook: Hook, scope: Scope, name: str) -> list[tuple[HookCall | None, Span]]:
    """All that is asked of a hook that a name holds, and the reads of that name."""
    calls = _Calls(module, hook, scope.node)
    return [
        (calls.on(read.node), module.span(read.node))
        for read in module.table.reads_in(scope.node)
        if read.name == name and module.table.scope_of(read) is scope
    ]


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
        if (keyword and keyword in (known.connection, known.older)) or (
            not keyword and place == (0 if known.by_position else 1)
        ):
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


_OF_DATABASES = re.compile(
    r"\.(get_records|get_first|get_pandas_df|get_df|insert_rows|get_sqlalchemy_engine|bulk_load|bulk_dump|copy_expert|run"
    r"|cursor|fetchall|fetchmany|fetchone)\("
)


def asks_database(module: ModuleInfo) -> bool:
    """Whether a module asks hooks, or the connections that they open, for what those of databases have."""
    return _OF_DATABASES.search(module.source.text) is not None


def holds_connection(module: ModuleInfo, name: cst.Name) -> bool:
    """Whether a name stands for a connection that it was given alone: `conn = BaseHook.get_connection(...)`."""
    read = module.table.by_node.get(name)
    bindings = module.table.bindings_of(read) if read is not None else []
    value = bindings[0].node.value if len(bindings) == 1 and type(bindings[0].node) is cst.Assign else None
    return type(value) is cst.Call and dotted(value.func).rpartition(".")[2] == "get_connection"


def held(module: ModuleInfo, node: cst.Call, line: cst.CSTNode | None) -> tuple[Scope, str] | None:
    """The scope and the name that alone hold a hook."""
    from migrator.analyzers.callables.airflow_use.context import sole_assignment

    pair = sole_assignment(line)
    if pair is None or pair[1] is not node or line is None:
        return None
    around = [around for around in module.enclosing(line) if around in module.table.scopes]
    scope = module.table.scopes[around[0]] if around else module.table.module
    bindings = scope.bindings.get(pair[0], [])
    if scope.kind not in ("function", "module") or len(bindings) != 1:
        return None
    return scope, pair[0]


def _calls_on_attribute(
    module: ModuleInfo, hook: Hook, node: cst.Call, line: cst.CSTNode | None
) -> list[HookCall | None] | None:
    """All that is asked of a hook that a class keeps in one of its attributes (`self.hook = PostgresHook(...)`)."""
    small = line.body[0] if type(line) is cst.SimpleStatementLine and len(line.body) == 1 else None
    target = small.targets[0].target if type(small) is cst.Assign and len(small.targets) == 1 else None
    if type(small) is not cst.Assign or small.value is not node or type(target) is not cst.Attribute or line is None:
        return None
    cls = next((around for around in module.enclosing(line) if type(around) is cst.ClassDef), None)
    name = dotted(target)
    if cls is None or name.count(".") != 1:
        return None
    calls = _Calls(module, hook, cls)
    return [
        calls.on(item)
        for item in descend(cls)
        if item is not target and type(item) is cst.Attribute and dotted(item) == name
    ]


def method_calls(node: cst.CSTNode) -> Iterator[cst.Call]:
    for item in descend(node):
        if type(item) is cst.Call and type(item.func) is cst.Attribute:
            yield item


class _Calls:
    """The calls of methods below a node, by what they are called on."""

    def __init__(self, module: ModuleInfo, hook: Hook, node: cst.CSTNode) -> None:
        self.module, self.hook = module, hook
        self.by_object: dict[int, cst.Call] = {}
        self.statements: set[int] = set()
        for item in descend(node):
            if type(item) is cst.Call and type(item.func) is cst.Attribute:
                self.by_object[id(item.func.value)] = item
            elif type(item) is cst.Expr:
                self.statements.add(id(item.value))

    def on(self, node: cst.CSTNode) -> HookCall | None:
        """The call of a method on `node`, if a resource's does the same."""
        call = self.by_object.get(id(node))
        return _call(self.module, self.hook, call, id(call) in self.statements) if call is not None else None


def _is_statement(node: cst.Call, line: cst.CSTNode | None) -> bool:
    return type(line) is cst.SimpleStatementLine and any(
        type(small) is cst.Expr and small.value is node for small in line.body
    )


def _call(module: ModuleInfo, hook: Hook, node: cst.Call, statement: bool) -> HookCall | None:
    """A call of a method; None where its arguments cannot be told one by one, or the resource has nothing that does the same.

    `statement`: nothing reads what it returns.
    """
    assert type(node.func) is cst.Attribute
    arguments = call_arguments(module, node)
    if arguments is None:
        return None
    given = [Given(argument.keyword, _constant(arg.value)) for argument, arg in zip(arguments, node.args, strict=True)]
    fit = fitting(hook, node.func.attr.value, given, not statement)
    if fit is None:
        return None
    method, changes = fit
    text, end = module.source.text, module.places.offsets(node)[1]
    start, name_end = module.places.offsets(node.func.attr)
    bracket = text.index("(", name_end) + 1
    stay = [not change.cut for change in changes]
    return HookCall(
        node.func.attr.value,
        method,
        module.between(start, end if method.attribute else name_end),
        module.between(bracket, bracket),
        tuple(
            (argument.name, change.name)
            for argument, change in zip(arguments, changes, strict=True)
            if change.name is not None and change.name != argument.keyword
        ),
        tuple(cuts(module, places(module, node.args, bracket), stay, text.rindex(")", 0, end))) if node.args else (),
        True in stay,
    )


def _constant(node: cst.BaseExpression) -> Value:
    """The value of a plain constant."""
    if type(node) is cst.Name and node.value in ("None", "True", "False"):
        return {"None": None, "True": True, "False": False}[node.value]
    key = literal_key(node)
    return key if key is not None else Symbolic("unknown", "")


def call_arguments(module: ModuleInfo, node: cst.Call) -> tuple[HookArgument, ...] | None:
    """The arguments of a call; None where they cannot be told one by one."""
    if any(arg.star for arg in node.args):
        return None
    found_places = places(module, node.args, module.places.offsets(node.func)[1])
    found = []
    for number, (arg, (start, end)) in enumerate(zip(node.args, found_places, strict=True)):
        before = found_places[number - 1][1] if number else start
        after = found_places[1][0] if not number and len(found_places) > 1 else end
        keyword = arg.keyword.value if arg.keyword is not None else None
        value = module.source.text.index("=", start) + 1 if keyword is not None else start
        none = type(arg.value) is cst.Name and arg.value.value == "None"
        found.append(HookArgument(keyword, module.between(start, value), module.between(before, after), none))
    return tuple(found)
