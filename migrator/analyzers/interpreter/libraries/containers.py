"""The containers of `collections` as values: Python's own classes, and the methods that analyzed code may call on them."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.language.operations import MAX_ITEMS, iterate
from migrator.analyzers.interpreter.values import Call, Env, External, Native, RaiseSignal, contains_symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


class DefaultDict(dict[Any, Any]):
    """`collections.defaultdict`: `make` gives the value of a missing key."""

    def __init__(self, factory: Any) -> None:
        super().__init__()
        self.factory = factory

    def make(self, machine: Machine, node: cst.CSTNode, env: Env) -> Any:
        """A new value. Raises RaiseSignal (KeyError) where there is no factory."""
        if self.factory is None:
            raise RaiseSignal("KeyError")
        return machine.call(self.factory, [], {}, node, env)


def _defaultdict(machine: Machine, call: Call) -> Any:
    value = DefaultDict(call.args[0] if call.args else call.kwargs.pop("default_factory", None))
    if len(call.args) > 1 or call.kwargs:
        value.update(machine.call(External("builtins.dict"), call.args[1:], call.kwargs, call.node, call.env))
    return value


def _ordered(machine: Machine, call: Call) -> Any:
    made = machine.call(External("builtins.dict"), call.args, call.kwargs, call.node, call.env)
    return collections.OrderedDict(made) if isinstance(made, dict) else made


def _counter(machine: Machine, call: Call) -> Any:
    source = machine.settle(call.args[0], call.node, call.env) if call.args else []
    if not isinstance(source, dict):
        source = iterate(machine, source, call.node, call.env)
    if source is None or contains_symbolic(source):
        return machine.unknown(call.node, call.env, "an argument is not known")
    try:
        return collections.Counter(source, **call.kwargs)
    except TypeError as error:
        raise RaiseSignal("TypeError", str(error)) from None


def _chain_map(machine: Machine, call: Call) -> Any:
    if not all(isinstance(one, dict) for one in call.args):
        return machine.unknown(call.node, call.env, "an argument is not known")
    return collections.ChainMap(*call.args)


def _deque(machine: Machine, call: Call) -> Any:
    items = iterate(machine, call.argument(0, "iterable", []), call.node, call.env)
    size = call.argument(1, "maxlen")
    if items is None or not isinstance(size, (int, type(None))):
        return machine.unknown(call.node, call.env, "an argument is not known")
    return collections.deque(items, size)


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "collections.defaultdict": _defaultdict,
    "collections.OrderedDict": _ordered,
    "collections.Counter": _counter,
    "collections.ChainMap": _chain_map,
    "collections.deque": _deque,
}
"""Calls of the classes, by canonical path."""

_METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (collections.OrderedDict, frozenset({"move_to_end", "popitem"})),
    (collections.Counter, frozenset({"most_common", "elements", "subtract", "update", "total"})),
    (collections.ChainMap, frozenset({"get", "keys", "values", "items", "new_child"})),
    (
        collections.deque,
        frozenset("append appendleft pop popleft extend extendleft rotate clear remove insert index count".split()),
    ),
)


def container_method(value: Any, name: str) -> Native | None:
    """The method that a container of `collections` has of its own; None for others."""
    for kind, allowed in _METHODS:
        if isinstance(value, kind) and name in allowed:
            return Native(name, lambda machine, call: _call(machine, value, name, call))
    return None


def _call(machine: Machine, value: Any, name: str, call: Call) -> Any:
    args = list(call.args)
    if args and name in ("extend", "extendleft", "update", "subtract") and not isinstance(args[0], dict):
        args[0] = iterate(machine, args[0], call.node, call.env)
    if None in args[:1] and name in ("extend", "extendleft", "update"):
        return machine.unknown(call.node, call.env, "an argument is not known")
    if isinstance(value, collections.Counter) and sum(v for v in value.values() if isinstance(v, int)) > MAX_ITEMS:
        return machine.unknown(call.node, call.env, "the result would be too large")
    if isinstance(value, collections.deque) and len(value) > MAX_ITEMS:
        raise RaiseSignal("MemoryError", "the container is too large")
    machine.charge(len(value) // 100)
    try:
        result = getattr(value, name)(*args, **call.kwargs)
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None
    return list(result) if name == "elements" else result
