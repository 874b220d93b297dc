"""Rows that a query of one database gives, into a table of MySQL or Oracle."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.operators.calls import passed, refuse
from migrator.operators.common import argument, delta, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule
from migrator.operators.sql import SQL_FILES

_PROVIDERS = "airflow.providers."
_SUMMARY = "Inserts the rows of the same query into the same table, from one database resource into another."


def into_mysql(task: Task, context: LoweringContext, source: str) -> tuple[str, dict[str, Expr]]:
    """The resource of the MySQL that a query's rows of a resource `source` go to, and what its method is given."""
    target = context.resource(argument(task, "mysql_conn_id", "mysql_default"), "database", "mysql")
    given: dict[str, Expr] = {
        "source": ResourceValue(source),
        "query": context.files(required(task, "sql"), SQL_FILES)[0],
        **passed(task, context, {"mysql_table": "table"}),
    }
    for name, new in (("mysql_preoperator", "before"), ("mysql_postoperator", "after")):
        if statements := argument(task, name):
            given[new] = list(context.files(statements, SQL_FILES))
    return target, given


def _to_mysql(system: str, named: bool) -> Rule:
    """The rule of a transfer from a system to MySQL, with `named` into the columns that the query names."""

    def lower(task: Task, context: LoweringContext) -> Lowering:
        refuse(task, "bulk_load")
        source = context.resource(argument(task, f"{system}_conn_id", f"{system}_default"), "database", system)
        target, given = into_mysql(task, context, source)
        if named:
            return _named(context, source, target, given)
        context.use_methods(target, ("insert", "insert_query"))
        return Lowering("work", UseResource(target, "insert_query", given))

    name = system.title()
    return Rule(
        name=f"{system}-to-mysql",
        operators=(f"{_PROVIDERS}mysql.transfers.{system}_to_mysql.{name}ToMySqlOperator",),
        summary=_SUMMARY,
        lower=lower,
        carried=frozenset(
            {
                *("sql", "mysql_table", "mysql_preoperator", f"{system}_conn_id", "mysql_conn_id"),
                *(("mysql_postoperator", "bulk_load") if named else ()),
            }
        ),
        sql=("sql",),
        connection=(f"{system}_conn_id",),
        default_connection=f"{system}_default",
        system=system,
        examples=(_TRINO_EXAMPLE,) if system == "trino" else (),
    )


def _oracle(task: Task, context: LoweringContext) -> Lowering:
    source = context.resource(required(task, "oracle_source_conn_id"), "database", "oracle")
    target = context.resource(required(task, "oracle_destination_conn_id"), "database", "oracle")
    given: dict[str, Expr] = {
        "source": ResourceValue(source),
        # Files are no templates of this operator.
        "query": context.template(required(task, "source_sql")),
        "table": context.expression(required(task, "destination_table")),
        **passed(task, context, {"source_sql_params": "parameters"}),
    }
    rows = argument(task, "rows_chunk", 5000)
    chunks = delta(context, f"it commits every {rows} rows", "all rows are in one transaction", minor=True)
    lowering = _named(context, source, target, given)
    return Lowering(lowering.role, lowering.body, deltas=(chunks,))


def _named(context: LoweringContext, source: str, target: str, given: dict[str, Expr]) -> Lowering:
    context.use_methods(source, ("run_with",))
    context.use_methods(target, ("insert", "insert_named"))
    return Lowering("work", UseResource(target, "insert_named", given))


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_TRINO_EXAMPLE = Example(
    title="Rows of Trino that become those of MySQL",
    dag=f"""{_HEAD}from airflow.providers.mysql.transfers.trino_to_mysql import TrinoToMySqlOperator

with DAG("marts", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    TrinoToMySqlOperator(
        task_id="export",
        sql="SELECT region, revenue FROM hive.mart.revenue WHERE day = DATE '{{{{ ds }}}}'",
        mysql_table="mart.revenue",
        mysql_preoperator="DELETE FROM mart.revenue",
        mysql_conn_id="marts",
    )
""",
    expected=("marts.insert_query(", "source=trino_default", 'before=["DELETE FROM mart.revenue"]'),
)
_ORACLE_EXAMPLE = Example(
    title="Rows of one Oracle in another",
    dag=f"""{_HEAD}from airflow.providers.oracle.transfers.oracle_to_oracle import OracleToOracleOperator

with DAG("copies", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    OracleToOracleOperator(
        task_id="orders",
        oracle_source_conn_id="erp",
        source_sql="SELECT id, total FROM erp.orders WHERE day = :day",
        source_sql_params={{"day": "{{{{ ds }}}}"}},
        oracle_destination_conn_id="dwh",
        destination_table="staging.orders",
    )
""",
    expected=("dwh.insert_named(", "source=erp", 'parameters={"day": context.partition_key}', "def run_with("),
)
RULES = (
    _to_mysql("trino", named=False),
    _to_mysql("presto", named=False),
    _to_mysql("vertica", named=True),
    Rule(
        name="oracle-to-oracle",
        operators=(_PROVIDERS + "oracle.transfers.oracle_to_oracle.OracleToOracleOperator",),
        summary=_SUMMARY,
        lower=_oracle,
        carried=frozenset(
            {
                *("oracle_destination_conn_id", "destination_table", "oracle_source_conn_id", "source_sql"),
                *("source_sql_params", "rows_chunk"),
            }
        ),
        sql=("source_sql",),
        connection=("oracle_source_conn_id",),
        system="oracle",
        examples=(_ORACLE_EXAMPLE,),
    ),
)
