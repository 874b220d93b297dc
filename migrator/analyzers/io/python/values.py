"""Values while the body of a callable is read: what Python has besides plain values, `Symbolic` and `Text`.

Frozen where they can be, compared by identity where they stand for one object of the code.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from itertools import islice, product
from typing import Any

import libcst as cst

from migrator.analyzers import constants
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.model.frozen import dataclass
from migrator.model.values import Symbolic, Text, Value

MAX_ALTERNATIVES = 12
"""Values that a name may have after branches; more are unknown."""
UNKNOWN = Symbolic("unknown", "")


class Some(list[Any]):
    """A list of which only some elements are known: what a generator gives in a loop of unknown length, or a list that is made in one."""


MEMBER_VALUE = "_value_"
"""The attribute in which a member of an Enum keeps its value."""


@dataclass(frozen=True, slots=True)
class Library:
    """A name of a library, by the path that its import gives it (`pandas.read_csv`)."""

    path: str


@dataclass(frozen=True, slots=True)
class Step:
    """One attribute (`called` False) or call on the way to an object; the call's arguments are its own."""

    name: str
    args: tuple[Value, ...] = ()
    kwargs: Mapping[str, Value] = field(default_factory=dict, hash=False)
    called: bool = True

    def argument(self, position: int | None, *names: str) -> Value:
        """The argument of one of these names, or at that position; None if it is not given."""
        for name in names:
            if name in self.kwargs:
                return self.kwargs[name]
        return self.args[position] if position is not None and position < len(self.args) else None


@dataclass(frozen=True, slots=True)
class Made:
    """An object that a library made: the path of the class or function it comes from, and the steps from there to it.

    `root` is empty where the code does not tell what the first object is. A constructor's call is the first step.
    """

    root: str
    steps: tuple[Step, ...] = ()

    def step(self, *names: str) -> Step | None:
        """The last step of one of these names."""
        return next((step for step in reversed(self.steps) if step.name in names), None)


@dataclass(frozen=True, slots=True)
class Context:
    """Airflow's context (`name` empty) or an object of it (`ti`, `dag_run`, `params`...), and the path below it."""

    name: str = ""
    path: tuple[str | int, ...] = ()
    extra: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Arguments of the task that `**kwargs` takes."""


@dataclass(eq=False, slots=True)
class Scope:
    """Names of a function while it is read; `outer` those of the function around it."""

    module: ModuleInfo
    names: dict[str, Value]
    outer: Scope | None = None
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    yields_more: bool = False
    """Whether it yields more than is known."""
    owner: OwnClass | None = None
    """The class whose method it is."""
    global_names: set[str] = field(default_factory=set)


@dataclass(eq=False, slots=True)
class OwnFunction:
    """A function or lambda of the folder; `receiver` is bound to its first parameter."""

    module: ModuleInfo
    node: cst.FunctionDef | cst.Lambda
    outer: Scope | None = None
    receiver: Value = None
    owner: OwnClass | None = None


@dataclass(eq=False, slots=True)
class OwnClass:
    """A class of the folder; `outer` the scope of the function it is defined in."""

    module: ModuleInfo
    node: cst.ClassDef
    outer: Scope | None = None
    members: dict[str, Value] = field(default_factory=dict)
    """What decorators and assignments from outside give it."""


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the folder. `made` stands for what its library base classes give it."""

    cls: OwnClass
    attributes: dict[str, Value] = field(default_factory=dict)
    made: Made | None = None
    exact: bool = True
    """Whether it is known to be of this class, and not of one below it."""


@dataclass(eq=False, slots=True)
class ArgumentParser:
    """`argparse.ArgumentParser`: the calls of `add_argument` so far."""

    arguments: list[Step] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Namespace:
    """What a parser of arguments gives."""

    attributes: dict[str, Value]


@dataclass(eq=False, slots=True)
class Settings:
    """A parser of settings, or one of its sections. `complete` is false once it was given what is not known."""

    parser: configparser.RawConfigParser
    complete: bool = True
    section: str | None = None
    references: int = 0
    """References of its settings to others."""


@dataclass(eq=False, slots=True)
class Partial:
    """`functools.partial`."""

    function: Value
    args: tuple[Value, ...]
    kwargs: Mapping[str, Value]
    of_method: bool = False
    """Whether objects of the class in which it stands are its first argument (`functools.partialmethod`)."""


@dataclass(frozen=True, slots=True)
class OwnModule:
    """A module of the folder."""

    module: ModuleInfo


@dataclass(frozen=True, slots=True)
class OwnPackage:
    """A dotted name that starts in a package of the folder (`import a.b`)."""

    path: str


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of `cls`."""

    cls: OwnClass
    receiver: Instance | OwnClass


@dataclass(frozen=True, slots=True)
class Method:
    """A method of an object that is not the folder's own, not yet called."""

    owner: Value
    name: str


@dataclass(frozen=True, slots=True)
class Either:
    """One of several values, as branches that are not known decide."""

    values: tuple[Value, ...]


def alternatives(value: Value) -> tuple[Value, ...]:
    """All that a value may be."""
    return value.values if isinstance(value, Either) else (value,)


def either(values: Sequence[Value]) -> Value:
    """One of these; unknown where they are too many."""
    if len(values) == 1 and not isinstance(values[0], Either):
        return values[0]
    found: list[Value] = []
    for value in values:
        for item in alternatives(value):
            if not any(same(item, other) for other in found):
                found.append(item)
    if len(found) > MAX_ALTERNATIVES:
        return UNKNOWN
    return found[0] if len(found) == 1 else Either(tuple(found))


def same(first: Value, second: Value) -> bool:
    """Whether two values are alike: of one type and equal."""
    if first is second:
        return True
    return type(first) is type(second) and bool(first == second)


def key_in(owner: Mapping[Value, Value], key: Value) -> Value:
    """The key by which a dict holds what is asked of it by this value: a text, a number, a tuple of these, a function or a class; UNKNOWN for what may
    be any of its keys."""
    if isinstance(key, (str, int, Library)):
        return key
    if isinstance(key, (OwnClass, OwnFunction)):
        return next((one for one in owner if isinstance(one, type(key)) and one.node is key.node), key)
    plain = isinstance(key, tuple) and bool(key) and all(isinstance(one, (str, int)) for one in key)
    return key if plain else UNKNOWN


def lifted(function: Callable[..., Value], *values: Value) -> Value:
    """The function's result on the values, for each combination of what they may be."""
    for value in values:
        if isinstance(value, Either):
            break
    else:
        return function(*values)
    combined = product(*(alternatives(value) for value in values))
    return either([function(*row) for row in islice(combined, MAX_ALTERNATIVES + 1)])


def is_temporary(value: Value) -> bool:
    """Whether the value names a file that only this code knows."""
    parts = value.parts if isinstance(value, Text) else (value,)
    return any(isinstance(part, Symbolic) and part.kind == "temporary" for part in parts)


def plain_member(value: Value) -> Value:
    """The value of a member of an Enum that has methods of its own; all else as it is."""
    return value.attributes.get(MEMBER_VALUE, value) if isinstance(value, Instance) else value


def as_text(value: Value) -> Value:
    """The value as a part of a text: objects are unknown parts."""
    value = plain_member(value)
    if value is None:
        return UNKNOWN  # nobody names a thing `None`: the value comes from where nothing is known
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Library):
        return constants.outside(value.path) or UNKNOWN
    return value if isinstance(value, (str, int, float, Text, Symbolic)) else UNKNOWN


def describe(value: Any, depth: int = 3) -> object:
    """A key for calls with alike arguments: objects of the code by their identity."""
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, *(describe(item, depth - 1) for item in value[:64])) if depth else len(value)
    if isinstance(value, dict):
        return (
            tuple((key, describe(item, depth - 1)) for key, item in list(value.items())[:64]) if depth else len(value)
        )
    if isinstance(value, (OwnFunction, OwnClass)):
        return id(value.node), id(value.outer)
    if isinstance(value, Instance):
        return id(value)
    if isinstance(value, Made):
        last = value.steps[-1] if value.steps else None
        return value.root, len(value.steps), last and (last.name, describe(last.args, depth - 1))
    if isinstance(value, Context):
        return value.name, value.path, describe(dict(value.extra), depth - 1) if depth else len(value.extra)
    if isinstance(value, Method):
        return value.name, describe(value.owner, depth - 1) if depth else 0
    shown = isinstance(value, (str, int, float, type(None), Symbolic, Text, Library))
    return type(value).__name__, str(value)[:500] if shown else id(value)
