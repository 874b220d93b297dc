"""What DAG authors declare: inlets and outlets, as Datasets, Assets lineage entities of Airflow or OpenLineage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of
from migrator.analyzers.io.names import usable
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.values import AssetValue, ObjectValue, Value

_FILE_STORES = frozenset({"s3", "s3a", "gs", "abfs", "abfss", "wasb", "wasbs", "hdfs", "dbfs"})
"""Schemes of OpenLineage's namespaces whose datasets are files."""


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
    """Kind and name of each thing that a declared value means."""
    if isinstance(value, AssetValue):
        name = usable(value.uri or value.name)
        if value.kind == "asset" and name is not None:
            yield "dataset", name
        for member in value.members:
            yield from _things(member, task, context)
    elif isinstance(value, Mapping):
        # Airflow 1.10: `{"datasets": [File(...)], "auto": True}`
        for member in _members(value.get("datasets")):
            yield from _things(member, task, context)
    elif isinstance(value, ObjectValue):
        yield from _entity(value, task, context)


def _members(value: Value) -> tuple[Value, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _entity(value: ObjectValue, task: Task, context: IoContext) -> Iterator[tuple[str, str]]:
    """A thing of Airflow's lineage entities, or a dataset of OpenLineage's client."""
    package, _, entity = value.type.rpartition(".")

    def text(position: int, *keywords: str) -> str | None:
        given = next((value.kwargs[key] for key in keywords if key in value.kwargs), None)
        if given is None and position < len(value.args):
            given = value.args[position]
        return context.name_of(given, task)

    if package.startswith("airflow.lineage.") and entity == "File":
        name = text(0, "url", "name")
        if name is not None:
            yield ("object" if "://" in name and not name.startswith("file://") else "file"), name
    elif package.startswith("airflow.lineage.") and entity == "Table":
        database, table = text(0, "database"), text(2, "name")
        if database and table:
            yield "table", f"{database}.{table}"
    elif package.startswith("openlineage.") and entity in ("Dataset", "InputDataset", "OutputDataset"):
        namespace, name = text(0, "namespace"), text(1, "name")
        if namespace and name:
            yield _of_openlineage(namespace, name)


def _of_openlineage(namespace: str, name: str) -> tuple[str, str]:
    """OpenLineage names a file by the place it lies in and its path, a table by its server and its name."""
    scheme = namespace.partition("://")[0]
    if scheme == "file":
        return "file", f"/{name.lstrip('/')}"
    if scheme in _FILE_STORES:
        return "object", f"{namespace.rstrip('/')}/{name.lstrip('/')}"
    return ("stream" if scheme in ("kafka", "pubsub") else "table"), name
