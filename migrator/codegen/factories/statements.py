"""A generated module taken apart into its statements, as a factory of DAGs needs them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from migrator.codegen.python.module import Module, str_place
from migrator.model.frozen import dataclass
from migrator.model.source import lines_of

_DECORATORS = {
    "asset": "assets",
    "multi_asset": "assets",
    "asset_check": "asset_checks",
    "job": "jobs",
    "schedule": "schedules",
    "sensor": "sensors",
    "asset_sensor": "sensors",
    "run_status_sensor": "sensors",
    "run_failure_sensor": "sensors",
}
_CALLS = {
    "define_asset_job": "jobs",
    "ScheduleDefinition": "schedules",
    "build_schedule_from_partitioned_job": "schedules",
    "AutomationConditionSensorDefinition": "sensors",
}
_NODES = frozenset({"assets", "asset_checks"})
_LISTS = (
    ("_assets", "assets"),
    ("assets", "assets"),
    ("airflow_tasks", "assets"),
    ("made_by_ops", "assets"),
    ("checks", "asset_checks"),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """`label` tells which statement it is among those of other DAGs of one factory, `kind` which argument of `dg.Definitions` takes what it
    defines (empty: it defines nothing that Dagster loads)."""

    text: str
    label: str
    kind: str
    binds: frozenset[str]
    reads: frozenset[str]
    is_node: bool = False
    """It defines an asset, check or op (or those that a loop makes)."""


def statements(module: Module) -> list[Statement]:
    """All statements below the imports, in the order in which they stand. SyntaxError for text that is no Python."""
    carried = [module.carried[place] for place in sorted(module.carried, key=str_place)]
    return [found for part in (*carried, *module.setup, *module.blocks) for found in _statements(part)]


def _statements(part: str) -> Iterator[Statement]:
    lines = lines_of(part)
    done = 0
    for node in ast.parse(part).body:
        text = "".join(lines[done : node.end_lineno]).strip("\n")
        done = node.end_lineno or done
        name = _bound(node)
        kind = _kind(node, name)
        bound, is_node = frozenset(filter(None, [name])), kind in _NODES or _is_op(node)
        yield Statement(text, name, kind, bound, frozenset(_reads(node)), is_node)


def _bound(node: ast.stmt) -> str:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name
    target: ast.expr | None = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    return target.id if isinstance(target, ast.Name) else ""


def _kind(node: ast.stmt, name: str) -> str:
    if isinstance(node, ast.FunctionDef):
        return next(filter(None, (_of_call(decorator, _DECORATORS) for decorator in node.decorator_list)), "")
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(value, (ast.List, ast.ListComp)):
        return next((kind for ending, kind in _LISTS if name.endswith(ending)), "")
    return _of_call(value, _CALLS) if value is not None else ""


def _is_op(node: ast.stmt) -> bool:
    """Whether it is an op, or a function that makes some."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(_of_call(decorator, {"op": "ops"}) for decorator in decorators)


def _of_call(node: ast.expr, names: dict[str, str]) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    is_dagster = (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "dg"
    )
    return names.get(function.attr, "") if is_dagster and isinstance(function, ast.Attribute) else ""


def _reads(node: ast.AST) -> Iterator[str]:
    return (part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))


def in_common_order(rows: Iterable[Iterable[str]]) -> list[str]:
    """All labels once, each after those that stand before it."""
    order: list[str] = []
    for row in rows:
        place = 0
        for label in row:
            if label in order:
                place = order.index(label) + 1
            else:
                order.insert(place, label)
                place += 1
    return order
