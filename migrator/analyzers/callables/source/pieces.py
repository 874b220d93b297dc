"""The part of a file that a needed statement is: its lines with the comments that belong to it.

In: a statement in its module. Out: a `Piece`, which can be copied byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst

from migrator.analyzers.callables.facts import Piece
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Scope

_INDENT = re.compile(r"[ \t\f]*")
_ALONE = frozenset({cst.ClassDef, cst.FunctionDef, cst.SimpleStatementLine})
"""Statements that no other one stands in that binds a name of the block around."""


def piece_of(module: ModuleInfo, node: cst.CSTNode, dropped: Iterable[cst.Decorator], root: bool) -> Piece:
    """The piece of a statement, without the decorators that are dropped; `root` says whether it is the callable itself."""
    if type(node) is cst.Lambda:
        return Piece("lambda", (), module.span(node), root=root)
    text = module.source.text
    start, end = module.places.offsets(node)
    start = module.line_start(start)
    indent = _INDENT.match(text, start)
    prefix = indent.group() if indent else ""
    end = module.line_end(end)
    kind = "other"
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        end = module.trailing_comments(end, prefix)
        kind = "function" if isinstance(node, cst.FunctionDef) else "class"
    elif type(node) is cst.SimpleStatementLine and isinstance(node.body[0], (cst.Assign, cst.AnnAssign, cst.AugAssign)):
        kind = "assignment"
    drop = tuple(module.whole_lines(decorator) for decorator in dropped)
    span = module.between(module.leading_comments(start, prefix), end)
    return Piece(kind, _names_bound(module, node), span, drop, prefix, root)


def _names_bound(module: ModuleInfo, node: cst.CSTNode) -> tuple[str, ...]:
    """Names that a piece binds in the block it stands in."""
    table = module.table
    around = next((n for n in module.enclosing(node) if n in table.scopes), None)
    scope = table.scopes[around] if around is not None else table.module
    bound = scope.by_statement()
    if type(node) in _ALONE:
        return tuple(sorted(bound.get(node, ())))
    inside = [names for statement, names in bound.items() if table.is_in(statement, node)]
    return tuple(sorted(set().union(*inside)))


def scopes_around(module: ModuleInfo, node: cst.CSTNode) -> list[Scope]:
    """The scopes around a piece."""
    table = module.table
    around = [table.scopes[item] for item in module.enclosing(node) if item in table.scopes]
    own = table.scopes.get(node)
    if own is not None and own.parent is not None and own.parent.kind == "comprehension":
        around.append(own.parent)
    return [*around, table.module]
