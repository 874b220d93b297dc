"""Reading syntax trees: dotted names, literals, arguments of calls; with the walks of `analyzers.nodes`."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrator.analyzers.nodes import children, descend, number_value, text_value

__all__ = [
    "children",
    "defined_name",
    "descend",
    "dotted",
    "keywords",
    "is_for_programs",
    "literal_index",
    "literal_key",
    "positional",
    "root_name",
    "statements",
]


def dotted(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a chain of attributes; empty for anything else."""
    parts: list[str] = []
    while type(node) is cst.Attribute:
        parts.append(node.attr.value)
        node = node.value
    if type(node) is not cst.Name:
        return ""
    if not parts:
        return node.value
    return ".".join(reversed([*parts, node.value]))


def is_for_programs(node: cst.CSTNode) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, whose block does not run where the module is imported."""
    test = node.test if isinstance(node, cst.If) else None
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return False
    operator, other = test.comparisons[0].operator, test.comparisons[0].comparator
    is_main = isinstance(other, cst.SimpleString) and text_value(other) == "__main__"
    return is_main and isinstance(operator, cst.Equal) and dotted(test.left) == "__name__"


def root_name(node: cst.CSTNode) -> cst.Name | None:
    """The name that a chain of attributes, subscripts and calls starts with (`a` of `a.b["c"].d()`)."""
    while True:
        if type(node) is cst.Name:
            return node
        if type(node) is cst.Attribute or type(node) is cst.Subscript:
            node = node.value
        elif type(node) is cst.Call:
            node = node.func
        else:
            return None


def literal_index(node: cst.Subscript) -> str | int | None:
    """The constant text or number in `x["a"]` or `x[0]`; None for anything else."""
    if len(node.slice) != 1 or type(node.slice[0].slice) is not cst.Index:
        return None
    return literal_key(node.slice[0].slice.value)


def literal_key(node: cst.BaseExpression) -> str | int | None:
    """A constant text or whole number; None for anything else."""
    if type(node) is cst.SimpleString or type(node) is cst.ConcatenatedString:
        value = text_value(node)
        return value if isinstance(value, str) else None
    if type(node) is cst.Integer:
        number: int = number_value(node)
        return number
    return None


def positional(call: cst.Call) -> list[cst.BaseExpression]:
    """Positional arguments in front of the first `*`."""
    found: list[cst.BaseExpression] = []
    for arg in call.args:
        if arg.star or arg.keyword is not None:
            break
        found.append(arg.value)
    return found


def keywords(call: cst.Call) -> dict[str, cst.BaseExpression]:
    """Keyword arguments that are written out."""
    return {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}


def defined_name(node: cst.CSTNode) -> str | None:
    """The name of a function or class; None for anything else."""
    return node.name.value if isinstance(node, (cst.FunctionDef, cst.ClassDef)) else None


def statements(body: cst.BaseSuite | cst.Module) -> Sequence[cst.CSTNode]:
    """The statements of a block; of `if x: a; b` the small statements."""
    found: Sequence[cst.CSTNode] = body.body
    return found
