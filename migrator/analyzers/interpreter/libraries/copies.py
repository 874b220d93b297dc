"""`copy.copy` and `copy.deepcopy`."""

from __future__ import annotations

import collections
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.values import MISSING, BoundMethod, Call, Function, Instance

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def _deepcopy(machine: Machine, call: Call) -> Any:
    return _copy_plain(machine, call.args[0], call)


def _copy_plain(machine: Machine, value: Any, call: Call, seen: dict[int, Any] | None = None, depth: int = 200) -> Any:
    """Containers and instances copied, everything in them that is neither shared. What contains itself still does."""
    seen = {} if seen is None else seen
    if id(value) in seen or depth == 0:
        return seen.get(id(value), value)
    copied: Any = value
    if isinstance(value, (dict, list, set, collections.deque)):
        copied = copy.copy(value)
        seen[id(value)] = copied
        if isinstance(value, dict):
            for key, item in value.items():
                copied[key] = _copy_plain(machine, item, call, seen, depth - 1)
        elif isinstance(value, list):
            copied[:] = [_copy_plain(machine, item, call, seen, depth - 1) for item in value]
    elif type(value) is tuple:
        copied = tuple(_copy_plain(machine, item, call, seen, depth - 1) for item in value)
    elif type(value) is Instance and (own := _own_copy(machine, value, "__deepcopy__", [{}], call)) is not MISSING:
        copied = own
    elif type(value) is Instance:
        copied = Instance(value.cls)
        seen[id(value)] = copied
        copied.attributes.update(
            {name: _copy_plain(machine, item, call, seen, depth - 1) for name, item in value.attributes.items()}
        )
    return copied


def _own_copy(machine: Machine, value: Instance, name: str, args: list[Any], call: Call) -> Any:
    """What an analyzed class's own `__copy__` or `__deepcopy__` gives, else MISSING."""
    method = value.cls.find(name) if value.cls is not None else MISSING
    if not isinstance(method, Function):
        return MISSING
    return machine.call(BoundMethod(method, value), args, {}, call.node, call.env)


def _shallow_copy(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    if type(value) is Instance:
        own = _own_copy(machine, value, "__copy__", [], call)
        if own is not MISSING:
            return own
        return Instance(value.cls, dict(value.attributes))
    return copy.copy(value) if isinstance(value, (dict, list, set, collections.deque)) else value


CALLS: dict[str, Callable[[Machine, Call], Any]] = {"copy.deepcopy": _deepcopy, "copy.copy": _shallow_copy}
"""By canonical path."""
