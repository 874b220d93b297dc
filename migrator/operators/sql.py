"""SQL statements, run on the database behind an Airflow connection."""

from __future__ import annotations

from collections.abc import Callable

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, RenderedCall, RunSql
from migrator.model.expressions import Expr
from migrator.model.values import CallableValue, Value
from migrator.operators.common import CALL_ARGUMENTS, argument, computed, first_argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

SQL_FILES = (".sql", ".hql", ".json")
"""Endings by which the SQL operators know that an argument names a file."""

_VALUE = ("return_last", "split_statements")
_RESULT = ("output_processor", "handler", *_VALUE, *CALL_ARGUMENTS)
_SUMMARY = "Runs the same statements on the resource that stands for the connection."
_IGNORED = {
    "autocommit": "the resource commits after the last statement",
    "show_return_value_in_logs": "values are shown as metadata, not in logs",
    "requires_result_fetch": "rows are fetched where another task takes them",
    "retry_on_failure": "retries follow the asset's policy",
    "deferrable": "there is no triggerer",
    "poll_interval": "there is no triggerer",
    "poll_timeout": "there is no triggerer",
    "gcp_conn_id": "the URL of the resource says how to log in",
    "sql_proxy_binary_path": "the URL of the resource says which way leads to the database",
}


def run_sql(
    task: Task,
    context: LoweringContext,
    sql: Value | CallFunction | RenderedCall,
    connection: tuple[str, ...] = ("conn_id",),
    default_connection: str | None = None,
    system: str | None = None,
    gives: bool = True,
    templated: bool = True,
    edit: Callable[[str], str] | None = None,
) -> RunSql:
    """The body that runs `sql` on the connection that the first given argument of `connection` names; `templated` where its parameters are
    templates; `edit` is what the operator makes of a text before it is rendered. Raises Untranslatable."""
    resource = context.resource(first_argument(task, connection, default_connection), "database", system)
    statements = (sql,) if isinstance(sql, CallFunction | RenderedCall) else context.files(sql, SQL_FILES, edit)
    first = _is_handler(task, "fetch_one_handler") and len(statements) == 1
    handler = _handler(task, context)
    if handler is not None:
        context.use_methods(resource, ["handler"])
    return RunSql(
        resource=resource,
        sql=statements,
        parameters=sql_parameters(task, context, templated),
        gives=gives and (first or handler is not None or _gives_rows(task)),
        handler=handler,
        first=first,
        each=_gives_each(task, sql),
    )


def sql_parameters(task: Task, context: LoweringContext, templated: bool = True) -> Expr:
    """The parameters of the statements; `templated` where the operator renders them. Raises Untranslatable."""
    parameters = argument(task, "parameters")
    if parameters is None:
        return None
    return context.template(parameters) if templated else context.expression(parameters)


def _gives_each(task: Task, sql: Value | CallFunction | RenderedCall) -> bool:
    """Whether the operator's value is a list of what each statement gave: that of a list always, that of a text where it is split."""
    if isinstance(sql, list | tuple):
        return True
    return not flag(task, "return_last", default=True) and flag(task, "split_statements")


def _rule(
    name: str,
    *operators: str,
    system: str | None = None,
    connection: tuple[str, ...] = ("conn_id",),
    default: str | None = None,
    examples: tuple[Example, ...] = (),
    plain: bool = False,
) -> Rule:
    """The rule of operators that take `sql`, `parameters` and a connection, and unless `plain` say what is made of the rows."""

    def lower(task: Task, context: LoweringContext) -> Lowering:
        if argument(task, "output_processor") is not None:
            raise Untranslatable("MIG201", "a function of its own makes something of the rows", task.span)
        sql = computed(task, context) if task.decorator is not None else required(task, "sql")
        return Lowering("work", run_sql(task, context, sql, connection, default, system))

    return Rule(
        name=name,
        operators=operators,
        summary=_SUMMARY,
        lower=lower,
        carried=frozenset({"sql", "parameters", *connection, *(() if plain else _RESULT)}),
        ignored=_IGNORED,
        sql=("sql",),
        computed="sql",
        connection=connection,
        default_connection=default,
        system=system,
        examples=examples,
    )


def _gives_rows(task: Task) -> bool:
    """Whether the value is all rows."""
    return "handler" not in task.arguments or _is_handler(task, "fetch_all_handler")


def _is_handler(task: Task, name: str) -> bool:
    """Whether the function that makes the operator's value of the cursor is Airflow's of that name."""
    handler = task.arguments.get("handler")
    return isinstance(handler, CallableValue) and handler.name == name and handler.span is None


def _handler(task: Task, context: LoweringContext) -> Expr:
    """What the team's own code makes the value of the cursor with; None where there is nothing. Raises Untranslatable where it cannot be moved: it may also be
    there to fail."""
    handler = task.arguments.get("handler")
    if handler is None or (isinstance(handler, CallableValue) and handler.span is None):
        return None
    return context.expression(handler)


_EXECUTE = Example(
    title="A statement with a date",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("sales", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SQLExecuteQueryOperator(
        task_id="daily_sales",
        conn_id="warehouse",
        sql="INSERT INTO mart.daily_sales SELECT day, sum(amount) FROM raw.orders WHERE day = '{{ ds }}' GROUP BY day",
    )
""",
    expected=("INSERT INTO mart.daily_sales", "'{context.partition_key}'", "warehouse"),
)
_POSTGRES = Example(
    title="An operator of before SQLExecuteQueryOperator",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.postgres.operators.postgres import PostgresOperator

with DAG("cleanup", schedule=None, start_date=datetime(2024, 1, 1)):
    PostgresOperator(
        task_id="clean", postgres_conn_id="shop", sql=["DELETE FROM carts WHERE old", "ANALYZE carts"], autocommit=True
    )
""",
    expected=("DELETE FROM carts WHERE old", "ANALYZE carts"),
)
_CLICKHOUSE_DBAPI = "airflow_clickhouse_plugin.operators.clickhouse_dbapi."

RULES = (
    _rule(
        "sql",
        "airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator",
        "airflow.providers.common.sql.decorators.sql._SQLDecoratedOperator",
        examples=(_EXECUTE,),
    ),
    _rule(
        "sql-postgres",
        "airflow.providers.postgres.operators.postgres.PostgresOperator",
        system="postgres",
        connection=("conn_id", "postgres_conn_id"),
        default="postgres_default",
        examples=(_POSTGRES,),
    ),
    # It registers the type of vectors, but with a connection that it does not use.
    _rule("sql-pgvector", "airflow.providers.pgvector.operators.pgvector.PgVectorIngestOperator", system="postgres"),
    _rule(
        "sql-mysql",
        "airflow.providers.mysql.operators.mysql.MySqlOperator",
        system="mysql",
        connection=("conn_id", "mysql_conn_id"),
        default="mysql_default",
    ),
    _rule(
        "sql-sqlite",
        "airflow.providers.sqlite.operators.sqlite.SqliteOperator",
        system="sqlite",
        connection=("conn_id", "sqlite_conn_id"),
        default="sqlite_default",
    ),
    _rule(
        "sql-mssql",
        "airflow.providers.microsoft.mssql.operators.mssql.MsSqlOperator",
        system="mssql",
        connection=("conn_id", "mssql_conn_id"),
        default="mssql_default",
    ),
    _rule(
        "sql-trino",
        "airflow.providers.trino.operators.trino.TrinoOperator",
        system="trino",
        connection=("conn_id", "trino_conn_id"),
        default="trino_default",
    ),
    _rule(
        "sql-redshift",
        "airflow.providers.amazon.aws.operators.redshift_sql.RedshiftSQLOperator",
        system="redshift",
        connection=("conn_id", "redshift_conn_id"),
        default="redshift_default",
    ),
    _rule(
        "sql-snowflake",
        "airflow.providers.snowflake.operators.snowflake.SnowflakeOperator",
        "airflow.providers.snowflake.operators.snowflake.SnowflakeSqlApiOperator",
        system="snowflake",
        connection=("conn_id", "snowflake_conn_id"),
        default="snowflake_default",
    ),
    _rule(
        "sql-jdbc",
        "airflow.providers.jdbc.operators.jdbc.JdbcOperator",
        connection=("conn_id", "jdbc_conn_id"),
        default="jdbc_default",
    ),
    _rule(
        "sql-drill",
        "airflow.providers.apache.drill.operators.drill.DrillOperator",
        connection=("conn_id", "drill_conn_id"),
        default="drill_default",
    ),
    _rule(
        "sql-cloud-sql",
        "airflow.providers.google.cloud.operators.cloud_sql.CloudSQLExecuteQueryOperator",
        connection=("gcp_cloudsql_conn_id",),
        default="google_cloud_sql_default",
        plain=True,
    ),
    _rule("sql-clickhouse-dbapi", _CLICKHOUSE_DBAPI + "ClickHouseSQLExecuteQueryOperator", system="clickhouse"),
)
