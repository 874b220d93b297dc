"""From a Python file's text to its syntax tree, without letting a hostile file take the process down.

Comes in: a `SourceFile`. Goes out: a `libcst.Module`, or the diagnostic that says why there is none. libcst's parser is native
code that overruns the stack on deep nesting (a chain of 8,000 `>>` ends the process), and is quadratic on long chains.
So Python's own parser, which refuses such text cleanly, looks first; it also has the right position of a syntax error, and its tree
is turned into libcst's nodes (see `light`). libcst parses what that does not read.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import warnings
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.source import SourceFile, Span, lines_of

if TYPE_CHECKING:
    import libcst

MAX_DEPTH = 900
"""Levels of nesting that are read; a chain `a >> b >> c` has one level for each operator. Parses in 0.1 to 1 s at the limit."""

MAX_NODES = 320_000
"""Expressions and statements that are read; libcst takes about 15 microseconds for each."""

_PROBE = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except ImportError:
    pass
import libcst
libcst.parse_module(sys.stdin.buffer.read().decode("utf-8", "surrogatepass"))
"""
_PROBE_SECONDS = 20

_LARGE_TEXT = 300_000
_LARGE_HELP = "keep data of that size in a file of its own, and read it"
_DEPTH_HELP = "split the expression: a chain of `>>` can be several statements"

_PYTHON_2_MESSAGES = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'|multiple exception types must be parenthesized"
    r"|leading zeros in decimal integer literals|inconsistent use of tabs"
)
_PYTHON_2_LINE = re.compile(
    r"""^\s*print\s*(?:$|>>|["'\w%(].*)        # a print statement
    |^\s*exec\s+["'\w]                           # an exec statement
    |\bexcept\s+[\w.]+\s*,\s*[a-z_]\w*\s*:        # except E, e
    |\bexcept\s*\([^)]*\)\s*,\s*[a-z_]\w*\s*:
    |^\s*raise\s+[\w.]+\s*,                       # raise E, "text"
    |`[^`]*`|<>|\b0[0-7]+\b|\b\d+[lL]\b|\bu[rR]["']
    """,
    re.VERBOSE,
)
_NESTING = re.compile(r"[(\[{.+*/%@|&^~<>-]|\b(?:and|or|not|if|elif|else|lambda|await|in|is)\b|[\"']")


def parse_module(source: SourceFile) -> libcst.Module | Diagnostic:
    """The syntax tree of a file, or MIG003 (syntax error), MIG004 (Python 2), MIG006 (nested too deeply to be read safely)."""
    guard, newer_grammar, tree = _guard(source)
    if guard is not None and not (newer_grammar and _libcst_survives(source.text)):
        return guard
    import libcst

    from migrator.analyzers.light import light_module

    try:
        light = light_module(source.text, tree) if tree is not None else None
        if light is not None:
            return light
        return libcst.parse_module(source.text)
    except (RecursionError, MemoryError):
        return _deep(Span(source.path, 1))
    except BaseException as error:
        # libcst raises several unrelated classes, and a panic of its native part is not even an Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return guard or diagnose(
            "MIG006", Span(source.path, 1), "the parser gives up on the file, though Python accepts it"
        )


def _guard(source: SourceFile) -> tuple[Diagnostic | None, bool, ast.Module | None]:
    """What speaks against giving the text to libcst, whether it may just use a newer grammar than the running Python's, and else its tree."""
    nul = source.text.find("\0")
    if nul >= 0:  # libcst would take it
        line = source.text.count("\n", 0, nul) + 1
        return diagnose("MIG003", span_of(source, line), "the file contains a NUL byte"), False, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except SyntaxError as error:
        found = _syntax_error(source, error)
        return found, found.code == "MIG003", None
    except (RecursionError, MemoryError):
        return _deep(Span(source.path, 1)), False, None
    except ValueError as error:  # characters that no encoding has
        return diagnose("MIG003", Span(source.path, 1), str(error)), False, None
    if len(source.text) > _LARGE_TEXT and sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        message = f"the file has more than {MAX_NODES:,} expressions and statements, too many to be read"
        return diagnose("MIG006", Span(source.path, 1), message, _LARGE_HELP), False, None
    line = too_deep(tree, text=source.text)
    return (_deep(span_of(source, line)), False, None) if line else (None, False, tree)


def _deep(span: Span) -> Diagnostic:
    message = f"an expression is nested more than {MAX_DEPTH} levels deep, too deeply to be read safely"
    return diagnose("MIG006", span, message, _DEPTH_HELP)


def too_deep(tree: ast.AST, limit: int = MAX_DEPTH, text: str = "") -> int:
    """The line of the first statement found that is nested deeper than `limit`; 0 if none is. Needs no recursion itself.

    With the `text` it is quicker: a statement cannot be nested deeper than it has characters.
    """
    starts = [0, *accumulate([len(line) + 1 for line in text.split("\n")])] if text and "\r" not in text else []

    def is_small(node: Any, depth: int) -> bool:
        first = node.decorator_list[0].lineno if getattr(node, "decorator_list", None) else node.lineno
        last: int = node.end_lineno
        return last < len(starts) and starts[last] - starts[first - 1] + depth < limit

    stack: list[tuple[ast.AST, int, int]] = [(tree, 0, 1)]
    while stack:
        node, depth, line = stack.pop()
        line = getattr(node, "lineno", line)
        if isinstance(node, ast.BoolOp):
            depth += len(node.values)  # one flat node here, nested in libcst
        if depth > limit:
            return line
        depth += 1
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                stack.append((value, depth, line))
            elif type(value) is list:
                statements = starts and name in _BLOCKS
                stack += [
                    (child, depth, line)
                    for child in value
                    if isinstance(child, ast.AST) and not (statements and is_small(child, depth))
                ]
    return 0


_BLOCKS = frozenset({"body", "orelse", "finalbody"})
"""Fields that hold statements where they hold lists."""


def _syntax_error(source: SourceFile, error: SyntaxError) -> Diagnostic:
    message = error.msg or "invalid syntax"
    line, column = error.lineno or 1, max(error.offset or 1, 1)
    span = span_of(source, line, column, error.end_lineno, error.end_offset)
    if "too many nested" in message or "too many statically nested" in message:
        return diagnose("MIG006", span, f"the code is nested too deeply to be read: {message}", _DEPTH_HELP)
    text = lines_of(source.text)
    failing = text[line - 1] if 0 < line <= len(text) else ""
    if _PYTHON_2_MESSAGES.search(message) or _PYTHON_2_LINE.search(failing):
        return diagnose("MIG004", span, f"the file is written in Python 2: {message}")
    return diagnose("MIG003", span, message)


def span_of(
    source: SourceFile, line: int, column: int = 0, end_line: int | None = None, end_column: int | None = None
) -> Span:
    """The span from a line and column (both from 1; no column: the whole line without its indentation) as Python's parser gives them, cut to the text."""
    lines = lines_of(source.text) or [""]
    line = min(max(line, 1), len(lines))
    starts = sum(len(text) for text in lines[: line - 1])
    content = lines[line - 1].rstrip("\r\n")
    if column <= 0:
        column = len(content) - len(content.lstrip()) + 1
        end_line, end_column = line, len(content) + 1
    column = min(column, len(content) + 1)
    if end_line != line or not end_column or end_column <= column:
        end_column = min(column + 1, len(content) + 1)
    end_column = min(end_column, len(content) + 1)
    return Span(
        source.path,
        line,
        column,
        line,
        max(end_column, column),
        starts + column - 1,
        starts + max(end_column, column) - 1,
    )


def _libcst_survives(text: str) -> bool:
    """Whether libcst can be given a text that Python's parser rejected.

    Nothing is known of such a text's nesting. It cannot be deeper than it has brackets, operators and the like; where these are many,
    another process tries first.
    """
    if sum(1 for _ in _NESTING.finditer(text)) <= MAX_DEPTH:
        return True
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE],
            input=text.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return probe.returncode == 0
