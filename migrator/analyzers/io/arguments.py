"""Arguments that name data by themselves: what a sensor waits for, what a check looks at, what a transfer moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of, values_of
from migrator.model.airflow import Task
from migrator.model.assets import Confidence, Direction

Names = Callable[[Task, IoContext], Iterator[str]]


@dataclass(frozen=True, slots=True)
class _Argument:
    """`operators` (class names, subclasses included) read or write what `names` finds through `argument`."""

    operators: tuple[str, ...]
    argument: str
    direction: Direction
    kind: str
    names: Names
    why: str
    connection: str | None = None
    default_connection: str | None = None
    system: str | None = None


def argument_refs(task: Task, context: IoContext) -> Found:
    """References by the table below."""
    classes = {task.operator, *(base.rpartition(".")[2] for base in task.bases)}
    refs = []
    for entry in _TABLE:
        if classes.isdisjoint(entry.operators):
            continue
        connection = task.option(entry.connection, entry.default_connection) if entry.connection else None
        for name in entry.names(task, context):
            kind = entry.kind if entry.kind != "file" or "://" not in name else "object"
            refs.append(
                make_ref(
                    entry.direction,
                    kind,
                    name,
                    Confidence.CERTAIN,
                    span_of(task, entry.argument),
                    entry.why,
                    system=entry.system,
                    connection=connection if isinstance(connection, str) else None,
                )
            )
    return refs, []


def _plain(argument: str) -> Names:
    """The argument itself, or each member of a list."""

    def names(task: Task, context: IoContext) -> Iterator[str]:
        for value in values_of(task, argument):
            name = context.name_of(value, task)
            if name is not None:
                yield name

    return names


def _in_bucket(scheme: str, bucket: str, key: str) -> Names:
    """`scheme://bucket/key`; keys that are full URLs stand for themselves."""

    def names(task: Task, context: IoContext) -> Iterator[str]:
        container = context.name_of(task.option(bucket), task)
        for name in _plain(key)(task, context):
            if "://" in name:
                yield name
            elif container is not None:
                yield f"{scheme}://{container.removeprefix(f'{scheme}://').strip('/')}/{name.lstrip('/')}"

    return names


def _bigquery_target(task: Task, context: IoContext) -> Iterator[str]:
    """The table that a query job writes its rows to, named beside the SQL."""
    for value in values_of(task, "configuration.query.destinationTable"):
        if isinstance(value, dict):
            parts = [context.name_of(value.get(key), task) for key in ("projectId", "datasetId", "tableId")]
            if parts[1] and parts[2]:
                yield ".".join(part for part in parts if part)


def _colons_as_dots(argument: str) -> Names:
    """BigQuery's old `project:dataset.table`."""

    def names(task: Task, context: IoContext) -> Iterator[str]:
        for name in _plain(argument)(task, context):
            yield name.replace(":", ".", 1) if "{" not in name else name

    return names


_S3 = "aws_default"
_GCP = "google_cloud_default"
_CHECKS = ("SQLTableCheckOperator", "SQLColumnCheckOperator", "SQLIntervalCheckOperator")
_IN, _OUT = Direction.INPUT, Direction.OUTPUT

_TABLE = (
    _Argument(
        ("FileSensor",),
        "filepath",
        _IN,
        "file",
        _plain("filepath"),
        "it waits for the file",
        "fs_conn_id",
        "fs_default",
    ),
    _Argument(
        ("S3KeySensor",),
        "bucket_key",
        _IN,
        "object",
        _in_bucket("s3", "bucket_name", "bucket_key"),
        "it waits for the object",
        "aws_conn_id",
        _S3,
        "s3",
    ),
    _Argument(
        ("GCSObjectExistenceSensor",),
        "object",
        _IN,
        "object",
        _in_bucket("gs", "bucket", "object"),
        "it waits for the object",
        "google_cloud_conn_id",
        _GCP,
        "gcs",
    ),
    _Argument(_CHECKS, "table", _IN, "table", _plain("table"), "it checks the table", "conn_id"),
    _Argument(
        ("BigQueryInsertJobOperator",),
        "configuration",
        _OUT,
        "table",
        _bigquery_target,
        "the query's rows go there",
        "gcp_conn_id",
        _GCP,
        "bigquery",
    ),
    _Argument(
        ("BigQueryExecuteQueryOperator",),
        "destination_dataset_table",
        _OUT,
        "table",
        _colons_as_dots("destination_dataset_table"),
        "the query's rows go there",
        "gcp_conn_id",
        _GCP,
        "bigquery",
    ),
    _Argument(
        ("GCSToBigQueryOperator",),
        "source_objects",
        _IN,
        "object",
        _in_bucket("gs", "bucket", "source_objects"),
        "it loads the object",
        "gcp_conn_id",
        _GCP,
        "gcs",
    ),
    _Argument(
        ("GCSToBigQueryOperator",),
        "destination_project_dataset_table",
        _OUT,
        "table",
        _colons_as_dots("destination_project_dataset_table"),
        "it loads the table",
        "gcp_conn_id",
        _GCP,
        "bigquery",
    ),
)
