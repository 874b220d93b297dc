"""Modules, members and classes that code makes or finds by name: `importlib.import_module`, `globals`, `vars`, `setattr`, `type(name, bases, members)`.

In: the call. Out: what it gives where the name is known; None for all other functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.analyzers.io.python.values import Instance, OwnClass, OwnModule, Scope
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator


def by_name(evaluator: Evaluator, path: str, args: Sequence[Value], scope: Scope) -> Value:
    """What the function `path` gives for these arguments."""
    if path == "importlib.import_module" and args and isinstance(args[0], str):
        return evaluator.module_member(args[0].lstrip("."), scope.module)
    if path == "builtins.globals":
        return OwnModule(scope.module)
    if path == "builtins.vars" and len(args) == 1 and isinstance(args[0], Instance):
        return args[0].attributes
    if path == "builtins.setattr" and len(args) == 3 and isinstance(args[1], str):
        _set(args[0], args[1], args[2])
        return None
    if path == "builtins.type" and len(args) == 3:
        return _made_class(*args)
    return None


def _set(owner: Value, name: str, value: Value) -> None:
    if isinstance(owner, Instance):
        owner.attributes[name] = value
    elif isinstance(owner, OwnClass):
        owner.members[name] = value


def _made_class(name: Value, bases: Value, members: Value) -> Value:
    """A class below the first of the bases that is the folder's own; None where none is or its members are not known."""
    own = [one for one in bases if isinstance(one, OwnClass)] if isinstance(bases, tuple) else []
    if not own or not isinstance(members, dict):
        return None
    named = {"__name__": name} if isinstance(name, str) else {}
    return OwnClass(own[0].module, own[0].node, own[0].outer, {**own[0].members, **named, **members})
