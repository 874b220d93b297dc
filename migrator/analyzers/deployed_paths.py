"""Absolute paths that hold where Airflow runs (`/opt/airflow/dags/conf/x.yml`), found in the folder that is analyzed.

Comes in: a path that DAG code reads. Goes out: the path as the folder names it, by `[paths]` of the settings, else the longest end of the
path that is there. Nothing outside of the folder and its roots is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from migrator.analyzers.source import Folder

_OF_THE_MACHINE = frozenset({"bin", "dev", "etc", "lib", "proc", "run", "sys", "tmp", "usr/bin", "usr/lib", "var"})
"""Folders whose files are no files of a deployed DAG folder."""


def find_deployed(folder: Folder, mapping: Mapping[str, str], path: str) -> str | None:
    """The path in the folder that an absolute path of the deployment means; None where there is none.

    `mapping`: from folders of the deployment to folders here, the longest match first. Without one an end of the path is only taken where it
    has two parts at least, or follows a folder that is called as the analyzed one is, or `dags`.
    """
    given = PurePosixPath(path)
    if not given.is_absolute() or folder.relative(path) is not None:
        return None
    if (told := told_place(mapping, path)) is not None:
        return told
    parts = given.parts[1:]
    if ".." in parts or {parts[0] if parts else "", "/".join(parts[:2])} & _OF_THE_MACHINE:
        return None
    for index in range(1, len(parts)):
        if len(parts) - index == 1 and parts[index - 1] not in ("dags", folder.root.name):
            continue
        end = "/".join(parts[index:])
        found = next(
            (name for name in (end, *(f"{root}/{end}" for root in folder.extra_roots)) if _is_there(folder, name)), None
        )
        if found is not None:
            return found
    return "." if parts and parts[-1] in ("dags", folder.root.name) else None


def told_place(mapping: Mapping[str, str], path: str) -> str | None:
    """Where the settings say that a path of the deployment is; None where they do not."""
    for prefix in sorted(mapping, key=len, reverse=True):
        if PurePosixPath(path).is_relative_to(prefix):
            return str(PurePosixPath(mapping[prefix]) / PurePosixPath(path).relative_to(prefix))
    return None


def is_absent(folder: Folder, mapping: Mapping[str, str], path: str) -> bool:
    """Whether an absolute path of the deployment means a file that the folder has not: the folder that it would lie in is there."""
    above = PurePosixPath(path).parent
    return (
        len(above.parts) > 1
        and find_deployed(folder, mapping, path) is None
        and (find_deployed(folder, mapping, str(above)) is not None)
    )


def _is_there(folder: Folder, path: str) -> bool:
    return folder.is_file(path) or folder.is_dir(path)
