"""Which files of the folder Airflow would load.

Comes in: a `Folder`. Goes out: all its Python files that `.airflowignore` does not exclude, read, in the order of their paths. One that holds no DAG by
Airflow's safe-mode rule is kept with the status `skipped`; one that cannot be read, with the status `error` and a diagnostic. Nothing is parsed.

Unlike Airflow, which stops at a loop of links, this goes on; and it does not enter version control's and virtual environments' own folders.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import field
from pathlib import Path

from migrator.analyzers.ignore import IGNORE_FILE, Rule, Syntax, guess_syntax, is_ignored, read_rules
from migrator.analyzers.source import Folder, escape_name, unescape_name
from migrator.config import Config
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span

_FOREIGN = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".tox", ".nox", ".mypy_cache", ".ruff_cache"}
)


@dataclass(frozen=True, slots=True)
class Discovery:
    """The Python files, sorted by path, and what was found on the way."""

    files: tuple[SourceFile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class _Walk:
    folder: Folder
    syntax: Syntax | None
    files: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def report(self, code: str, path: str, message: str) -> None:
        self.diagnostics.append(diagnose(code, Span(path, 1), message))


def discover(folder: Folder, config: Config) -> Discovery:
    """The files of the folder, or the one that it was opened for."""
    walk = _Walk(folder, config.airflowignore_syntax or _default_syntax(config.airflow_version))
    if folder.only is not None:
        _consider(walk, folder.root / unescape_name(folder.only), folder.only)
    else:
        _walk(walk)
    files = []
    for path in sorted(walk.files):
        found = folder.source(path)
        if isinstance(found, Diagnostic):
            walk.diagnostics.append(found)
            files.append(SourceFile(path, "", status="error"))
        elif found is not None:
            files.append(found)
    return Discovery(tuple(files), tuple(walk.diagnostics))


def _walk(walk: _Walk) -> None:
    root = os.fspath(walk.folder.root)
    walk.seen.add(os.path.realpath(root))
    stack: list[tuple[str, list[Rule]]] = [("", [])]
    linked: list[tuple[os.DirEntry[str], str, list[Rule]]] = []
    while stack or linked:
        if not stack:  # links come last: a folder is named by its own path where it has one here
            entry, path, rules = linked.pop(0)
            if _enters(walk, entry, path):
                stack.append((path, rules))
            continue
        directory, rules = stack.pop()
        place = os.path.join(root, directory) if directory else root  # noqa: PTH118 (10,000 files: Path is slow)
        try:
            with os.scandir(place) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            walk.report("MIG007", escape_name(directory) or ".", f"the folder cannot be read: {error.strerror}")
            continue
        if any(entry.name == "pyvenv.cfg" for entry in entries) and directory:
            continue
        if any(entry.name == IGNORE_FILE for entry in entries):
            rules = rules + _rules(walk, f"{directory}/{IGNORE_FILE}".lstrip("/"))
        subfolders = []
        for entry in entries:
            path = f"{directory}/{entry.name}" if directory else entry.name
            is_dir = _is_dir(entry)
            if entry.name == IGNORE_FILE or is_ignored(path, is_dir, rules):
                continue
            if is_dir:
                if entry.name in _FOREIGN:
                    continue
                if entry.is_symlink():
                    linked.append((entry, path, rules))
                elif _enters(walk, entry, path):
                    subfolders.append((path, rules))
            else:
                _consider(walk, Path(entry.path), path)
        stack.extend(reversed(subfolders))


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _enters(walk: _Walk, entry: os.DirEntry[str], path: str) -> bool:
    """Whether a subfolder is to be read: inside the roots, and not read before under another name."""
    real = os.path.realpath(entry.path)
    if entry.is_symlink() and walk.folder.relative(entry.path) is None:
        walk.report("MIG009", escape_name(path), "the link to a folder leads out of the analyzed folder")
        return False
    if real in walk.seen:
        walk.report("MIG009", escape_name(path), "the link leads to a folder that is read already, or into a loop")
        return False
    walk.seen.add(real)
    return True


def _consider(walk: _Walk, file: Path, path: str) -> None:
    """Takes a file in if it is Python; reports an archive, and a link that leads nowhere or outside."""
    if file.suffix not in (".py", ".zip"):
        if walk.folder.only is not None:
            walk.report("MIG002", escape_name(path), "the file is not a Python file")
        return
    shown = escape_name(path) if walk.folder.only is None else path
    if file.is_symlink():
        if walk.folder.relative(os.fspath(file)) is None:
            walk.report("MIG009", shown, "the link leads out of the analyzed folder")
            return
        if not file.exists():
            walk.report("MIG007", shown, "the link leads to a file that does not exist")
            return
    if file.suffix == ".py":
        walk.files.append(shown)
    elif _is_zip(file):
        walk.report("MIG008", shown, "the archive was not opened")


def _is_zip(file: Path) -> bool:
    try:
        return file.is_file() and zipfile.is_zipfile(file)
    except OSError:
        return False


def _rules(walk: _Walk, path: str) -> list[Rule]:
    shown = escape_name(path)
    data = walk.folder.read_bytes(shown)
    if isinstance(data, Diagnostic):
        walk.diagnostics.append(data)
    if not isinstance(data, bytes):
        return []
    text = data.decode("utf-8", "replace")
    rules, diagnostics = read_rules(text, shown, path.rpartition("/")[0], walk.syntax or guess_syntax(text))
    walk.diagnostics.extend(diagnostics)
    return rules


def _default_syntax(airflow_version: str | None) -> Syntax | None:
    return {"2": "regexp", "3": "glob"}.get(airflow_version or "")  # type: ignore[return-value]
