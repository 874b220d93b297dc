"""Imports that code makes by a call: `importlib.import_module("helpers")`."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import ImportTarget
from migrator.analyzers.callables.source.tree import literal_key, positional
from migrator.analyzers.nodes import descend

_FUNCTION = "import_module"


def obstacle(workspace: Workspace, module: ModuleInfo, node: cst.Call) -> str:
    """Why what a call imports does not come along when its code moves; empty where it imports nothing, or a library."""
    if module.qualified(node.func) != f"importlib.{_FUNCTION}":
        return ""
    args = positional(node)
    name = literal_key(args[0]) if args else None
    if not isinstance(name, str) or name.startswith("."):
        return "imports a module whose name is only known at run time"
    if workspace.finder.find(module.file, ImportTarget(name, None))[0] == "local":
        return f"imports `{name}`, which is in the folder, by a call"
    return ""


def obstacles(workspace: Workspace, module: ModuleInfo) -> Iterator[str]:
    """Those of a whole module."""
    if _FUNCTION in module.source.text:
        calls = (node for node in descend(module.tree) if type(node) is cst.Call)
        yield from filter(None, (obstacle(workspace, module, call) for call in calls))
