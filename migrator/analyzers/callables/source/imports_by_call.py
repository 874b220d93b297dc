"""Imports that code makes by a call: `importlib.import_module("helpers")`, `__import__("json")`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import ImportTarget
from migrator.analyzers.callables.source.tree import literal_key, positional
from migrator.analyzers.nodes import descend

_FUNCTION = "import_module"
_BUILTIN = "__import__"


def obstacle(workspace: Workspace, module: ModuleInfo, node: cst.Call) -> str:
    """Why what a call imports does not come along when its code moves; empty where it imports nothing, or a library."""
    if not _imports(module, node):
        return ""
    args = positional(node)
    name = literal_key(args[0]) if args else None
    if not isinstance(name, str) or name.startswith("."):
        return "imports a module whose name is only known at run time"
    target = ImportTarget(name, None)
    if target.is_airflow:
        return f"imports `{name}` by a call"
    if workspace.finder.find(module.file, target)[0] == "local":
        return f"imports `{name}`, which is in the folder, by a call"
    return ""


def _imports(module: ModuleInfo, node: cst.Call) -> bool:
    if type(node.func) is cst.Name and node.func.value == _BUILTIN:
        read = module.table.by_node.get(node.func)
        return read is None or not module.table.bindings_of(read)
    return module.qualified(node.func) == f"importlib.{_FUNCTION}"


def obstacles(workspace: Workspace, module: ModuleInfo) -> Iterator[str]:
    """Those of a whole module."""
    if _FUNCTION in module.source.text or _BUILTIN in module.source.text:
        calls = (node for node in descend(module.tree) if type(node) is cst.Call)
        yield from filter(None, (obstacle(workspace, module, call) for call in calls))
