"""Walking syntax trees: the children that mean something.

libcst's visitors also visit white space and cost as much as the parse; these look at semantic fields only.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
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


for _kind in vars(cst).values():
    # Nodes are keys of many tables. Each class has a hash of its own, which is that of their identity too, but computed in Python.
    if isinstance(_kind, type) and issubclass(_kind, cst.CSTNode):
        _kind.__hash__ = object.__hash__  # type: ignore[method-assign]


class _Fields(dict[type, tuple[str, ...]]):
    """The semantic fields of a class of nodes that may hold nodes."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        names = (field.name for field in dataclasses.fields(kind) if field.type not in (str, "str"))
        self[kind] = tuple(name for name in names if name not in _SKIPPED and not name.startswith("whitespace"))
        return self[kind]


class _IsNode(dict[type, bool]):
    """issubclass, by a table: libcst's classes are abstract ones, whose check is slow."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = issubclass(kind, cst.CSTNode)
        return self[kind]


_FIELDS = _Fields()
_IS_NODE = _IsNode()


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below `node`, without white space and punctuation, in the order of the class's fields."""
    found: list[cst.CSTNode] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name)
        kind = type(value)
        if kind is tuple or kind is list:
            if value:
                found += [item for item in value if _IS_NODE[type(item)]]
        elif _IS_NODE[kind]:
            found.append(value)
    return found


def descend(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all nodes below it, depth first, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if _FIELDS[type(current)]:
            below = children(current)
            below.reverse()
            stack += below


@functools.lru_cache(maxsize=20_000)
def _text(literal: str) -> str | bytes:
    value: str | bytes = ast.literal_eval(literal)
    return value


def string_value(node: cst.SimpleString) -> str | bytes:
    """The text that a literal stands for, as its `evaluated_value`, which parses it each time."""
    literal = node.value
    if literal[0] in "\"'" and "\\" not in literal and "\r" not in literal:  # nothing in it stands for something else
        width = 3 if len(literal) > 5 and literal.startswith(('"""', "'''")) else 1
        return literal[width:-width]
    return _text(literal)
