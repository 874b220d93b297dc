"""What writing a project would change: the files that are wanted, those that are there, and those that were generated before, compared.

Nothing here touches the disk but to read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from migrator.codegen.writing.leftovers import defined_elsewhere, needed
from migrator.codegen.writing.merge import has_conflict, merge
from migrator.codegen.writing.moves import files_of_people, renamed
from migrator.diagnostics import MigratorError
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What `write_project` did (or, in a dry run, would do): paths relative to the project, sorted.

    `merged` are files that a person edited and that changed in the DAGs too, `conflicts` those of them where both changed the same place
    and markers stand now (or still). `kept` are edited files that are left as they are, though they are generated no more, `needed` what these import and is
    generated no more either, `doubled` those (`path: DAG, DAG`) of them which define DAGs that are generated in other files now; `left_out` generated files
    that a person deleted, `outdated` those of them that the DAGs changed since. `moved` are files (`old -> new`) that a person, or a change of the DAGs, gave another
    path. `undefined` names (`path: name, name`) are used by merged code that nothing defines any more: an edit renamed or deleted them.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.deleted or self.merged or self.conflicts)


@dataclass(frozen=True, slots=True)
class Changes:
    """The texts to write, by path, the summary, and what the merged files held before: as people left them."""

    texts: Mapping[str, str]
    result: WriteResult
    edited: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    """One file in its three versions, and where it is to be written; `before` is another path that it had."""

    path: str
    before: str
    new: str | None
    old: str | None
    there: str | None
    is_new_place: bool = False
    """Whether there is nothing at `path` yet: what stood in `before` goes there."""


def compare(wanted: Mapping[str, str], base: Mapping[str, str], out: Path, *, restore: bool = False) -> Changes:
    """What is to be written into the project at `out` so that it has what is `wanted` and what people edited since it held `base`.

    With `restore`, generated files that a person deleted come back. Raises MigratorError: MIG502 if an edited file is not text in UTF-8 or
    its place is taken by something that is no file, MIG514 if markers of an earlier merge stand in it.
    """
    texts: dict[str, str] = {}
    edited: dict[str, str] = {}
    found: dict[str, list[str]] = {name: [] for name in WriteResult.__dataclass_fields__}
    for file in _files(wanted, base, out, restore=restore):
        there, line_end = _unix(file)
        kind, text = _one(file, there, restore=restore)
        if kind:
            found[kind].append(file.path)
        if file.before:
            found["moved"].append(f"{file.before} -> {file.path}")
        if kind == "merged" and there is not None:
            edited[file.path] = there
        if text is not None:
            texts[file.path] = text.replace("\n", line_end)
    deleted = {path: base[path] for path in found["deleted"]}
    left = {path: _read(out / path) or "" for path in found["kept"]}
    with_them = needed(left, deleted)
    found["deleted"] = [path for path in deleted if path not in with_them]
    found["needed"] = sorted(with_them)
    found["doubled"] = defined_elsewhere(left, base, wanted)
    return Changes(texts, WriteResult(**{name: tuple(paths) for name, paths in found.items()}), edited)


def _files(wanted: Mapping[str, str], base: Mapping[str, str], out: Path, *, restore: bool) -> Iterator[_File]:
    """All files that are wanted or were generated before, by path; those that moved in one."""
    there = {path: _read(out / path) for path in sorted(wanted.keys() | base.keys())}
    by_people, by_dags = _moved_by_people(wanted, base, there, out), _moved_by_dags(wanted, base, there)
    if restore:
        by_people = {}
    for path, text in there.items():
        new, old = wanted.get(path), base.get(path)
        if path in by_people:
            yield _File(by_people[path], path, new, old, _read(out / by_people[path]))
        elif path in by_dags:  # what was edited goes on where the DAGs have it now
            yield _File(by_dags[path], path, wanted[by_dags[path]], old, text, is_new_place=True)
            yield _File(path, "", None, text, text)
        elif path not in by_dags.values():
            yield _File(path, "", new, old, text)


def _moved_by_people(
    wanted: Mapping[str, str], base: Mapping[str, str], there: Mapping[str, str | None], out: Path
) -> dict[str, str]:
    """Where generated files are that a person moved."""
    gone = {path: base[path] for path in wanted if path in base and there[path] is None and base[path]}
    return renamed(gone, files_of_people(out, there, gone)) if gone else {}


def _moved_by_dags(
    wanted: Mapping[str, str], base: Mapping[str, str], there: Mapping[str, str | None]
) -> dict[str, str]:
    """Where edited files go that have another path in what is generated now: a DAG has a new id."""
    gone = {
        path: text
        for path, text in base.items()
        if path not in wanted and there[path] is not None and there[path] != text
    }
    come = {path: text for path, text in wanted.items() if path not in base and there[path] is None}
    return renamed(gone, come) if gone and come else {}


def _unix(file: _File) -> tuple[str | None, str]:
    """What stands in the file, and how its lines end: `\\r\\n` where git or an editor wrote them so, and the generated file has none."""
    text = file.there
    if text is None or "\r\n" not in text or "\r" in (file.old or "") + (file.new or ""):
        return text, "\n"
    unix = text.replace("\r\n", "\n")
    return (unix, "\r\n") if unix.count("\n") == text.count("\r\n") else (text, "\n")


def _one(file: _File, there: str | None, *, restore: bool) -> tuple[str, str | None]:
    """What happens to one file (a field of `WriteResult`, or nothing), and its text where it is to be written."""
    new, old = file.new, file.old
    if new is None:
        if there is None:
            return "", None
        return ("deleted" if there == old else "kept"), None
    if there is None:
        if old is None or restore:
            return "created", new
        return ("left_out" if new == old else "outdated"), None
    if there == new and not file.is_new_place:
        return "unchanged", None
    if there == old:
        return "updated", new
    if new == old:
        # Markers that nobody resolved are still a conflict, though there is nothing new to merge.
        kind = "merged" if file.is_new_place else "unchanged"
        return ("conflicts" if has_conflict(there) else kind), there if file.is_new_place else None
    if has_conflict(there):
        raise MigratorError(
            "MIG514", f"`{file.path}` still holds the markers of an earlier merge", "resolve them, then generate again"
        )
    merged = merge(old or "", there, new)
    if merged.text == there and not file.is_new_place:
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
