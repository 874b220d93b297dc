"""What writing a project would change: the files that are wanted, those that are there, and those that were generated before, compared.

Nothing here touches the disk but to read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from migrator.codegen.merge import has_conflict, merge
from migrator.diagnostics import MigratorError
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What `write_project` did (or, in a dry run, would do): paths relative to the project, sorted.

    `merged` are files that a person edited and that changed in the DAGs too, `conflicts` those of them where both changed the same place
    and markers stand now (or still). `kept` are edited files that are left as they are, though they are generated no more; `left_out` generated files
    that a person deleted.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.deleted or self.merged or self.conflicts)


@dataclass(frozen=True, slots=True)
class Changes:
    """The texts to write, by path, and the summary."""

    texts: Mapping[str, str]
    result: WriteResult


def compare(wanted: Mapping[str, str], base: Mapping[str, str], out: Path, *, restore: bool = False) -> Changes:
    """What is to be written into the project at `out` so that it has what is `wanted` and what people edited since it held `base`.

    With `restore`, generated files that a person deleted come back. Raises MigratorError: MIG502 if an edited file is not text in UTF-8 or
    its place is taken by something that is no file, MIG514 if markers of an earlier merge stand in it.
    """
    texts: dict[str, str] = {}
    found: dict[str, list[str]] = {name: [] for name in WriteResult.__dataclass_fields__}
    for path in sorted(wanted.keys() | base.keys()):
        kind, text = _one(path, wanted.get(path), base.get(path), _read(out / path), restore=restore)
        if kind:
            found[kind].append(path)
        if text is not None:
            texts[path] = text
    return Changes(texts, WriteResult(**{name: tuple(paths) for name, paths in found.items()}))


def _one(path: str, new: str | None, old: str | None, there: str | None, *, restore: bool) -> tuple[str, str | None]:
    """What happens to one file (a field of `WriteResult`, or nothing), and its text where it is to be written."""
    if new is None:
        if there is None:
            return "", None
        return ("deleted" if there == old else "kept"), None
    if there is None:
        return ("created", new) if old is None or restore else ("left_out", None)
    if there == new:
        return "unchanged", None
    if there == old:
        return "updated", new
    if new == old:
        # Markers that nobody resolved are still a conflict, though there is nothing new to merge.
        return ("conflicts" if has_conflict(there) else "unchanged"), None
    if has_conflict(there):
        raise MigratorError(
            "MIG514", f"`{path}` still holds the markers of an earlier merge", "resolve them, then generate again"
        )
    merged = merge(old or "", there, new)
    if merged.text == there:
        return "unchanged", None
    return ("conflicts" if merged.conflicts else "merged"), merged.text


def _read(path: Path) -> str | None:
    """The text of a file of the project, line ends as they are; None if there is none."""
    if path.is_dir():
        raise MigratorError("MIG502", f"`{path}` is a folder, and a file is to stand there", "move it away")
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        if path.is_symlink():
            raise MigratorError("MIG502", f"`{path}` is a link that leads nowhere", "remove it") from None
        return None
    except NotADirectoryError as error:
        raise MigratorError("MIG502", f"`{error.filename}` lies in a file, not in a folder", "move it away") from None
    except UnicodeDecodeError:
        raise MigratorError("MIG502", f"`{path}` was edited and is not text in UTF-8 any more") from None
