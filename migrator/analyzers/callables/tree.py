"""Walking syntax trees: children that mean something, dotted names, literals.

libcst's visitors also visit white space and cost as much as the parse; `children` looks at semantic fields only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import libcst as cst

_SKIPPED = frozenset(
    [
        "asynchronous",
        "colon",
        "comma",
        "conversion",
        "dot",
        "empty_lines",
        "end",
        "equal",
        "first_colon",
        "footer",
        "header",
        "indent",
        "lbrace",
        "lbracket",
        "leading_lines",
        "leading_whitespace",
        "lines_after_decorators",
        "lpar",
        "newline",
        "operator",
        "posonly_ind",
        "rbrace",
        "rbracket",
        "rpar",
        "second_colon",
        "semicolon",
        "separator",
        "start",
        "trailing_comma",
        "trailing_whitespace",
    ]
)
_FIELDS: dict[type, tuple[str, ...]] = {}
_IS_NODE: dict[type, bool] = {}


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly below `node`, without white space and punctuation, in the order of the class's fields."""
    fields = _FIELDS.get(type(node))
    if fields is None:
        names = (f.name for f in dataclasses.fields(node))
        fields = tuple(n for n in names if n not in _SKIPPED and not n.startswith("whitespace"))
        _FIELDS[type(node)] = fields
    for name in fields:
        value = getattr(node, name)
        if type(value) in (list, tuple):
            for item in value:
                if _is_node(item):
                    yield item
        elif _is_node(value):
            yield value


def _is_node(value: object) -> bool:
    """isinstance, by a table: libcst's classes are abstract ones, whose check is slow."""
    kind = type(value)
    found = _IS_NODE.get(kind)
    if found is None:
        found = _IS_NODE[kind] = issubclass(kind, cst.CSTNode)
    return found


def descend(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all nodes below it, depth first, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(children(current))))


def dotted(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a chain of attributes; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    return ".".join(reversed([*parts, node.value]))


def root_name(node: cst.CSTNode) -> cst.Name | None:
    """The name that a chain of attributes, subscripts and calls starts with (`a` of `a.b["c"].d()`)."""
    while True:
        if isinstance(node, (cst.Attribute, cst.Subscript)):
            node = node.value
        elif isinstance(node, cst.Call):
            node = node.func
        else:
            return node if isinstance(node, cst.Name) else None


def literal_index(node: cst.Subscript) -> str | int | None:
    """The constant text or number in `x["a"]` or `x[0]`; None for anything else."""
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return None
    return literal_key(node.slice[0].slice.value)


def literal_key(node: cst.BaseExpression) -> str | int | None:
    """A constant text or whole number; None for anything else."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    if isinstance(node, cst.Integer):
        return node.evaluated_value
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


def statements(body: cst.BaseSuite | cst.Module) -> Sequence[cst.CSTNode]:
    """The statements of a block; of `if x: a; b` the small statements."""
    found: Sequence[cst.CSTNode] = body.body
    return found
