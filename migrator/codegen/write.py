"""Puts the files of a project on disk: completely or not at all, and never over what a person edited."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from migrator.diagnostics import MigratorError

MANIFEST = ".migrator/manifest.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What `write_project` did (or, in a dry run, would do): paths relative to the project, sorted."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.deleted)


def write_project(
    files: Mapping[str, str], out: Path, *, dry_run: bool = False, source: str = "", encoding: str = "utf-8"
) -> WriteResult:
    """Writes `files` (path to text) into the folder `out`, which must be new, empty or a project written before.

    All files are staged beside their target first and then renamed, so that an error or an interruption while writing leaves the
    folder as it was. `source` is the name of the DAG folder, kept in the manifest. Files that did not change are not
    touched; files that are no longer generated are deleted unless a person edited them, then they are left.

    Raises MigratorError: MIG501 if `out` holds files that are not ours, MIG502 if a file that would change was edited by hand, MIG503 if
    the operating system refuses.
    """
    manifest_text = _manifest(files, source, encoding)
    wanted = {**files, MANIFEST: manifest_text}
    try:
        result = _plan_changes(wanted, out, encoding)
        if dry_run or not result.changed:
            return result
        if out.exists() and any(out.iterdir()):
            _update(wanted, result, out, encoding)
        else:
            _create(wanted, out, encoding)
    except OSError as error:
        place = error.filename or out
        raise MigratorError(
            "MIG503",
            f"cannot write `{place}`: {error.strerror or error}",
            "check the folder's permissions and the free space",
        ) from error
    return result


def read_manifest(project: Path) -> dict[str, str] | None:
    """The hashes of the files as they were written, by path; None if the folder is not a project of ours."""
    path = project / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, OSError):
        return None
    files = data.get("files") if isinstance(data, dict) else None
    return {str(key): str(value) for key, value in files.items()} if isinstance(files, dict) else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _manifest(files: Mapping[str, str], source: str, encoding: str) -> str:
    hashes = {path: _digest(files[path].encode(encoding)) for path in sorted(files)}
    return json.dumps({"version": _VERSION, "source": source, "files": hashes}, indent=2) + "\n"


def _plan_changes(wanted: Mapping[str, str], out: Path, encoding: str) -> WriteResult:
    """Compares what is wanted with what is there. Raises MIG501 and MIG502; touches nothing."""
    for path in wanted:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(f"not a path inside the project: {path}")
    if out.exists() and not out.is_dir():
        raise MigratorError("MIG501", f"`{out}` is not a folder", "choose an empty or new folder")
    if not out.exists() or not any(out.iterdir()):
        return WriteResult(created=tuple(sorted(wanted)))
    before = read_manifest(out)
    if before is None:
        raise MigratorError(
            "MIG501", f"`{out}` is not empty and was not written by this tool", "choose an empty or new folder"
        )
    created: list[str] = []
    updated: list[str] = []
    unchanged: list[str] = []
    edited: list[str] = []
    for path in sorted(wanted):
        target = out / path
        if not target.exists() and not target.is_symlink():
            created.append(path)
            continue
        there = target.read_bytes()
        if there == wanted[path].encode(encoding):
            unchanged.append(path)
        elif path == MANIFEST or _digest(there) == before.get(path):
            updated.append(path)
        else:
            edited.append(path)
    if edited:
        listed = ", ".join(f"`{path}`" for path in edited)
        raise MigratorError(
            "MIG502",
            f"edited by hand since it was generated: {listed}; nothing was written",
            "move your changes elsewhere, or delete these files and generate again",
        )
    deleted = [
        path
        for path in sorted(before.keys() - wanted.keys())
        if (out / path).is_file() and _digest((out / path).read_bytes()) == before[path]
    ]
    return WriteResult(tuple(created), tuple(updated), tuple(deleted), tuple(unchanged))


def _create(wanted: Mapping[str, str], out: Path, encoding: str) -> None:
    """Writes a whole new project beside its place, then moves it there in one step."""
    parent = out.absolute().parent
    made = _make_parents(parent)
    try:
        with _staging(parent, out.name) as stage:
            _fill(stage, wanted, sorted(wanted), encoding)
            if out.is_dir():  # empty: give the new folder its mode, then take its place
                shutil.copymode(out, stage)
                out.rmdir()
            stage.replace(out)
    except BaseException:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _update(wanted: Mapping[str, str], result: WriteResult, out: Path, encoding: str) -> None:
    """Stages the changed files in the project's own file system, then renames them one by one, the manifest last."""
    changed = [path for path in (*result.created, *result.updated) if path != MANIFEST]
    with _staging(out / PurePosixPath(MANIFEST).parent, "stage") as stage:
        _fill(stage, wanted, [*changed, MANIFEST], encoding)
        for path in changed:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).replace(out / path)
        for path in result.deleted:
            (out / path).unlink()
            _remove_empty(out, (out / path).parent)
        (stage / MANIFEST).replace(out / MANIFEST)


@contextlib.contextmanager
def _staging(parent: Path, name: str) -> Iterator[Path]:
    """A new folder beside the target, on the same file system; gone afterwards, whatever happens."""
    stage = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
    stage.chmod(0o755)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _fill(stage: Path, wanted: Mapping[str, str], paths: list[str], encoding: str) -> None:
    for path in paths:
        target = stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(wanted[path].encode(encoding))


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
