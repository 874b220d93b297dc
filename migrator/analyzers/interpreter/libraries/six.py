"""`six` and `future.utils`: code that ran on Python 2 too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.language.definitions import apply_metaclass, base_class
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import Call, Class, External, Native

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Handler = Callable[["Machine", Call], Any]

_BUILTINS = {"text_type": "str", "binary_type": "bytes", "unichr": "chr", "b": "bytes", "ensure_str": "str", "u": "str"}
_RENAMED = {"xrange": "range", "unicode": "str", "basestring": "str"}
_MOVED = ("range", "zip", "map", "filter", "input")


def constant(path: str) -> Any:
    """The value of a name of `six`; None for those that are none."""
    package, _, name = path.rpartition(".")
    if package in ("six.moves", "past.builtins") and name in (*_MOVED, *_RENAMED):
        return External(f"builtins.{_RENAMED.get(name, name)}")
    if package != "six":
        return None
    if name in _BUILTINS:
        return External(f"builtins.{_BUILTINS[name]}")
    if name in ("string_types", "integer_types", "class_types"):
        return (External({"s": "builtins.str", "i": "builtins.int", "c": "builtins.type"}[name[0]]),)
    return {"PY2": False, "PY3": True}.get(name)


def _view(name: str) -> Handler:
    """`six.iteritems(mapping)`: the mapping's own method."""

    def apply(machine: Machine, call: Call) -> Any:
        from migrator.analyzers.interpreter.language.attributes import get_attribute

        method = get_attribute(machine, call.args[0], name, call.node, call.env)
        return machine.call(method, [], {}, call.node, call.env)

    return apply


def _with_metaclass(machine: Machine, call: Call) -> Any:
    """`with_metaclass(Meta, *bases)`: a base that brings the metaclass along."""
    metaclass, *bases = call.args
    node = cst.ClassDef(cst.Name("temporary_class"), cst.IndentedBlock([]))
    kept = [base for base in (base_class(machine, base) for base in bases) if base is not None]
    made = Class("temporary_class", "temporary_class", call.env.module, node, kept, {})
    made.metaclass = metaclass
    return made


def _add_metaclass(machine: Machine, call: Call) -> Any:
    """`@add_metaclass(Meta)`."""
    metaclass = call.args[0]

    def decorate(m: Machine, inner: Call) -> Any:
        cls = inner.args[0]
        if not isinstance(cls, Class):
            return no(m, inner)
        cls.metaclass = metaclass
        return apply_metaclass(m, cls, {}, inner.node, inner.env)

    return Native("add_metaclass", decorate)


CALLS: dict[str, Handler] = {
    "six.with_metaclass": _with_metaclass,
    "future.utils.with_metaclass": _with_metaclass,
    "six.add_metaclass": _add_metaclass,
    **{f"six.iter{name}": _view(name) for name in ("items", "values", "keys")},
    **{f"six.view{name}": _view(name) for name in ("items", "values", "keys")},
    **{f"future.utils.iter{name}": _view(name) for name in ("items", "values", "keys")},
}
"""By canonical path."""
