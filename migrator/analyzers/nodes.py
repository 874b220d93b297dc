"""Walking syntax trees: the children that mean something.

libcst's visitors also visit white space and cost as much as the parse; these look at semantic fields only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

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
_IS_NODE: dict[type, bool] = {list: False, tuple: False, str: False, type(None): False}


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below `node`, without white space and punctuation, in the order of the class's fields."""
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = _semantic_fields(kind)
    found: list[cst.CSTNode] = []
    for name in fields:
        value = getattr(node, name)
        kind = type(value)
        if kind is tuple or kind is list:
            found += [item for item in value if _is_node(type(item))]
        elif _is_node(kind):
            found.append(value)
    return found


def descend(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all nodes below it, depth first, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def _semantic_fields(kind: type) -> tuple[str, ...]:
    names = (field.name for field in dataclasses.fields(kind))
    return tuple(name for name in names if name not in _SKIPPED and not name.startswith("whitespace"))


def _is_node(kind: type) -> bool:
    """issubclass, by a table: libcst's classes are abstract ones, whose check is slow."""
    found = _IS_NODE.get(kind)
    if found is None:
        found = _IS_NODE[kind] = issubclass(kind, cst.CSTNode)
    return found
