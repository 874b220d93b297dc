"""Names of a module that the code computes: `globals()[f"load_{table}"]`.

In: an expression. Out: whether it is such a choice among names that are known; then a use that puts a dictionary of them in the place of `globals()`, and the
names are noted as read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.pulled_ids import pattern_of
from migrator.analyzers.callables.source.tree import positional

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner

_GLOBALS = "globals"
_DEFINED = frozenset({"class", "function"})
_MOST = 20
"""Names that a dictionary may have in the place of all."""


def picks_by_name(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Whether an expression picks one of the module's functions, classes or constants by a name of which the possible values are known."""
    picked = _picked(node)
    if picked is None:
        return False
    module, (whole, key) = scanner.module, picked
    read = module.table.by_node.get(whole.func)
    if read is None or module.table.bindings_of(read):
        return False
    chosen = _chosen(scanner, key)
    if not chosen or len(chosen) > _MOST:
        return False
    shown = ", ".join(f'"{name}": {name}' for name in chosen)
    scanner.use("rewrite", _GLOBALS, module.span(whole), text=f"{{{shown}}}")
    scanner.found.needed += [replace(read, name=name) for name in chosen]
    for argument in _arguments(node):
        scanner.visit(argument)
    return True


def _chosen(scanner: ClassScanner, key: cst.BaseExpression) -> list[str]:
    """The names of the module that an expression may give: those that are known, or all functions and classes that look like it; none where it may
    give any other."""
    known = scanner.module.table.module.bindings
    values = list(dict.fromkeys(scanner.frame.values(key)))
    if all(isinstance(value, str) for value in values):
        return [str(value) for value in values] if all(value in known for value in values) else []
    pattern = pattern_of(scanner.frame, key)
    defined = [name for name, bindings in known.items() if all(one.kind in _DEFINED for one in bindings)]
    return [name for name in defined if pattern and re.fullmatch(pattern, name)]


def _picked(node: cst.BaseExpression) -> tuple[cst.Call, cst.BaseExpression] | None:
    """The call of `globals`, and the name by which something is picked of it."""
    if type(node) is cst.Subscript:
        owner, keys = node.value, _arguments(node)
    elif type(node) is cst.Call and type(node.func) is cst.Attribute and node.func.attr.value == "get":
        owner, keys = node.func.value, _arguments(node)
    else:
        return None
    plain = type(owner) is cst.Call and not owner.args and type(owner.func) is cst.Name and owner.func.value == _GLOBALS
    return (cst.ensure_type(owner, cst.Call), keys[0]) if plain and keys else None


def _arguments(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    if type(node) is cst.Call:
        return positional(node) if not any(arg.star or arg.keyword for arg in node.args) else []
    elements = [one.slice for one in node.slice] if type(node) is cst.Subscript else []
    return [one.value for one in elements if type(one) is cst.Index] if len(elements) == 1 else []
