"""Whether code may need something of Airflow that it is not handed: it asks for the context itself, or starts runs of other DAGs.

In: a module, or a function of it. Out: the answer, for all that it imports and calls of the folder.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import callee
from migrator.analyzers.callables.airflow_use.starting import NAME
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.tree import descend

MAX_DEPTH = 12
"""How many functions in a row are followed."""


def asks_for_context(workspace: Workspace, module: ModuleInfo) -> bool:
    """Whether a module, or one of the folder that it imports, names `get_current_context`."""
    return _names(workspace, module, "get_current_context", frozenset())


def may_start_runs(workspace: Workspace, module: ModuleInfo) -> bool:
    """Whether a module, or one of the folder that it imports, names what starts runs of other DAGs."""
    return _names(workspace, module, NAME, frozenset())


def needs_context(workspace: Workspace, module: ModuleInfo, function: cst.FunctionDef) -> bool:
    """Whether a function may need something of Airflow that it is not handed: it may ask for the context, or itself starts runs."""
    return asks_for_context(workspace, module) or _starts_runs(workspace, module, function, frozenset())


def _starts_runs(
    workspace: Workspace, module: ModuleInfo, function: cst.FunctionDef, seen: frozenset[cst.FunctionDef]
) -> bool:
    """Whether a function, or one of the team's own that it calls, starts runs of other DAGs."""
    if NAME in module.text(function):
        return True
    if len(seen) >= MAX_DEPTH or not may_start_runs(workspace, module):
        return False
    called = (callee(workspace, module, node.func, False) for node in descend(function) if isinstance(node, cst.Call))
    seen |= {function}
    return any(
        _starts_runs(workspace, one[0], one[1], seen) for one in called if one is not None and one[1] not in seen
    )


def _names(workspace: Workspace, module: ModuleInfo, name: str, seen: frozenset[str]) -> bool:
    known = workspace.handing.asking.get((module.file, name))
    if known is None:
        known = name in module.source.text
        if not known and len(seen) < MAX_DEPTH:
            seen |= {module.file}
            for file in workspace.local_imports(module):
                if file not in seen:
                    try:
                        known = known or _names(workspace, workspace.module(file), name, seen)
                    except ModuleUnreadable:
                        continue
        if not seen - {module.file} or known:
            workspace.handing.asking[module.file, name] = known
    return known
