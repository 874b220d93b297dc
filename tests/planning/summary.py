"""A plan in few words, for comparison with files."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction
from migrator.model.plan import AssetOut, CreateAsset, CreateCheck, CreateOp, KeepInAirflow, MigrationPlan, Operation
from migrator.model.source import Span
from migrator.model.values import CallableValue


def summary(plan: MigrationPlan) -> dict[str, Any]:
    """What is decided, as JSON: forms, operations, dispositions, differences, findings, waves."""
    return {
        "dags": {dag.dag_id: _dag(plan, dag.dag_id) for dag in plan.dags},
        "external": [key(found.output.key) for found in plan.external_assets],
        "resources": [expression(found) for found in plan.resources],
        "settings": [f"{found.name} ({found.origin}) = {found.default}" for found in plan.settings],
        "waves": [f"{wave.number}: {', '.join(wave.dags)} ({wave.why})" for wave in plan.waves],
        "findings": [f"{found.span.line}: {found.code} {found.message}" for found in plan.diagnostics],
    }


def _dag(plan: MigrationPlan, dag_id: str) -> dict[str, Any]:
    dag = next(dag for dag in plan.dags if dag.dag_id == dag_id)
    return _filled(
        {
            "form": dag.form,
            "reason": dag.reason,
            "folder": dag.folder if dag.folder != dag_id else "",
            "partitions": expression(dag.partitions) if dag.partitions else "",
            "config": [expression(field) for field in dag.config],
            "operations": [_operation(operation) for operation in dag.operations],
            "tasks": {
                found.task_id: " ".join(filter(None, (found.kind, found.code, f"({found.reason})")))
                for found in plan.dispositions
                if found.dag_id == dag_id
            },
            "differences": [
                f"{f'{found.task_id}: ' if found.task_id else ''}{found.airflow} -> {found.dagster}"
                for found in plan.deltas
                if found.dag_id == dag_id
            ],
        }
    )


def _operation(operation: Operation) -> dict[str, Any]:
    shown: dict[str, Any] = {"is": type(operation).__name__}
    for name in ("name", "task_id"):
        if getattr(operation, name, None):
            shown[name] = getattr(operation, name)
    if shown.get("name") == shown.get("task_id"):
        shown.pop("task_id", None)
    if isinstance(operation, (CreateAsset, KeepInAirflow)):
        shown["makes"] = [_out(output) for output in operation.outputs]
    if isinstance(operation, CreateCheck):
        shown["checks"] = key(operation.asset)
    if isinstance(operation, CreateOp):
        shown["materializes"] = [_out(output) for output in operation.materializes]
        shown["after"] = [
            " | ".join(f"{node}.{output}" for node, output in order.after) + (" collected" if order.collected else "")
            for order in operation.orders
        ]
        shown["outputs"] = [f"{name}{'?' if optional else ''}" for name, optional in operation.outputs]
        shown["dynamic"] = operation.dynamic
    if hasattr(operation, "deps"):
        shown["deps"] = [key(dep) for dep in operation.deps]
    if hasattr(operation, "inputs"):
        shown["inputs"] = [
            f"{found.parameter} = {key(found.asset) if found.asset else found.node}"
            f"{' mapped' if found.mapped else ''}{' collected' if found.collected else ''}"
            for found in operation.inputs
        ]
    if getattr(operation, "expression", None):
        shown["expression"] = expression(operation.expression)
    if getattr(operation, "every", None):
        shown["every"] = f"{operation.every} from {operation.since}"
    for name in (
        "body",
        "retry",
        "pool",
        "owners",
        "description",
        "form",
        "crons",
        "dates",
        "timezone",
        "job",
        "task_ids",
    ):
        value = getattr(operation, name, None)
        if value and value != "UTC":
            shown[name] = expression(value)
    for name in ("conditions", "on", "triggers", "request", "notify", "callback", "interval", "all_of", "partitioned"):
        value = getattr(operation, name, None)
        if value:
            shown[name] = expression(value)
    if getattr(operation, "assets", ()):
        shown["assets"] = [key(found) for found in operation.assets]
    return _filled(shown)


def key(path: AssetKey) -> str:
    return "/".join(path)


def _out(output: AssetOut) -> str:
    policy = output.freshness
    due = f" by {policy.cron or 'the run before'} within {policy.seconds:g} s" if policy is not None else ""
    return key(output.key) + ("?" if output.optional else "") + (" =value" if output.stores_value else "") + due


def expression(value: Any) -> Any:
    """An expression, body or the like as JSON: its class and what differs from the defaults."""
    if isinstance(value, CallableValue):
        return value.qualname
    if isinstance(value, Span):
        return f"line {value.line}"
    if isinstance(value, CallFunction) and not value.callable.span:
        return {"call": value.callable.qualname}
    if is_dataclass(value) and not isinstance(value, type):
        shown = {
            field.name: expression(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != field.default and getattr(value, field.name) not in ((), {}, None, "")
        }
        return {type(value).__name__: shown}
    if isinstance(value, dict):
        return {str(name): expression(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [expression(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def _filled(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value not in ([], {}, "", None, False)}
