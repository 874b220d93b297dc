"""Airflow's context as a mapping: `"x" in context`, and members whose names the code computes, as in `{name: context[name] for name in NAMES}`.

In: an expression. Out: whether it is one of these; of the second kind, a use of all members that it may ask for, where their names are known; the expression of the name stays in the code, where it
picks from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.module_names import picks_by_name
from migrator.analyzers.callables.airflow_use.names import PLAIN_KEYS
from migrator.analyzers.callables.source.tree import descend, literal_key

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner


def asks_by_name(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Whether an expression asks the context (or the module, by `globals()`) for members by a computed name, of which the use is then noted. Only plain
    values can be handed over."""
    if picks_by_name(scanner, node):
        return True
    asked = _asked(node)
    if asked is None:
        return False
    whole, index = asked
    part = scanner.reader.part(whole)
    if part is None or not part.is_whole:
        return False
    names = list(dict.fromkeys(name for name in scanner.frame.values(index) if isinstance(name, str)))
    if not names or len(names) < len(set(scanner.frame.values(index))) or not PLAIN_KEYS.issuperset(names):
        return False
    if scanner.reader.given & set(names):
        return False
    scanner.consume(node)
    if len(names) == 1:
        scanner.use("key", names[0], scanner.module.span(node), node, path=())
        return True
    scanner.use("members", "context", scanner.module.span(node), names=names, index=scanner.module.span(index))
    # The name stays in the code.
    scanner.found.consumed.difference_update(item for item in descend(index) if type(item) is cst.Name)
    scanner.visit(index)
    return True


def asks_whether_there(scanner: ClassScanner, node: cst.Comparison) -> bool:
    """`"x" in kwargs`: whether it is asked if the context has a member, or the task gives an argument; the use is then noted."""
    if len(node.comparisons) != 1 or type(node.comparisons[0].operator) not in (cst.In, cst.NotIn):
        return False
    part, key = scanner.reader.part(node.comparisons[0].comparator), literal_key(node.left)
    if part is None or not part.is_whole or not isinstance(key, str):
        return False
    scanner.consume(node)
    negated = type(node.comparisons[0].operator) is cst.NotIn
    scanner.use("member", key, scanner.module.span(node), node, negated=negated)
    return True


def _asked(node: cst.BaseExpression) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The object that a member is asked of, and the member's name, where that is no literal."""
    if isinstance(node, cst.Subscript):
        element = node.slice[0].slice if len(node.slice) == 1 else None
        found = (node.value, element.value) if isinstance(element, cst.Index) else None
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "get":
        found = (node.func.value, node.args[0].value) if len(node.args) == 1 and not node.args[0].star else None
    else:
        found = None
    return None if found is None or isinstance(found[1], cst.SimpleString) else found
