"""Which arguments of an operator are templates, and which endings make a text the name of a template file.

Comes in: a task. Goes out: its fields, by `fields.txt` (recorded from Airflow's own classes) and by `template_fields` of the folder's own
classes, which are read from their source.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import field
from functools import cache, lru_cache
from pathlib import Path

from migrator.analyzers.source import Folder
from migrator.model.airflow import Task
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile
from migrator.operators.names import canonical


@dataclass(frozen=True, slots=True)
class Templated:
    """Arguments that are templates, and endings of template files, both sorted."""

    fields: tuple[str, ...]
    endings: tuple[str, ...] = ()


@cache
def _table() -> Mapping[str, Templated]:
    found = {}
    for line in Path(__file__).with_name("fields.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, fields, endings = line.split(" ")
            found[name] = Templated(_names(fields), _names(endings))
    return found


def _names(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def fields_of_operator(path: str) -> tuple[str, ...] | None:
    """The template fields of a library's operator by its dotted name; None where it is not in the table."""
    found = templated_of_operator(path)
    return None if found is None else found.fields


def templated_of_operator(path: str) -> Templated | None:
    """The same with the endings of its template files."""
    return _table().get(canonical(path))


@dataclass(slots=True)
class TemplateFields:
    """Looks up the fields of tasks. Own classes are looked for in `folder`, as the DAG file `importer` would find them."""

    folder: Folder
    importer: str
    _known: dict[tuple[str, ...], Templated | None] = field(default_factory=dict)

    def of(self, task: Task) -> Templated | None:
        """The fields of a task's operator; None where neither it nor a class that it inherits from is known."""
        chain = tuple(dict.fromkeys([f"{task.operator_module}.{task.operator}", *task.bases]))
        if chain not in self._known:
            known: Templated | None = None
            for name in reversed(chain):
                known = _table().get(canonical(name)) or self._own(name, known) or known
            self._known[chain] = known
        return self._known[chain]

    def _own(self, name: str, base: Templated | None) -> Templated | None:
        """The fields that a class of the folder names; None where it names none."""
        definition = self._definition(name)
        if definition is None:
            return None
        fields, endings = (
            _assigned(definition, attribute, inherited)
            for attribute, inherited in (
                ("template_fields", base.fields if base else ()),
                ("template_ext", base.endings if base else ()),
            )
        )
        if fields is None and endings is None:
            return None
        before = base or Templated(())
        return Templated(
            before.fields if fields is None else fields,
            before.endings if endings is None else endings,
        )

    def _definition(self, name: str) -> ast.ClassDef | None:
        """A class of the folder by its dotted name."""
        module, _, last = name.rpartition(".")
        for path in self.folder.module_candidates(module, self.importer) if module else ():
            source = self.folder.source(path)
            if isinstance(source, SourceFile) and last in (classes := _classes(source.text)):
                return classes[last]
        return None


@lru_cache(maxsize=64)
def _classes(text: str) -> Mapping[str, ast.ClassDef]:
    """The classes that a module defines, by name."""
    try:
        return {node.name: node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _assigned(definition: ast.ClassDef, attribute: str, inherited: tuple[str, ...]) -> tuple[str, ...] | None:
    """The texts that a class attribute is made of, with the inherited ones where its value mentions them; None where it is not set."""
    for statement in definition.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        if value is not None and any(isinstance(name, ast.Name) and name.id == attribute for name in targets):
            nodes = list(ast.walk(value))
            names = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            more = any(isinstance(node, ast.Attribute) and node.attr == attribute for node in nodes)
            return tuple(sorted(names | set(inherited if more else ())))
    return None
