"""Lambdas of the team's own: their expression in the place of the call, or a function with a name."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from migrator.codegen.python.naming import identifier
from migrator.model.source import SourceFile, Span, lines_of

_SAY_NOTHING = frozenset({"python_callable", "callable", "func", "function", "fn", "key"})
"""Arguments whose name says no more than that a function is given."""
_DECORATORS = frozenset({"run_if", "skip_if"})
"""What a task's decorator asks, which is what its function says."""
_CLOSED = (
    ast.Call,
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.JoinedStr,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
)
"""Expressions that mean the same wherever they stand."""


def parts(text: str) -> tuple[str, str]:
    """The parameters and the expression of a lambda, as they are written. Raises ValueError where the text is none."""
    depth = lambdas = 0
    text = f"({text.strip()})"
    lines = lines_of(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif token.string == "lambda" and depth == 1:
            lambdas += 1
        elif token.string == ":" and depth == 1:
            lambdas -= 1
            if not lambdas:
                place = sum(map(len, lines[: token.start[0] - 1])) + token.start[1]
                return text[1:place].strip().removeprefix("lambda").strip(), text[place + 1 : -1].strip()
    raise ValueError(f"no lambda: {text}")


def as_function(text: str, name: str) -> str:
    """A lambda as a function, for a place that needs a name."""
    parameters, expression = parts(text)
    return f"def {name}({parameters}):\n    return ({expression})\n"


def as_expression(text: str) -> str:
    """The lambda's expression, in parentheses where it could mean something else beside others; empty where it cannot stand alone."""
    _, expression = parts(text)
    try:
        body = ast.parse(f"({expression})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    if any(isinstance(node, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)) for node in ast.walk(body)):
        return ""
    if isinstance(body, _CLOSED) and "\n" not in expression:
        return expression
    return f"({expression})"


def name_of(source: SourceFile, span: Span, task_id: str = "") -> str:
    """A name for a lambda: that of the variable, the argument or the entry that holds it, that of the task (`task_id`) where the argument's says nothing."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError):
        tree = ast.Module([], [])
    before = source.text[: span.start]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2].encode())
    for name in _names(tree, line, column):
        if name and name not in _SAY_NOTHING:
            return identifier(name)
    task = identifier(task_id.rpartition(".")[2]) if task_id else ""
    return f"{task}_function" if task else f"function_of_line_{span.line}"


def _names(tree: ast.AST, line: int, column: int) -> Iterator[str]:
    """What could name the lambda at a place, the nearest first."""
    path = _path(tree, line, column)
    for depth, node in enumerate(reversed(path)):
        if isinstance(node, ast.keyword) and node.arg:
            # An element's function (`names.map(lambda ...)`) makes what the argument holds.
            yield node.arg if depth == 1 else f"to_{node.arg}"
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _DECORATORS:
            yield node.func.attr
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _holds(value, line, column):
                    yield key.value


def _path(node: ast.AST, line: int, column: int) -> list[ast.AST]:
    """The nodes from a tree's root down to the lambda at a place."""
    if isinstance(node, ast.Lambda) and (node.lineno, node.col_offset) == (line, column):
        return [node]
    for child in ast.iter_child_nodes(node):
        if _holds(child, line, column):
            found = _path(child, line, column)
            if found:
                return [node, *found]
    return []


def _holds(node: ast.AST, line: int, column: int) -> bool:
    if any(_holds(decorator, line, column) for decorator in getattr(node, "decorator_list", ())):
        return True  # a function begins below its decorators
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if first is None or last is None:
        return any(_holds(child, line, column) for child in ast.iter_child_nodes(node))
    start, end = (first, node.col_offset), (last, node.end_col_offset or 0)  # type: ignore[attr-defined]
    return start <= (line, column) < end
