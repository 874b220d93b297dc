"""Which annotations may stand on a parameter or result that Dagster checks when the code runs.

Airflow never looks at annotations; Dagster turns them into run-time checks, refuses some (`int | str`, `Iterable[str]`) and takes others to the letter
(a `float` that is an int, an `int` that is numpy's, fail the run). An annotation that is not safe goes with `dagster_type=dg.Any`.
"""

from __future__ import annotations

import ast

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
