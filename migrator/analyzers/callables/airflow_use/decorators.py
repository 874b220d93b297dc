"""Decorators of the team's functions that only make a task of them."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import DROPPED_DECORATORS
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace


def is_dropped(workspace: Workspace, module: ModuleInfo, node: cst.Decorator) -> bool:
    """Whether a decorator only makes a task of the function: one of Airflow's, a name for one (`etl = task(retries=2)`), or one of the team's own
    that called it on the function."""
    if (module.file, module.places.offsets(node)[0]) in workspace.task_makers:
        return True
    expression = _called(node.decorator)
    name = module.qualified(expression)
    if not name:
        read = module.table.by_node.get(expression)
        bindings = module.table.bindings_of(read) if read is not None else []
        if len(bindings) != 1 or type(bindings[0].node) is not cst.Assign:
            return False
        name = module.qualified(_called(bindings[0].node.value))
    return name.startswith("airflow.") and not DROPPED_DECORATORS.isdisjoint(name.split("."))


def _called(node: cst.BaseExpression) -> cst.BaseExpression:
    while type(node) is cst.Call:
        node = node.func
    return node
