"""Large literals of the team's own code that stand under a name there: generated code says the name, too, instead of all that is in them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from migrator.model.source import SourceFile

_LEAST = 160
"""Shorter literals are read where they stand."""
_COMPOUND = (ast.With, ast.If, ast.Try, ast.For)


def is_large(value: object, text: str) -> bool:
    """Whether a value (with its source) is one to have a name of its own: a dictionary or list of plain data that fills more than a line."""
    return isinstance(value, (dict, list, tuple)) and len(text) >= _LEAST and _is_plain(value)


def find_constant(value: Any, file: str, sources: Mapping[str, SourceFile]) -> tuple[str, Any] | None:
    """The name under which a file of the DAG folder, or what it imports, has a large literal, and its value; None where there is none.

    The value is the same as that of the name, or a dictionary that begins with all that is in it.
    """
    best: tuple[str, Any] | None = None
    for name, known in _known(file, sources):
        if _same(known, value):
            return name, known
        if _begins(value, known) and (best is None or len(known) > len(best[1])):
            best = name, known
    return best


def _known(file: str, sources: Mapping[str, SourceFile]) -> Iterator[tuple[str, Any]]:
    source = sources.get(file)
    if source is None:
        return
    own, imported = _constants(source.text)
    yield from own.items()
    for module, name, alias in imported:
        ending = f"{module.replace('.', '/')}.py"
        for path, other in sources.items():
            if path == ending or path.endswith(f"/{ending}"):
                found = _constants(other.text)[0]
                if name in found:
                    yield alias, found[name]
                break


@lru_cache(maxsize=256)
def _constants(text: str) -> tuple[Mapping[str, Any], tuple[tuple[str, str, str], ...]]:
    """The large literals that names of a module are given, each once; and what it imports from modules: module, name, and the name here."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}, ()
    found: dict[str, Any] = {}
    imported = []
    bound: Counter[str] = Counter()
    for node in _statements(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported += [(node.module, alias.name, alias.asname or alias.name) for alias in node.names]
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        target = node.target if isinstance(node, ast.AnnAssign) else target
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not isinstance(target, ast.Name):
            continue
        bound[target.id] += 1
        if isinstance(node.value, (ast.Dict, ast.List, ast.Tuple)):
            try:
                value = ast.literal_eval(_Plain().visit(node.value))
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue
            if is_large(value, repr(value)):
                found[target.id] = value
    return {name: value for name, value in found.items() if bound[name] == 1}, tuple(imported)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """What a module does when it is loaded, without what runs when functions are called."""
    for node in body:
        yield node
        if isinstance(node, _COMPOUND):
            yield from _statements(node.body)


class _Plain(ast.NodeTransformer):
    """F-strings in which nothing is filled in are texts."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return ast.Constant("".join(parts)) if len(parts) == len(node.values) else node


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, (str, int)) and _is_plain(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


def _same(one: Any, other: Any) -> bool:
    """Whether two literals are the same code: also in the types of what is in them, and the order."""
    return bool(type(one) is type(other) and repr(one) == repr(other))


def _begins(value: Any, known: Any) -> bool:
    """Whether a dictionary is another one with more at its end, or with other values for some of its keys at the end."""
    if not isinstance(value, dict) or not isinstance(known, dict) or len(value) <= len(known):
        return False
    return _same(dict(list(value.items())[: len(known)]), known)
