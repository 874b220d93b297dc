"""Data from one system to another: queries to objects or tables, objects to files or tables, and blobs of Azure."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import ObjectExists, RunSql, UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Text, Value
from migrator.operators.calls import known, passed, refuse
from migrator.operators.common import argument, delta, first_argument, flag, poll, required, text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES
from migrator.operators.storage import located

_PROVIDERS = "airflow.providers."
_AZURE = _PROVIDERS + "microsoft.azure."


def _store(task: Task, context: LoweringContext, names: tuple[str, ...], default: str, system: str) -> str:
    given = next((value for name in names if (value := argument(task, name)) is not None), default)
    return context.resource(given, "object_store", system)


def _call(
    context: LoweringContext, store: str, method: str, arguments: Mapping[str, Expr], optional: bool = False
) -> Lowering:
    if optional:
        context.use_methods(store, (method,))
    return Lowering("work", UseResource(store, method, arguments))


# ------------------------------------------------------------------------------------------------- objects of S3 and GCS


def _create_object(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "encrypt", "acl_policy", "compression")
    if known(task, "encoding", "utf-8") not in ("utf-8", "UTF-8", "utf8"):
        raise Untranslatable("MIG201", "its text is not in UTF-8", task.argument_spans.get("encoding"))
    bucket, key = located(task, context, "s3_bucket", "s3_key")
    store = _store(task, context, ("aws_conn_id",), "aws_default", "s3")
    arguments: dict[str, Expr] = {
        "content": context.template(required(task, "data")),
        "bucket": bucket,
        "key": key,
    }
    if flag(task, "replace"):
        arguments["replace"] = True
    return _call(context, store, "write", arguments, optional=True)


def _download(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "store_to_xcom_key", "impersonation_chain")
    key = argument(task, "object_name") or argument(task, "object")
    if key is None:
        raise Untranslatable("MIG207", "the name of its object is not known", task.span)
    store = _store(task, context, ("gcp_conn_id",), "google_cloud_default", "gcs")
    arguments = {
        "bucket": context.template(required(task, "bucket")),
        "key": context.template(key),
        "path": context.template(required(task, "filename")),
    }
    return _call(context, store, "download_as", arguments, optional=True)


# ------------------------------------------------------------------------------------------------------ rows of queries


def _sql_to_s3(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "sql_hook_params", "read_kwargs", "read_pd_kwargs", "max_rows_per_file", "groupby_kwargs")
    kind = str(known(task, "file_format", "csv")).rpartition(".")[2].lower()
    if kind not in ("csv", "json", "parquet") or known(task, "df_type", "pandas") != "pandas":
        raise Untranslatable("MIG201", f"it writes files of the kind `{kind}`", task.argument_spans.get("file_format"))
    more = argument(task, "df_kwargs") or argument(task, "pd_kwargs") or {}
    if not isinstance(more, Mapping) or more.get("compression"):
        raise Untranslatable("MIG201", "its files are compressed, or how they are written is not known", task.span)
    mysql = task.operator == "MySQLToS3Operator"
    system, default = ("mysql", "mysql_default") if mysql else (None, None)
    database = context.resource(first_argument(task, ("sql_conn_id", "mysql_conn_id"), default), "database", system)
    context.use_methods(database, ("frame",))
    store = _store(task, context, ("aws_conn_id",), "aws_default", "s3")
    arguments: dict[str, Expr] = {
        "database": ResourceValue(database),
        "query": context.files(required(task, "query"), (".sql",))[0],
        "bucket": context.template(required(task, "s3_bucket")),
        "key": context.template(required(task, "s3_key")),
    }
    if kind != "csv":
        arguments["file_format"] = kind
    if more:
        arguments["options"] = context.template(more)
    arguments |= passed(task, context, {"parameters": "parameters"})
    if flag(task, "replace"):
        arguments["replace"] = True
    return _call(context, store, "write_query", arguments, optional=True)


def _generic(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "rows_processor", "source_hook_params", "destination_hook_params")
    source = context.resource(required(task, "source_conn_id"), "database")
    target = context.resource(required(task, "destination_conn_id"), "database")
    statements = context.files(required(task, "sql"), SQL_FILES)
    arguments: dict[str, Expr] = {
        "source": ResourceValue(source),
        "query": list(statements) if len(statements) > 1 else statements[0],
        "table": context.template(required(task, "destination_table")),
    }
    before = argument(task, "preoperator")
    if before:
        arguments["before"] = list(context.files(before, SQL_FILES))
    arguments |= insert_options(task, context)
    context.use_methods(target, ("insert", "insert_query", *(("insert_replace",) if "replace" in arguments else ())))
    deltas = (
        (delta(context, "it reads the rows page by page", "it reads all rows of the query at once", minor=True),)
        if argument(task, "page_size")
        else ()
    )
    return Lowering("work", UseResource(target, "insert_query", arguments), deltas=deltas)


_INSERT_OPTIONS = {"target_fields": "columns", "replace": "replace", "replace_index": "key"}
"""Arguments of a hook's `insert_rows`, and what the resource's method calls them."""
_HOW_INSERTED = frozenset({"autocommit", "commit_every", "executemany", "fast_executemany"})


def insert_options(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """What `insert_args` says beside how many rows go at once. Raises Untranslatable."""
    given = argument(task, "insert_args") or {}
    if not isinstance(given, Mapping) or given.keys() - _INSERT_OPTIONS.keys() - _HOW_INSERTED:
        raise Untranslatable(
            "MIG201", "its rows are inserted in a way of its own", task.argument_spans.get("insert_args")
        )
    return {
        new: context.template(given[name])
        for name, new in _INSERT_OPTIONS.items()
        if given.get(name) not in (None, False)
    }


def _copy_into_snowflake(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "authenticator", "session_parameters", "validation_mode")
    resource = context.resource(argument(task, "snowflake_conn_id") or "snowflake_default", "database", "snowflake")
    columns, files = argument(task, "columns_array") or (), argument(task, "files") or ()
    if not isinstance(columns, (list, tuple)) or not isinstance(files, (list, tuple)):
        raise Untranslatable("MIG207", "its files or columns are only known at run time", task.span)
    schema, table = argument(task, "schema"), required(task, "table")
    parts: list[Value] = ["COPY INTO ", *((schema, ".") if schema else ()), table]
    if columns:
        parts += ["(", *_joined(columns, ""), ")"]
    parts += [" FROM @", required(task, "stage"), "/", argument(task, "prefix") or ""]
    if files:
        parts += [" FILES=(", *_joined(files, "'"), ")"]
    if pattern := argument(task, "pattern"):
        parts += [" PATTERN='", pattern, "'"]
    parts += [" FILE_FORMAT=", required(task, "file_format")]
    if copy_options := argument(task, "copy_options"):
        parts += [" ", copy_options]
    place = [name for name in ("warehouse", "database", "role") if argument(task, name)]
    shown = ", ".join(f"`{name}`" for name in place)
    deltas = (
        (delta(context, f"{shown} say where the statement runs", "the URL of the resource says so"),) if place else ()
    )
    return Lowering("work", RunSql(resource, (context.template(text(*parts)),), gives=False), deltas=deltas)


def _copy_into_databricks(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "credential", "storage_credential", "encryption", "session_configuration", "client_parameters")
    files, pattern = argument(task, "files"), argument(task, "pattern")
    if files is not None and not isinstance(files, (list, tuple)):
        raise Untranslatable("MIG207", "its files are only known at run time", task.span)
    resource = context.resource(argument(task, "databricks_conn_id", "databricks_default"), "database", "databricks")
    location: list[Value] = ["'", required(task, "file_location"), "'"]
    if expressions := argument(task, "expression_list"):
        location = ["(SELECT ", expressions, " FROM ", *location, ")"]
    parts: list[Value] = ["COPY INTO ", required(task, "table_name"), " FROM ", *location]
    parts += [" FILEFORMAT = ", required(task, "file_format")]
    if validate := argument(task, "validate"):
        parts += [" VALIDATE ", "ALL" if validate is True else f"{validate} ROWS"]
    if files:
        parts += [" FILES = (", *_joined(files, "'"), ")"]
    elif pattern:
        parts += [" PATTERN = '", pattern, "'"]
    force: Mapping[Value, Value] = {} if argument(task, "force_copy") is None else {"force": flag(task, "force_copy")}
    parts += _sql_options(task, "format_options", {}) + _sql_options(task, "copy_options", force)
    place = [name for name in ("http_path", "sql_endpoint_name", "catalog", "schema") if argument(task, name)]
    shown = ", ".join(f"`{name}`" for name in place)
    deltas = (
        (delta(context, f"{shown} say where the statement runs", "the URL of the resource says so"),) if place else ()
    )
    return Lowering("work", RunSql(resource, (context.template(text(*parts)),), gives=False), deltas=deltas)


def _sql_options(task: Task, name: str, more: Mapping[Value, Value]) -> list[Value]:
    """A dict of options, and more of them, as Databricks writes them. Raises Untranslatable."""
    given = argument(task, name) or {}
    if not isinstance(given, Mapping):
        raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", task.span)
    given = {**given, **more}
    if not given:
        return []
    rows: list[Value] = []
    for key, value in given.items():
        shown = str(value).lower() if isinstance(value, bool) else value
        rows += [", " if rows else "", f"'{key}' = '", shown if isinstance(shown, (str, Text)) else str(shown), "'"]
    return [f" {name.upper()} (", *rows, ")"]


def _joined(values: list[Value] | tuple[Value, ...], quote: str) -> list[Value]:
    found: list[Value] = []
    for value in values:
        found += [", " if found else "", quote, value, quote]
    return found


# --------------------------------------------------------------------------------------------------- blobs of Azure


def _blob_store(task: Task, context: LoweringContext) -> str:
    return _store(task, context, ("wasb_conn_id",), "wasb_default", "azure")


def _upload_blob(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "create_container")
    overwrites = argument(task, "load_options.overwrite")
    arguments: dict[str, Expr] = {
        "path": context.template(required(task, "file_path")),
        "bucket": context.template(required(task, "container_name")),
        "key": context.template(required(task, "blob_name")),
    }
    if overwrites is True:
        arguments["replace"] = True
    return _call(context, _blob_store(task, context), "upload", arguments)


def _delete_blob(task: Task, context: LoweringContext) -> Lowering:
    bucket, name = context.template(required(task, "container_name")), context.template(required(task, "blob_name"))
    store = _blob_store(task, context)
    if flag(task, "is_prefix"):
        return _call(context, store, "delete_prefix", {"bucket": bucket, "prefix": name}, optional=True)
    arguments: dict[str, Expr] = {"bucket": bucket, "keys": name}
    if flag(task, "ignore_if_missing"):
        arguments["missing_ok"] = True
    return _call(context, store, "delete_objects", arguments)


def _blob_sensor(task: Task, context: LoweringContext) -> Lowering:
    prefix = argument(task, "prefix")
    key = text(prefix, "*") if prefix is not None else required(task, "blob_name")
    bucket = context.template(required(task, "container_name"))
    there = ObjectExists(_blob_store(task, context), bucket, context.template(key), wildcard=prefix is not None)
    return Lowering("sensor", poll(task, there))


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_QUERY_EXAMPLE = Example(
    title="The rows of a day as a file",
    dag=f"""{_HEAD}from airflow.providers.amazon.aws.transfers.sql_to_s3 import SqlToS3Operator

with DAG("exports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SqlToS3Operator(
        task_id="sales",
        sql_conn_id="warehouse",
        query="SELECT * FROM mart.sales WHERE day = '{{{{ ds }}}}'",
        s3_bucket="acme",
        s3_key="sales/{{{{ ds }}}}.parquet",
        file_format="parquet",
        replace=True,
    )
""",
    expected=("aws_default.write_query(", "database=warehouse", 'file_format="parquet"', "def frame(self"),
)
_STAGE_EXAMPLE = Example(
    title="Files of a stage",
    dag=f"""{_HEAD}from airflow.providers.snowflake.transfers.copy_into_snowflake import CopyFromExternalStageToSnowflakeOperator

with DAG("loads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    CopyFromExternalStageToSnowflakeOperator(
        task_id="sales",
        table="sales",
        schema="raw",
        stage="drops",
        prefix="sales/{{{{ ds }}}}",
        file_format="(type = 'CSV', skip_header = 1)",
    )
""",
    expected=("COPY INTO raw.sales FROM @drops/sales/{context.partition_key} FILE_FORMAT=(type = 'CSV'",),
)
_COPY_EXAMPLE = Example(
    title="Files of a folder into a table of Databricks",
    dag=f"""{_HEAD}from airflow.providers.databricks.operators.databricks_sql import DatabricksCopyIntoOperator

with DAG("loads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DatabricksCopyIntoOperator(
        task_id="sales",
        table_name="raw.sales",
        file_location="s3://drops/sales/{{{{ ds }}}}",
        file_format="CSV",
        format_options={{"header": True}},
        force_copy=True,
    )
""",
    expected=(
        "COPY INTO raw.sales FROM 's3://drops/sales/{context.partition_key}' ",
        "FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true') COPY_OPTIONS ",
    ),
)
_DOWNLOAD_EXAMPLE = Example(
    title="An object as a file",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.gcs_to_local import GCSToLocalFilesystemOperator

with DAG("loads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GCSToLocalFilesystemOperator(
        task_id="sales", bucket="acme", object_name="sales/{{{{ ds }}}}.csv", filename="/data/sales.csv"
    )
""",
    expected=("google_cloud_default.download_as(", 'path="/data/sales.csv"'),
)
_SUMMARY = "The same by the resource that stands for the connection."

RULES = (
    Rule(
        name="s3-create-object",
        operators=(_PROVIDERS + "amazon.aws.operators.s3.S3CreateObjectOperator",),
        summary=_SUMMARY,
        lower=_create_object,
        carried=frozenset(
            {
                "s3_bucket",
                "s3_key",
                "data",
                "replace",
                "encrypt",
                "acl_policy",
                "compression",
                "encoding",
                "aws_conn_id",
            }
        ),
        connection=("aws_conn_id",),
        default_connection="aws_default",
    ),
    Rule(
        name="gcs-download",
        operators=(_PROVIDERS + "google.cloud.transfers.gcs_to_local.GCSToLocalFilesystemOperator",),
        summary=_SUMMARY,
        lower=_download,
        carried=frozenset(
            {
                *("bucket", "object_name", "object", "filename", "store_to_xcom_key", "impersonation_chain"),
                "gcp_conn_id",
            }
        ),
        ignored={"file_encoding": "the file has the object's bytes"},
        connection=("gcp_conn_id",),
        default_connection="google_cloud_default",
        examples=(_DOWNLOAD_EXAMPLE,),
    ),
    Rule(
        name="sql-to-s3",
        operators=(
            _PROVIDERS + "amazon.aws.transfers.sql_to_s3.SqlToS3Operator",
            _PROVIDERS + "amazon.aws.transfers.mysql_to_s3.MySQLToS3Operator",
        ),
        summary="Writes the rows of the same query, through pandas. Files that are compressed or split stay in Airflow.",
        lower=_sql_to_s3,
        carried=frozenset(
            {
                *("query", "s3_bucket", "s3_key", "sql_conn_id", "sql_hook_params", "parameters", "read_kwargs"),
                *("read_pd_kwargs", "df_type", "replace", "aws_conn_id", "file_format", "max_rows_per_file"),
                *("df_kwargs", "pd_kwargs", "groupby_kwargs", "mysql_conn_id"),
            }
        ),
        sql=("query",),
        connection=("sql_conn_id", "mysql_conn_id"),
        examples=(_QUERY_EXAMPLE,),
    ),
    Rule(
        name="generic-transfer",
        operators=(_PROVIDERS + "common.sql.operators.generic_transfer.GenericTransfer",),
        summary="Inserts the rows of the same query, from one database resource into another.",
        lower=_generic,
        carried=frozenset(
            {
                *("sql", "destination_table", "source_conn_id", "destination_conn_id", "rows_processor", "preoperator"),
                *("page_size", "insert_args", "source_hook_params", "destination_hook_params"),
            }
        ),
        ignored={
            "deferrable": "there is no triggerer",
            "paginated_sql_statement_clause": "goes with `page_size`",
        },
        sql=("sql",),
        connection=("source_conn_id",),
    ),
    Rule(
        name="copy-into-snowflake",
        operators=(
            _PROVIDERS + "snowflake.transfers.copy_into_snowflake.CopyFromExternalStageToSnowflakeOperator",
            _PROVIDERS + "snowflake.transfers.s3_to_snowflake.S3ToSnowflakeOperator",
        ),
        summary="The same COPY statement.",
        lower=_copy_into_snowflake,
        carried=frozenset(
            {
                *("files", "table", "stage", "prefix", "file_format", "schema", "columns_array", "pattern", "role"),
                *("warehouse", "database", "snowflake_conn_id", "authenticator", "session_parameters"),
                *("copy_options", "validation_mode"),
            }
        ),
        ignored={"autocommit": "the resource commits after the last statement"},
        connection=("snowflake_conn_id",),
        default_connection="snowflake_default",
        system="snowflake",
        examples=(_STAGE_EXAMPLE,),
    ),
    Rule(
        name="copy-into-databricks",
        operators=(
            _PROVIDERS + "databricks.operators.databricks_sql.DatabricksCopyIntoOperator",
            _PROVIDERS + "databricks.operators.databricks_sql.DatabricksCopyIntoAssetOperator",
        ),
        summary="The same COPY statement. One with credentials in it stays in Airflow.",
        lower=_copy_into_databricks,
        carried=frozenset(
            {
                *("table_name", "file_location", "file_format", "files", "pattern", "expression_list", "validate"),
                *("format_options", "copy_options", "force_copy", "credential", "storage_credential", "encryption"),
                *("http_path", "sql_endpoint_name", "catalog", "schema", "session_configuration"),
                *("client_parameters", "databricks_conn_id"),
            }
        ),
        ignored={
            "http_headers": "the driver sends its own",
            "query_tags": "tags have no effect on the data",
            "include_airflow_query_tags": "tags have no effect on the data",
        },
        connection=("databricks_conn_id",),
        default_connection="databricks_default",
        system="databricks",
        examples=(_COPY_EXAMPLE,),
    ),
    Rule(
        name="wasb-upload",
        operators=(_AZURE + "transfers.local_to_wasb.LocalFilesystemToWasbOperator",),
        summary=_SUMMARY,
        lower=_upload_blob,
        carried=frozenset(
            {"file_path", "container_name", "blob_name", "wasb_conn_id", "create_container", "load_options"}
        ),
        connection=("wasb_conn_id",),
        default_connection="wasb_default",
    ),
    Rule(
        name="wasb-delete",
        operators=(_AZURE + "operators.wasb_delete_blob.WasbDeleteBlobOperator",),
        summary=_SUMMARY,
        lower=_delete_blob,
        carried=frozenset({"container_name", "blob_name", "wasb_conn_id", "is_prefix", "ignore_if_missing"}),
        connection=("wasb_conn_id",),
        default_connection="wasb_default",
    ),
    Rule(
        name="wasb-sensor",
        operators=(_AZURE + "sensors.wasb.WasbBlobSensor", _AZURE + "sensors.wasb.WasbPrefixSensor"),
        summary="A Dagster sensor that starts the job when the blob is there; within a DAG, an op that waits.",
        lower=_blob_sensor,
        carried=frozenset(
            {"container_name", "blob_name", "prefix", "wasb_conn_id", "poke_interval", "timeout", "soft_fail"}
        ),
        ignored={"public_read": "the store's client decides"},
        connection=("wasb_conn_id",),
        default_connection="wasb_default",
    ),
)
