"""Secrets that stand as text in the code under analysis.

Comes in: a file. Goes out: a finding for each literal that holds a secret, with its place and never its value. What counts as one is told by
`migrator.secrets`; generated code reads the same ones from the environment.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.source import SourceFile, Span
from migrator.secrets.code import secret_places


def secret_literals(source: SourceFile, tree: ast.Module | None = None) -> Iterator[Diagnostic]:
    """A finding for each literal of a Python file that holds a secret. `tree` is the file's, where it is at hand."""
    for start, end, names in secret_places(source.text, tree):
        line, column = _place(source.text, start)
        end_line, end_column = _place(source.text, end)
        span = Span(source.path, line, column, end_line, end_column, start, end)
        called = " and ".join(f"`{name}`" for name in names)
        yield diagnose("MIG016", span, f"a secret stands in the code as text: {called}")


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
