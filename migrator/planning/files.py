"""Files that templated arguments name (`sql="marts/orders.sql"`), found as Airflow finds them and never outside the folder."""

from __future__ import annotations

import posixpath
from pathlib import Path

from migrator.model.airflow import AirflowProject, Dag
from migrator.model.source import Span
from migrator.operators.rule import Untranslatable

MAX_BYTES = 1_000_000


class TemplateFiles:
    """Looks up template files of a project: in `template_searchpath`, then next to the DAG file."""

    def __init__(self, project: AirflowProject) -> None:
        self._root = Path(project.root)
        self._found: dict[tuple[str, str], tuple[str, str]] = {}

    def find(self, dag: Dag, name: str, span: Span) -> tuple[str, str]:
        """The file's path relative to the root, and its text. Raises Untranslatable (MIG404) where there is none."""
        for folder in self._folders(dag):
            path = posixpath.normpath(posixpath.join(folder, name))
            if path.startswith("..") or posixpath.isabs(path):
                continue
            text = self._read(path)
            if text is not None:
                return path, text
        raise Untranslatable("MIG404", f"the file `{name}` is not in the folder", span)

    def _folders(self, dag: Dag) -> list[str]:
        given = dag.arguments.get("template_searchpath")
        folders = [
            entry for entry in (given if isinstance(given, (list, tuple)) else [given]) if isinstance(entry, str)
        ]
        found = []
        for folder in folders:
            path = Path(folder)
            if path.is_absolute():
                if path.is_relative_to(self._root):
                    found.append(path.relative_to(self._root).as_posix())
            else:
                found.append(folder)
        return [*found, posixpath.dirname(dag.span.file) or ".", "."]

    def _read(self, path: str) -> str | None:
        place = self._root / path
        try:
            if not place.resolve().is_relative_to(self._root.resolve()) or not place.is_file():
                return None
            data = place.read_bytes()
        except OSError:
            return None
        if len(data) > MAX_BYTES:
            return None
        return data.decode("utf-8", errors="replace")
