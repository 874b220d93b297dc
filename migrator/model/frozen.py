"""`dataclass` for the objects that are made by the hundred thousand: as that of `dataclasses`, but frozen ones are made in a third of its time.

A frozen object's constructor sets each field by `object.__setattr__`. Here, an object is filled while it is one of a class with the same slots
that is not frozen, and becomes one of the frozen class when it is done.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "open_class"]

_MISSING = dataclasses.MISSING
_SET_CLASS = object.__dict__["__class__"].__set__


def open_class(kind: type) -> type:
    """A class with the slots of `kind` that is not frozen: an object of one can become one of the other."""
    return type(kind.__name__, kind.__bases__, {"__slots__": kind.__dict__["__slots__"]})


def _constructor(kind: type) -> Any:
    """`__init__` of a frozen class with slots: written out, as `dataclasses` writes out its methods."""
    scope: dict[str, Any] = {"_become": _SET_CLASS, "_filled": open_class(kind), "_frozen": kind, "_MISSING": _MISSING}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(kind):
        name, value = field.name, field.name
        parameter = name
        if field.default is not _MISSING:
            scope[f"_default_{name}"] = field.default
            parameter = f"{name}=_default_{name}"
        elif field.default_factory is not _MISSING:
            scope[f"_make_{name}"] = field.default_factory
            parameter = f"{name}=_MISSING"
            value = f"_make_{name}() if {name} is _MISSING else {name}"
        parameters.append(parameter)
        lines.append(f"    self.{name} = {value}")
    head, tail = f"def __init__({', '.join(parameters)}):\n    _become(self, _filled)", "    self.__class__ = _frozen"
    exec("\n".join([head, *lines, tail]), scope)
    return scope["__init__"]


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(kind=None, /, **options):
        """`dataclasses.dataclass`. TypeError for a frozen class with slots whose constructor does more than take its fields."""
        if kind is None:
            return lambda kind: dataclass(kind, **options)
        if not (options.get("frozen") and options.get("slots")):
            return dataclasses.dataclass(kind, **options)
        made = dataclasses.dataclass(kind, init=False, **options)
        fields = dataclasses.fields(made)
        names = tuple(field.name for field in fields)
        own = names == made.__slots__ and len(fields) == len(made.__dataclass_fields__)
        if not own or hasattr(made, "__post_init__") or any(not field.init or field.kw_only for field in fields):
            raise TypeError(f"{made.__name__} needs `dataclasses.dataclass`")
        made.__init__ = _constructor(made)
        return made
