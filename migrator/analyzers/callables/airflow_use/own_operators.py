"""Operators of the team's own classes that its code makes and executes itself: their classes become plain ones, which take nothing that only Airflow's takes.

In: a call. Out: whether it makes such an object with arguments of that kind, which are then noted to be cut out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import class_named
from migrator.analyzers.callables.airflow_use.inner_operators import ONLY_AIRFLOWS
from migrator.analyzers.callables.classes.class_members import own_method
from migrator.analyzers.callables.classes.hierarchy import ancestry
from migrator.analyzers.callables.classes.plain_classes import plain_class
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import Read
from migrator.analyzers.callables.source.signatures import cuts, places

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner


def makes_own_operator(scanner: ClassScanner, node: cst.Call) -> bool:
    """Notes the arguments of a class that its plain one does not take; blocks where one of them says more than how Airflow runs a task."""
    module, taken = scanner.module, _taken(scanner.frame.workspace, scanner.module, node)
    gone = [
        arg for arg in node.args if arg.keyword is not None and taken is not None and arg.keyword.value not in taken
    ]
    if not gone:
        return False
    more = next((arg.keyword.value for arg in gone if arg.keyword and arg.keyword.value not in ONLY_AIRFLOWS), None)
    if more is not None or any(arg.star for arg in node.args):
        scanner.block(f"makes an operator whose class hands `{more or '**'}` on to Airflow's", node, library=True)
        return False
    end = module.source.text.rindex(")", 0, module.places.offsets(node)[1])
    found = places(module, node.args, module.places.offsets(node.func)[1])
    for span in cuts(module, found, [arg not in gone for arg in node.args], end):
        scanner.use("rewrite", "operator", span, text="")
    scanner.consume(*gone)
    scanner.visit(node.func)
    for arg in node.args:
        if arg not in gone:
            scanner.visit(arg.value)
    return True


def names_own_operator(scanner: ClassScanner, node: cst.CSTNode) -> bool:
    """Whether a statement names a class of that kind."""
    return any(
        read.name[:1].isupper() and _is_own_operator(scanner.frame.workspace, scanner.module, read)
        for read in scanner.module.table.reads_in(node)
    )


def _is_own_operator(workspace: Workspace, module: ModuleInfo, read: Read) -> bool:
    known = workspace.handing.operators
    if (module.file, read.name) not in known:
        found = class_named(workspace, module, read.node) if type(read.node) is cst.Name else None
        known[module.file, read.name] = found is not None and plain_class(workspace, *found) is not None
    return known[module.file, read.name]


def _taken(workspace: Workspace, module: ModuleInfo, node: cst.Call) -> frozenset[str] | None:
    """The parameters of the plain class that a call makes an object of; None for any other call."""
    found = class_named(workspace, module, node.func)
    line = ancestry(workspace, *found) if found is not None else []
    if found is None or plain_class(workspace, *found) is None:
        return None
    where, cls = next(((where, cls) for where, cls in line if own_method(cls, "__init__") is not None), found)
    plain = plain_class(workspace, where, cls)
    if plain is None or any(path[0] == "self" for path in plain.asked.values()):
        return None  # only a task tells what the object holds
    return frozenset(param.name.value for param in plain.parameters)
