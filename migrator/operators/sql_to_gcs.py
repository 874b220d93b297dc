"""Rows of queries as objects of Google Cloud Storage: the operators that differ by the database alone."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Text, Value, show
from migrator.operators.calls import known, passed, refuse
from migrator.operators.common import argument, delta, first_argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES

_TRANSFERS = "airflow.providers.google.cloud.transfers."
_REFUSED = ("exclude_columns", "partition_columns", "upload_metadata", "impersonation_chain")
_HOW_READ = "all rows of the query are read at once"
_IGNORED = {
    "approx_max_file_size_bytes": "all rows go into one object",
    "stringify_dict": "an object within a row is one in the file",
    "parquet_row_group_size": "the writer decides",
    "use_server_side_cursor": _HOW_READ,
    "cursor_itersize": _HOW_READ,
    "cursor_arraysize": _HOW_READ,
    "ensure_utc": "the database's session says the timezone",
    "bit_fields": "the driver gives truth values",
}


def _rule(system: str, operator: str, example: Example | None = None) -> Rule:
    connection = f"{system}_conn_id"

    def lower(task: Task, context: LoweringContext) -> Lowering:
        refuse(task, *_REFUSED)
        file_format = known(task, "export_format", "json")
        if file_format not in ("json", "csv", "parquet"):
            raise Untranslatable("MIG201", f"it writes {file_format} files", task.argument_spans.get("export_format"))
        database = context.resource(first_argument(task, (connection,), f"{system}_default"), "database", system)
        store = context.resource(first_argument(task, ("gcp_conn_id",), "google_cloud_default"), "object_store", "gcs")
        if file_format == "parquet":
            return _parquet(task, context, database, store)
        context.use_methods(database, ("run_with",))
        context.use_methods(store, ("write_rows",))
        arguments: dict[str, Expr] = {
            "database": ResourceValue(database),
            "query": context.files(required(task, "sql"), SQL_FILES)[0],
            "bucket": context.template(required(task, "bucket")),
            "key": context.template(_first_file(required(task, "filename"))),
        }
        if file_format == "csv":
            arguments["file_format"] = "csv"
            arguments |= passed(task, context, {"field_delimiter": "delimiter", "null_marker": "null"})
        arguments |= passed(task, context, {"parameters": "parameters"})
        for name, parameter in (("gzip", "compress"), ("write_on_empty", "even_if_empty")):
            if flag(task, name):
                arguments[parameter] = True
        if (schema := argument(task, "schema_filename")) is not None:
            if system not in ("mysql", "postgres") and not argument(task, "schema"):
                raise Untranslatable("MIG201", "its file of a schema is made of types of the driver", task.span)
            arguments["schema_key"] = context.template(schema)
            arguments |= passed(task, context, {"schema": "schema"})
            context.use_methods(store, ("bigquery_schema",))
        lost = delta(
            context,
            "the rows go into files of some size, with dates as BigQuery reads them from that database",
            "they go into one file, with dates and times in ISO 8601, and fields that may all be null",
            "compare a file of both where a column has times with a zone",
        )
        return Lowering("work", UseResource(store, "write_rows", arguments), deltas=(lost,))

    return Rule(
        name=f"{system}-to-gcs",
        operators=(f"{_TRANSFERS}{system}_to_gcs.{operator}",),
        summary="Writes the rows of the same query, as JSON lines, CSV or Parquet, and the file of BigQuery's schema.",
        lower=lower,
        carried=frozenset(
            {
                *("sql", "bucket", "filename", "export_format", "field_delimiter", "null_marker", "gzip"),
                *("schema_filename", "schema", "write_on_empty", "parameters", "gcp_conn_id", connection, *_REFUSED),
            }
        ),
        ignored=_IGNORED,
        sql=("sql",),
        connection=(connection,),
        default_connection=f"{system}_default",
        system=system,
        examples=(example,) if example is not None else (),
    )


def _parquet(task: Task, context: LoweringContext, database: str, store: str) -> Lowering:
    """Rows in a file of Parquet, through pandas. Raises Untranslatable."""
    refuse(task, "gzip", "schema_filename", "schema")
    name = _first_file(required(task, "filename"))
    if not show(name).endswith(".parquet"):
        raise Untranslatable("MIG201", "its files of Parquet have another ending", task.argument_spans.get("filename"))
    context.use_methods(database, ("frame",))
    context.use_methods(store, ("write_query",))
    arguments: dict[str, Expr] = {
        "database": ResourceValue(database),
        "query": context.files(required(task, "sql"), SQL_FILES)[0],
        "bucket": context.template(required(task, "bucket")),
        "key": context.template(name),
        "file_format": "parquet",
        "replace": True,
    }
    arguments |= passed(task, context, {"parameters": "parameters"})
    lost = delta(
        context,
        "the rows go into files of some size, with the types that the database tells; there is no file where there are no rows",
        "they go into one file, with the types that pandas makes of them",
        "compare a file of both where a column has decimals or times",
    )
    return Lowering("work", UseResource(store, "write_query", arguments), deltas=(lost,))


def _first_file(name: Value) -> Value:
    """The name of a file with the number of the first one in it."""
    if isinstance(name, Text):
        return Text(tuple(part.replace("{}", "0") if isinstance(part, str) else part for part in name.parts))
    return name.replace("{}", "0") if isinstance(name, str) else name


_EXAMPLE = Example(
    title="The rows of a day, for BigQuery",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.transfers.postgres_to_gcs import PostgresToGCSOperator

with DAG("exports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PostgresToGCSOperator(
        task_id="orders",
        postgres_conn_id="shop",
        sql="SELECT * FROM orders WHERE day = '{{ ds }}'",
        bucket="acme",
        filename="orders/{{ ds }}/{}.json",
        gzip=False,
    )
""",
    expected=("google_cloud_default.write_rows(", "database=shop", '/0.json"', "def run_with(", "json.dumps("),
)
RULES = (
    _rule("mssql", "MSSQLToGCSOperator"),
    _rule("mysql", "MySQLToGCSOperator"),
    _rule("oracle", "OracleToGCSOperator"),
    _rule("postgres", "PostgresToGCSOperator", _EXAMPLE),
    _rule("presto", "PrestoToGCSOperator"),
    _rule("trino", "TrinoToGCSOperator"),
)
