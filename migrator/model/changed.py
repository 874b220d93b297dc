"""`replace` for the objects of the model: what `dataclasses.replace` does, in a tenth of its time.

Stages hand on the same objects with a little more in them, so a task is copied a dozen times; `dataclasses.replace` looks at each
of its fields in Python and calls a constructor that sets each again, by a slow way because they are frozen. Here, a copy is filled while it is an
object of a class with the same slots that is not frozen, and becomes one of the frozen class when it is done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.model.frozen import open_class

__all__ = ["replace"]

_Copy = Callable[[Any, dict[str, Any]], Any]


class _Copies(dict[type, "_Copy | None"]):
    """How objects of a class are copied; None for a class that is not frozen with slots, or that does more than keep its fields."""

    def __missing__(self, kind: type) -> _Copy | None:
        fields = dataclasses.fields(kind)
        slots = kind.__dict__.get("__slots__")
        plain = slots == tuple(field.name for field in fields) and all(field.init for field in fields)
        self[kind] = _copy_of(kind, slots) if plain and slots and not hasattr(kind, "__post_init__") else None
        return self[kind]


def _copy_of(kind: type, names: tuple[str, ...]) -> _Copy:
    """A function that copies an object of a class, with changes: written out, as `dataclasses` writes out its methods."""
    lines = [
        "def copy(item, changes):",
        "    made = new(filled)",
        *(f"    made.{name} = item.{name}" for name in names),
        "    for name, value in changes.items():",
        "        setattr(made, name, value)",
        "    made.__class__ = kind",
        "    return made",
    ]
    scope: dict[str, Any] = {"new": object.__new__, "filled": open_class(kind), "kind": kind}
    exec("\n".join(lines), scope)
    copy: _Copy = scope["copy"]
    return copy


if TYPE_CHECKING:
    from dataclasses import replace
else:
    _COPIES = _Copies()

    def replace(item, /, **changes):
        """A copy of a dataclass object with other values in some fields. TypeError for a field that it does not have."""
        copy = _COPIES[type(item)]
        if copy is None:
            return dataclasses.replace(item, **changes)
        try:
            return copy(item, changes)
        except AttributeError as error:
            raise TypeError(f"{type(item).__name__} has no such field: {error}") from None
