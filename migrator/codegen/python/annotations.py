"""Which annotations may stand on a parameter or result that Dagster checks when the code runs.

Airflow never looks at annotations; Dagster turns them into run-time checks, refuses some (`int | str`, `Iterable[str]`) and takes others to the letter
(a `float` that is an int, an `int` that is numpy's, fail the run). An annotation that is not safe goes with `dagster_type=dg.Any`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_PLAIN = frozenset({"str", "dict", "list", "tuple", "set", "bytes", "object", "Any", "None"})
_CONTAINERS = frozenset({"list", "List", "set", "Set", "dict", "Dict", "Sequence", "Mapping"})
_BUILTIN_CONTAINERS = frozenset({"list", "set", "dict"})
_FRAMES = frozenset({"DataFrame", "Series", "ndarray", "LazyFrame", "Path", "datetime", "date", "timedelta"})
_OPTIONAL = frozenset({"Optional"})


def is_safe(annotation: str) -> bool:
    """Whether Dagster accepts the annotation and its check cannot fail on what Airflow would have let pass.

    >>> is_safe("dict[str, str] | None"), is_safe("dict[str, float]"), is_safe("int | str")
    (True, False, False)
    """
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return False
    return _safe(node)


def loosened(annotation: str) -> str:
    """The safe annotation that comes nearest, of Python's own types and `Any`.

    >>> loosened("dict[str, float]"), loosened("list[dict] | None"), loosened("pd.DataFrame"), loosened("int")
    ('dict[str, Any]', 'list[dict] | None', 'Any', 'Any')
    """
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return "Any"
    return _loosened(node)


def _loosened(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and node.value is None:
        return "None"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return loosened(node.value)
    if isinstance(node, ast.Name) and node.id in _PLAIN:
        return node.id
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and _safe(node):
        return f"{_loosened(node.left)} | {_loosened(node.right)}"
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in _BUILTIN_CONTAINERS:
        members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return f"{node.value.id}[{', '.join(_loosened(member) for member in members)}]"
    return "Any"


def _safe(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or (isinstance(node.value, str) and is_safe(node.value))
    if isinstance(node, ast.Name):
        return node.id in _PLAIN or node.id in _FRAMES
    if isinstance(node, ast.Attribute):
        return node.attr in _FRAMES or node.attr == "Any"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [node.left, node.right]
        given = [side for side in sides if not (isinstance(side, ast.Constant) and side.value is None)]
        return len(given) == 1 and _safe(given[0])
    if isinstance(node, ast.Subscript):
        name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return name in _CONTAINERS | _OPTIONAL and all(_safe(member) for member in members)
    return False


def returns_nothing(annotation: str) -> bool:
    """Whether a result annotation says None."""
    return annotation.strip() in ("None", "'None'", '"None"')


def gives_text(function: str) -> bool:
    """Whether a function or lambda, as it is written, gives text whatever it does: each way through it ends by returning some, or fails.

    >>> gives_text("lambda: 'a'"), gives_text("def f(x):\\n  if x:\\n    return f'{x}'\\n  return 'b'"), gives_text("def f(x):\\n  if x:\\n    return 'b'")
    (True, True, False)
    """
    try:
        (statement,) = ast.parse(function.strip()).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Lambda):
        return _is_text(statement.value.body)
    if not isinstance(statement, ast.FunctionDef):
        return False
    returned = list(_returned(statement.body))
    return _ends(statement.body) and bool(returned) and all(value is not None and _is_text(value) for value in returned)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) and _is_text(node.orelse)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _returned(body: Iterable[ast.AST]) -> Iterator[ast.expr | None]:
    """What the `return`s of a body give, those of functions inside of it aside."""
    for node in body:
        if isinstance(node, ast.Return):
            yield node.value
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            yield None
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _returned(ast.iter_child_nodes(node))


def _ends(body: list[ast.stmt]) -> bool:
    """Whether a body cannot be left at its end."""
    last = body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return True
    return isinstance(last, ast.If) and bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
