"""`isinstance`, `issubclass`, `callable` and `hasattr` on values of a callable's body, where they are certain.

A path is its text here, and a set a list: whether a text is a `Path`, or a list a set, stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.io.python.attributes import instance_attribute, lacks, own_bases
from migrator.analyzers.io.python.values import UNKNOWN, Instance, Library, Method, OwnClass, OwnFunction, Partial, Step
from migrator.model.values import Text, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "os.PathLike"})
_SETS = frozenset({"builtins.set", "builtins.frozenset"})
_ABSTRACT = ("typing.", "collections.", "numbers.")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "builtins.bool": (bool,),
    "builtins.bytes": (bytes,),
    "builtins.dict": (dict,),
    "builtins.float": (float,),
    "builtins.int": (int,),
    "builtins.list": (list,),
    "builtins.str": (str, Text),
    "builtins.tuple": (tuple,),
    "collections.abc.Mapping": (dict,),
    "typing.Mapping": (dict,),
}
_PLAIN = (str, Text, int, float, bool, dict, list, tuple)


def asked_kind(evaluator: Evaluator, path: str, step: Step) -> bool | None:
    """What one of these functions says; None where it is not certain, and for all other functions."""
    function = _FUNCTIONS.get(path)
    return None if function is None or not step.args else function(evaluator, *step.args[:2])


def _is_instance(evaluator: Evaluator, value: Value, kind: Value = UNKNOWN) -> bool | None:
    found = [is_of(evaluator, value, one) for one in (kind if isinstance(kind, tuple) else (kind,))]
    return True if True in found else None if None in found or not found else False


def is_of(evaluator: Evaluator, value: Value, kind: Value) -> bool | None:
    """Whether the value is of that class; None where that is not certain."""
    if isinstance(kind, OwnClass):
        if isinstance(value, Instance):
            below = any(one.node is kind.node for one in own_bases(evaluator, value.cls))
            return True if below else False if value.exact else None
        return False if isinstance(value, _PLAIN) else None
    if isinstance(kind, Library) and isinstance(value, Instance):
        return False if kind.path in _TYPES and value.made is None else None
    if not isinstance(kind, Library) or not isinstance(value, _PLAIN):
        return None
    if isinstance(value, (str, Text)) and kind.path in _PATHS:
        return None
    if isinstance(value, list) and kind.path in _SETS:
        return None
    types = _TYPES.get(kind.path)
    if types is not None:
        return isinstance(value, types)
    return None if kind.path.startswith(_ABSTRACT) else False


def _is_subclass(evaluator: Evaluator, value: Value, kind: Value = UNKNOWN) -> bool | None:
    if not isinstance(value, OwnClass) or not isinstance(kind, OwnClass):
        return None
    return any(one.node is kind.node for one in own_bases(evaluator, value))


def _is_callable(evaluator: Evaluator, value: Value, _: Value = None) -> bool | None:
    if isinstance(value, (OwnFunction, OwnClass, Partial)):
        return True
    return False if isinstance(value, _PLAIN) else None


def _has(evaluator: Evaluator, value: Value, name: Value = UNKNOWN) -> bool | None:
    if not isinstance(name, str):
        return None
    if isinstance(value, OwnClass):
        return False if lacks(evaluator, value, name) else None
    if not isinstance(value, Instance) or value.made is not None:
        return None
    found = name in value.attributes or not isinstance(instance_attribute(evaluator, value, name), Method)
    return True if found else False if value.exact else None


_FUNCTIONS: Mapping[str, Callable[..., bool | None]] = {
    "builtins.callable": _is_callable,
    "builtins.hasattr": _has,
    "builtins.isinstance": _is_instance,
    "builtins.issubclass": _is_subclass,
}
