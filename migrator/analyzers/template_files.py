"""Files that templated arguments name (`sql="marts/orders.sql"`), found as Airflow finds them and never outside the folder and its roots.

Comes in: a DAG with its `template_searchpath` and a file's name. Goes out: the file's path and text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from migrator.analyzers.source import Folder
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Dag
from migrator.model.assets import Direction
from migrator.model.source import Span
from migrator.model.values import Text, Value

_NOT_A_NAME = re.compile(r"[*?\[\]{}]|\.\.")
_TOLD = 3
"""Folders at the end of a search path of the deployment by which the files are looked for: those before them tell of its machine."""
_SHOWN = 4


class TemplateFile(NamedTuple):
    """A template file: its path relative to the folder, its text, and whether it was only taken for the one that Airflow finds."""

    path: str
    text: str
    is_assumed: bool = False


def find_template_file(folder: Folder, dag: Dag, name: str) -> TemplateFile | None:
    """The template file of a name; None where there is none, or where several may be meant.

    Airflow looks next to the DAG file, then in `template_searchpath`; a leading `/` is no root to Jinja, which looks below these folders
    all the same. Where that path is one of the deployment's (`/usr/local/airflow/sql`) or not known (`Variable.get("sql_path")`): of the files
    whose path ends so the one nearest to the DAG file.
    """
    searched = _searched(dag)
    name = name.lstrip("/")
    for path in _places(dag, name, searched):
        text = folder.read_text(path)
        if text is not None:
            return TemplateFile(folder.relative(path) or path, text)
    found = _deployed_elsewhere(folder, dag, name, searched)
    text = folder.read_text(found[0]) if len(found) == 1 else None
    return None if text is None else TemplateFile(found[0], text, is_assumed=True)


def written_template(dag: Dag, name: str) -> str | None:
    """Where another task of the DAG writes the file that is asked for, which then is a template that only a run has; None where none does."""
    below = name.lstrip("/")
    places = [
        posixpath.join(start, below) for start in _searched(dag) if isinstance(start, str) and start.startswith("/")
    ]
    written = {ref.name for task in dag.tasks for ref in task.refs if ref.direction is Direction.OUTPUT}
    return next((place for place in places if {place, f"file://{place}"} & written), None)


def no_template_file(folder: Folder, dag: Dag, name: str, span: Span) -> Diagnostic:
    """Why a template file cannot be had: there is none, or several may be meant (MIG404), it is too large (MIG006), or no text (MIG007)."""
    below, searched = name.lstrip("/"), _searched(dag)
    elsewhere = _deployed_elsewhere(folder, dag, below, searched)
    for path in (*_places(dag, below, searched), *(elsewhere if len(elsewhere) == 1 else ())):
        data = folder.read_bytes(path)
        if isinstance(data, Diagnostic):
            return data
        if data is not None and folder.read_text(path) is None:
            return diagnose("MIG007", Span(folder.relative(path) or path, 1), "it is no text in UTF-8")
    if len(elsewhere) > 1:
        shown = ", ".join(f"`{path}`" for path in elsewhere[:_SHOWN])
        more = f" and {len(elsewhere) - _SHOWN} more" if len(elsewhere) > _SHOWN else ""
        reason = f"the file `{name}` may be any of {shown}{more}: where Airflow looks for it is not known"
        return diagnose(
            "MIG404",
            span,
            reason,
            "say in `[variables]`, `[env]` or `[paths]` of `migrator.toml` what its search path is",
        )
    return diagnose("MIG404", span, f"the file `{name}` is not in the folder")


def _searched(dag: Dag) -> Sequence[Value]:
    given = dag.arguments.get("template_searchpath")
    return given if isinstance(given, (list, tuple)) else [given]


def _places(dag: Dag, name: str, searched: Sequence[Value]) -> list[str]:
    """Where Airflow looks for a template file."""
    starts = (posixpath.dirname(dag.span.file), *(entry for entry in searched if isinstance(entry, str)), "")
    return [posixpath.join(start, name) for start in starts]


def _deployed_elsewhere(folder: Folder, dag: Dag, name: str, searched: Sequence[Value]) -> list[str]:
    """The files which may be meant where a folder of the search path is none of these, by as much of its path as is there; several where they are
    equally near to the DAG file."""
    away = [one for one in searched if one is not None and not (isinstance(one, str) and folder.is_dir(one))]
    if not away or not name or _NOT_A_NAME.search(name):
        return []
    tails = dict.fromkeys(tail for one in away for tail in _tails(one))
    for tail in (*sorted(tails, key=lambda tail: -tail.count("/")), ""):
        ending = posixpath.join(tail, name)
        found = [path for root in ("", *folder.extra_roots) for path in folder.glob(root, f"**/{ending}")]
        if found:
            return _nearest([path for path in dict.fromkeys(found) if folder.is_file(path)], dag.span.file)
    return []


def _tails(searched: Value) -> Iterator[str]:
    """The ends of a folder's path that are known, the longest first."""
    if isinstance(searched, Text):
        last = searched.parts[-1] if searched.parts else ""
        known = last.partition("/")[2] if isinstance(last, str) and len(searched.parts) > 1 else last
    else:
        known = searched
    if not isinstance(known, str) or _NOT_A_NAME.search(known):
        return
    parts = [part for part in known.split("/") if part not in ("", ".")]
    for start in range(max(0, len(parts) - _TOLD), len(parts)):
        yield "/".join(parts[start:])


def _nearest(paths: Sequence[str], dag_file: str) -> list[str]:
    """Those that share the most folders with the DAG file."""
    here = dag_file.split("/")[:-1]
    shared = {path: _shared(path.split("/")[:-1], here) for path in paths}
    return sorted(path for path in paths if shared[path] == max(shared.values()))


def _shared(first: Sequence[str], second: Sequence[str]) -> int:
    return next(
        (index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
