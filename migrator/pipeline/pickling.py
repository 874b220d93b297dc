"""Model objects as bytes and back: for other processes and for the cache.

Faster than plain pickle, whose protocol for frozen dataclasses with slots is slow; and what is read back can be made of data classes of this
package, its kinds of texts, numbers and tuples, and plain values only, so that a file that was tampered with runs nothing.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import io
import pickle
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

_PLAIN = frozenset(
    {
        ("builtins", "bytearray"),
        ("builtins", "complex"),
        ("builtins", "frozenset"),
        ("builtins", "range"),
        ("builtins", "set"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("zoneinfo", "ZoneInfo"),
    }
)

_Reduce = Callable[[Any], tuple[Any, ...]]


class _Table(dict[type, _Reduce]):
    """How objects of a class are taken apart; made for a class of this package when the first object of it comes along."""

    def __missing__(self, kind: type) -> _Reduce:
        if kind is ZoneInfo:
            self[kind] = lambda value: (ZoneInfo, (value.key,))
            return self[kind]
        if not _is_model(kind):
            raise KeyError(kind)
        names = [field.name for field in dataclasses.fields(kind)]
        if len(names) > 1:
            values = attrgetter(*names)
            self[kind] = lambda value: (kind, values(value))
        else:
            self[kind] = lambda value: (kind, tuple(getattr(value, name) for name in names))
        return self[kind]


def _is_model(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) and kind.__module__.startswith("migrator.")


_TABLE = _Table()


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        return _model_class(module, name)


@cache
def _model_class(module: str, name: str) -> type:
    """A class of this package by its name, which each file's bytes tell again. UnpicklingError for all that is none."""
    if module.startswith("migrator."):
        found = getattr(importlib.import_module(module), name, None)
        if isinstance(found, type) and (_is_model(found) or issubclass(found, (enum.Enum, str, int, tuple))):
            return found
    raise pickle.UnpicklingError(f"{module}.{name} is not read")


def to_bytes(value: object) -> bytes:
    """The value as bytes. Any exception of pickle if it holds something that is no data."""
    buffer = io.BytesIO()
    writer = pickle.Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL)
    writer.dispatch_table = _TABLE
    writer.dump(value)
    return buffer.getvalue()


def from_bytes(data: bytes) -> Any:
    """What `to_bytes` was given. Any exception if the bytes are something else."""
    return _Reader(io.BytesIO(data)).load()
