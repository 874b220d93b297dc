"""Validators of pydantic's models (1 and 2): functions of a model's class that check and change what its fields get."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import (
    BoundMethod,
    Call,
    Class,
    Descriptor,
    Function,
    Instance,
    Native,
    RaiseSignal,
)
from migrator.model.frozen import dataclass

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_MARK = "__validator__"


@dataclass(frozen=True, slots=True)
class Validator:
    """What a function of a model validates: `fields` (`*` for all), or the whole model where there are none."""

    fields: tuple[str, ...]
    before: bool


def _marks(of_model: bool) -> Callable[[Machine, Call], Any]:
    def decorator(machine: Machine, call: Call) -> Any:
        if len(call.args) == 1 and isinstance(call.args[0], (Function, Descriptor)):
            return _mark(call.args[0], Validator((), False))  # `@root_validator` without arguments
        fields = () if of_model else tuple(name for name in call.args if isinstance(name, str))
        before = call.kwargs.get("mode") == "before" or call.kwargs.get("pre") is True
        return Native("validator", lambda m, inner: _mark(inner.args[0], Validator(fields, before)))

    return decorator


def _mark(value: Any, validator: Validator) -> Any:
    function = value.function if isinstance(value, Descriptor) else value
    if isinstance(function, Function):
        function.attributes[_MARK] = validator
    return value


def _validators(cls: Class, before: bool, name: str | None) -> Iterator[Function]:
    """The validators of a field, or (None) those of the whole model."""
    for entry in reversed(cls.mro()):
        for value in entry.namespace.values() if isinstance(entry, Class) else ():
            function = value.function if isinstance(value, Descriptor) else value
            mark = function.attributes.get(_MARK) if isinstance(function, Function) else None
            if not isinstance(mark, Validator) or mark.before is not before:
                continue
            if not mark.fields if name is None else (name in mark.fields or "*" in mark.fields):
                yield function


def validated(machine: Machine, instance: Instance, name: str, value: Any, call: Call, *, before: bool) -> Any:
    """A field's value after its validators of one kind. Raises RaiseSignal (ValidationError) where one refuses it."""
    assert instance.cls is not None
    for function in _validators(instance.cls, before, name):
        told = Instance(None, {"data": instance.attributes, "field_name": name})
        given = [instance.cls, value, *([dict(instance.attributes)] if _takes(function, "values") else [told])]
        value = _run(machine, function, given, call)
    return value


def prepared(machine: Machine, cls: Class, given: dict[str, Any], call: Call) -> dict[str, Any]:
    """What a model is made of after the validators that see it first."""
    for function in _validators(cls, True, None):
        result = _run(machine, function, [cls, given], call)
        given = dict(result) if isinstance(result, dict) else given
    return given


def completed(machine: Machine, instance: Instance, call: Call) -> None:
    """The validators that see the finished model; pydantic 1 hands them its values."""
    assert instance.cls is not None
    for function in _validators(instance.cls, False, None):
        if not _takes(function, "values"):
            _run(machine, function, [instance], call)
            continue
        result = _run(machine, function, [instance.cls, dict(instance.attributes)], call)
        if isinstance(result, dict):
            instance.attributes.update(result)


def _takes(function: Function, name: str) -> bool:
    return name in _parameters(function)


def _parameters(function: Function) -> list[str]:
    node = function.node
    return [param.name.value for param in node.params.params] if type(node) is cst.FunctionDef else []


def _run(machine: Machine, function: Function, given: list[Any], call: Call) -> Any:
    receiver, *rest = given
    arguments = rest[: max(0, len(_parameters(function)) - 1)]
    try:
        return machine.call(BoundMethod(function, receiver), arguments, {}, call.node, call.env)
    except RaiseSignal as signal:
        if signal.name in ("ValueError", "AssertionError"):
            raise RaiseSignal("ValidationError", signal.name) from None
        raise


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "pydantic.field_validator": _marks(of_model=False),
    "pydantic.validator": _marks(of_model=False),
    "pydantic.v1.validator": _marks(of_model=False),
    "pydantic.model_validator": _marks(of_model=True),
    "pydantic.root_validator": _marks(of_model=True),
    "pydantic.v1.root_validator": _marks(of_model=True),
}
"""By canonical path."""
