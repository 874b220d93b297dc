"""Annotations as values, for code that reads them: `__annotations__`, `typing.get_type_hints`, `get_origin`, `get_args`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import (
    BoundMethod,
    Call,
    Class,
    Env,
    External,
    Function,
    Instance,
    LoadedModule,
    Opaque,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_ALIAS = "types.GenericAlias"


def of_class(machine: Machine, cls: Class) -> dict[str, Any]:
    """`cls.__annotations__`: texts where the module puts their evaluation off."""
    return {name: _given(machine, node, cls.module, cls.namespace) for name, node in cls.annotations.items()}


def of_function(machine: Machine, function: Function) -> dict[str, Any]:
    """`function.__annotations__`, the result under `return`."""
    return {name: _given(machine, node, function.module, {}) for name, node in _nodes(function).items()}


def hint(machine: Machine, cls: Class, name: str) -> Any:
    """The type that a class attribute is annotated with; None where it has no annotation."""
    node = cls.annotations.get(name)
    return None if node is None else evaluate(machine, node, cls.module, cls.namespace)


def _nodes(function: Function) -> dict[str, cst.BaseExpression]:
    params = function.node.params
    every = [*params.posonly_params, *params.params, params.star_arg, *params.kwonly_params, params.star_kwarg]
    found = {
        param.name.value: param.annotation.annotation
        for param in every
        if type(param) is cst.Param and param.annotation is not None
    }
    if type(function.node) is cst.FunctionDef and function.node.returns is not None:
        found["return"] = function.node.returns.annotation
    return found


def _given(machine: Machine, node: cst.BaseExpression, module: LoadedModule, names: dict[str, Any]) -> Any:
    if "from __future__ import annotations" in module.text:
        return machine.source(node, Env(module, names))
    return evaluate(machine, node, module, names, quoted=True)


def evaluate(
    machine: Machine, node: cst.BaseExpression, module: LoadedModule, names: dict[str, Any], quoted: bool = False
) -> Any:
    """The type that an annotation names; with `quoted`, one in quotes stays text. Generic ones keep their origin and arguments."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)) and not quoted:
        text = node.evaluated_value
        try:
            node = cst.parse_expression(text if isinstance(text, str) and len(text) < 500 else "None")
        except cst.ParserSyntaxError:
            return machine.unknown(node, Env(module, names), "the annotation cannot be read")
    if type(node) is cst.Subscript:
        origin = evaluate(machine, node.value, module, names)
        if isinstance(origin, (External, Class)):
            arguments = [
                evaluate(machine, element.slice.value, module, names, quoted=_name(node.value) == "Literal")
                for element in node.slice
                if type(element.slice) is cst.Index
            ]
            return alias(origin, arguments)
    return machine.eval(node, Env(module, names))


def _name(node: cst.BaseExpression) -> str:
    node = node.attr if type(node) is cst.Attribute else node
    return node.value if type(node) is cst.Name else ""


def alias(origin: Any, arguments: list[Any]) -> Opaque:
    """`origin[arguments]`, as `get_origin` and `get_args` take it apart."""
    if isinstance(origin, External) and origin.path == "typing.Optional":
        origin, arguments = External("typing.Union"), [*arguments, External("types.NoneType")]
    if isinstance(origin, External) and origin.path in _BUILTIN:
        origin = External(_BUILTIN[origin.path])
    return Opaque(_ALIAS, [], {"__origin__": origin, "__args__": tuple(arguments)})


_BUILTIN = {
    f"typing.{name}": f"builtins.{name.lower()}" for name in ("List", "Dict", "Set", "Tuple", "FrozenSet", "Type")
}


def _hints(machine: Machine, call: Call) -> Any:
    """`typing.get_type_hints(object)`: of a class, those of its bases too."""
    value = call.args[0]
    value = value.function if isinstance(value, BoundMethod) else value
    cls = value.cls if isinstance(value, Instance) else value
    if isinstance(cls, Class):
        entries = [entry for entry in reversed(cls.mro()) if isinstance(entry, Class)]
        return {
            name: evaluate(machine, node, entry.module, entry.namespace)
            for entry in entries
            for name, node in entry.annotations.items()
        }
    if isinstance(value, Function):
        return {name: evaluate(machine, node, value.module, {}) for name, node in _nodes(value).items()}
    return machine.unknown(call.node, call.env, "an argument is not known")


def _part(name: str) -> Callable[[Machine, Call], Any]:
    def get(machine: Machine, call: Call) -> Any:
        value = call.args[0]
        if isinstance(value, Opaque) and value.path == _ALIAS:
            return value.kwargs[name]
        if isinstance(value, tuple):  # a union written with `|`
            return External("types.UnionType") if name == "__origin__" else value
        return None if name == "__origin__" else ()

    return get


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    **{f"{package}.get_type_hints": _hints for package in ("typing", "typing_extensions")},
    **{f"{package}.get_origin": _part("__origin__") for package in ("typing", "typing_extensions")},
    **{f"{package}.get_args": _part("__args__") for package in ("typing", "typing_extensions")},
    "inspect.get_annotations": lambda machine, call: (
        of_class(machine, call.args[0])
        if isinstance(call.args[0], Class)
        else of_function(machine, call.args[0])
        if isinstance(call.args[0], Function)
        else machine.unknown(call.node, call.env, "an argument is not known")
    ),
}
"""By canonical path."""
