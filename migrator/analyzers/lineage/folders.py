"""Which files a task reads that reads all of a folder, and which folder a file lies in that a task fills as a whole.

Comes in: a project whose tasks have references. Goes out: the project, in which a reader of a pattern (`output/*.csv`) or of a folder reads each file
in it that some task writes, and a reader of a file that nobody writes, in a folder that some task writes (unpacks, copies there), reads that
folder. A pattern or folder that stands for the files of one kind, one for each run, stays: they are one thing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import is_not

from migrator.analyzers.io.names import UNKNOWN
from migrator.analyzers.lineage.defaults import default_values, filled
from migrator.analyzers.lineage.identity import Identity, identity_of, places
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace

_PATHS = ("file", "object")
_MAX_FILES = 100
"""Files that a reader of a folder is said to read one by one."""
_LEAST_PARTS = 2
"""Parts of a folder that says enough to be one: a bucket or a folder of the root alone holds everybody's data."""

_Place = tuple[str, tuple[str, ...]]
"""Root and steps of a path."""
_Placing = Callable[[str], _Place]


_DATE = re.compile(r"\{\{.*?\}\}")
"""What a run puts into a name."""


@dataclass
class _Written:
    """What the tasks of a project write to files and objects."""

    things: set[Identity] = field(default_factory=set)
    inside: dict[tuple[tuple[str, str], tuple[str, ...]], list[tuple[Identity, AssetRef]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By scope and parts of the folder that they lie in."""
    below: dict[_Place, list[tuple[Identity, AssetRef]]] = field(default_factory=lambda: defaultdict(list))
    """By each folder above."""
    folders: dict[_Place, list[tuple[Identity, AssetRef]]] = field(default_factory=lambda: defaultdict(list))
    """Those without an ending, which may be folders, by themselves."""


def with_files_of_folders(project: AirflowProject) -> AirflowProject:
    """The project with references to the files that patterns and folders stand for, and to the folders that files lie in, where tasks of it write them."""
    values = default_values(project)

    def place(name: str) -> _Place:
        """Root and steps of a path, settings as what they are unless they are set."""
        return places(filled(name, values))

    written = _written(project, place)
    if not written.things:
        return project

    def known(task: Task) -> Task:
        refs = tuple(one for ref in task.refs for one in _meant(ref, task, written, place))
        return replace(task, refs=refs) if len(refs) != len(task.refs) or any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(known, dag.tasks))) for dag in project.dags))


def _written(project: AirflowProject, place: _Placing) -> _Written:
    found = _Written()
    for task in project.tasks():
        for ref in map(_meaning, task.refs):
            if ref.direction is not Direction.OUTPUT or ref.kind not in _PATHS or ref.confidence is Confidence.POSSIBLE:
                continue
            identity = identity_of(ref, task.dag_id, task.id)
            found.things.add(identity)
            if "*" in ref.name:
                continue
            folder = _folder(ref, task)
            found.inside[folder.scope, folder.parts].append((identity, ref))
            root, steps = place(ref.name)
            for length in range(_least(root), len(steps)):
                found.below[root, steps[:length]].append((identity, ref))
            if not identity.suffix and len(steps) >= _least(root):
                found.folders[root, steps].append((identity, ref))
    return found


def _least(root: str) -> int:
    """Parts that a folder has at least to say enough: below a setting that is not known one, else two."""
    return 1 if root.startswith("{") else _LEAST_PARTS


def _folder(ref: AssetRef, task: Task) -> Identity:
    return identity_of(replace(ref, name=ref.name.rstrip("/").rpartition("/")[0]), task.dag_id, task.id)


def _meaning(ref: AssetRef) -> AssetRef:
    """The reference by what it stands for."""
    return replace(ref, name=ref.stands_for, stands_for=None) if ref.stands_for else ref


def _meant(ref: AssetRef, task: Task, written: _Written, place: _Placing) -> Iterator[AssetRef]:
    """What the reference stands for: itself, unless tasks write files that it fits, or the folder that it lies in."""
    if ref.direction is not Direction.INPUT or ref.kind not in _PATHS or UNKNOWN in ref.name:
        yield ref
        return
    shown, ref = ref, _meaning(ref)
    identity = identity_of(ref, task.dag_id, task.id)
    if identity in written.things:
        yield shown
        return
    own = {other.name for other in map(_meaning, task.refs) if other.direction is Direction.OUTPUT}
    files = [one for one in _files(ref, identity, task, written, place) if one.name not in own]
    if not files:
        files = [one for one in _around(ref, written, place) if one.name not in own]
    if not 0 < len(files) <= _MAX_FILES:
        yield shown
        return
    for one in files:
        yield replace(shown, stands_for=one.name)


def _files(ref: AssetRef, identity: Identity, task: Task, written: _Written, place: _Placing) -> list[AssetRef]:
    """Files that tasks write and the pattern or folder holds, one for each thing, by name."""
    if "*" in ref.name:
        above, _, last = ref.name.rpartition("/")
        if "*" in above:
            whole = _compiled(_DATE.sub("{{}}", ref.name))
            below = written.below.get(place(above.partition("*")[0].rpartition("/")[0]), ())
            found = [(one, other) for one, other in below if whole.fullmatch(_DATE.sub("{{}}", other.name))]
        else:
            folder, pattern = _folder(ref, task), _compiled(last)
            found = [
                (one, other)
                for one, other in written.inside.get((folder.scope, folder.parts), ())
                if pattern.fullmatch(other.name.rpartition("/")[2])
            ]
    elif identity.suffix:
        return []
    else:
        found = written.below.get(place(ref.name), [])
    names = {other.name: (one, other) for one, other in found}
    return list({one: other for _, (one, other) in sorted(names.items())}.values())


def _around(ref: AssetRef, written: _Written, place: _Placing) -> list[AssetRef]:
    """The innermost folder around a file that a task writes as a whole."""
    root, steps = place(ref.name)
    for length in range(len(steps) - 1, _least(root) - 1, -1):
        found = [other for one, other in written.folders.get((root, steps[:length]), ()) if not one.owner]
        if found:
            return [min(found, key=lambda other: other.name)]
    return []


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern for names of files."""
    pieces = re.split(r"(\*+|\?)", pattern)
    return re.compile(
        "".join(".*" if piece.startswith("*") else "." if piece == "?" else re.escape(piece) for piece in pieces)
    )
