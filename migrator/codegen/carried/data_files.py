"""Files that carried code reads from beside its own file: they move along.

Found are paths made of `__file__` and literals alone: `Path(__file__).parent / "x.yaml"`, `os.path.join(os.path.dirname(__file__), "x.sql")`, and
those made of a module's names for such paths.
"""

from __future__ import annotations

import ast
import os
import posixpath
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

_OF_THE_PROJECT = frozenset({"tests", "for_airflow"})

MAX_SIZE = 1_000_000
MAX_FILES = 200
"""Larger files, and folders with more of them, do not belong into a code repository."""


def data_files(text: str, source: str, target: str, folders: Mapping[str, Path]) -> dict[str, str]:
    """The files that `text` reads, by their path in the project.

    `source` is the path of the code's old file, `target` that of its new one in the project. `folders` are the analyzed folder (by the name "")
    and the further roots, with whose names paths in them begin. What is not there, not text, too large or outside of all of them is left out, and
    what would stand in the project's own folders.
    """
    if "__file__" not in text:
        return {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    reader = PathReader(tree.body)
    paths = {path for node in ast.walk(tree) if (path := reader.path(node)) and path not in ("file", ".")}
    for path in sorted(paths):
        new = _new_place(path, target)
        for name, content in _contents(_old_place(path, source, folders), folders.values()).items() if new else ():
            found[posixpath.join(new, name) if name else new] = content
    return found


def moves_along(path: str, source: str, target: str, folders: Mapping[str, Path]) -> bool:
    """Whether all that is at a path (relative to the code's folder) is among the files that `data_files` finds."""
    if path in ("file", ".") or not _new_place(path, target):
        return False
    old = _old_place(path, source, folders)
    found = _contents(old, folders.values())
    try:
        return set(found) == ({child.name for child in old.iterdir()} if old.is_dir() else {""})
    except OSError:
        return False


def _old_place(path: str, source: str, folders: Mapping[str, Path]) -> Path:
    return Path(os.path.normpath(_on_disk(source, folders).parent / path))


def _new_place(path: str, target: str) -> str:
    """Where a file is in the project; empty where it does not belong there."""
    new = posixpath.normpath(posixpath.join(posixpath.dirname(target), path))
    outside = "/" not in new or new.startswith(".") or new.partition("/")[0] in _OF_THE_PROJECT
    return "" if outside else new


def _on_disk(source: str, folders: Mapping[str, Path]) -> Path:
    """Where the file is that the analysis calls `source`."""
    name = max((name for name in folders if name and source.startswith(f"{name}/")), key=len, default="")
    return folders[name] / source[len(name) :].lstrip("/")


def _contents(place: Path, folders: Collection[Path]) -> dict[str, str]:
    """The text of a file (under the name ""), or of all files in a folder, by their names; none of what is outside of `folders`."""
    try:
        if not any(place.resolve().is_relative_to(folder.resolve()) for folder in folders):
            return {}
        if place.is_file():
            files = {"": place}
        elif place.is_dir() and not any(folder.is_relative_to(place) for folder in folders):
            files = {child.name: child for child in sorted(place.iterdir())[:MAX_FILES] if child.is_file()}
        else:
            return {}
        small = {
            name: file for name, file in files.items() if not file.is_symlink() and file.stat().st_size <= MAX_SIZE
        }
        return {name: text for name, file in small.items() if (text := _text(file)) is not None}
    except OSError:
        return {}


def _text(file: Path) -> str | None:
    if file.suffix in (".py", ".pyc"):
        return None
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


class PathReader:
    """Tells which paths expressions of a module mean."""

    def __init__(self, statements: Iterable[ast.stmt]) -> None:
        self._names: dict[str, str | None] = {"__file__": "file"}
        """Paths that the module gives names to; None for a name that it binds twice."""
        for node in statements:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets:
                if isinstance(target, ast.Name):
                    value = getattr(node, "value", None)
                    twice = target.id in self._names
                    self._names[target.id] = None if twice or value is None else self.path(value)

    def path(self, node: ast.AST) -> str | None:
        """A path relative to the folder of `__file__`, `file` for itself; None for any other expression."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return _below(self.path(node.left), [node.right])
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return _parent(self.path(node.value))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            inner = self.path(node.value.value)
            steps = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if inner != "file" or not isinstance(steps, int) or steps < 0:
                return None
            return posixpath.normpath("/".join([".", *[".."] * steps]))
        return self._call_path(node) if isinstance(node, ast.Call) else None

    def _call_path(self, node: ast.Call) -> str | None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in ("Path", "PurePath", "abspath", "realpath", "normpath", "str", "fspath") and len(node.args) == 1:
            return self.path(node.args[0])
        if name in ("resolve", "absolute") and inner is not None:
            return self.path(inner)
        if name == "dirname" and len(node.args) == 1:
            return _parent(self.path(node.args[0]))
        if name == "join" and node.args:
            return _below(self.path(node.args[0]), node.args[1:])
        if name == "joinpath" and inner is not None:
            return _below(self.path(inner), node.args)
        if name == "with_name" and inner is not None and self.path(inner) == "file":
            return _below(".", node.args)
        return None


def _parent(path: str | None) -> str | None:
    if path is None:
        return None
    return "." if path == "file" else posixpath.normpath(f"{path}/..")


def _below(path: str | None, parts: list[ast.expr]) -> str | None:
    names = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if path in (None, "file") or len(names) != len(parts) or any(name.startswith("/") for name in names):
        return None
    return posixpath.normpath(posixpath.join(path or ".", *names))
