"""Tables of BigQuery over objects of Cloud Storage, what datasets and tables are, and rows that go to other databases."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Value
from migrator.operators.calls import Call, call_rule, known, options, refuse, use, works_otherwise
from migrator.operators.common import argument, delta, flag, required, text
from migrator.operators.google import DEFAULT_CONNECTION, GOOGLE, NO_TRIGGERER
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_GOOGLE = "airflow.providers.google.cloud."
_OPERATORS = _GOOGLE + "operators.bigquery."

# ----------------------------------------------------------------------------------------------------- external tables

_FORMAT_OPTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "CSV": (
        "csvOptions",
        {
            "skip_leading_rows": "skipLeadingRows",
            "field_delimiter": "fieldDelimiter",
            "quote_character": "quote",
            "allow_quoted_newlines": "allowQuotedNewlines",
            "allow_jagged_rows": "allowJaggedRows",
            "encoding": "encoding",
        },
    ),
    "GOOGLE_SHEETS": ("googleSheetsOptions", {"skip_leading_rows": "skipLeadingRows"}),
    "PARQUET": ("parquetOptions", {}),
}
EXTERNAL_ARGUMENTS = (
    *("bucket", "source_objects", "source_format", "autodetect", "compression", "ignore_unknown_values"),
    *("schema_fields", "max_bad_records", "src_fmt_configs", "extra_config", "labels", "description"),
    *_FORMAT_OPTIONS["CSV"][1],
)
"""Arguments of which the definition of an external table is made."""


def external_table(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """The arguments of `create_bigquery_table` for a table over the objects that a task names. Raises Untranslatable."""
    refuse(task, "schema_object", "encryption_configuration")
    objects = required(task, "source_objects")
    entries = list(objects) if isinstance(objects, (list, tuple)) else [objects]
    kind = str(known(task, "source_format") or "CSV").upper()
    external: dict[str, Expr] = {
        "sourceFormat": kind,
        "sourceUris": [context.template(text("gs://", required(task, "bucket"), "/", entry)) for entry in entries],
    }
    external |= options(
        task,
        context,
        {
            "autodetect": "autodetect",
            "compression": "compression",
            "ignore_unknown_values": "ignoreUnknownValues",
            "max_bad_records": "maxBadRecords",
        },
    )
    if fields := argument(task, "schema_fields"):
        external["schema"] = {"fields": context.template(fields)}
    member, names = _FORMAT_OPTIONS.get(kind, ("", {}))
    if member and (own := {**options(task, context, names), **_mapping(task, context, "src_fmt_configs")}):
        external[member] = own
    external |= _mapping(task, context, "extra_config")
    definition = {
        "externalDataConfiguration": external,
        **options(task, context, {"labels": "labels", "description": "description"}),
    }
    return {"table": context.template(required(task, "destination_project_dataset_table")), "definition": definition}


def _mapping(task: Task, context: LoweringContext, name: str) -> dict[str, Expr]:
    value = argument(task, name) or {}
    if not isinstance(value, Mapping):
        raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", task.span)
    return dict(context.template(value))


def _external(task: Task, context: LoweringContext) -> dict[str, Expr]:
    definition = argument(task, "table_resource")
    if definition is None:
        return external_table(task, context)
    if not isinstance(definition, Mapping):
        raise Untranslatable("MIG207", "what its table is made of is only known at run time", task.span)
    rest = {name: value for name, value in definition.items() if name != "tableReference"}
    return {"table": context.template(_name_of(task, definition)), "definition": context.template(rest)}


def _name_of(task: Task, definition: Mapping[Value, Value]) -> Value:
    """`project.dataset.table` of the reference in a table's definition, and of arguments beside it."""
    place = definition.get("tableReference") or {}
    if not isinstance(place, Mapping):
        raise Untranslatable("MIG207", "the name of its table is not known", task.span)
    parts = [
        place.get(member) or argument(task, name)
        for member, name in (("projectId", "project_id"), ("datasetId", "dataset_id"), ("tableId", "table_id"))
    ]
    if parts[1] is None or parts[2] is None:
        raise Untranslatable("MIG207", "the name of its table is not known", task.span)
    return text(*[piece for part in parts if part for piece in (part, ".")][:-1])


# ---------------------------------------------------------------------------------- definitions of tables and datasets


def _updated_table(task: Task, context: LoweringContext) -> dict[str, Expr]:
    definition = required(task, "table_resource")
    if not isinstance(definition, Mapping):
        raise Untranslatable("MIG207", "what its table is made of is only known at run time", task.span)
    rest = {name: value for name, value in definition.items() if name != "tableReference"}
    return {"table": context.template(_name_of(task, definition)), "definition": context.template(rest)}


def _table(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"table": context.template(_name_of(task, {}))}


# ----------------------------------------------------------------------------------------------- rows to other databases

_TARGETS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "BigQueryToMySqlOperator": ("mysql_conn_id", "mysql_default", "mysql", ()),
    "BigQueryToPostgresOperator": ("postgres_conn_id", "postgres_default", "postgres", ("replace_index",)),
    "BigQueryToMsSqlOperator": ("mssql_conn_id", "mssql_default", "mssql", ("source_project_dataset_table",)),
}


def _to_database(task: Task, context: LoweringContext) -> Lowering:
    connection, default, system, _ = _TARGETS[task.operator]
    source: Value = argument(task, "source_project_dataset_table") or argument(task, "dataset_table")
    if source is None:
        dataset, table = required(task, "dataset_id"), required(task, "table_id")
        source = text(dataset, ".", table)
    database = context.resource(argument(task, connection, default), "database", system)
    given: dict[str, Expr] = {
        "table": context.template(source),
        "database": ResourceValue(database),
        "target": context.template(required(task, "target_table_name")),
    }
    given |= options(task, context, {"selected_fields": "fields"})
    methods = ["insert"]
    if flag(task, "replace"):
        given["replace"] = True
        methods.append("insert_replace")
        if key := argument(task, "replace_index"):
            given["key"] = context.template(key)
    context.use_methods(database, methods)
    body = use(task, context, GOOGLE, "copy_bigquery_rows", given, "", "bigquery")
    place = argument(task, "database")
    beside = (
        (delta(context, f"its rows go to the database `{place}`", "the URL of the resource says which database"),)
        if isinstance(place, str) and place
        else ()
    )
    return Lowering("work", body, deltas=(*works_otherwise(task, context, GOOGLE), *beside))


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_EXTERNAL_EXAMPLE = Example(
    title="A table over the objects of a bucket",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.bigquery import BigQueryCreateExternalTableOperator

with DAG("taxi", schedule="@monthly", start_date=datetime(2024, 1, 1), catchup=False):
    BigQueryCreateExternalTableOperator(
        task_id="trips",
        table_resource={{
            "tableReference": {{"projectId": "acme", "datasetId": "raw", "tableId": "trips"}},
            "externalDataConfiguration": {{"sourceFormat": "PARQUET", "sourceUris": ["gs://lake/trips/*.parquet"]}},
        }},
    )
""",
    expected=(
        "google_cloud_default.create_bigquery_table(",
        'table="acme.raw.trips"',
        '"sourceUris": ["gs://lake/trips/*.parquet"]',
    ),
)
_ROWS_EXAMPLE = Example(
    title="The rows of a table for a database",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.bigquery_to_postgres import BigQueryToPostgresOperator

with DAG("reverse", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BigQueryToPostgresOperator(
        task_id="scores", dataset_table="mart.scores", target_table_name="scores", postgres_conn_id="shop", replace=False
    )
""",
    expected=("google_cloud_default.copy_bigquery_rows(", "database=shop", 'target="scores"'),
)
_CALLS = (
    Call(
        "bigquery-external-table",
        (_OPERATORS + "BigQueryCreateExternalTableOperator",),
        "create_bigquery_table",
        {"location": "location"},
        summary="Makes the same table over objects of Cloud Storage; one that is there stays as it is.",
        built=_external,
        reads=("table_resource", "destination_project_dataset_table", *EXTERNAL_ARGUMENTS),
        refused=("schema_object", "encryption_configuration"),
        ignored={
            "google_cloud_storage_conn_id": "BigQuery itself reads the objects",
            "gcs_schema_bucket": "goes with `schema_object`",
            "delegate_to": "an argument without effect in today's operators",
        },
        kind="bigquery",
        examples=(_EXTERNAL_EXAMPLE,),
    ),
    Call(
        "bigquery-update-table",
        (_OPERATORS + "BigQueryUpdateTableOperator", _OPERATORS + "BigQueryPatchTableOperator"),
        "update_bigquery_table",
        {"fields": "fields"},
        built=_updated_table,
        reads=("table_resource", "project_id", "dataset_id", "table_id"),
        kind="bigquery",
    ),
    Call(
        "bigquery-update-schema",
        (_OPERATORS + "BigQueryUpdateTableSchemaOperator",),
        "update_bigquery_schema",
        {"schema_fields_updates": "changes"},
        built=_table,
        reads=("project_id", "dataset_id", "table_id"),
        ignored={
            "include_policy_tags": "policy tags stay as they are where no change names them",
            "location": "tables are found by their name",
        },
        kind="bigquery",
    ),
    Call(
        "bigquery-update-dataset",
        (_OPERATORS + "BigQueryUpdateDatasetOperator", _OPERATORS + "BigQueryPatchDatasetOperator"),
        "update_bigquery_dataset",
        {"dataset_id": "dataset", "dataset_resource": "definition", "fields": "fields", "project_id": "project"},
        kind="bigquery",
    ),
    Call(
        "bigquery-get-dataset",
        (_OPERATORS + "BigQueryGetDatasetOperator",),
        "get_bigquery_dataset",
        {"dataset_id": "dataset", "project_id": "project"},
        gives="dict",
        kind="bigquery",
    ),
    Call(
        "bigquery-list-tables",
        (_OPERATORS + "BigQueryGetDatasetTablesOperator",),
        "list_bigquery_tables",
        {"dataset_id": "dataset", "project_id": "project", "max_results": "max_results"},
        gives="list",
        kind="bigquery",
    ),
)

RULES: tuple[Rule, ...] = (
    *(call_rule(GOOGLE, call) for call in _CALLS),
    *(
        Rule(
            name=f"bigquery-to-{system}",
            operators=(f"{_GOOGLE}transfers.bigquery_to_{system}.{operator}",),
            summary="Inserts the same rows into a table of the database, from one resource into another.",
            lower=_to_database,
            carried=frozenset(
                {
                    *("dataset_table", "dataset_id", "table_id", "target_table_name", "selected_fields", "replace"),
                    *("database", connection, *more),
                    *(*GOOGLE.connection, *GOOGLE.beside),
                }
            ),
            ignored={
                **NO_TRIGGERER,
                "batch_size": "rows go one page after the other",
                "location": "tables are found by their name",
            },
            connection=GOOGLE.connection,
            default_connection=DEFAULT_CONNECTION,
            examples=(_ROWS_EXAMPLE,) if system == "postgres" else (),
        )
        for operator, (connection, _, system, more) in _TARGETS.items()
    ),
)
