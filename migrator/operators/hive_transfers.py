"""Rows and files that become tables of Hive, and rows of Hive that become those of MySQL."""

from __future__ import annotations

from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.operators.calls import Call, Client, call_rule, refuse
from migrator.operators.common import argument, delta, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES
from migrator.operators.sql_transfers import into_mysql
from migrator.operators.storage import located

_TRANSFERS = "airflow.providers.apache.hive.transfers."
HIVE = Client(
    "hive_cli", ("hive_cli_conn_id",), "hive_cli_default", ignored={"hive_auth": "the URL of the resource says how"}
)
_TABLE = {"hive_table": "table", "partition": "partition", "delimiter": "delimiter", "tblproperties": "properties"}
_HOW = ("create", "recreate")


def _making(task: Task) -> dict[str, Expr]:
    """Whether the table is made, where that is not as the method has it."""
    found: dict[str, Expr] = {} if flag(task, "create", default=True) else {"create": False}
    return found | ({"recreate": True} if flag(task, "recreate") else {})


def _rows_of(system: str, operator: str, connection: str, *more: str, examples: tuple[Example, ...] = ()) -> Call:
    """The call by which rows of a database become a table; `more` arguments go to the method by their names."""

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        source = context.resource(argument(task, connection, f"{system}_default"), "database", system)
        context.use_methods(source, ("connect",))
        query = context.files(required(task, "sql"), SQL_FILES)[0]
        return {"source": ResourceValue(source), "query": query, **_making(task)}

    return Call(
        f"{system}-to-hive",
        (f"{_TRANSFERS}{system}_to_hive.{operator}",),
        "load_query",
        {**_TABLE, **{name: name for name in more}},
        summary="Writes the rows of the same query into a temporary file, and has Hive's command line load it.",
        built=built,
        reads=("sql", connection, *_HOW),
        kind="hive",
        examples=examples,
    )


def _of_mssql(rule: Rule) -> Rule:
    """The rule, with how the types of columns differ."""

    def lower(task: Task, context: LoweringContext) -> Lowering:
        types = delta(
            context,
            "in a table that it makes, all numbers of pymssql's `NUMBER` are INT",
            "those with a fraction are DOUBLE, as the resource's driver tells them apart",
            minor=True,
        )
        makes = flag(task, "create", default=True) or flag(task, "recreate")
        return replace(rule.lower(task, context), deltas=(types,) if makes else ())

    return replace(rule, lower=lower)


def _object(task: Task, context: LoweringContext) -> dict[str, Expr]:
    bucket, key = located(task, context, "s3_bucket", "s3_key")
    store = context.resource(argument(task, "aws_conn_id", "aws_default"), "object_store", "s3")
    context.use_methods(store, ("download_as",))
    found: dict[str, Expr] = {"store": ResourceValue(store), "bucket": bucket, "key": key, **_making(task)}
    header = flag(task, "headers")
    if header and flag(task, "input_compressed"):
        raise Untranslatable("MIG201", "it takes a header out of compressed lines", task.argument_spans.get("headers"))
    found |= {"header": True} if header else {}
    return found | ({"check_header": True} if flag(task, "check_headers") else {})


def _to_mysql(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "hive_conf")
    source = context.resource(argument(task, "hiveserver2_conn_id", "hiveserver2_default"), "database", "hive")
    target, given = into_mysql(task, context, source)
    context.use_methods(target, ("insert", "insert_query", *(("insert_after",) if "after" in given else ())))
    return Lowering("work", UseResource(target, "insert_query", given))


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_MYSQL_EXAMPLE = Example(
    title="Rows of MySQL that become a partition of Hive",
    dag=f"""{_HEAD}from airflow.providers.apache.hive.transfers.mysql_to_hive import MySqlToHiveOperator

with DAG("billing", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    MySqlToHiveOperator(
        task_id="invoices",
        sql="SELECT id, amount FROM billing.invoices WHERE day = '{{{{ ds }}}}'",
        hive_table="raw.invoices",
        partition={{"dt": "{{{{ ds }}}}"}},
        mysql_conn_id="billing",
        hive_cli_conn_id="dwh",
        delimiter="\\t",
    )
""",
    expected=("dwh.load_query(", "source=billing", 'table="raw.invoices"', 'partition={"dt": context.partition_key}'),
)
_TO_MYSQL_EXAMPLE = Example(
    title="Rows of Hive that become those of MySQL",
    dag=f"""{_HEAD}from airflow.providers.apache.hive.transfers.hive_to_mysql import HiveToMySqlOperator

with DAG("marts", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    HiveToMySqlOperator(
        task_id="export",
        sql="SELECT region, revenue FROM mart.revenue",
        mysql_table="mart.revenue",
        mysql_preoperator="DELETE FROM mart.revenue",
        hiveserver2_conn_id="hive",
        mysql_conn_id="marts",
    )
""",
    expected=("marts.insert_query(", "source=hive", 'before=["DELETE FROM mart.revenue"]'),
)
RULES: tuple[Rule, ...] = (
    call_rule(
        HIVE,
        _rows_of(
            *("mysql", "MySqlToHiveOperator", "mysql_conn_id", "quoting", "quotechar", "escapechar"),
            examples=(_MYSQL_EXAMPLE,),
        ),
    ),
    _of_mssql(call_rule(HIVE, _rows_of("mssql", "MsSqlToHiveOperator", "mssql_conn_id"))),
    call_rule(
        HIVE,
        Call(
            "s3-to-hive",
            (f"{_TRANSFERS}s3_to_hive.S3ToHiveOperator",),
            "load_object",
            {**_TABLE, "field_dict": "columns"},
            summary="Has Hive's command line load the same object, through a temporary file.",
            built=_object,
            reads=("s3_key", "aws_conn_id", "headers", "check_headers", "input_compressed", *_HOW),
            refused=("wildcard_match", "select_expression"),
            ignored={"verify": "the store's client decides"},
            kind="hive",
        ),
    ),
    Rule(
        name="hive-to-mysql",
        operators=(f"{_TRANSFERS}hive_to_mysql.HiveToMySqlOperator",),
        summary="Inserts the rows of the same query, which HiveServer2 runs, into the same table.",
        lower=_to_mysql,
        carried=frozenset(
            {
                *("sql", "mysql_table", "mysql_preoperator", "mysql_postoperator", "hive_conf", "hiveserver2_conn_id"),
                "mysql_conn_id",
            }
        ),
        ignored={"bulk_load": "rows are inserted"},
        sql=("sql",),
        connection=("hiveserver2_conn_id",),
        default_connection="hiveserver2_default",
        system="hive",
        examples=(_TO_MYSQL_EXAMPLE,),
    ),
)
