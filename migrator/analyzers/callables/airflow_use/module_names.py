"""Names of a module that the code computes: `globals()[f"load_{table}"]`.

In: an expression. Out: whether it is such a choice among names that are known; then a use that puts a dictionary of them in the place of `globals()`, and the
names are noted as read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.source.tree import positional

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner

_GLOBALS = "globals"
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
    names = list(dict.fromkeys(scanner.frame.values(key)))
    known = module.table.module.bindings
    if not names or len(names) > _MOST or not all(isinstance(name, str) and name in known for name in names):
        return False
    chosen = [str(name) for name in names]
    shown = ", ".join(f'"{name}": {name}' for name in chosen)
    scanner.use("rewrite", _GLOBALS, module.span(whole), text=f"{{{shown}}}")
    scanner.found.needed += [replace(read, name=name) for name in chosen]
    for argument in _arguments(node):
        scanner.visit(argument)
    return True


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
