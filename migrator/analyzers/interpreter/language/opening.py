"""What is put into a dictionary that is only known when the code runs: `CONFIG["day"] = "{{ ds }}"`, where `CONFIG` is a Variable in JSON.

Comes in: the expression that names the dictionary. Goes out: an open dictionary in its place, which keeps what it was made of and takes what is put into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.interpreter.language.computed import is_told
from migrator.analyzers.interpreter.language.items import get_item
from migrator.analyzers.interpreter.language.open_dicts import OpenDict
from migrator.analyzers.interpreter.values import Env
from migrator.model.values import Symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

FILLING = frozenset({"setdefault", "update"})
"""Methods of dictionaries that put something into them."""


def opened(machine: Machine, node: cst.BaseExpression, env: Env) -> OpenDict | None:
    """The open dictionary that an expression names from now on; None where it names none that is only known when the code runs."""
    if type(node) is cst.Name:
        names = env.names if node.value in env.names else env.module.globals
        value = names.get(node.value)
        if _can_open(value):
            value = names[node.value] = OpenDict([value], {})
        return value if isinstance(value, OpenDict) else None
    if type(node) is cst.Subscript and len(node.slice) == 1 and type(node.slice[0].slice) is cst.Index:
        parent = opened(machine, node.value, env)
        key = machine.eval(node.slice[0].slice.value, env) if parent is not None else None
        if parent is None or not isinstance(key, (str, int)):
            return None
        member = get_item(machine, parent, key, node, env)
        if _can_open(member):
            member = parent[key] = OpenDict([member], {})
        return member if isinstance(member, OpenDict) else None
    return None


def _can_open(value: object) -> bool:
    """Whether a value is a mapping as far as it is told; a text that is a setting is none."""
    if not isinstance(value, Symbolic) or value.choice is not None or not is_told(value):
        return False
    return bool(value.made or value.parts) or (value.kind == "variable" and value.is_json)
