"""Everything that is inside a part of a plan: expressions, bodies, calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from migrator.model.source import Span
from migrator.model.values import CallableValue


def walk(value: Any) -> Iterator[Any]:
    """The value and everything inside it, depth first, in the order of fields; not what a callable holds of the DAG file."""
    todo = [value]
    while todo:
        value = todo.pop()
        yield value
        kind: type = type(value)
        if kind in _PLAIN:
            continue
        if (fields := _fields(kind)) is not None:
            todo += [getattr(value, name) for name in fields]
        elif isinstance(value, Mapping):
            todo += [part for key, item in reversed([*value.items()]) for part in (item, key)]
        elif isinstance(value, (list, tuple, set, frozenset)):
            todo += reversed([*value])


_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The names of a dataclass's fields whose values are walked, the last one first; None of another class."""
    if not dataclasses.is_dataclass(kind) or issubclass(kind, (Mapping, list, tuple, set, frozenset)):
        return None
    if issubclass(kind, (CallableValue, Span)):
        return ()
    return tuple(field.name for field in reversed(dataclasses.fields(kind)))
