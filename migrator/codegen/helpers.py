"""The modules of helper functions that a project gets: only those that something imports, and of each only what is used.

Comes in: the project's other files. Goes out: path to text. What is kept of a module is what others import from it, with all that
this refers to; a module that is imported whole is kept whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from migrator.codegen.resources.resources import template

_MODULES = (
    "airflow_operators",
    "airflow_tasks",
    "asset_events",
    "asset_state",
    "asset_updates",
    "awaited_runs",
    "connections",
    "copies",
    "dags_folder",
    "differences",
    "environments",
    "exceptions",
    "failures",
    "elements",
    "hooks",
    "in_order",
    "last_values",
    "macros",
    "new_partitions",
    "operator_work",
    "params",
    "partition_runs",
    "poking",
    "retries",
    "run_context",
    "run_requests",
    "schedule_ticks",
    "shell",
    "skipped",
    "step_events",
    "task_states",
    "templating",
    "time_limits",
    "timetables",
    "utilities",
    "variables",
    "ways",
    "weekdays",
)


def helper_modules(texts: Iterable[str], package: str, dags_folder: str) -> Mapping[str, str]:
    """The helper modules that `texts`, or one of them, import. `dags_folder` is relative to the project's folder."""
    values = {"{{ package }}": package, "{{ dags_folder }}": dags_folder}
    known = {name: template(f"{name}.py") for name in _MODULES}
    for mark, value in values.items():
        known = {name: text.replace(mark, value) for name, text in known.items()}
    found: dict[str, str] = {}
    todo = list(texts)
    asked: dict[str, set[str] | None] = {}
    while todo:
        _imports("\n".join(todo), package, asked)
        done = {
            name: part(known[name], names, package) if names is not None else known[name]
            for name, names in asked.items()
        }
        todo = [text for name, text in done.items() if found.get(name) != text]
        found = done
    return {f"src/{package}/{name}.py": found[name] for name in _MODULES if name in found}


def part(text: str, names: Iterable[str], package: str = "") -> str:
    """What a module holds of `names`, with all that they refer to; its docstring and imports stay (ruff drops unused ones), but for what only the rest
    needs of the `package` itself."""
    tree = _parsed(text)
    lines = text.splitlines()
    homes: dict[str, int] = {}
    for number, node in enumerate(tree.body):
        homes |= dict.fromkeys(_bound(node), number)
    keep: set[int] = set()
    todo = [homes[name] for name in names if name in homes]
    while todo:
        number = todo.pop()
        if number not in keep:
            keep.add(number)
            read = {name.id for name in ast.walk(tree.body[number]) if isinstance(name, ast.Name)}
            todo += [homes[name] for name in read & homes.keys()]
            # Such as `_ENVIRONMENT.filters |= ...`.
            todo += [place for place, node in enumerate(tree.body) if homes.get(_changed(node)) == number]
    read = {name.id for number in keep for name in ast.walk(tree.body[number]) if isinstance(name, ast.Name)}
    pieces = []
    previous = 0
    for number, node in enumerate(tree.body):
        is_text = isinstance(node, ast.Expr)
        is_needed = isinstance(node, ast.Import | ast.ImportFrom) and not _is_of_rest(node, package, read)
        if number in keep or is_needed or (is_text and number - 1 in {*keep, -1}):
            # With the comments and decorators above it.
            pieces += lines[previous : node.end_lineno]
        previous = node.end_lineno or previous
    return "\n".join(pieces) + "\n"


def _is_of_rest(node: ast.Import | ast.ImportFrom, package: str, read: set[str]) -> bool:
    """Whether what is imported of the package is used by nothing that stays."""
    own = isinstance(node, ast.ImportFrom) and package != "" and f"{node.module}.".startswith(f"{package}.")
    return own and read.isdisjoint(alias.asname or alias.name for alias in node.names)


@lru_cache(maxsize=len(_MODULES))
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _imports(code: str, package: str, asked: dict[str, set[str] | None]) -> None:
    """Notes what `code` imports of each helper module; None where it imports the module itself."""
    for module in _MODULES:
        if re.search(rf"^ *from {package} import (?:.*, )?{module}\b", code, re.MULTILINE):
            asked[module] = None
    for module, several, one in re.findall(
        rf"^ *from {package}\.(\w+) import (?:\(([^)]*)\)|(.*))$", code, re.MULTILINE
    ):
        if module in _MODULES and asked.get(module, ()) is not None:
            names = {name.split(" as ")[0].strip() for name in (several or one).split(",")}
            asked[module] = (asked.get(module) or set()) | (names - {""})


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _changed(node: ast.stmt) -> str:
    """The name of what a statement changes."""
    target: ast.expr | None = node.target if isinstance(node, ast.AugAssign) else None
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
