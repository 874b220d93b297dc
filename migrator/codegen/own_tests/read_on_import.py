"""What the environment must have for a module to be imported: without it, and so in tests, the project does not load."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

PLACEHOLDER = "1"
"""A value for those that may have any: it is text, a number and true."""


def environment_on_import(texts: Iterable[str]) -> dict[str, str]:
    """A value for each environment variable that one of these modules cannot be imported without.

    Code may look its own tables up by what it reads (`SCHEMAS[os.getenv("STAGE")]`): then it is a key of them, and not production's where there is
    another. Text that is no Python has none.
    """
    found: dict[str, str] = {}
    for text in texts:
        if "environ" not in text and "getenv" not in text:
            continue
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        nodes = list(_on_import(tree))
        for node in nodes:
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and (name := _required(node)):
                found.setdefault(name, PLACEHOLDER)
        found |= _keys_by_name(tree, nodes)
    return found


def _keys_by_name(module: ast.Module, nodes: list[ast.AST]) -> dict[str, str]:
    """For each environment variable that looks up a table of the module, one of the table's keys."""
    named = {
        statement.targets[0].id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
    }
    found = {}
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            index = named.get(node.slice.id) if isinstance(node.slice, ast.Name) else node.slice
            name = index and (_required(index) or _optional(index))
            keys = name and _keys(_table(node.value, named))
            if name and keys:
                found[name] = next((key for key in keys if not key.lower().startswith("prod")), keys[0])
    return found


def _table(node: ast.expr, named: dict[str, ast.expr]) -> ast.expr | None:
    """The display of a `dict` that an expression comes to: one that stands there, has a name, or is under a key of another."""
    if isinstance(node, ast.Name):
        return named.get(node.id)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        outer = _table(node.value, named)
        if isinstance(outer, ast.Dict):
            for key, value in zip(outer.keys, outer.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == node.slice.value:
                    return value
        return None
    return node


def _keys(table: ast.expr | None) -> list[str]:
    keys = table.keys if isinstance(table, ast.Dict) else []
    return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def _on_import(module: ast.Module) -> Iterator[ast.AST]:
    """The nodes outside of functions."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            todo += ast.iter_child_nodes(node)


def _required(node: ast.expr) -> str:
    """The environment variable that `os.environ[...]` reads."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("os.environ", "environ"):
        return _text(node.slice)
    return ""


def _optional(node: ast.expr) -> str:
    """The environment variable that `os.getenv(...)` or `os.environ.get(...)` reads, with no default."""
    readers = ("os.getenv", "getenv", "os.environ.get", "environ.get")
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and ast.unparse(node.func) in readers:
        return _text(node.args[0])
    return ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
