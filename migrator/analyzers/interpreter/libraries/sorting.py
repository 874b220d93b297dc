"""`sorted`, `min` and `max`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.language.comparisons import compare
from migrator.analyzers.interpreter.language.operations import iterate, truth, weigh
from migrator.analyzers.interpreter.values import Call, Instance, RaiseSignal, contains_symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def _sorted(machine: Machine, call: Call) -> Any:
    values = iterate(machine, call.args[0], call.node, call.env)
    if values is None:
        return machine.unknown(call.node, call.env, "an argument is not known")
    return sort_values(machine, values, call)


def sort_values(machine: Machine, values: list[Any], call: Call) -> list[Any]:
    """The values sorted by the call's `key` and `reverse`; in their order where they cannot be compared."""
    function = call.kwargs.get("key")
    machine.charge(len(values) // 5)
    keys = [machine.call(function, [v], {}, call.node, call.env) if function is not None else v for v in values]
    if any(contains_symbolic(key) for key in keys):
        return values
    reverse = truth(machine, call.kwargs.get("reverse", False))
    if reverse is None:
        return values
    sign = -1 if reverse else 1

    def order(left: int, right: int) -> int:
        return sign * _compare(machine, keys[left], keys[right], call)

    return [values[index] for index in sorted(range(len(values)), key=cmp_to_key(order))]


def _compare(machine: Machine, left: Any, right: Any, call: Call) -> int:
    if isinstance(left, (list, tuple)):
        weigh(machine, left)
        weigh(machine, right)
    if isinstance(left, Instance) or isinstance(right, Instance):
        if compare(machine, cst.LessThan, left, right, call.node, call.env) is True:
            return -1
        return 1 if compare(machine, cst.LessThan, right, left, call.node, call.env) is True else 0
    try:
        return -1 if left < right else 1 if right < left else 0
    except TypeError as error:
        raise RaiseSignal("TypeError", str(error)) from None


def _extreme(sign: int) -> Callable[[Machine, Call], Any]:
    def pick(machine: Machine, call: Call) -> Any:
        values = iterate(machine, call.args[0], call.node, call.env) if len(call.args) == 1 else list(call.args)
        if values is None or any(contains_symbolic(value) for value in values):
            return machine.unknown(call.node, call.env, "an argument is not known")
        if not values:
            if "default" in call.kwargs:
                return call.kwargs["default"]
            raise RaiseSignal("ValueError", "empty sequence")
        ordered = sort_values(machine, values, Call([], {"key": call.kwargs.get("key")}, call.node, call.env))
        if sign < 0:
            return ordered[0]
        return sort_values(machine, values, Call([], {**call.kwargs, "reverse": True}, call.node, call.env))[0]

    return pick


FUNCTIONS: dict[str, Callable[[Machine, Call], Any]] = {"sorted": _sorted, "min": _extreme(-1), "max": _extreme(1)}
"""By the builtin's name."""
