"""Exceptions of the analyzed code: raising, and what catches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import (
    Class,
    Env,
    External,
    Instance,
    Opaque,
    RaiseSignal,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def raise_statement(machine: Machine, node: cst.Raise, env: Env) -> None:
    if node.exc is None:
        raise machine.handled[-1] if machine.handled else RaiseSignal("RuntimeError", "no active exception")
    value = machine.eval(node.exc, env)
    if isinstance(value, (External, Class)):
        value = machine.call(value, [], {}, node, env)
    if node.cause is not None:
        cause = machine.eval(node.cause.item, env)
        if isinstance(value, Opaque):
            value.kwargs["__cause__"] = cause
        elif isinstance(value, Instance):
            value.attributes["__cause__"] = cause
    raise RaiseSignal(*describe_exception(value), value)


def describe_exception(value: Any) -> tuple[str, str]:
    """Class name and message of an exception value."""
    if isinstance(value, Opaque):
        message = str(value.args[0]) if value.args and isinstance(value.args[0], (str, int, float)) else ""
        return value.path.rpartition(".")[2], message
    if isinstance(value, External):
        return value.name, ""
    if isinstance(value, Class):
        return value.name, ""
    if isinstance(value, Instance) and value.cls is not None:
        return value.cls.name, ""
    return "Exception", ""


def exception_value(machine: Machine, signal: RaiseSignal, node: cst.CSTNode, env: Env) -> Any:
    """The exception that `except ... as name` binds."""
    if signal.value is None:
        message: list[Any] = [signal.message] if signal.message else []
        signal.value = Opaque(f"builtins.{signal.name}", message, {}, machine.span(node, env), signal.name)
    return signal.value


def catches(machine: Machine, types: Any, signal: RaiseSignal) -> bool:
    """Whether `except types` catches the exception."""
    import builtins

    if isinstance(types, tuple):
        return any(catches(machine, item, signal) for item in types)
    name = types.name if isinstance(types, (External, Class)) else ""
    name = "OSError" if name in ("IOError", "EnvironmentError") else name
    if isinstance(signal.value, Instance) and signal.value.cls is not None:
        entries = [entry for entry in signal.value.cls.mro() if isinstance(entry, (Class, External))]
        if name in {entry.name for entry in entries} or name in ("Exception", "BaseException"):
            return True
        return any(catches(machine, types, RaiseSignal(entry.name)) for entry in entries if isinstance(entry, External))
    raised, wanted = getattr(builtins, signal.name, None), getattr(builtins, name, None)
    if isinstance(wanted, type) and isinstance(raised, type):
        return issubclass(raised, wanted)
    return name == signal.name or name in ("Exception", "BaseException", *_LIBRARY_EXCEPTIONS.get(signal.name, ()))


_LIBRARY_EXCEPTIONS = {
    "JSONDecodeError": ("ValueError",),
    "TOMLDecodeError": ("ValueError",),
    "FrozenInstanceError": ("AttributeError",),
    "ValidationError": ("ValueError",),
    "ScannerError": ("YAMLError", "MarkedYAMLError"),
    "ParserError": ("YAMLError", "MarkedYAMLError"),
    "ConstructorError": ("YAMLError", "MarkedYAMLError"),
    "ComposerError": ("YAMLError", "MarkedYAMLError"),
    "NoSectionError": ("Error",),
    "NoOptionError": ("Error",),
}
"""The bases of library exceptions that evaluation may raise."""
