"""`def` and `class` statements with their decorators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import (
    BoundMethod,
    Class,
    Descriptor,
    Env,
    External,
    Function,
    Native,
    Opaque,
    PartialCall,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def function_definition(machine: Machine, node: cst.FunctionDef, env: Env) -> None:
    from migrator.analyzers.interpreter.calls import make_function

    value: Any = make_function(machine, node, env)
    for decorator in reversed(node.decorators):
        value = apply_decorator(machine, decorator, value, env)
    env.assign(node.name.value, value)


def apply_decorator(machine: Machine, decorator: cst.Decorator, value: Any, env: Env) -> Any:
    """The decorated function or class; unchanged under a decorator that is not understood."""
    from migrator.analyzers.interpreter.airflow_taskflow import DECORATOR_TYPES

    function = machine.eval(decorator.decorator, env)
    if isinstance(function, External) and function.path in (
        "builtins.property",
        "builtins.staticmethod",
        "builtins.classmethod",
        "functools.cached_property",
    ):
        return Descriptor(function.name.replace("cached_", ""), value)
    if isinstance(function, External) and function.path in (
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
    ):
        if isinstance(value, Function):
            value.is_context_manager = True
        return value
    if (isinstance(function, External) and function.path.startswith("dataclasses.dataclass")) or _is_dataclass_call(
        function
    ):
        if isinstance(value, Class):
            value.is_dataclass = True
        return value
    if isinstance(function, External) and machine.is_modelled(function.path):
        return machine.call(function, [value], {}, decorator.decorator, env)
    if isinstance(function, (Function, BoundMethod, PartialCall, Native, *DECORATOR_TYPES)):
        result = machine.call(function, [value], {}, decorator.decorator, env)
        return value if is_symbolic(result) or result is None else result
    return value


def _is_dataclass_call(value: Any) -> bool:
    return isinstance(value, Opaque) and value.path in (
        "dataclasses.dataclass",
        "attr.s",
        "attrs.define",
        "attr.define",
    )


def class_definition(machine: Machine, node: cst.ClassDef, env: Env) -> None:
    from migrator.analyzers.interpreter.expressions import closure_of

    bases = [machine.eval(argument.value, env) for argument in node.bases if argument.star == ""]
    prefix = f"{env.qualname}." if env.qualname else ""
    qualname = prefix.replace(".<class>.", ".") + node.name.value
    value = Class(node.name.value, qualname, env.module, node, bases, {})
    scope = Env(env.module, value.namespace, closure_of(env), qualname=f"{qualname}.<class>")
    machine.run(node.body, scope)
    value.annotated = value.namespace.pop("__annotated__", [])
    for member in value.namespace.values():
        inner = getattr(member, "function", member)
        if isinstance(inner, Function):
            inner.owner = value
    result: Any = value
    for decorator in reversed(node.decorators):
        result = apply_decorator(machine, decorator, result, env)
    env.assign(node.name.value, result)
