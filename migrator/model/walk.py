"""Everything that is inside a part of a plan: expressions, bodies, calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from migrator.model.source import Span
from migrator.model.values import CallableValue


def walk(value: Any) -> Iterator[Any]:
    """The value and everything inside it, depth first, in the order of fields; not what a callable holds of the DAG file."""
    yield value
    if isinstance(value, (CallableValue, Span)):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from walk(key)
            yield from walk(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from walk(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from walk(getattr(value, field.name))
