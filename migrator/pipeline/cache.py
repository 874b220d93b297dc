"""What earlier runs found out, as long as it still holds.

An entry is found by a key that is a hash of this tool, the settings, the folder and the file's content, and holds only while everything else that was looked
at (imported modules, data files, names of folders, files that were not there) is as it was. There is one entry for each file, and one for a whole
run in which nothing has changed. A cache never changes what comes out.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import migrator
from migrator.model.assets import AssetKey
from migrator.model.changed import replace
from migrator.model.selection import Selection
from migrator.model.source import SourceFile
from migrator.pipeline.files import PYTHON, FileOutcome, States
from migrator.pipeline.pickling import from_bytes, to_bytes
from migrator.pipeline.store import Store

if TYPE_CHECKING:
    from migrator.analyzers.discovery import Discovery
    from migrator.analyzers.source import Folder, Read
    from migrator.config import Config
    from migrator.pipeline import Analysis

_LIBRARIES = ("jinja2", "libcst", "networkx", "pathspec", "PyYAML", "sqlglot")


class Cache:
    """Entries for one folder with its settings. Without a `place`, nothing is found and nothing kept."""

    def __init__(
        self, place: Path | None, folder: Folder, config: Config, discovery: Discovery, states: States
    ) -> None:
        self._store = Store(place)
        self._folder, self._discovery, self._states = folder, discovery, states
        self._whole = config.rules is None  # the team's own rules are code, which may look at anything
        self._base = (
            ""
            if place is None
            else _hash(_tool(), config.model_dump_json(exclude={"plan"}), str(folder.root), folder.only)
        )

    # ------------------------------------------------------------------------------------------------------- whole runs

    def run(self, select: Selection | None, names: Mapping[str, AssetKey]) -> Analysis | None:
        """The analysis of an earlier run, if nothing that it depends on has changed."""
        if not self._whole or not self._base:
            return None
        key = self._run_key(select, names)
        data = self._valid(self._store.get([key]).get(key))
        parts = None if data is None else _read(data)
        return None if parts is None else self._restored(*parts)

    def keep_run(
        self,
        select: Selection | None,
        names: Mapping[str, AssetKey],
        analysis: Analysis,
        reads: Iterable[Read],
        seen: Iterable[FileOutcome],
    ) -> None:
        """Keeps the analysis, which depends on the folder's Python files, on `reads`, and on what single files looked at.

        Not if a file failed, or something changed in the meantime.
        """
        if not self._whole or not self._base:
            return
        states = {read: self._states(read) for read in reads}
        for outcome in seen:
            if outcome.failed or any(states.setdefault(read, state) != state for read, state in outcome.reads):
                return
        digests = {file.path: file.digest for file in self._discovery.files if file.digest}
        if any(states.get(("text", path), digest) != digest for path, digest in digests.items()):
            return
        others = [
            (read, state)
            for read, state in states.items()
            if read[0] != PYTHON and not (read[0] == "text" and read[1] in digests)
        ]
        parts = (
            replace(analysis.project, sources={}),
            analysis.plan,
            tuple(file.status for file in analysis.files),
            tuple(analysis.project.sources),
            analysis.diagnostics,
        )
        self._keep(self._run_key(select, names), others, _bytes(parts))

    def _run_key(self, select: Selection | None, names: Mapping[str, AssetKey]) -> str:
        files = [(file.path, file.digest, file.status) for file in self._discovery.files]
        return _hash(self._base, "run", select, sorted(names.items()), files, self._discovery.diagnostics)

    def _restored(
        self, project: Any, plan: Any, statuses: tuple[str, ...], sources: tuple[str, ...], diagnostics: Any
    ) -> Analysis | None:
        from migrator.pipeline import Analysis

        files = tuple(
            file if file.status == status else replace(file, status=status)
            for file, status in zip(self._discovery.files, statuses, strict=True)
        )
        known: dict[str, SourceFile] = {file.path: file for file in files}
        for path in sources:
            found = known.get(path) or self._folder.source(path)
            if not isinstance(found, SourceFile):
                return None
            known[path] = found
        return Analysis(replace(project, sources={path: known[path] for path in sources}), plan, files, diagnostics)

    # ----------------------------------------------------------------------------------------------------- single files

    def files(self, files: Iterable[SourceFile]) -> dict[str, FileOutcome]:
        """The outcomes of earlier runs that still hold, by path."""
        if not self._base:
            return {}
        keys = {self._file_key(file): file.path for file in files}
        found = {}
        for key, entry in self._store.get(keys).items():
            data = self._valid(entry)
            outcome = None if data is None else _read(data)
            if isinstance(outcome, FileOutcome):
                found[keys[key]] = outcome
        return found

    def keep_file(self, file: SourceFile, outcome: FileOutcome, data: bytes | None = None) -> None:
        """Keeps the outcome of a file; `data` is that as bytes, where it is at hand."""
        if self._base and not outcome.failed:
            self._keep(self._file_key(file), outcome.reads, _bytes(outcome) if data is None else data)

    def _file_key(self, file: SourceFile) -> str:
        return _hash(self._base, "file", file.path, file.digest)

    # ------------------------------------------------------------------------------------------------------------- inside

    def _keep(self, key: str, reads: Iterable[tuple[Read, str]], data: bytes) -> None:
        if data:
            self._store.put(key, to_bytes((tuple(reads), data)))

    def _valid(self, entry: bytes | None) -> bytes | None:
        """What is kept in an entry, if all that it depends on is as it was."""
        parts = None if entry is None else _read(entry)
        if not isinstance(parts, tuple) or len(parts) != 2:
            return None
        reads, data = parts
        return data if all(self._states(read) == state for read, state in reads) else None

    def close(self) -> None:
        """Writes what is new."""
        self._store.close()


def _read(data: bytes) -> Any:
    try:
        return from_bytes(data)
    except Exception:  # damaged, or of another version of this tool: as if it were not there
        return None


def _bytes(value: object) -> bytes:
    """The value as bytes; none if it holds something that is no data, which is then not kept."""
    try:
        return to_bytes(value)
    except Exception:
        return b""


def _hash(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(repr, parts)).encode("utf-8", "surrogatepass")).hexdigest()


@functools.cache
def _tool() -> str:
    """This tool as it is installed: its files, its libraries, its Python."""
    package = Path(migrator.__file__).parent
    files = []
    for directory, _, names in os.walk(package):
        if not directory.endswith("__pycache__"):
            for name in names:
                status = (Path(directory) / name).stat()
                files.append((directory, name, status.st_size, status.st_mtime_ns))
    versions = [importlib.metadata.version(name) for name in _LIBRARIES]
    return _hash(migrator.__version__, sorted(files), versions, sys.version, sys.platform)
