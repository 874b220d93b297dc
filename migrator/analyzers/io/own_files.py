"""Files of the folder that code and commands name by the paths of a deployment.

In: a path as the code has it, unknown parts visible, and where it is used. Out: the file's path in the folder and its text.
"""

from __future__ import annotations

import posixpath

from migrator.analyzers.import_paths import parents
from migrator.analyzers.io.names import DAG_FOLDER
from migrator.analyzers.source import Folder


def own_file(folder: Folder, path: str, place: str, cwd: str | None = None) -> tuple[str, str] | None:
    """The file as it is named, next to the DAG file (`place` is that one's folder) or in a folder around it, or by the end of its path; None where
    none is.

    `cwd` is the folder that a relative path starts from. Of a path that starts with an unknown part or at a deployment's root any end will do,
    where it is relative only the whole of it.
    """
    if "{?}" in path or len(path) > 1024 or "\n" in path:
        return None
    path = path.replace(DAG_FOLDER, place or ".", 1)
    absolute = path.startswith(("/", "{", "~"))
    least = 1 if absolute else len(_parts(path))
    candidates = [path]
    if cwd and not absolute:
        candidates.insert(0, posixpath.join(cwd, path))
        if cwd.startswith(("/", "{", "~")):
            path, absolute = candidates[0], True
    known = _parts(path)
    while known and ("{" in known[0] or known[0] in ("~", "..")):
        known = known[1:]
    starts = range(len(known) - min(least, len(known)) + 1) if absolute else range(1)
    for start in starts if known else ():
        tail = "/".join(known[start:])
        candidates += [posixpath.join(place, tail), tail]
    if known and not absolute:  # Airflow may run in any of the folders around the file
        candidates += [posixpath.join(above, *known) for above in parents(place)]
    for candidate in candidates:
        text = folder.read_text(candidate) if not any(mark in candidate for mark in "{}*") else None
        if text is not None:
            return folder.relative(candidate) or candidate, text
    return None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part and part != "."]
