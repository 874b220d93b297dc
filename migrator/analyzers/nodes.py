"""Walking syntax trees: the children that mean something.

libcst's visitors also visit white space and cost as much as the parse; these look at semantic fields only.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

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


class _Values(dict[type, Callable[[Any], tuple[Any, ...]]]):
    """By a class of nodes: a function that gives what the semantic fields hold that may hold nodes."""

    def __missing__(self, kind: type) -> Callable[[Any], tuple[Any, ...]]:
        fields = (field.name for field in dataclasses.fields(kind) if field.type not in (str, "str"))
        names = [name for name in fields if name not in _SKIPPED and not name.startswith("whitespace")]
        get: Callable[[Any], Any] = operator.attrgetter(*names) if names else lambda _: ()
        self[kind] = (lambda node: (get(node),)) if len(names) == 1 else get
        return self[kind]


class _IsNode(dict[type, bool]):
    """issubclass, by a table: libcst's classes are abstract ones, whose check is slow."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = is_kind(kind, cst.CSTNode)
        return self[kind]


def is_kind(kind: type, *bases: type) -> bool:
    """issubclass, without asking the abstract classes, which first look at all that is below them."""
    return not set(bases).isdisjoint(kind.__mro__)


_VALUES = _Values()
_IS_NODE = _IsNode()


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below `node`, without white space and punctuation, in the order of the class's fields."""
    found: list[cst.CSTNode] = []
    for value in _VALUES[type(node)](node):
        kind = type(value)
        if kind is list or kind is tuple:
            found += value  # libcst's sequences hold nodes only
        elif _IS_NODE[kind]:
            found.append(value)
    return found


def descend(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all nodes below it, depth first, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        below = children(current)
        below.reverse()
        stack += below


def small_statements(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The small statements below a block or compound statement, nested ones included; quicker than `descend`, as none stands in another."""
    stack = [node]
    while stack:
        current = stack.pop()
        if type(current) is cst.SimpleStatementLine or type(current) is cst.SimpleStatementSuite:
            yield from current.body
        else:
            below = children(current)
            below.reverse()
            stack += below


@functools.lru_cache(maxsize=20_000)
def _value(literal: str) -> Any:
    return ast.literal_eval(literal)


def number_value(node: cst.Integer | cst.Float | cst.Imaginary) -> Any:
    """The number that a literal stands for, as its `evaluated_value`, which parses it each time. ValueError if it is too long."""
    return _value(node.value)


def string_value(node: cst.SimpleString) -> str | bytes:
    """The text that a literal stands for, as its `evaluated_value`, which parses it each time."""
    literal = node.value
    if literal[0] in "\"'" and "\\" not in literal and "\r" not in literal:  # nothing in it stands for something else
        width = 3 if len(literal) > 5 and literal.startswith(('"""', "'''")) else 1
        return literal[width:-width]
    value: str | bytes = _value(literal)
    return value


def text_value(node: cst.SimpleString | cst.ConcatenatedString) -> str | bytes | None:
    """As `string_value`, of literals in a row, too; None where one is formatted, or text stands beside bytes."""
    if type(node) is cst.SimpleString:
        return string_value(node)
    assert isinstance(node, cst.ConcatenatedString)
    if not isinstance(node.left, cst.SimpleString) or not isinstance(
        node.right, (cst.SimpleString, cst.ConcatenatedString)
    ):
        return None
    left, right = string_value(node.left), text_value(node.right)
    if isinstance(left, str):
        return left + right if isinstance(right, str) else None
    return left + right if isinstance(right, bytes) else None
