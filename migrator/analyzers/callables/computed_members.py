"""Members of Airflow's context whose names the code computes: `{name: context[name] for name in NAMES}`.

In: an expression. Out: a use of all members that it may ask for, where their names are known; the expression of the name stays in the code, where it
picks from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.names import PLAIN_KEYS
from migrator.analyzers.callables.tree import descend

if TYPE_CHECKING:
    from migrator.analyzers.callables.class_scan import ClassScanner


def asks_by_name(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Whether an expression asks the context for members by a computed name, of which the use is then noted. Only plain values can be handed over."""
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
