"""Plans made by hand, for tests of code generation alone."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from migrator.codegen import render_project
from migrator.model.airflow import AirflowProject
from migrator.model.bodies import CallFunction
from migrator.model.plan import (
    AssetOut,
    CreateAsset,
    CreateJob,
    CreateSchedule,
    DagPlan,
    MigrationPlan,
    Operation,
    Partitions,
)
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue, Parameter

DAILY = Partitions(cron="0 5 * * *", start="2026-01-01")


def project(sources: Mapping[str, str] | None = None, root: str = "/nowhere") -> AirflowProject:
    """A project of these files."""
    return AirflowProject(root, "3", {path: SourceFile(path, text) for path, text in (sources or {}).items()})


def function(text: str, name: str, file: str = "dag.py", **changes: Any) -> CallableValue:
    """The function of that (qualified) name in a file's text, as the interpreter would find it."""
    parts = [part for part in name.split(".") if part != "<locals>"]
    found = _definition(ast.parse(text), parts)
    lines = text.splitlines(keepends=True)
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    column = min([found.col_offset, *(decorator.col_offset - 1 for decorator in found.decorator_list)])
    start = sum(map(len, lines[: first - 1])) + column
    end = sum(map(len, lines[: (found.end_lineno or 1) - 1])) + (found.end_col_offset or 0)
    parameters = tuple(
        Parameter(a.arg, annotation=ast.unparse(a.annotation) if a.annotation else None) for a in found.args.args
    )
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(found))
    given = {"parameters": parameters, "returns_value": returns} | changes
    return CallableValue(parts[-1], name, "dag", "function", Span(file, first, 1, 0, 0, start, end), **given)


def call(text: str, name: str, **kwargs: Any) -> CallFunction:
    """A call of that function with these keyword arguments."""
    target = function(text, name)
    return CallFunction(target, kwargs=kwargs, returns=target.returns_value)


def asset(name: str, body: Any, **changes: Any) -> CreateAsset:
    """An asset of one output, whose key is the DAG's id and its name."""
    dag_id = changes.pop("dag_id", "shop")
    outputs = changes.pop("outputs", None) or (
        AssetOut((dag_id, name), kinds=("python",), stores_value=getattr(body, "returns", False)),
    )
    given = {"group": dag_id, "tags": {"airflow/dag_id": dag_id}} | changes
    return CreateAsset(dag_id, name, name, outputs, body, **given)


def dag(*operations: Operation, dag_id: str = "shop", form: str = "assets", **changes: Any) -> DagPlan:
    """A DAG with these operations and a job; a schedule at its partitions' cron where it has any."""
    partitions: Partitions | None = changes.get("partitions")
    automation: list[Operation] = [
        CreateJob(dag_id, dag_id, form, tags={"airflow/dag_id": dag_id}, partitioned=partitions is not None)
    ]
    if partitions is not None:
        automation.append(
            CreateSchedule(dag_id, f"{dag_id}_schedule", dag_id, (partitions.cron,), partitions.timezone, True)
        )
    if any(isinstance(operation, CreateJob) for operation in operations):
        automation = []
    return DagPlan(dag_id, dag_id, form, (*operations, *automation), source="dag.py", **changes)


def plan(*dags: DagPlan, **changes: Any) -> MigrationPlan:
    return MigrationPlan(dags, (), **changes)


def render(made: MigrationPlan, text: str = "", **sources: str) -> dict[str, str]:
    """The project `shop_data` of a plan; `text` is the DAG file `dag.py`."""
    files = {path.replace("__", "/") + ".py": content for path, content in sources.items()}
    return render_project(made, project({"dag.py": text, **files}), "shop-data")


def module(made: MigrationPlan, text: str = "", name: str = "assets", dag_id: str = "shop") -> str:
    """One module of a DAG in that project."""
    return render(made, text)[f"src/shop_data/defs/{dag_id}/{name}.py"]


def _definition(tree: ast.AST, parts: list[str]) -> ast.FunctionDef:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == parts[0]:
            return node if len(parts) == 1 else _definition(node, parts[1:])
    raise KeyError(parts)
