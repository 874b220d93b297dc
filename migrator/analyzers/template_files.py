"""Files that templated arguments name (`sql="marts/orders.sql"`), found as Airflow finds them and never outside the folder and its roots.

Comes in: a DAG with its `template_searchpath` and a file's name. Goes out: the file's path and text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from migrator.analyzers.source import Folder
from migrator.model.airflow import Dag
from migrator.model.values import Value

_NOT_A_NAME = re.compile(r"[*?\[\]{}]|\.\.")


def find_template_file(folder: Folder, dag: Dag, name: str) -> tuple[str, str] | None:
    """Path (relative to the folder) and text of a template file; None where there is none.

    Airflow looks next to the DAG file, then in `template_searchpath`; a leading `/` is no root to Jinja, which looks below these folders
    all the same. Where that path is one of the deployment's (`/usr/local/airflow/sql`) or not known: the only file whose path ends so.
    """
    given = dag.arguments.get("template_searchpath")
    searched = given if isinstance(given, (list, tuple)) else [given]
    name = name.lstrip("/")
    for start in (posixpath.dirname(dag.span.file), *(entry for entry in searched if isinstance(entry, str)), ""):
        path = posixpath.join(start, name)
        text = folder.read_text(path)
        if text is not None:
            return folder.relative(path) or path, text
    return _deployed_elsewhere(folder, name, searched)


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
