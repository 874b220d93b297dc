"""Code that reads, by way of `__file__`, what does not move along with it: it looks for that where the DAG files are.

Comes in: the code of one file of the team's as it stands in a module of the project. Goes out: the same code with `DAGS_FOLDER` in the place of
what `__file__` told, or None where all that it reads has moved along, or it reads nothing.
"""

from __future__ import annotations

import ast
import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from migrator.codegen.carried.data_files import PathReader, moves_along
from migrator.model.source import lines_of

IMPORT = "from {package}.dags_folder import DAGS_FOLDER"
_TEXTS = frozenset({"abspath", "dirname", "fspath", "join", "normpath", "realpath", "str"})
"""Functions that give a path as text."""


def at_dags_folder(texts: Sequence[str], source: str, target: str, folders: Mapping[str, Path]) -> list[str] | None:
    """The pieces of code; `source`, `target` and `folders` are those of `data_files`."""
    if not any("__file__" in text for text in texts):
        return None
    try:
        trees = [ast.parse(text) for text in texts]
    except (SyntaxError, ValueError, RecursionError):
        return None
    code = ast.Module([node for tree in trees for node in tree.body], [])
    reader = PathReader(code.body)
    paths = {reader.path(node) for node in _reads(code, reader)}
    if all(path is not None and moves_along(path, source, target, folders) for path in paths):
        return None
    place = _place(source, folders)
    return [_rewritten(text, tree, reader, place) for text, tree in zip(texts, trees, strict=True)]


def _reads(tree: ast.Module, reader: PathReader) -> Iterator[ast.AST]:
    """The largest expressions for paths that are more than the value of a name which is read in turn."""
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    named = {id(node.value) for node in tree.body if isinstance(node, ast.Assign) and _names(node) & read}
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if reader.path(node) is None:
            todo += ast.iter_child_nodes(node)
        elif id(node) not in named and not isinstance(getattr(node, "ctx", None), ast.Store):
            yield node


def _names(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def _place(source: str, folders: Mapping[str, Path]) -> str:
    """Where a file of the team's is, seen from the DAG folder."""
    name = max((name for name in folders if name and source.startswith(f"{name}/")), key=len, default="")
    if not name:
        return source
    return posixpath.join(os.path.relpath(folders[name], folders[""]), source.removeprefix(f"{name}/"))


def _rewritten(text: str, tree: ast.Module, reader: PathReader, place: str) -> str:
    """The text without `__file__`: of the file's folder and of the file itself it is told where they are."""
    folder, data = posixpath.dirname(place), text.encode()
    starts = [0]
    for line in lines_of(text):
        starts.append(starts[-1] + len(line.encode()))
    found: list[tuple[int, int, str]] = []
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    while todo:
        node, around = todo.pop()
        inner = around
        if isinstance(node, ast.JoinedStr):
            inner = "'" if data[starts[node.lineno - 1] + node.col_offset :].lstrip(b"rRfF")[:1] == b"'" else '"'
        is_file = isinstance(node, ast.Name) and node.id == "__file__"
        is_folder = isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)) and reader.path(node) == "."
        if not is_file and not is_folder:
            todo += [(child, inner) for child in ast.iter_child_nodes(node)]
            continue
        assert isinstance(node, ast.expr) and node.end_lineno is not None and node.end_col_offset is not None
        new = _told(place if is_file else folder, around)
        if is_folder and (made := _maker(node)):
            new = f"{made}({new})"
        start = starts[node.lineno - 1] + node.col_offset
        found.append((start, starts[node.end_lineno - 1] + node.end_col_offset, new))
    for start, end, new in sorted(found, reverse=True):
        data = data[:start] + new.encode() + data[end:]
    return data.decode()


def _told(path: str, around: str) -> str:
    """The expression for a path below the DAG folder, in a text that begins with the quote `around` if in one."""
    quote = "'" if around == '"' else '"'
    escaped = path.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("{", "{{").replace("}", "}}")
    return f"f{quote}{{DAGS_FOLDER}}/{escaped}{quote}" if path else "DAGS_FOLDER"


def _maker(node: ast.expr) -> str:
    """How the class of an expression for a path is written (`pathlib.Path`); empty where the path is text."""
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _maker(node.value)
    if not isinstance(node, ast.Call):
        return ""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("Path", "PurePath"):
        return ast.unparse(node.func)
    return _maker(node.func.value) if isinstance(node.func, ast.Attribute) and name not in _TEXTS else ""
