"""Mixins of operators' classes: bases in other modules that do not derive from Airflow's classes, and yet ask the object for what those give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import INSTANCE_MEMBERS
from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of, methods_of
from migrator.analyzers.callables.classes.hierarchy import ancestry, members_of
from migrator.analyzers.callables.classes.plain_classes import plain_class
from migrator.analyzers.callables.facts import ContextUse
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend


def asked_by_mixins(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> Iterator[ContextUse]:
    """The attributes of Airflow's that mixins of a class read, such as `self.task_id`, each once: the object has to be given them."""
    line = ancestry(workspace, module, node)
    known = {name for where, cls in line for name in members_of(where, cls)}
    for where, read in _reads_of_mixins(workspace, module, line):
        name = read.attr.value
        if name in INSTANCE_MEMBERS and name not in known:
            known.add(name)
            yield ContextUse("attribute", name, where.span(read), path=INSTANCE_MEMBERS[name], own=False)


def mixins_log(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> bool:
    """Whether mixins of a class write to `self.log`, which none of them has: the object has to be given it."""
    line = ancestry(workspace, module, node)
    asked = any(read.attr.value == "log" for _, read in _reads_of_mixins(workspace, module, line))
    return asked and not any("log" in members_of(where, cls) for where, cls in line)


def _reads_of_mixins(
    workspace: Workspace, module: ModuleInfo, line: Sequence[tuple[ModuleInfo, cst.ClassDef]]
) -> Iterator[tuple[ModuleInfo, cst.Attribute]]:
    for where, cls in line[1:]:
        if where is module or plain_class(workspace, where, cls) is not None:
            continue
        for method in methods_of(cls):
            for read in descend(method.body):
                if type(read) is cst.Attribute and is_attribute_of(read, instance_of(method)):
                    yield where, read
