"""Files that templated arguments name (`sql="marts/orders.sql"`), found as Airflow finds them and never outside the folder and its roots.

Comes in: a DAG with its `template_searchpath` and a file's name. Goes out: the file's path and text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from migrator.analyzers.source import Folder
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Dag
from migrator.model.source import Span
from migrator.model.values import Value

_NOT_A_NAME = re.compile(r"[*?\[\]{}]|\.\.")


def find_template_file(folder: Folder, dag: Dag, name: str) -> tuple[str, str] | None:
    """Path (relative to the folder) and text of a template file; None where there is none.

    Airflow looks next to the DAG file, then in `template_searchpath`; a leading `/` is no root to Jinja, which looks below these folders
    all the same. Where that path is one of the deployment's (`/usr/local/airflow/sql`) or not known: the only file whose path ends so.
    """
    searched = _searched(dag)
    name = name.lstrip("/")
    for path in _places(dag, name, searched):
        text = folder.read_text(path)
        if text is not None:
            return folder.relative(path) or path, text
    return _deployed_elsewhere(folder, name, searched)


def unreadable_template(folder: Folder, dag: Dag, name: str) -> Diagnostic | None:
    """Why a template file that is there cannot be had: it is too large (MIG006), or no text (MIG007). None where there is none."""
    for path in _places(dag, name.lstrip("/"), _searched(dag)):
        data = folder.read_bytes(path)
        if isinstance(data, Diagnostic):
            return data
        if data is not None and folder.read_text(path) is None:
            return diagnose("MIG007", Span(folder.relative(path) or path, 1), "it is no text in UTF-8")
    return None


def _searched(dag: Dag) -> Sequence[Value]:
    given = dag.arguments.get("template_searchpath")
    return given if isinstance(given, (list, tuple)) else [given]


def _places(dag: Dag, name: str, searched: Sequence[Value]) -> list[str]:
    """Where Airflow looks for a template file."""
    starts = (posixpath.dirname(dag.span.file), *(entry for entry in searched if isinstance(entry, str)), "")
    return [posixpath.join(start, name) for start in starts]


def _deployed_elsewhere(folder: Folder, name: str, searched: Sequence[Value]) -> tuple[str, str] | None:
    away = [one for one in searched if one is not None and not (isinstance(one, str) and folder.is_dir(one))]
    if not away or not name or _NOT_A_NAME.search(name):
        return None
    tails = [f"{posixpath.basename(one.rstrip('/'))}/{name}" for one in away if isinstance(one, str)]
    for tail in (*tails, name):
        found = [path for root in ("", *folder.extra_roots) for path in folder.glob(root, f"**/{tail}")]
        found = list(dict.fromkeys(found))
        text = folder.read_text(found[0]) if len(found) == 1 else None
        if text is not None:
            return found[0], text
    return None
