"""Which files a task reads that reads all of a folder: those that other tasks write into it.

Comes in: a project whose tasks have references. Goes out: the project, in which a reader of a pattern (`output/*.csv`) reads each file that the
pattern fits and that some task writes. A pattern that stands for the files of one kind, one for each run, stays: they are one thing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import is_not

from migrator.analyzers.io.names import UNKNOWN
from migrator.analyzers.lineage.identity import Identity, identity_of
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace

_PATHS = ("file", "object")
_MAX_FILES = 100
"""Files that a reader of a folder is said to read one by one."""

_Folders = Mapping[tuple[tuple[str, str], tuple[str, ...]], list[tuple[Identity, AssetRef]]]


def with_files_of_patterns(project: AirflowProject) -> AirflowProject:
    """The project with references to the files that patterns stand for, where tasks of it write them."""
    if not any(_is_pattern(ref) for task in project.tasks() for ref in task.refs):
        return project
    written: dict[tuple[tuple[str, str], tuple[str, ...]], list[tuple[Identity, AssetRef]]] = defaultdict(list)
    whole: set[Identity] = set()
    for task in project.tasks():
        for ref in task.refs:
            if ref.direction is Direction.OUTPUT and ref.kind in _PATHS and ref.confidence is not Confidence.POSSIBLE:
                identity = identity_of(ref, task.dag_id, task.id)
                whole.add(identity)
                if "*" not in ref.name:
                    folder = _folder(ref, task)
                    written[folder.scope, folder.parts].append((identity, ref))

    def known(task: Task) -> Task:
        refs = tuple(one for ref in task.refs for one in _files(ref, task, written, whole))
        return replace(task, refs=refs) if len(refs) != len(task.refs) or any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(known, dag.tasks))) for dag in project.dags))


def _folder(ref: AssetRef, task: Task) -> Identity:
    return identity_of(replace(ref, name=ref.name.rpartition("/")[0]), task.dag_id, task.id)


def _is_pattern(ref: AssetRef) -> bool:
    return ref.direction is Direction.INPUT and ref.kind in _PATHS and "*" in ref.name


def _files(ref: AssetRef, task: Task, written: _Folders, whole: set[Identity]) -> Iterator[AssetRef]:
    """What the reference stands for: itself, unless tasks write files that it fits."""
    identity = identity_of(ref, task.dag_id, task.id) if _is_pattern(ref) else None
    if identity is None or identity in whole:
        yield ref
        return
    above, _, last = ref.name.rpartition("/")
    folder = _folder(ref, task)
    if "*" in above or UNKNOWN in ref.name:
        yield ref
        return
    pattern = _compiled(last)
    names = {
        other.name: (one, other)
        for one, other in written.get((folder.scope, folder.parts), ())
        if pattern.fullmatch(other.name.rpartition("/")[2])
    }
    own = {other.name for other in task.refs if other.direction is Direction.OUTPUT}
    found = {name: files for name, files in sorted(names.items()) if name not in own}
    if not 0 < len(found) <= _MAX_FILES:
        yield ref
        return
    for one in dict(found.values()).values():
        yield replace(ref, stands_for=one.name)


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern for names of files."""
    pieces = re.split(r"(\*+|\?)", pattern)
    return re.compile(
        "".join(".*" if piece.startswith("*") else "." if piece == "?" else re.escape(piece) for piece in pieces)
    )
