"""Source files and places in them."""

from __future__ import annotations

import ast
import re
import textwrap

from migrator.model.frozen import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, as Python's parser counts them.

    `str.splitlines` parts at form feeds, U+2028 and others too, which for the parser stand within a line.
    """
    return _LINE.findall(text)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of a source file.

    `file` is relative to the analyzed folder, with `/`. Lines and columns count from 1 (columns in characters);
    `start` and `end` are character offsets in `SourceFile.text`, so `text[start:end]` is the piece itself.
    """

    file: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was read.

    `text` has the byte order mark removed and its newlines as they are in the file; `encoding` is the codec that it was
    read with, `digest` a hash of the bytes (hex).
    """

    path: str
    text: str
    encoding: str = "utf-8"
    digest: str = ""
    status: str = "analyzed"
    """`analyzed`, `skipped` (no DAG can be in it, by Airflow's own safe-mode rule) or `error`."""
    bom: bool = False

    def cut(self, span: Span) -> str:
        """The text of `span`, byte for byte as the author wrote it."""
        return self.text[span.start : span.end]

    def parse(self, span: Span) -> ast.stmt | None:
        """The statement at `span`, which may be indented, as a tree of Python's own; None where it is none."""
        indent = self.text[: span.start].rpartition("\n")[2]
        text = textwrap.dedent((indent if not indent.strip() else "") + self.cut(span))
        try:
            found = ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return found[0] if found else None
