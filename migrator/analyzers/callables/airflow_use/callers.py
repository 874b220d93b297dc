"""Who else calls a function of the team's own, in modules that may be carried whole.

In: the function. Out: these modules, and the calls in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import constructor
from migrator.analyzers.callables.airflow_use.object_calls import CALLED, calls_of, escaping
from migrator.analyzers.callables.source.effects import files_behind
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.resolve import function_named
from migrator.analyzers.callables.source.tree import descend

MAX_READERS = 50
"""Modules that are looked through for other callers of a function."""


class CallerSearch:
    """Finds the callers of one function."""

    workspace: Workspace
    module: ModuleInfo
    function: cst.FunctionDef
    name: str
    """What calls of it name: of `__init__` the class."""
    owner: cst.ClassDef | None
    """The class whose method it is."""
    parts: Sequence[Any]
    """What it is handed of the context."""

    def reading(self, name: str) -> Iterator[ModuleInfo]:
        """The modules that name the function and may be carried whole. Of a DAG file, and of one that no other names, only what is needed is carried, and
        that is looked at."""
        count = 0
        for file, source in self.workspace.sources.items():
            if (name not in source.text and name != CALLED) or makes_dags(source.text):
                continue
            if file != self.module.file and not self._is_imported(file):
                continue
            try:
                if self.module.file in files_behind(self.workspace, file):
                    count += 1
                    if count <= MAX_READERS:
                        yield self.workspace.module(file)
            except ModuleUnreadable:
                continue

    def _is_imported(self, file: str) -> bool:
        """Whether another file imports this one."""
        known = self.workspace.handing.imported
        if file not in known:
            name = file.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
            others = (
                other for other, source in self.workspace.sources.items() if other != file and name in source.text
            )
            known[file] = any(self._imports(other, file) for other in others)
        return known[file]

    def _imports(self, file: str, other: str) -> bool:
        try:
            return any(found.file == other for found in self.workspace.imports(file))
        except ModuleUnreadable:
            return False

    def calls_in(self, module: ModuleInfo) -> Iterator[tuple[cst.FunctionDef, list[cst.Call]]]:
        """By function that names this one: the calls of it; none where it is named otherwise, too."""
        yield from calls_of(self.workspace, module, self.function, self.means_this)

    def escapes(self, module: ModuleInfo) -> bool:
        """Whether an object whose method this is goes where it is not seen that the method is called."""
        if self.owner is None or self.parts:
            return False
        return escaping(self.workspace, module, list(descend(module.tree)), self.owner) is not None

    def means_this(self, module: ModuleInfo, node: cst.BaseExpression) -> bool:
        last = node.attr.value if isinstance(node, cst.Attribute) else node.value if isinstance(node, cst.Name) else ""
        if last != self.name:
            return False
        means = function_named if self.name == self.function.name.value else constructor
        found = means(self.workspace, module, node)
        return found is not None and found[1] is self.function


def makes_dags(text: str) -> bool:
    """Whether a file makes DAGs, so that it is not carried whole."""
    return re.search(r"\bDAG\(|^\s*@dag\b", text, re.MULTILINE) is not None
