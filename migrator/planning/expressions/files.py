"""Files that templated arguments name (`sql="marts/orders.sql"`), for what is planned."""

from __future__ import annotations

from migrator.analyzers.source import Folder
from migrator.analyzers.template_files import find_template_file, no_template_file, written_template
from migrator.model.airflow import Dag
from migrator.model.expressions import FileText
from migrator.model.source import Span
from migrator.operators.rule import Untranslatable

WRITTEN = "written template"
"""The note of a task whose template another one writes."""


class TemplateFiles:
    """Looks up template files of a project."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def find(self, dag: Dag, name: str, span: Span) -> tuple[str, str]:
        """The file's path relative to the root, and its text. Raises Untranslatable: MIG404 where there is none, or where several may be
        meant, MIG006 or MIG007 where it cannot be read."""
        found = find_template_file(self._folder, dag, name)
        if found is None:
            missing = no_template_file(self._folder, dag, name, span)
            reason = missing.message if missing.code == "MIG404" else f"`{name}`: {missing.message}"
            raise Untranslatable(missing.code, reason, span, missing.help)
        return found.path, found.text

    def written(self, dag: Dag, name: str) -> FileText | None:
        """The template that another task of the DAG writes; None where there is one that is known before, or none writes it."""
        path = None if find_template_file(self._folder, dag, name) is not None else written_template(dag, name)
        return None if path is None else FileText(path)
