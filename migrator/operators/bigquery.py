"""BigQuery: queries run on the database resource; other jobs, datasets and tables through Google's own client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.bigquery_tables import EXTERNAL_ARGUMENTS, external_table
from migrator.operators.calls import Call, call_rule, known, options, passed, refuse, use, works_otherwise
from migrator.operators.common import argument, flag, required, text
from migrator.operators.google import DEFAULT_CONNECTION, GOOGLE, NO_TRIGGERER
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES, run_sql

_BIGQUERY = "airflow.providers.google.cloud."
_OPERATORS = _BIGQUERY + "operators.bigquery."
_PLACE = {"project_id": "project", "location": "location"}
_PLAIN = frozenset({"query", "useLegacySql", "priority", "useQueryCache"})
"""What a query job may say and still be no more than its SQL."""
_JOB_IGNORED = {
    **NO_TRIGGERER,
    "job_id": "Dagster's run tells the jobs apart",
    "force_rerun": "Dagster's run tells the jobs apart",
    "reattach_states": "Dagster's run tells the jobs apart",
    "cancel_on_kill": "a run that is ended cancels the job",
    "durable": "Dagster's run tells the jobs apart",
    "result_retry": "the client retries by itself",
    "result_timeout": "the job is waited for",
    "labels": "labels of a job have no effect on the data",
    "delegate_to": "an argument without effect in today's operators",
    "google_cloud_storage_conn_id": "the job itself reads the objects",
}
_JOB_IGNORED_OF_LOADS = {name: why for name, why in _JOB_IGNORED.items() if name != "labels"}
_SQL_IGNORED = {
    **_JOB_IGNORED,
    "location": "the connection's location counts",
    "project_id": "the connection's project counts",
    "priority": "queries run at once",
    "impersonation_chain": "the connection's credentials count",
}
_SUMMARY = "Runs the same statements on the resource that stands for the connection."


def _sql(task: Task, context: LoweringContext, sql: Value) -> Lowering:
    body = run_sql(task, context, sql, GOOGLE.connection, DEFAULT_CONNECTION, "bigquery", gives=False)
    return Lowering("work", body)


def _job(task: Task, context: LoweringContext) -> Lowering:
    configuration = required(task, "configuration")
    if not isinstance(configuration, Mapping):
        raise Untranslatable("MIG207", "what its job does is only known at run time", task.span)
    query = configuration.get("query")
    if not isinstance(query, Mapping) or "query" not in query:
        return _run(task, context, context.template(configuration))
    if set(query) <= _PLAIN and set(configuration) <= {"query", "labels", "jobType"} and not query.get("useLegacySql"):
        return _sql(task, context, query["query"])
    given: dict[str, Any] = dict(context.template({**configuration, "query": {**query, "query": ""}}))
    given["query"] = {**given["query"], "query": context.files(query["query"], SQL_FILES)[0]}
    return _run(task, context, given)


def _run(task: Task, context: LoweringContext, configuration: Expr) -> Lowering:
    arguments = {"configuration": configuration, **passed(task, context, _PLACE)}
    body = replace(use(task, context, GOOGLE, "run_bigquery_job", arguments, "str", "bigquery"), keys=("job_id",))
    return Lowering("work", body, deltas=works_otherwise(task, context, GOOGLE))


_QUERY_OPTIONS = {
    "write_disposition": "writeDisposition",
    "create_disposition": "createDisposition",
    "time_partitioning": "timePartitioning",
    "schema_update_options": "schemaUpdateOptions",
    "allow_large_results": "allowLargeResults",
    "flatten_results": "flattenResults",
    "maximum_billing_tier": "maximumBillingTier",
    "maximum_bytes_billed": "maximumBytesBilled",
}


def _query(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "udf_config", "query_params", "encryption_configuration", "cluster_fields", "api_resource_configs")
    sql, legacy = required(task, "sql"), bool(known(task, "use_legacy_sql", True))
    destination = argument(task, "destination_dataset_table")
    if destination is None:
        if legacy:
            raise Untranslatable("MIG201", "its SQL is BigQuery's legacy SQL", task.span)
        return _sql(task, context, sql)
    statements = context.files(sql, SQL_FILES)
    if len(statements) != 1:
        raise Untranslatable("MIG201", "it runs several queries into one table", task.argument_spans.get("sql"))
    settings = options(task, context, _QUERY_OPTIONS, useLegacySql=legacy)
    settings.setdefault("writeDisposition", "WRITE_EMPTY")
    arguments = {"sql": statements[0], "destination": context.template(destination), "options": settings}
    if argument(task, "location"):
        arguments["location"] = context.template(argument(task, "location"))
    body = use(task, context, GOOGLE, "query_bigquery_to_table", arguments, "", "bigquery")
    return Lowering("work", body, deltas=works_otherwise(task, context, GOOGLE))


# -------------------------------------------------------------------------------------------------------- load and copy

_LOAD_OPTIONS = {
    "create_disposition": "createDisposition",
    "time_partitioning": "timePartitioning",
    "range_partitioning": "rangePartitioning",
    "schema_update_options": "schemaUpdateOptions",
    "max_bad_records": "maxBadRecords",
    "ignore_unknown_values": "ignoreUnknownValues",
    "allow_jagged_rows": "allowJaggedRows",
    "encryption_configuration": "destinationEncryptionConfiguration",
}
_CSV_OPTIONS = {
    "skip_leading_rows": "skipLeadingRows",
    "field_delimiter": "fieldDelimiter",
    "quote_character": "quote",
    "allow_quoted_newlines": "allowQuotedNewlines",
    "encoding": "encoding",
}
"""What counts for CSV only; the operator leaves it out for other formats, too."""


def _load(task: Task, context: LoweringContext) -> dict[str, Expr]:
    bucket, objects = required(task, "bucket"), required(task, "source_objects")
    entries = objects if isinstance(objects, (list, tuple)) else [objects]
    uris = [context.template(text("gs://", bucket, "/", entry)) for entry in entries]
    source_format = str(known(task, "source_format", "CSV")).upper()
    settings = options(
        task,
        context,
        {**_LOAD_OPTIONS, **(_CSV_OPTIONS if source_format == "CSV" else {})},
        sourceFormat=source_format,
        writeDisposition=context.template(argument(task, "write_disposition") or "WRITE_EMPTY"),
    )
    if task.option("autodetect", True) is not None:
        settings["autodetect"] = flag(task, "autodetect", True)
    if fields := argument(task, "schema_fields"):
        settings["schema"] = {"fields": context.template(fields)}
    if clustering := argument(task, "cluster_fields"):
        settings["clustering"] = {"fields": context.template(clustering)}
    properties = options(task, context, {"labels": "labels", "description": "description"})
    if properties:
        settings["destinationTableProperties"] = properties
    for name in ("src_fmt_configs", "extra_config"):
        more = argument(task, name) or {}
        if not isinstance(more, Mapping):
            raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", task.span)
        settings |= context.template(more)
    arguments = {"source_uris": uris[0] if len(uris) == 1 else uris, "options": settings}
    schema = argument(task, "schema_object")
    if schema and "schema" not in settings and source_format != "DATASTORE_BACKUP":
        place = argument(task, "schema_object_bucket") or bucket
        arguments["schema_uri"] = context.template(text("gs://", place, "/", schema))
    return arguments


def _load_or_show(task: Task, context: LoweringContext) -> Lowering:
    """A load job, or a table that shows what is in the objects. Raises Untranslatable."""
    refuse(task, "max_id_key", "force_delete")
    if flag(task, "external_table"):
        method, arguments = "create_bigquery_table", external_table(task, context)
    else:
        method, arguments = "load_bigquery_table", _load(task, context)
        arguments["table"] = context.template(required(task, "destination_project_dataset_table"))
    arguments |= passed(task, context, _PLACE)
    body = use(task, context, GOOGLE, method, arguments, "", "bigquery")
    return Lowering("work", body, deltas=works_otherwise(task, context, GOOGLE))


def _extract(task: Task, context: LoweringContext) -> dict[str, Expr]:
    kind = str(known(task, "export_format", "CSV"))
    settings = {"destinationFormat": kind, **options(task, context, {"compression": "compression"})}
    if kind == "CSV":
        settings |= options(task, context, {"field_delimiter": "fieldDelimiter", "print_header": "printHeader"})
    return {"options": settings}


def _copy(task: Task, context: LoweringContext) -> dict[str, Expr]:
    names = {
        "create_disposition": "createDisposition",
        "encryption_configuration": "destinationEncryptionConfiguration",
    }
    disposition = context.template(argument(task, "write_disposition") or "WRITE_EMPTY")
    return {"options": options(task, context, names, writeDisposition=disposition)}


# ------------------------------------------------------------------------------------------------- datasets and tables


def _exists_ok(task: Task, names: tuple[str, ...] = ("if_exists", "exists_ok")) -> dict[str, Expr]:
    """What is to be done where the thing is there already; to skip then is a matter of control flow, and stays."""
    exists_ok = argument(task, "exists_ok")
    if exists_ok is not None:
        return {} if flag(task, "exists_ok") else {"exists_ok": False}
    wanted = known(task, "if_exists", "log")
    if wanted == "skip":
        raise Untranslatable("MIG201", "it skips what is below where the table is there", task.span)
    return {"exists_ok": False} if wanted == "fail" else {}


def _dataset(task: Task, context: LoweringContext) -> dict[str, Expr]:
    reference = argument(task, "dataset_reference") or {}
    if not isinstance(reference, Mapping):
        raise Untranslatable("MIG207", "what its dataset is made of is only known at run time", task.span)
    dataset = argument(task, "dataset_id") or argument(task, "dataset_reference.datasetReference.datasetId")
    if not dataset:
        raise Untranslatable("MIG207", "the name of its dataset is not known", task.span)
    found = {"dataset": context.template(dataset), **_exists_ok(task)}
    if rest := {name: value for name, value in reference.items() if name != "datasetReference"}:
        found["reference"] = context.template(rest)
    return found


def _table_of(task: Task, *names: str) -> Value:
    """`project.dataset.table` of several arguments, so far as they are given."""
    given = [value for name in names if (value := argument(task, name))]
    if len(given) < 2:
        raise Untranslatable("MIG207", "the name of its table is not known", task.span)
    parts: list[Value] = [given[0]]
    for value in given[1:]:
        parts += [".", value]
    return text(*parts)


def _new_table(task: Task, context: LoweringContext) -> dict[str, Expr]:
    table = context.template(_table_of(task, "project_id", "dataset_id", "table_id"))
    definition = argument(task, "table_resource")
    if definition is not None:
        return {"table": table, "definition": context.template(definition), **_exists_ok(task)}
    fields: dict[str, Expr] = options(
        task,
        context,
        {
            "time_partitioning": "timePartitioning",
            "view": "view",
            "materialized_view": "materializedView",
            "encryption_configuration": "encryptionConfiguration",
            "labels": "labels",
        },
    )
    if schema := argument(task, "schema_fields"):
        fields["schema"] = {"fields": context.template(schema)}
    if clustering := argument(task, "cluster_fields"):
        fields["clustering"] = {"fields": context.template(clustering)}
    return {"table": table, "definition": fields, **_exists_ok(task)}


def _upsert(task: Task, context: LoweringContext) -> dict[str, Expr]:
    definition = required(task, "table_resource")
    if not isinstance(definition, Mapping):
        raise Untranslatable("MIG207", "what its table is made of is only known at run time", task.span)
    place = definition.get("tableReference")
    name = place.get("tableId") if isinstance(place, Mapping) else None
    parts = [argument(task, "project_id"), argument(task, "dataset_id"), name]
    if name is None:
        raise Untranslatable("MIG207", "the name of its table is not known", task.span)
    table = text(*[piece for part in parts if part for piece in (part, ".")][:-1])
    rest = {key: value for key, value in definition.items() if key != "tableReference"}
    return {"table": context.template(table), "definition": context.template(rest)}


def _read(task: Task, context: LoweringContext) -> dict[str, Expr]:
    project = "table_project_id" if argument(task, "table_project_id") else "project_id"
    return {"table": context.template(_table_of(task, project, "dataset_id", "table_id"))}


def _existing(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"table": context.template(_table_of(task, "project_id", "dataset_id", "table_id"))}


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_QUERY_EXAMPLE = Example(
    title="A query job of BigQuery",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator

with DAG("bq", schedule=None, start_date=datetime(2024, 1, 1)):
    BigQueryInsertJobOperator(
        task_id="mart",
        configuration={{
            "query": {{"query": "CREATE OR REPLACE TABLE mart.customers AS SELECT * FROM raw.customers", "useLegacySql": False}}
        }},
    )
""",
    expected=("CREATE OR REPLACE TABLE mart.customers",),
)
_TARGET_EXAMPLE = Example(
    title="A query whose rows replace a day of a table",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator

with DAG("bq", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BigQueryInsertJobOperator(
        task_id="mart",
        location="EU",
        configuration={{
            "query": {{
                "query": "SELECT * FROM raw.sales WHERE day = '{{{{ ds }}}}'",
                "useLegacySql": False,
                "destinationTable": {{"projectId": "acme", "datasetId": "mart", "tableId": "sales${{{{ ds_nodash }}}}"}},
                "writeDisposition": "WRITE_TRUNCATE",
            }}
        }},
    )
""",
    expected=(
        "google_cloud_default.run_bigquery_job(",
        '"tableId": f"sales${',
        '"writeDisposition": "WRITE_TRUNCATE"',
        'location="EU"',
        "google_cloud_default: GoogleCloud",
    ),
)
_LOAD_EXAMPLE = Example(
    title="Objects that arrive each day",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator

with DAG("bq", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GCSToBigQueryOperator(
        task_id="load",
        bucket="acme-drops",
        source_objects=["sales/{{{{ ds }}}}/*.csv"],
        destination_project_dataset_table="acme.raw.sales",
        skip_leading_rows=1,
        write_disposition="WRITE_TRUNCATE",
        schema_fields=[{{"name": "day", "type": "DATE", "mode": "REQUIRED"}}],
    )
""",
    expected=(
        "google_cloud_default.load_bigquery_table(",
        'table="acme.raw.sales"',
        'source_uris=f"gs://acme-drops/sales/{context.partition_key}/*.csv"',
        '"skipLeadingRows": 1',
        '"writeDisposition": "WRITE_TRUNCATE"',
        '"schema": {"fields": [{"name": "day", "type": "DATE", "mode": "REQUIRED"}]}',
    ),
)
_EXPORT_EXAMPLE = Example(
    title="A table written to objects",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.bigquery_to_gcs import BigQueryToGCSOperator

with DAG("bq", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BigQueryToGCSOperator(
        task_id="export",
        source_project_dataset_table="acme.mart.sales",
        destination_cloud_storage_uris=["gs://acme-exports/sales/{{{{ ds }}}}/*.parquet"],
        export_format="PARQUET",
    )
""",
    expected=("google_cloud_default.export_bigquery_table(", 'options={"destinationFormat": "PARQUET"}'),
)
_DATASET_EXAMPLE = Example(
    title="A dataset that is there or is made",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.bigquery import BigQueryCreateEmptyDatasetOperator

with DAG("bq", schedule=None, start_date=datetime(2024, 1, 1)):
    BigQueryCreateEmptyDatasetOperator(task_id="dataset", dataset_id="mart", location="EU")
""",
    expected=('google_cloud_default.create_bigquery_dataset(location="EU", dataset="mart")',),
    disposition="step",
)
_SENSOR_EXAMPLE = Example(
    title="A table that another team writes",
    dag=f"""{_HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.google.cloud.sensors.bigquery import BigQueryTableExistenceSensor

with DAG("bq", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = BigQueryTableExistenceSensor(
        task_id="there", project_id="acme", dataset_id="raw", table_id="sales_{{{{ ds_nodash }}}}", deferrable=True
    )
    there >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}")
""",
    expected=("bigquery_table_exists(table=f", "acme.raw.sales_"),
    disposition="sensor",
)

_CALLS = (
    Call(
        "bigquery-export",
        (_BIGQUERY + "transfers.bigquery_to_gcs.BigQueryToGCSOperator",),
        "export_bigquery_table",
        {
            "source_project_dataset_table": "table",
            "destination_cloud_storage_uris": "destination_uris",
            **_PLACE,
        },
        summary="An extract job through Google's client.",
        built=_extract,
        reads=("compression", "export_format", "field_delimiter", "print_header"),
        ignored=_JOB_IGNORED,
        kind="bigquery",
        examples=(_EXPORT_EXAMPLE,),
    ),
    Call(
        "bigquery-copy",
        (_BIGQUERY + "transfers.bigquery_to_bigquery.BigQueryToBigQueryOperator",),
        "copy_bigquery_tables",
        {
            "source_project_dataset_tables": "sources",
            "destination_project_dataset_table": "destination",
            **_PLACE,
        },
        summary="A copy job through Google's client.",
        built=_copy,
        reads=("write_disposition", "create_disposition", "encryption_configuration"),
        ignored=_JOB_IGNORED,
        kind="bigquery",
    ),
    Call(
        "bigquery-create-dataset",
        (_OPERATORS + "BigQueryCreateEmptyDatasetOperator",),
        "create_bigquery_dataset",
        _PLACE,
        built=_dataset,
        reads=("dataset_id", "dataset_reference", "if_exists", "exists_ok"),
        kind="bigquery",
        examples=(_DATASET_EXAMPLE,),
    ),
    Call(
        "bigquery-delete-dataset",
        (_OPERATORS + "BigQueryDeleteDatasetOperator",),
        "delete_bigquery_dataset",
        {"dataset_id": "dataset", "project_id": "project", "delete_contents": "delete_contents"},
        kind="bigquery",
    ),
    Call(
        "bigquery-create-table",
        (_OPERATORS + "BigQueryCreateTableOperator", _OPERATORS + "BigQueryCreateEmptyTableOperator"),
        "create_bigquery_table",
        {"location": "location", "gcs_schema_object": "schema_uri"},
        built=_new_table,
        reads=(
            *("project_id", "dataset_id", "table_id", "table_resource", "schema_fields", "time_partitioning"),
            *("cluster_fields", "view", "labels", "if_exists", "exists_ok", "materialized_view"),
            "encryption_configuration",
        ),
        ignored=_JOB_IGNORED | {"retry": "the client retries by itself", "timeout": "the client's own limit counts"},
        kind="bigquery",
    ),
    Call(
        "bigquery-upsert-table",
        (_OPERATORS + "BigQueryUpsertTableOperator",),
        "upsert_bigquery_table",
        {"location": "location"},
        built=_upsert,
        reads=("project_id", "dataset_id", "table_resource"),
        kind="bigquery",
    ),
    Call(
        "bigquery-delete-table",
        (_OPERATORS + "BigQueryDeleteTableOperator",),
        "delete_bigquery_table",
        {"deletion_dataset_table": "table", "ignore_if_missing": "missing_ok"},
        ignored={"location": "tables are found by their name"},
        kind="bigquery",
    ),
    Call(
        "bigquery-read",
        (_OPERATORS + "BigQueryGetDataOperator",),
        "read_bigquery_table",
        {"max_results": "max_results", "selected_fields": "fields", "as_dict": "as_dict", "location": "location"},
        built=_read,
        reads=("project_id", "table_project_id", "dataset_id", "table_id"),
        gives="list",
        refused=("job_id",),
        ignored={**NO_TRIGGERER, "use_legacy_sql": "no SQL is used", "job_project_id": "goes with `job_id`"},
        kind="bigquery",
    ),
    Call(
        "bigquery-table-sensor",
        (
            _BIGQUERY + "sensors.bigquery.BigQueryTableExistenceSensor",
            _BIGQUERY + "sensors.bigquery.BigQueryTablePartitionExistenceSensor",
            _BIGQUERY + "sensors.bigquery.BigQueryTableExistenceAsyncSensor",
            _BIGQUERY + "sensors.bigquery.BigQueryTableExistencePartitionAsyncSensor",
        ),
        "bigquery_table_exists",
        {"partition_id": "partition"},
        built=_existing,
        reads=("project_id", "dataset_id", "table_id"),
        kind="bigquery",
        waits=True,
        examples=(_SENSOR_EXAMPLE,),
    ),
)

RULES = (
    Rule(
        name="bigquery-job",
        operators=(_OPERATORS + "BigQueryInsertJobOperator",),
        summary=_SUMMARY
        + " A job that is more than a query runs through Google's client, with the same configuration.",
        lower=_job,
        carried=frozenset({"configuration", "project_id", "location", *GOOGLE.connection, *GOOGLE.beside}),
        ignored=_JOB_IGNORED,
        sql=("configuration.query.query",),
        connection=GOOGLE.connection,
        default_connection=DEFAULT_CONNECTION,
        system="bigquery",
        examples=(_QUERY_EXAMPLE, _TARGET_EXAMPLE),
    ),
    Rule(
        name="bigquery-query",
        operators=(_OPERATORS + "BigQueryExecuteQueryOperator",),
        summary=_SUMMARY + " Rows that go to a table which is named beside the SQL do so through Google's client.",
        lower=_query,
        carried=frozenset(
            {
                *("sql", "destination_dataset_table", "use_legacy_sql", "location", *_QUERY_OPTIONS),
                *("udf_config", "query_params", "encryption_configuration", "cluster_fields", "api_resource_configs"),
                *(*GOOGLE.connection, *GOOGLE.beside),
            }
        ),
        ignored={name: why for name, why in _SQL_IGNORED.items() if name not in ("location", *GOOGLE.beside)},
        sql=("sql",),
        connection=GOOGLE.connection,
        default_connection=DEFAULT_CONNECTION,
        system="bigquery",
    ),
    Rule(
        name="bigquery-load",
        operators=(_BIGQUERY + "transfers.gcs_to_bigquery.GCSToBigQueryOperator",),
        summary="A load job through Google's client, or the definition of a table over the objects. A key whose highest value is asked for stays in Airflow.",
        lower=_load_or_show,
        carried=frozenset(
            {
                *("bucket", "source_objects", "source_format", "write_disposition", "autodetect", "schema_fields"),
                *("schema_object", "schema_object_bucket", "cluster_fields", "labels", "description", "external_table"),
                *("src_fmt_configs", "extra_config", "destination_project_dataset_table", "max_id_key", "force_delete"),
                *(*_PLACE, *_LOAD_OPTIONS, *_CSV_OPTIONS, *EXTERNAL_ARGUMENTS, *GOOGLE.connection, *GOOGLE.beside),
            }
        ),
        ignored={**GOOGLE.ignored, **_JOB_IGNORED_OF_LOADS},
        connection=GOOGLE.connection,
        default_connection=DEFAULT_CONNECTION,
        examples=(_LOAD_EXAMPLE,),
    ),
    *(call_rule(GOOGLE, call) for call in _CALLS),
)
