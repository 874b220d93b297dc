"""What makes tasks of the team's functions: their decorators, and calls in decorators of the team's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import DROPPED_DECORATORS
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend, positional

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner

_MAKER = re.compile(r"airflow\.(decorators|sdk)\.(task(\.\w+)?|setup|teardown)")


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


def makes_task(scanner: ClassScanner, node: cst.Call) -> bool:
    """Notes a call of `@task` on a function, `task(retries=2)(wrapper)` or `task()(audited(function))`, as a decorator of the team's own ends with it:
    the function stays."""
    func, given = _called(node.func), positional(node)
    function = given[0] if len(given) == 1 else None
    if function is None or not _is_plain(function) or not _MAKER.fullmatch(scanner.module.qualified(func)):
        return False
    scanner.use("rewrite", "task", scanner.module.span(node), text=scanner.module.text(function))
    stays = set(descend(function))
    scanner.consume(*(item for item in descend(node) if isinstance(item, cst.Name) and item not in stays))
    return True


def _is_plain(node: cst.BaseExpression) -> bool:
    """Whether an expression is a name, or a call of one on such expressions."""
    if type(node) is cst.Call and isinstance(node.func, cst.Name):
        return all(not arg.star and _is_plain(arg.value) for arg in node.args)
    return isinstance(node, cst.Name)


def _called(node: cst.BaseExpression) -> cst.BaseExpression:
    while type(node) is cst.Call:
        node = node.func
    return node
