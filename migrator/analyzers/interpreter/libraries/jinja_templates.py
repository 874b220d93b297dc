"""Templates that DAG code renders itself while it is loaded: `jinja2.Template(text).render(...)`, `Environment(...).get_template(name)`.

Comes in: the call. Goes out: the text, with what is not known left in it as unknown. The template is read by jinja2's parser and evaluated on
the interpreter's own values, within its budget: jinja2 itself would run whatever the template says. What is not covered here makes the whole
text unknown.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst
from jinja2 import Environment, TemplateError, nodes

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.language.comparisons import compare
from migrator.analyzers.interpreter.language.operations import binary, iterate, join_text, text_of, truth
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Env,
    External,
    Function,
    ModuleValue,
    Native,
    Opaque,
    RaiseSignal,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_OPTIONS = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline")
_DELIMITERS = tuple(f"{kind}_{end}_string" for kind in ("variable", "block", "comment") for end in ("start", "end"))
_COMPARISONS: dict[str, type[cst.CSTNode]] = {
    "eq": cst.Equal,
    "ne": cst.NotEqual,
    "lt": cst.LessThan,
    "lteq": cst.LessThanEqual,
    "gt": cst.GreaterThan,
    "gteq": cst.GreaterThanEqual,
    "in": cst.In,
    "notin": cst.NotIn,
}
_OPERATORS: dict[type[nodes.Node], type[cst.CSTNode]] = {
    nodes.Add: cst.Add,
    nodes.Sub: cst.Subtract,
    nodes.Mul: cst.Multiply,
    nodes.Div: cst.Divide,
    nodes.FloorDiv: cst.FloorDivide,
    nodes.Mod: cst.Modulo,
}
_TEXT_FILTERS = ("upper", "lower", "title", "capitalize", "trim", "string", "safe")
_CALLED = (
    "items",
    "keys",
    "values",
    "get",
    "upper",
    "lower",
    "split",
    "strip",
    "format",
    "startswith",
    "endswith",
    "strftime",
    "isoformat",
)
_MAX_TEXT = 200_000


class _NotCovered(Exception):
    """The template says something that is not evaluated here."""


@dataclass(slots=True, eq=False, repr=False)
class Template(AirflowObject):
    """A template of jinja2 with its text; in a `strict` one, what is undefined may be asked for its existence only."""

    tree: nodes.Template
    strict: bool = False

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        return Native(name, self._render) if name == "render" else MISSING

    def _render(self, machine: Machine, call: Call) -> Any:
        given: dict[str, Any] = {}
        for argument in call.args:
            if not isinstance(argument, dict):
                return machine.unknown(call.node, call.env, "what the template is rendered with is not known")
            given.update(argument)
        names = {**given, **call.kwargs}
        try:
            return _Rendering(machine, call, self.strict).body(self.tree.body, names)
        except _NotCovered as reason:
            return machine.unknown(call.node, call.env, f"the template is not evaluated: {reason}")


@dataclass(slots=True, eq=False, repr=False)
class TemplateEnvironment(AirflowObject):
    """`jinja2.Environment`: its options and the folders of its loader; `strict`: what is undefined is an error."""

    options: dict[str, Any]
    folders: list[Any]
    strict: bool = False

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "from_string":
            return Native(name, lambda m, call: parse(m, call.argument(0, "source"), self.options, call, self.strict))
        if name == "get_template":
            return Native(name, self._get_template)
        return MISSING

    def _get_template(self, machine: Machine, call: Call) -> Any:
        name = machine.settle(call.argument(0, "name"), call.node, call.env)
        for folder in self.folders:
            base = files.path_text(machine, folder, call)
            if base is None or not isinstance(name, str):
                continue
            path = files.locate(machine, posixpath.join(base, name), call)
            text = None if path is None else machine.folder.read_text(path)
            if text is not None:
                return parse(machine, text, self.options, call, self.strict)
        return machine.unknown(call.node, call.env, "the template is not in the folder")


def parse(machine: Machine, text: Any, options: dict[str, Any], call: Call, strict: bool = False) -> Any:
    """The template of a text; unknown where the text is, or where jinja2 cannot parse it."""
    text = machine.settle(text, call.node, call.env)
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        return machine.unknown(call.node, call.env, "the template's text is not known")
    machine.charge(len(text) // 20)
    try:
        return Template(Environment(**options).parse(text), strict)
    except (TemplateError, ValueError, RecursionError):
        raise RaiseSignal("TemplateSyntaxError") from None


class _Rendering:
    """One call of `render`."""

    def __init__(self, machine: Machine, call: Call, strict: bool) -> None:
        self.machine, self.node, self.env, self.strict = machine, call.node, call.env, strict

    def body(self, body: list[nodes.Node], names: dict[str, Any]) -> Any:
        """The text of a block of the template."""
        return join_text([part for node in body for part in self.parts(node, names)])

    def parts(self, node: nodes.Node, names: dict[str, Any]) -> list[Any]:
        self.machine.tick()
        if isinstance(node, nodes.Output):
            return [self.shown(item, names) for item in node.nodes]
        if isinstance(node, nodes.If):
            return self.chosen(node, names)
        if isinstance(node, nodes.For) and not node.recursive:
            return self.loop(node, names)
        if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            names[node.target.name] = self.value(node.node, names)
            return []
        if isinstance(node, nodes.Macro):
            names[node.name] = Native(node.name, lambda machine, call: self.macro(node, names, call))
            return []
        raise _NotCovered(type(node).__name__)

    def macro(self, node: nodes.Macro, names: dict[str, Any], call: Call) -> Any:
        """The text of a call of a macro."""
        if len(self.machine.call_sites) > 200 or len(call.args) > len(node.args):
            raise _NotCovered("the call of a macro")
        own = dict(names)
        defaults = [MISSING] * (len(node.args) - len(node.defaults)) + [self.value(d, names) for d in node.defaults]
        for index, (argument, default) in enumerate(zip(node.args, defaults, strict=True)):
            given = call.args[index] if index < len(call.args) else call.kwargs.get(argument.name, default)
            own[argument.name] = given
        self.machine.call_sites.append((self.node, self.env))
        try:
            return self.body(node.body, own)
        finally:
            self.machine.call_sites.pop()

    def shown(self, node: nodes.Expr, names: dict[str, Any]) -> Any:
        if isinstance(node, nodes.TemplateData):
            return node.data
        value = self.used(node, names)
        return "" if value is MISSING else text_of(self.machine, value, self.node, self.env)

    def chosen(self, node: nodes.If, names: dict[str, Any]) -> list[Any]:
        branches = [(node.test, node.body), *((other.test, other.body) for other in node.elif_)]
        for test, body in branches:
            if self.holds(test, names):
                return [self.body(body, names)]
        return [self.body(node.else_, names)] if node.else_ else []

    def holds(self, test: nodes.Node, names: dict[str, Any]) -> bool:
        value = self.used(test, names)
        known = False if value is MISSING else truth(self.machine, self.machine.settle(value, self.node, self.env))
        if known is None:
            raise _NotCovered("a condition is not known")
        return known

    def loop(self, node: nodes.For, names: dict[str, Any]) -> list[Any]:
        items = self.items(self.used(node.iter, names))
        rows = [row for row in (self.bound(node.target, item, names) for item in items) if self.kept(node, row)]
        found = []
        for index, row in enumerate(rows):
            row["loop"] = {
                "index": index + 1,
                "index0": index,
                "first": index == 0,
                "last": index == len(rows) - 1,
                "length": len(rows),
            }
            found.append(self.body(node.body, row))
        return found if rows else [self.body(node.else_, dict(names))]

    def kept(self, node: nodes.For, row: dict[str, Any]) -> bool:
        return node.test is None or self.holds(node.test, row)

    def items(self, value: Any) -> list[Any]:
        items = None if value is MISSING else iterate(self.machine, value, self.node, self.env)
        if items is None:
            raise _NotCovered("what a loop goes over is not known")
        return items

    def bound(self, target: nodes.Node, item: Any, names: dict[str, Any]) -> dict[str, Any]:
        if isinstance(target, nodes.Name):
            return {**names, target.name: item}
        if isinstance(target, nodes.Tuple):
            values = self.items(item)
            if len(values) == len(target.items) and all(isinstance(name, nodes.Name) for name in target.items):
                return {**names, **{name.name: v for name, v in zip(target.items, values, strict=True)}}  # type: ignore[attr-defined]
        raise _NotCovered("the target of a loop")

    # ------------------------------------------------------------------------------------------------- expressions

    def value(self, node: nodes.Node, names: dict[str, Any]) -> Any:
        """The value of an expression, MISSING where jinja2 has `undefined`."""
        self.machine.tick()
        if isinstance(node, nodes.Const):
            return node.value
        if isinstance(node, nodes.Name):
            return names.get(node.name, MISSING)
        if isinstance(node, (nodes.List, nodes.Tuple)):
            values = [self.value(item, names) for item in node.items]
            return values if isinstance(node, nodes.List) else tuple(values)
        if isinstance(node, (nodes.Getattr, nodes.Getitem)):
            return self.member(node, names)
        if isinstance(node, nodes.Concat):
            return join_text([self.shown(item, names) for item in node.nodes])
        if isinstance(node, nodes.CondExpr):
            if self.holds(node.test, names):
                return self.value(node.expr1, names)
            return MISSING if node.expr2 is None else self.value(node.expr2, names)
        if isinstance(node, nodes.Not):
            return not self.holds(node.node, names)
        if isinstance(node, nodes.Neg):
            value = self.value(node.node, names)
            if isinstance(value, (int, float)):
                return -value
        if isinstance(node, (nodes.And, nodes.Or)):
            left = self.value(node.left, names)
            decided = self.holds(node.left, names) is isinstance(node, nodes.Or)
            return left if decided else self.value(node.right, names)
        if isinstance(node, nodes.Compare) and len(node.ops) == 1:
            kind = _COMPARISONS[node.ops[0].op]
            left, right = self.used(node.expr, names), self.used(node.ops[0].expr, names)
            return compare(self.machine, kind, left, right, self.node, self.env)
        if isinstance(node, nodes.BinExpr):
            return self.computed(node, names)
        if isinstance(node, nodes.Filter) and node.node is not None:
            return self.filtered(node, self.value(node.node, names), names)
        if isinstance(node, nodes.Test) and node.name in ("defined", "undefined", "none"):
            value = self.value(node.node, names)
            return {"defined": value is not MISSING, "undefined": value is MISSING, "none": value is None}[node.name]
        if isinstance(node, nodes.Call):
            return self.called(node, names)
        raise _NotCovered(type(node).__name__)

    def used(self, node: nodes.Node, names: dict[str, Any]) -> Any:
        """The value of an expression that something is made of, or decided by."""
        value = self.value(node, names)
        if value is MISSING and self.strict:
            raise RaiseSignal("UndefinedError")
        return value

    def computed(self, node: nodes.BinExpr, names: dict[str, Any]) -> Any:
        kind = _OPERATORS.get(type(node))
        if kind is None:
            raise _NotCovered(type(node).__name__)
        left, right = self.used(node.left, names), self.used(node.right, names)
        return binary(self.machine, kind, left, right, self.node, self.env)

    def member(self, node: nodes.Getattr | nodes.Getitem, names: dict[str, Any]) -> Any:
        from migrator.analyzers.interpreter.language.attributes import get_attribute
        from migrator.analyzers.interpreter.language.items import get_item

        value = self.used(node.node, names)
        if value is MISSING:
            raise _NotCovered("a member of what is undefined")
        key = node.attr if isinstance(node, nodes.Getattr) else self.value(node.arg, names)
        tries: list[Callable[[], Any]] = [lambda: get_item(self.machine, value, key, self.node, self.env)]
        if isinstance(key, str) and not key.startswith("_"):
            tries.append(lambda: get_attribute(self.machine, value, key, self.node, self.env))
        for attempt in reversed(tries) if isinstance(node, nodes.Getattr) and not isinstance(value, dict) else tries:
            try:
                return attempt()
            except RaiseSignal:
                continue
        return MISSING

    def called(self, node: nodes.Call, names: dict[str, Any]) -> Any:
        arguments = [self.value(item, names) for item in node.args]
        if isinstance(node.node, nodes.Name) and node.node.name == "range" and not node.kwargs:
            if all(type(argument) is int for argument in arguments) and 1 <= len(arguments) <= 3:
                return range(*arguments)
        elif isinstance(node.node, nodes.Name) and isinstance(names.get(node.node.name), (Native, Function)):
            named = {pair.key: self.value(pair.value, names) for pair in node.kwargs}
            return self.machine.call(names[node.node.name], arguments, named, self.node, self.env)
        elif isinstance(node.node, nodes.Getattr) and not node.kwargs:
            from migrator.analyzers.interpreter.language.attributes import get_attribute

            owner = self.value(node.node.node, names)
            if isinstance(owner, ModuleValue) or (owner is not MISSING and node.node.attr in _CALLED):
                method = get_attribute(self.machine, owner, node.node.attr, self.node, self.env)
                return self.machine.call(method, arguments, {}, self.node, self.env)
        raise _NotCovered("a call")

    def filtered(self, node: nodes.Filter, value: Any, names: dict[str, Any]) -> Any:
        arguments = [self.value(item, names) for item in node.args]
        if node.name in ("default", "d"):
            return value if value is not MISSING else arguments[0] if arguments else ""
        if value is MISSING or node.kwargs:
            raise _NotCovered(f"the filter `{node.name}`")
        if node.name in _TEXT_FILTERS and not arguments:
            text = text_of(self.machine, value, self.node, self.env)
            if is_symbolic(text) or node.name in ("string", "safe"):
                return text
            return getattr(text, "strip" if node.name == "trim" else node.name)()
        if node.name == "join":
            return self.joined(self.items(value), arguments[0] if arguments else "")
        if node.name == "replace" and isinstance(value, str) and all(isinstance(item, str) for item in arguments):
            return value.replace(*arguments[:2])
        if node.name in ("first", "last"):
            items = self.items(value)
            return (items[0] if node.name == "first" else items[-1]) if items else MISSING
        if node.name in ("length", "count"):
            return len(self.items(value))
        if node.name in ("list", "sort"):
            function = External("builtins.list" if node.name == "list" else "builtins.sorted")
            return self.machine.call(function, [value], {}, self.node, self.env)
        raise _NotCovered(f"the filter `{node.name}`")

    def joined(self, items: list[Any], between: Any) -> Any:
        parts: list[Any] = []
        for index, item in enumerate(items):
            parts.extend([between] if index else [])
            parts.append(text_of(self.machine, item, self.node, self.env))
        return join_text(parts)


# --------------------------------------------------------------------------------------------------------------- calls


def _options(call: Call) -> dict[str, Any] | None:
    """The options that change how a template is read; None where one is not known."""
    given = {name: call.kwargs[name] for name in (*_OPTIONS, *_DELIMITERS) if name in call.kwargs}
    return given if all(isinstance(value, (bool, str)) for value in given.values()) else None


def _template(machine: Machine, call: Call) -> Any:
    options = _options(call)
    if options is None:
        return machine.unknown(call.node, call.env, "the template's options are not known")
    return parse(machine, call.argument(0, "source"), options, call)


def _environment(machine: Machine, call: Call) -> Any:
    options = _options(call)
    if options is None:
        return machine.unknown(call.node, call.env, "the template's options are not known")
    loader = call.kwargs.get("loader")
    folders: list[Any] = []
    if isinstance(loader, Opaque) and loader.path.endswith("FileSystemLoader"):
        given = loader.args[0] if loader.args else loader.kwargs.get("searchpath")
        folders = list(given) if isinstance(given, (list, tuple)) else [given]
    undefined = call.kwargs.get("undefined")
    strict = isinstance(undefined, External) and undefined.path.rpartition(".")[2] == "StrictUndefined"
    return TemplateEnvironment(options, folders, strict)


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "jinja2.Template": _template,
    "jinja2.Environment": _environment,
    "jinja2.environment.Template": _template,
    "jinja2.environment.Environment": _environment,
    "jinja2.sandbox.SandboxedEnvironment": _environment,
}
"""By canonical path."""
