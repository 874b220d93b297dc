"""Files that templated arguments name (`sql="marts/orders.sql"`), for what is planned."""

from __future__ import annotations

from migrator.analyzers.source import Folder
from migrator.analyzers.template_files import find_template_file, unreadable_template
from migrator.model.airflow import Dag
from migrator.model.source import Span
from migrator.operators.rule import Untranslatable


class TemplateFiles:
    """Looks up template files of a project."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def find(self, dag: Dag, name: str, span: Span) -> tuple[str, str]:
        """The file's path relative to the root, and its text. Raises Untranslatable (MIG404) where there is none, and MIG006 or MIG007 where it
        cannot be read."""
        found = find_template_file(self._folder, dag, name)
        if found is None:
            unreadable = unreadable_template(self._folder, dag, name)
            if unreadable is not None:
                raise Untranslatable(unreadable.code, f"`{name}`: {unreadable.message}", span)
            raise Untranslatable("MIG404", f"the file `{name}` is not in the folder", span)
        return found
