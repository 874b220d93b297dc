"""Edited files that are generated no more: what they need, and what they define beside what is generated now.

Comes in: texts of files by their paths in the project. Nothing here touches the disk.
"""

from __future__ import annotations

import ast
import fnmatch
import json
from collections.abc import Collection, Mapping
from typing import Any

_INVENTORY = "src/*/migration/inventory.json"


def needed(kept: Mapping[str, str], gone: Mapping[str, str]) -> set[str]:
    """Those of the files that would be deleted (`gone`) which the kept ones import, and what these import in turn."""
    modules = {_module(path): path for path in gone if path.startswith("src/") and path.endswith(".py")}
    found: set[str] = set()
    todo = list(kept.values())
    while todo and modules:
        for name in _imported(todo.pop()):
            path = modules.pop(name, "")
            if path:
                found.add(path)
                todo.append(gone[path])
    return found


def defined_elsewhere(kept: Collection[str], base: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """`path: DAG, DAG` of the kept files that define what is generated in other files now."""
    now, found = _modules_of_dags(wanted), []
    before = _modules_of_dags(base)
    for path in sorted(kept):
        dags = [dag_id for dag_id, modules in before.items() if path in modules and now.get(dag_id, set()) - modules]
        if dags:
            found.append(f"{path}: {', '.join(dags)}")
    return found


def _modules_of_dags(files: Mapping[str, str]) -> dict[str, set[str]]:
    """By DAG id: the modules in which the tasks of a DAG are, by the project's inventory."""
    text = next((text for path, text in files.items() if fnmatch.fnmatch(path, _INVENTORY)), "{}")
    inventory: dict[str, Any] = json.loads(text)
    return {
        dag["dag_id"]: {task["module"] for task in dag["tasks"] if "module" in task}
        for dag in inventory.get("dags", [])
    }


def _module(path: str) -> str:
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(text: str) -> set[str]:
    """The dotted names of all modules that a text may import."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found
