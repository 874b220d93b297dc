"""`random` where the code gives the seed: its numbers are the same in every run. Without a seed they are not known, as ids of `uuid` are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.computed import told
from migrator.analyzers.interpreter.language.operations import MAX_ITEMS, iterate, weigh
from migrator.analyzers.interpreter.values import Call, Native, contains_symbolic, raised

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_METHODS = frozenset("randint randrange random uniform choice choices sample shuffle seed gauss triangular".split())


def _made(machine: Machine, call: Call) -> Any:
    """`random.Random(seed)`."""
    seed = machine.settle(call.argument(0, "x"), call.node, call.env)
    return (
        random.Random(seed)
        if isinstance(seed, (int, str, float, bytes))
        else machine.unknown(call.node, call.env, "an argument is not known")
    )


def _seed(machine: Machine, call: Call) -> Any:
    """`random.seed(seed)`: from here on the functions of the module give what they give with it."""
    made = _made(machine, Call([call.argument(0, "a")], {}, call.node, call.env))
    machine.random = made if isinstance(made, random.Random) else None


def _of_module(name: str) -> Callable[[Machine, Call], Any]:
    def apply(machine: Machine, call: Call) -> Any:
        if machine.random is None:
            return _told(machine, f"random.{name}", call)
        return _call(machine, machine.random, name, call)

    return apply


def _told(machine: Machine, path: str, call: Call) -> Any:
    """A value that is another one each time that the file is parsed, which Airflow does for each task that it runs: the step computes it."""
    found = machine.unknown(call.node, call.env, "it is random")
    if call.star or path == "random.shuffle":
        return found
    machine.drawn += 1
    return told(found, "call", path, call.args, call.kwargs, machine.drawn)


def _random(path: str) -> Callable[[Machine, Call], Any]:
    return lambda machine, call: _told(machine, path, call)


def method_of(value: random.Random, name: str) -> Native | None:
    """The method of a seeded generator."""
    return Native(name, lambda machine, call: _call(machine, value, name, call)) if name in _METHODS else None


def _call(machine: Machine, value: random.Random, name: str, call: Call) -> Any:
    args = list(call.args)
    if args and name in ("choice", "choices", "sample"):
        args[0] = iterate(machine, args[0], call.node, call.env)
    numbers = [*args[1:], *call.kwargs.values()] if name in ("choice", "choices", "sample", "shuffle") else args
    if None in args[:1] or contains_symbolic(numbers):
        return machine.unknown(call.node, call.env, "an argument is not known")
    if any(isinstance(one, int) and one > MAX_ITEMS for one in numbers) and name == "choices":
        return machine.unknown(call.node, call.env, "the result would be too large")
    weigh(machine, args)
    machine.charge(len(args[0]) // 20 if args and isinstance(args[0], list) else 1)
    try:
        return getattr(value, name)(*args, **call.kwargs)
    except Exception as error:
        raise raised(error) from None


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "random.Random": _made,
    "random.seed": _seed,
    **{f"random.{name}": _of_module(name) for name in _METHODS - {"seed"}},
    **{path: _random(path) for path in ("uuid.uuid1", "uuid.uuid4", "secrets.token_hex")},
}
"""By canonical path."""
