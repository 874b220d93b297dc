"""Whether a function gives something back."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.source.tree import children


def returns_value(node: cst.CSTNode, may_yield: bool) -> bool:
    """Whether a `return` with a value other than None, or a `yield`, stands in the function's own body; a `yield` is only looked for if it may
    have one."""
    if type(node) is cst.Lambda:
        return not _is_none(node.body)
    if type(node) is not cst.FunctionDef:
        return True
    stack: list[cst.CSTNode] = [node.body]
    while stack:
        current = stack.pop()
        kind = type(current)
        if kind is cst.FunctionDef or kind is cst.Lambda or kind is cst.ClassDef:
            continue
        if kind is cst.Yield:
            return True
        if type(current) is cst.Return and current.value is not None and not _is_none(current.value):
            return True
        if type(current) is cst.SimpleStatementLine and not may_yield:  # no statement stands in an expression
            stack.extend(small for small in current.body if type(small) is cst.Return)
        else:
            stack.extend(children(current))
    return False


def _is_none(node: cst.BaseExpression) -> bool:
    return type(node) is cst.Name and node.value == "None"
