"""Positions of syntax tree nodes from one light pass.

libcst's own PositionProvider costs three times the parse; this pass writes the module's tokens once, notes at which token
each node starts and ends, and turns token numbers into character offsets only for the nodes that are asked for. It uses
`CodegenState`, the object that libcst's own providers subclass (libcst 1.8 and 1.9).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from itertools import accumulate
from types import TracebackType
from typing import cast

import libcst as cst
from libcst._nodes.internal import CodegenState

from migrator.model.source import Span

_NEWLINE = re.compile(r"\r\n?|\n")


class _Recorder:
    """Notes the token numbers around a node."""

    __slots__ = ("end_node", "node", "start", "start_node", "state")

    def __init__(
        self, state: _State, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.state, self.node, self.start_node, self.end_node = state, node, start_node, end_node

    def __enter__(self) -> None:
        self.start = len(self.state.tokens)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        ranges = self.state.ranges
        start, end = self.start, len(self.state.tokens)
        if id(self.start_node) in ranges:
            start = ranges[id(self.start_node)][0]
        if id(self.end_node) in ranges:
            end = ranges[id(self.end_node)][1]
        ranges[id(self.node)] = (start, end, self.node)


class _State(CodegenState):
    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.ranges: dict[int, tuple[int, int, cst.CSTNode]] = {}
        """By the `id` of nodes, whose own hash is a slow call; it holds them, so that no other node gets the same."""

    def record_syntactic_position(  # type: ignore[override]
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Recorder:
        return _Recorder(self, node, start_node, end_node)


class Positions(ABC):
    """Where the nodes of one module are. `text` is the module's code."""

    def __init__(self, text: str) -> None:
        self.text = text
        if "\r" in text:
            self._lines = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        else:
            lengths = [len(line) + 1 for line in text.split("\n")]
            self._lines = [0, *accumulate(lengths[:-1])]

    @abstractmethod
    def offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        """Character offsets of the node, decorators of a function or class included; (0, 0) if it has none."""

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character offset."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def span(self, node: cst.CSTNode, file: str) -> Span:
        """The node's span in `file`."""
        start, end = self.offsets(node)
        line, column = self.line_column(start)
        end_line, end_column = self.line_column(end)
        return Span(file, line, column, end_line, end_column, start, end)


class _ParsedPositions(Positions):
    """Of a module fresh from libcst's parser; `text` is what libcst writes: the text that was parsed."""

    def __init__(self, module: cst.Module) -> None:
        state = _State(module)
        module._codegen(state)
        self._ranges = state.ranges
        self._offsets = [0, *accumulate(map(len, state.tokens))]
        super().__init__("".join(state.tokens))

    def offsets(self, node: cst.CSTNode) -> tuple[int, int]:
        found = self._ranges.get(id(node))
        if found is None:
            children = [self.offsets(child) for child in node.children]
            children = [pair for pair in children if pair != (0, 0)]
            return (min(start for start, _ in children), max(end for _, end in children)) if children else (0, 0)
        start, end = self._offsets[found[0]], self._offsets[found[1]]
        kind = type(node)
        if kind is cst.FunctionDef or kind is cst.ClassDef:
            decorators = cast("cst.FunctionDef | cst.ClassDef", node).decorators
            start = min(start, self.offsets(decorators[0])[0]) if decorators else start
        return start, end


def positions(module: cst.Module) -> Positions:
    """Positions of all nodes of a module fresh from the parser. RecursionError if it is nested too deeply."""
    return _ParsedPositions(module)
