"""What DAG authors declare: inlets and outlets, as Datasets, Assets or Airflow 2's lineage entities."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of
from migrator.analyzers.io.names import usable
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.values import AssetValue, ObjectValue, Value


def declared_refs(task: Task, context: IoContext) -> Found:
    """One reference for each declared asset. An alias names no data before a run fills it, so it is none."""
    refs = [
        *_side(task, context, "inlets", task.inlets, Direction.INPUT),
        *_side(task, context, "outlets", task.outlets, Direction.OUTPUT),
    ]
    return refs, []


def _side(
    task: Task, context: IoContext, argument: str, values: tuple[Value, ...], direction: Direction
) -> Iterator[AssetRef]:
    span = span_of(task, argument)
    for value in values:
        for kind, name in _things(value, task, context):
            yield make_ref(direction, kind, name, Confidence.DECLARED, span, f"it stands in `{argument}`")


def _things(value: Value, task: Task, context: IoContext) -> Iterator[tuple[str, str]]:
    if isinstance(value, AssetValue):
        name = usable(value.uri or value.name)
        if value.kind == "asset" and name is not None:
            yield "dataset", name
        for member in value.members:
            yield from _things(member, task, context)
    elif isinstance(value, ObjectValue) and value.type.startswith("airflow.lineage.entities."):
        entity = value.type.rpartition(".")[2]
        if entity == "File":
            name = context.name_of(value.kwargs.get("url", value.args[0] if value.args else None), task)
            if name is not None:
                yield ("object" if "://" in name else "file"), name
        elif entity == "Table":
            parts = [context.name_of(value.kwargs.get(key), task) for key in ("database", "name")]
            if all(parts):
                yield "table", ".".join(part for part in parts if part)
