"""Puts the files of a project on disk: completely or not at all, and merged with what people edited."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from migrator.codegen.format import undefined_names
from migrator.codegen.writing.changes import Changes, WriteResult, compare
from migrator.diagnostics import MigratorError
from migrator.model.changed import replace
from migrator.state.locks import locked

MANIFEST = ".migrator/manifest.json"
BASE = ".migrator/base.zip"
"""The files as they were generated last: what a merge starts from."""

PATIENCE = 30.0
"""Seconds to wait for someone else who writes the same project."""
_VERSION = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same files give the same bytes, so their times are left out: this is the earliest that a zip file can hold."""


def write_project(
    files: Mapping[str, str], out: Path, *, dry_run: bool = False, source: str = "", restore: bool = False
) -> WriteResult:
    """Writes `files` (path to text) into the folder `out`, which must be new, empty or a project written before.

    What people edited in it since is merged with what changed; where both changed the same place, markers are left in the file
    (`WriteResult.conflicts`). All files are staged beside their target first and then renamed, so that an error or an interruption while
    writing leaves the folder as it was. `source` is the name of the DAG folder, kept in the manifest. Files that did not
    change are not touched; files that are no longer generated are deleted unless a person edited them, then they are left; files that a
    person deleted stay away unless `restore` is given.

    Raises MigratorError: MIG501 if `out` holds files that are not ours, MIG502 if an edited file cannot be merged, MIG503 if the operating
    system refuses, MIG508 if someone else writes the same project all the while, MIG514 if markers of an earlier merge are unresolved.
    """
    for path in files:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(f"not a path inside the project: {path}")
    try:
        return _write(files, out, _records(files, source), dry_run=dry_run, restore=restore)
    except OSError as error:
        place = error.filename or out
        raise MigratorError(
            "MIG503",
            f"cannot write `{place}`: {error.strerror or error}",
            "check the folder's permissions and the free space",
        ) from error


def _write(
    files: Mapping[str, str], out: Path, records: Mapping[str, bytes], *, dry_run: bool, restore: bool
) -> WriteResult:
    if out.exists() and not out.is_dir():
        raise MigratorError("MIG501", f"`{out}` is not a folder", "choose an empty or new folder")
    is_new = not out.exists() or not any(out.iterdir())
    if is_new and (dry_run or _create({**_encoded(files), **records}, out)):
        return WriteResult(created=tuple(sorted(files)))
    with contextlib.nullcontext() if dry_run else _alone(out):
        base = _read_base(out)
        changes = compare(files, base, out, restore=restore)
        recorded = base == files and (out / MANIFEST).read_bytes() == records[MANIFEST]
        if not dry_run and (changes.texts or changes.result.deleted or not recorded):
            _update(_encoded(changes.texts), records, changes.result.deleted, out)
    result = changes.result
    return replace(result, undefined=_undefined(changes)) if result.merged else result


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Holds the project's lock, that of the folder of its records: one writes after the other, and merges with what that one wrote."""
    with contextlib.ExitStack() as stack:
        try:
            handle = os.open((out / MANIFEST).parent, os.O_RDONLY)
        except OSError:  # not a project: said when its records are read
            handle = None
        if handle is not None:
            try:
                stack.enter_context(locked(handle, PATIENCE))
            except TimeoutError:
                raise MigratorError("MIG508", f"someone else is writing `{out}`") from None
        yield


def _undefined(changes: Changes) -> tuple[str, ...]:
    """What merged code uses and nothing defines, though it was defined as people left the file: each file with the names."""
    merged = {path: changes.texts[path] for path in changes.edited if path.endswith(".py")}
    before = undefined_names({path: changes.edited[path] for path in merged})
    found = []
    for path, names in undefined_names(merged).items():
        if new := sorted(names - before.get(path, set())):
            found.append(f"{path}: {', '.join(new)}")
    return tuple(found)


def _encoded(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode("utf-8") for path, text in texts.items()}


def _records(files: Mapping[str, str], source: str) -> dict[str, bytes]:
    """What is kept about the generation itself, by path."""
    manifest = json.dumps({"version": _VERSION, "source": source, "files": sorted(files)}, indent=2) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), files[path].encode("utf-8"), zipfile.ZIP_DEFLATED)
    return {BASE: buffer.getvalue(), MANIFEST: manifest.encode("utf-8")}


def _read_base(out: Path) -> dict[str, str]:
    """The files as they were generated last. MIG501 if the folder holds no record of that."""
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        with zipfile.ZipFile(out / BASE) as archive:
            names = archive.namelist()
            if manifest["version"] != _VERSION or names != manifest["files"]:
                raise ValueError
            return {name: archive.read(name).decode("utf-8") for name in names}
    except (FileNotFoundError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error):
        raise MigratorError(
            "MIG501",
            f"`{out}` is not empty, and `{MANIFEST}` and `{BASE}` in it do not tell what this tool wrote",
            "choose an empty or new folder, or restore the folder `.migrator` from version control",
        ) from None


def _create(files: Mapping[str, bytes], out: Path) -> bool:
    """Writes a whole new project beside its place, then moves it there in one step. False if someone else's project stands there by then."""
    parent = out.absolute().parent
    made = _make_parents(parent)
    try:
        with _staging(parent, out.name) as stage:
            _fill(stage, files)
            if out.is_dir():  # empty: give the new folder its mode, then take its place
                shutil.copymode(out, stage)
                out.rmdir()
            stage.replace(out)
    except BaseException as error:
        if isinstance(error, OSError) and (out / MANIFEST).exists():
            return False
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    return True


def _update(files: Mapping[str, bytes], records: Mapping[str, bytes], deleted: Iterable[str], out: Path) -> None:
    """Stages the changed files in the project's own file system, then renames them one by one, the records last."""
    with _staging(out / PurePosixPath(MANIFEST).parent, "stage") as stage:
        _fill(stage, {**files, **records})
        for path in files:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            if (out / path).exists():  # a script that was made executable stays so
                shutil.copymode(out / path, stage / path)
            (stage / path).replace(out / path)
        for path in deleted:
            (out / path).unlink(missing_ok=True)
            _remove_empty(out, (out / path).parent)
        for path in records:
            (stage / path).replace(out / path)


@contextlib.contextmanager
def _staging(parent: Path, name: str) -> Iterator[Path]:
    """A new folder beside the target, on the same file system; gone afterwards, whatever happens."""
    stage = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
    stage.chmod(0o755)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _fill(stage: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        target = stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _make_parents(folder: Path) -> list[Path]:
    """Creates missing folders; returns those it created, outermost first."""
    missing = [folder, *folder.parents]
    missing = [path for path in missing if not path.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(root: Path, folder: Path) -> None:
    """Removes folders that became empty, from `folder` up to, but without, `root`."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
