"""Methods of plain Python values, from an explicit list by type; mutating ones work on the value itself."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import random
import re
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers import constants
from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.language import choices, computed, opening
from migrator.analyzers.interpreter.language.formatting import str_format
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.open_dicts import OpenDict
from migrator.analyzers.interpreter.language.operations import (
    MAX_TEXT,
    extend,
    iterate,
    join_text,
    open_path,
    text_of,
    weigh,
)
from migrator.analyzers.interpreter.libraries import containers, randomness, regular_expressions
from migrator.analyzers.interpreter.libraries.loading import path_effect
from migrator.analyzers.interpreter.libraries.pendulum_methods import pendulum_method
from migrator.analyzers.interpreter.libraries.pure_functions import Digest
from migrator.analyzers.interpreter.values import (
    Call,
    Env,
    Native,
    RaiseSignal,
    contains_symbolic,
    is_symbolic,
)
from migrator.model.values import Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Method = Callable[["Machine", Any, Call], Any]

_STR = frozenset(
    [
        "capitalize",
        "casefold",
        "center",
        "count",
        "encode",
        "endswith",
        "expandtabs",
        "find",
        "index",
        "isalnum",
        "isalpha",
        "isascii",
        "isdecimal",
        "isdigit",
        "isidentifier",
        "islower",
        "isnumeric",
        "isspace",
        "istitle",
        "isupper",
        "ljust",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "replace",
        "rfind",
        "rindex",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "translate",
        "upper",
        "zfill",
    ]
)
_BYTES = frozenset(["decode", "hex", "startswith", "endswith", "strip", "split"])
_SET = frozenset(
    [
        "add",
        "discard",
        "remove",
        "clear",
        "copy",
        "pop",
        "union",
        "intersection_update",
        "difference_update",
        "symmetric_difference_update",
        "intersection",
        "difference",
        "symmetric_difference",
        "issubset",
        "issuperset",
        "isdisjoint",
        "update",
    ]
)
_DATETIME = frozenset(
    [
        "strftime",
        "isoformat",
        "date",
        "time",
        "replace",
        "timestamp",
        "weekday",
        "isoweekday",
        "isocalendar",
        "utcoffset",
        "timetuple",
        "toordinal",
        "astimezone",
        "tzname",
        "ctime",
        "total_seconds",
    ]
)
_REGEX = frozenset(["group", "groups", "groupdict", "start", "end", "span", "expand"])
_NUMBER = frozenset(["bit_length", "is_integer", "conjugate", "as_integer_ratio"])
PATH_PROPERTIES = frozenset(
    ["name", "stem", "suffix", "suffixes", "parent", "parents", "parts", "anchor", "root", "drive"]
)
_PATH = frozenset(
    [
        "joinpath",
        "with_suffix",
        "with_name",
        "with_stem",
        "relative_to",
        "as_posix",
        "is_absolute",
        "match",
        "is_relative_to",
    ]
)
_PATH_SAME = frozenset(["resolve", "absolute", "expanduser"])


def method_of(value: Any, name: str) -> Native | None:
    """The method of that name bound to a plain value, None where the list has none."""
    if isinstance(value, str):
        if name == "join":
            return Native(name, lambda machine, call: str_join(machine, value, call))
        if name in ("format", "format_map"):
            return Native(name, lambda machine, call: str_format(machine, value, name, call), receiver=value)
        return plain(value, name) if name in _STR else None
    found = containers.container_method(value, name)
    if found is not None:
        return found
    if isinstance(value, re.Pattern):
        return regular_expressions.pattern_method(value, name)
    if isinstance(value, random.Random):
        return randomness.method_of(value, name)
    if isinstance(value, dict):
        return container_method(DICT, value, name)
    if isinstance(value, list):
        return container_method(LIST, value, name)
    if isinstance(value, PurePath):
        return path_method(value, name)
    if isinstance(value, dt.date) and (method := pendulum_method(value, name)) is not None:
        return method
    for types, allowed in (
        (bytes, _BYTES),
        ((set, frozenset), _SET),
        ((dt.datetime, dt.date, dt.time, dt.timedelta), _DATETIME),
        (re.Match, _REGEX),
        (dt.tzinfo, frozenset({"utcoffset", "tzname"})),
        (Digest, frozenset({"hexdigest", "digest", "update", "copy"})),
        (uuid.UUID, frozenset()),
        (
            (decimal.Decimal, fractions.Fraction),
            frozenset({"quantize", "normalize", "limit_denominator", "to_integral_value"}),
        ),
        ((urllib.parse.ParseResult, urllib.parse.SplitResult), frozenset({"geturl", "_replace", "_asdict"})),
        (tuple, frozenset({"index", "count"})),
        ((int, float), _NUMBER),
    ):
        if isinstance(value, types) and name in allowed:
            return plain(value, name)
    return None


def container_method(methods: dict[str, Method], value: Any, name: str) -> Native | None:
    method = methods.get(name)
    if method is None:
        return None
    receiver = value if type(value) is dict and name == "get" else None
    return Native(name, lambda machine, call: method(machine, value, call), receiver=receiver)


def plain(value: Any, name: str) -> Native:
    """The real method, called when all arguments are known."""

    def method(machine: Machine, call: Call) -> Any:
        args = [machine.settle(enum_value(a) if is_data_enum(a) else a, call.node, call.env) for a in call.args]
        args = [a.take() if isinstance(a, LazyItems) else a for a in args]
        if isinstance(value, (set, frozenset)) and any(is_symbolic(a) for a in args) and name not in ("add", "discard"):
            return machine.unknown(call.node, call.env, "an argument is not known")
        if any(contains_symbolic(a) for a in (*args, *call.kwargs.values())) and not isinstance(
            value, (set, frozenset)
        ):
            return machine.unknown(call.node, call.env, "an argument is not known")
        if name in ("center", "ljust", "rjust", "zfill", "expandtabs") and any(
            isinstance(a, int) and a > 10_000 for a in args
        ):
            return machine.unknown(call.node, call.env, "the result would be too large")
        for argument in args:
            weigh(machine, argument)
        if isinstance(value, (str, bytes)) and len(value) > 1_000:
            machine.charge(len(value) // 100)
        elif isinstance(value, (set, frozenset, tuple)):
            machine.charge(len(value) // 20)
        if name == "strftime" and any(isinstance(a, str) and len(a) > 1_000 for a in args):
            return machine.unknown(call.node, call.env, "the result would be too large")
        if name == "replace" and isinstance(value, str) and replaced_length(value, args) > MAX_TEXT:
            raise RaiseSignal("MemoryError", "the text is too long")
        try:
            receiver = value.made if isinstance(value, Digest) else value
            result = getattr(receiver, name)(*args, **call.kwargs)
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
        return join_text([result]) if isinstance(result, str) else result

    return Native(name, method, receiver=value if isinstance(value, str) else None)


def replaced_length(value: str, args: list[Any]) -> int:
    """How long `value.replace(old, new)` would be at most."""
    old, new = (args[i] if len(args) > i and isinstance(args[i], str) else "" for i in (0, 1))
    return len(value) + (value.count(old) if old else len(value) + 1) * len(new)


# ------------------------------------------------------------------------------------------------------------- strings


def str_join(machine: Machine, separator: str, call: Call) -> Any:
    items = iterate(machine, call.args[0], call.node, call.env)
    if items is None:
        found = machine.unknown(call.node, call.env, "the joined values are not known")
        return computed.told(found, "method", "join", [separator, *call.args])
    parts: list[Any] = []
    for index, item in enumerate(items):
        if index:
            parts.append(separator)
        item = enum_value(item) if is_data_enum(item) else item
        if not isinstance(item, (str, Text, Symbolic, af.XCom)):
            raise RaiseSignal("TypeError", "sequence item: expected str instance")
        parts.append(item)
    return join_text(parts)


def symbolic_attribute(machine: Machine, value: Symbolic | Text, name: str, node: cst.CSTNode, env: Env) -> Any:
    """An attribute or method of an unknown value: unknown, but for text methods that work piece by piece."""
    if isinstance(value, Text) and name in ("lower", "upper", "replace", "format", "strip", "rstrip", "lstrip"):

        def method(machine: Machine, call: Call) -> Any:
            settled = machine.settle(value, call.node, call.env)
            if isinstance(settled, str):
                bound = method_of(settled, name)
                return bound.call(machine, call) if bound else None
            if name == "format" or any(contains_symbolic(a) for a in call.args):
                return machine.unknown(call.node, call.env, "a method of an unknown text")
            return join_text(
                [
                    getattr(p, name)(*call.args) if isinstance(p, str) and name in ("lower", "upper", "replace") else p
                    for p in value.parts
                ]
            )

        return Native(name, method)

    as_path = _open_path(value, name) if isinstance(value, Text) else None
    if as_path is not None:
        return as_path
    settled = machine.settle(value, node, env) if isinstance(value, Text) else value
    if isinstance(settled, str):
        return method_of(settled, name) or machine.unknown(node, env, f"attribute `{name}` is not evaluated")
    if isinstance(value, Symbolic) and value.kind == "date" and not computed.has_method(value, name):
        found = Symbolic("date", machine.source(node, env)[:200], value.why, value.name, span=value.span)
        return computed.member(found, value, name)
    if isinstance(value, Symbolic) and value.choice is not None:
        return Native(name, _of_each(value, name))
    if name in opening.FILLING and type(node) is cst.Attribute:
        changed = opening.opened(machine, node.value, env)
        if changed is not None and (own := method_of(changed, name)) is not None:
            return own
    if computed.has_method(value, name):
        return Native(name, _told(value, name))
    member = constants.member(value, name, machine.source(node, env)) if isinstance(value, Symbolic) else None
    if member is not None and member.kind == "unknown":
        return member
    found = machine.unknown(node, env, "an attribute of an unknown value")
    return computed.member(found, value, name) if isinstance(value, Symbolic) else found


def _of_each(value: Symbolic, name: str) -> Callable[[Machine, Call], Any]:
    """The method of a value that is one of some: what it makes of each of them."""

    def method(machine: Machine, call: Call) -> Any:
        def one(item: Any) -> Any:
            if is_symbolic(item):
                return machine.unknown(call.node, call.env, "a method of an unknown value")
            found = method_of(item, name)
            if found is None:
                raise RaiseSignal("AttributeError", f"no attribute {name!r}")
            return found.call(machine, call)

        return choices.unknown(machine, call.node, call.env, "a method of an unknown value", choices.each(value, one))

    return method


def _told(value: Symbolic | Text, name: str) -> Callable[[Machine, Call], Any]:
    """The method of a value that is told when the code runs."""

    def method(machine: Machine, call: Call) -> Any:
        found = machine.unknown(call.node, call.env, "a method of an unknown value")
        return found if call.star else computed.told(found, "method", name, [value, *call.args], call.kwargs)

    return method


# ---------------------------------------------------------------------------------------------------------- containers


def _append(machine: Machine, value: list[Any], call: Call) -> None:
    value.append(call.args[0])


def _extend(machine: Machine, value: list[Any], call: Call) -> None:
    items = iterate(machine, call.args[0], call.node, call.env)
    extend(value, items if items is not None else [machine.unknown(call.node, call.env, "an unknown sequence")])


def _insert(machine: Machine, value: list[Any], call: Call) -> None:
    if isinstance(call.args[0], int):
        value.insert(call.args[0], call.args[1])


def _list_pop(machine: Machine, value: list[Any], call: Call) -> Any:
    index = call.args[0] if call.args else -1
    try:
        return value.pop(index)
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None


def _list_sort(machine: Machine, value: list[Any], call: Call) -> None:
    from migrator.analyzers.interpreter.libraries.sorting import sort_values

    value[:] = sort_values(machine, list(value), call)


def _list_find(name: str) -> Method:
    def find(machine: Machine, value: list[Any], call: Call) -> Any:
        if contains_symbolic(call.args[0]):
            return machine.unknown(call.node, call.env, "an argument is not known")
        weigh(machine, call.args[0])
        machine.charge(len(value) // 20)
        try:
            return getattr(value, name)(*call.args)
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None

    return find


def _clear(machine: Machine, value: Any, call: Call) -> None:
    value.clear()


def _copy(machine: Machine, value: Any, call: Call) -> Any:
    return value.copy()


def _reverse(machine: Machine, value: list[Any], call: Call) -> None:
    value.reverse()


LIST: dict[str, Method] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _list_pop,
    "remove": _list_find("remove"),
    "index": _list_find("index"),
    "count": _list_find("count"),
    "sort": _list_sort,
    "reverse": _reverse,
    "clear": _clear,
    "copy": _copy,
}


def _key(machine: Machine, call: Call) -> Any:
    key = machine.settle(call.args[0], call.node, call.env)
    return enum_value(key) if is_data_enum(key) else key


def _dict_get(machine: Machine, value: dict[Any, Any], call: Call) -> Any:
    key = _key(machine, call)
    if is_symbolic(key):
        choice = choices.of_key(value, key, call.argument(1, "default")) if isinstance(key, Symbolic) else None
        return choices.unknown(machine, call.node, call.env, "the key is not known", choice)
    if isinstance(value, OpenDict) and key not in value:
        return machine.unknown(call.node, call.env, "an item of an unknown value")
    try:
        return value.get(key, call.argument(1, "default"))
    except TypeError as error:
        raise RaiseSignal("TypeError", str(error)) from None


def _dict_pop(machine: Machine, value: dict[Any, Any], call: Call) -> Any:
    key = _key(machine, call)
    if is_symbolic(key):
        return machine.unknown(call.node, call.env, "the key is not known")
    if isinstance(value, OpenDict) and key not in value:
        return machine.unknown(call.node, call.env, "an item of an unknown value")
    if key in value:
        return value.pop(key)
    if len(call.args) > 1 or "default" in call.kwargs:
        return call.argument(1, "default")
    raise RaiseSignal("KeyError", repr(key))


def _setdefault(machine: Machine, value: dict[Any, Any], call: Call) -> Any:
    key = _key(machine, call)
    if is_symbolic(key):
        return call.argument(1, "default")
    if isinstance(value, OpenDict) and key not in value:
        value.put_before({key: call.argument(1, "default")})
        return machine.unknown(call.node, call.env, "an item of an unknown value")
    return value.setdefault(key, call.argument(1, "default"))


def _update(machine: Machine, value: dict[Any, Any], call: Call) -> None:
    if call.args:
        other = machine.settle(call.args[0], call.node, call.env)
        if isinstance(value, OpenDict) and isinstance(other, Symbolic):
            value.put_after(other)
        elif isinstance(other, Mapping):
            value.update(other)
        else:
            for pair in iterate(machine, other, call.node, call.env) or []:
                if isinstance(pair, (list, tuple)) and len(pair) == 2:
                    value[pair[0]] = pair[1]
                else:
                    machine.unknown(call.node, call.env, "what it is updated with has no pairs that are known")
    value.update(call.kwargs)


def _popitem(machine: Machine, value: dict[Any, Any], call: Call) -> Any:
    if not value:
        raise RaiseSignal("KeyError", "dictionary is empty")
    return value.popitem()


DICT: dict[str, Method] = {
    "get": _dict_get,
    "pop": _dict_pop,
    "setdefault": _setdefault,
    "update": _update,
    "popitem": _popitem,
    "items": lambda machine, value, call: value.items(),
    "keys": lambda machine, value, call: value.keys(),
    "values": lambda machine, value, call: value.values(),
    "copy": _copy,
    "clear": _clear,
}


# ------------------------------------------------------------------------------------------------------ paths and dates


def path_method(value: PurePath, name: str) -> Native | None:
    """Methods of paths; those that look at files look only inside the folder."""
    from migrator.analyzers.interpreter.libraries import files

    if name in _PATH_SAME:
        return Native(name, lambda machine, call: value)
    if name in files.PATH_METHODS:
        return Native(name, lambda machine, call: files.PATH_METHODS[name](machine, value, call))
    if name in ("joinpath",):
        return Native(name, lambda machine, call: join_path(machine, [value, *call.args], call))
    if effect := path_effect(name):
        return Native(name, effect)
    return plain(value, name) if name in _PATH else None


def _open_path(value: Text, name: str) -> Any:
    """An attribute of a path of which only a part is known: its ends as they are; files by what the code's own defaults make of it."""
    from migrator.analyzers.interpreter.libraries import files

    def of_file(machine: Machine, call: Call) -> Any:
        settled = machine.settle(value, call.node, call.env)
        if not isinstance(settled, str):
            return machine.unknown(call.node, call.env, "the path is not known")
        return files.PATH_METHODS[name](machine, PurePosixPath(settled), call)

    last = value.parts[-1]
    if name == "parent" and isinstance(last, str) and "/" in last.rstrip("/"):
        return open_path([*value.parts[:-1], last.rstrip("/").rpartition("/")[0]])
    if name in _PATH_SAME:
        return Native(name, lambda machine, call: value)
    if name == "joinpath":
        return Native(name, lambda machine, call: join_path(machine, [value, *call.args], call))
    if effect := path_effect(name):
        return Native(name, effect)
    return Native(name, of_file) if name in files.PATH_METHODS else None


def join_path(machine: Machine, parts: list[Any], call: Call) -> Any:
    """Paths joined by `/`; a text where a part is not known."""
    if all(isinstance(part, (str, PurePath)) for part in parts):
        return PurePosixPath(*parts)
    pieces: list[Any] = []
    for index, part in enumerate(parts):
        pieces.extend(["/"] if index else [])
        pieces.append(text_of(machine, str(part) if isinstance(part, PurePath) else part, call.node, call.env))
    return open_path(pieces)
