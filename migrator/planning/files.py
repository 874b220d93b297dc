"""Files that templated arguments name (`sql="marts/orders.sql"`), found as Airflow finds them and never outside the folder."""

from __future__ import annotations

import posixpath

from migrator.analyzers.source import Folder
from migrator.model.airflow import Dag
from migrator.model.source import Span
from migrator.operators.rule import Untranslatable


class TemplateFiles:
    """Looks up template files of a project: next to the DAG file, then in `template_searchpath`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def find(self, dag: Dag, name: str, span: Span) -> tuple[str, str]:
        """The file's path relative to the root, and its text. Raises Untranslatable (MIG404) where there is none."""
        given = dag.arguments.get("template_searchpath")
        searched = given if isinstance(given, (list, tuple)) else [given]
        folders = [posixpath.dirname(dag.span.file), *(entry for entry in searched if isinstance(entry, str)), ""]
        for folder in folders:
            path = posixpath.join(folder, name)
            text = self._folder.read_text(path)
            if text is not None:
                return self._folder.relative(path) or path, text
        raise Untranslatable("MIG404", f"the file `{name}` is not in the folder", span)
