"""Where the nodes of a light module are in its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import libcst as cst

from migrator.analyzers.nodes import children
from migrator.analyzers.positions import Positions, positions
from migrator.model.source import Span

_AS_PARSED = frozenset(
    {
        ast.Assign,
        ast.Attribute,
        ast.BinOp,
        ast.Call,
        ast.Constant,
        ast.Dict,
        ast.Expr,
        ast.JoinedStr,
        ast.List,
        ast.Name,
        ast.Subscript,
    }
)
"""Nodes of Python's parser whose place is that of libcst's node, too; there are others."""
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\r\n]*)*")
"""White space, joined lines and comments."""
_CLOSING = re.compile(r"(?:\s|\\\r?\n|#[^\r\n]*|\))*")
_COMMENT = re.compile(r"#[^\r\n]*")
_PUNCTUATION = re.compile(r"#[^\r\n]*|[),]")
_NAME = re.compile(r"(?:async\s+)?(?:def|class)(?:\s|\\\r?\n)+(\w+)")


class LightPlaces(Positions):
    """Where the nodes of one light module are."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._ascii = text.isascii()
        self.found: dict[int, Any] = {}
        """By the `id` of nodes, whose own hash is a slow call: a node of Python's parser, offsets, or a function that finds them."""
        self.named_in: dict[int, Any] = {}
        """Of names of attributes, keywords and parameters, which are no nodes of Python's parser: the node that they stand in."""

    def offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        found: Any = self.found.get(id(node))
        if found is None:
            around = self.named_in.get(id(node))
            if around is not None:
                start, end = self.of(around)
                return (
                    (end - len(around.attr), end) if type(around) is ast.Attribute else (start, start + len(around.arg))
                )
            pairs = [pair for pair in map(self.offsets, children(node)) if pair != (0, 0)]
            return (min(start for start, _ in pairs), max(end for _, end in pairs)) if pairs else (0, 0)
        kind = type(found)
        if kind is not tuple and not issubclass(kind, ast.AST):
            found = self.found[id(node)] = found(self)
        if type(found) is tuple:
            return found
        start, end = self.of(found)
        if kind is ast.GeneratorExp:
            last = found.generators[-1]
            return self.within(start, self.of(last.ifs[-1] if last.ifs else last.iter)[1], end)
        if kind is ast.Tuple:
            if self.in_parentheses(found):
                return self.within(start, self.of(found.elts[-1])[1] if found.elts else start + 1, end)
        elif kind is ast.FunctionDef or kind is ast.ClassDef or kind is ast.AsyncFunctionDef:
            decorators = found.decorator_list
            if decorators:
                start = self.text.rfind("@", 0, self.of(decorators[0])[0])
        return start, end

    def span(self, node: cst.CSTNode, file: str) -> Span:
        found: Any = self.found.get(id(node))
        if not self._ascii or type(found) not in _AS_PARSED:
            return super().span(node, file)
        line, column, end_line, end_column = found.lineno, found.col_offset, found.end_lineno, found.end_col_offset
        start, end = self._lines[line - 1] + column, self._lines[end_line - 1] + end_column
        return Span(file, line, column + 1, end_line, end_column + 1, start, end)

    def of(self, node: Any) -> tuple[int, int]:
        """Character offsets of a node of Python's parser."""
        if self._ascii:
            lines = self._lines
            return lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def at(self, line: int, column: int) -> int:
        """The character offset of a line (from 1) and a column in bytes of UTF-8."""
        start = self._lines[line - 1]
        if self._ascii:
            return start + column
        end = self._lines[line] if line < len(self._lines) else len(self.text)
        return start + len(
            self.text[start:end].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass")
        )

    def in_parentheses(self, node: Any) -> bool:
        """Whether the parentheses that a tuple starts with are its own, and not those of its first element."""
        start = self.of(node)[0]
        if self.text[start : start + 1] != "(" or not node.elts:
            return self.text[start : start + 1] == "("
        first, after = self.of(node.elts[0])
        opened = _COMMENT.sub("", self.text[start:first]).count("(")
        return opened > _COMMENT.sub("", _found(_CLOSING, self.text, after)).count(")")

    def within(self, start: int, last: int, end: int) -> tuple[int, int]:
        """What stands inside the parentheses from `start` to `end`, of which the last node ends at `last`."""
        first = start + 1 + len(_found(_BETWEEN, self.text, start + 1))
        return first, max(first, self._behind(last, end - 1))

    def _behind(self, start: int, end: int) -> int:
        """The end of the last punctuation between two offsets, or `start`."""
        for match in _PUNCTUATION.finditer(self.text, start, end):
            if match[0][0] != "#":
                start = match.end()
        return start

    def starred(self, node: ast.arg, star: str) -> tuple[int, int]:
        """Where a parameter's name is, with the stars in front of it."""
        start = self.of(node)[0]
        end = start + len(node.arg)
        return (self.text.rfind(star, 0, start) if star else start), end

    def decorator(self, node: ast.expr) -> tuple[int, int]:
        """Where a decorator is, given its expression."""
        start, end = self.of(node)
        return self.text.rfind("@", 0, start), self.closed(end)

    def closed(self, end: int) -> int:
        """The end of an expression with the parentheses around it that are closed next."""
        return self._behind(end, end + len(_found(_CLOSING, self.text, end)))

    def named(self, node: ast.stmt) -> tuple[int, int]:
        """Where the name of a function or class is."""
        match = _NAME.match(self.text, self.of(node)[0])
        return match.span(1) if match is not None else (0, 0)

    def starts_line(self, node: ast.stmt) -> bool:
        """Whether nothing stands in front of a statement in its line."""
        return not self.text[self._lines[node.lineno - 1] : self.at(node.lineno, node.col_offset)].strip()

    def is_elif(self, node: ast.stmt) -> bool:
        """Whether an `if` statement is an `elif`."""
        return self.text.startswith("elif", self.at(node.lineno, node.col_offset))


def _found(pattern: re.Pattern[str], text: str, start: int) -> str:
    match = pattern.match(text, start)
    return match[0] if match is not None else ""


Find = Callable[[LightPlaces], tuple[int, int]]
"""Finds a place when it is asked for. It must not hold the places themselves: trees are freed without the garbage collector."""


class Inner:
    """Places in a piece of a module that libcst parsed by itself; looked for when the first is asked for."""

    def __init__(self, module: cst.Module, start: int) -> None:
        self._module, self._start = module, start
        self._places: Any = None

    def of(self, node: cst.CSTNode) -> Find:
        return lambda places: self._offsets(node)

    def _offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        if self._places is None:
            self._places = positions(self._module)
        start, end = self._places.offsets(node)
        return (start + self._start, end + self._start) if (start, end) != (0, 0) else (0, 0)


def shifted(places: LightPlaces, node: cst.CSTNode, start: int) -> Find:
    """Where a node is whose place in a piece of the text is known, which begins at `start`."""

    def find(_: LightPlaces) -> tuple[int, int]:
        first, last = places.offsets(node)
        return (first + start, last + start) if (first, last) != (0, 0) else (0, 0)

    return find
