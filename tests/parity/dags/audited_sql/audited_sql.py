"""Builds marts by SQL; each statement is audited by our own operator."""

from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG
from lib.sql import AuditedSQLOperator, RowCountCheckOperator

with DAG(
    "audited_sql",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse"},
    template_searchpath=None,
) as dag:
    prepare = SQLExecuteQueryOperator(
        task_id="prepare",
        sql=[
            "CREATE TABLE IF NOT EXISTS sales (day TEXT, shop TEXT, amount INTEGER)",
            "CREATE TABLE IF NOT EXISTS mart_sales (day TEXT, total INTEGER)",
            "CREATE TABLE IF NOT EXISTS audit (day TEXT, task TEXT, state TEXT)",
            "INSERT INTO sales VALUES ('{{ ds }}', 'a', 3), ('{{ ds }}', 'b', 4)",
        ],
    )
    build = AuditedSQLOperator(
        task_id="build_mart",
        sql="INSERT INTO mart_sales SELECT day, SUM(amount) FROM sales WHERE day = '{{ ds }}' GROUP BY day",
        audit_table="audit",
    )
    read = AuditedSQLOperator(
        task_id="read_mart",
        sql="sql/read.sql",
        params={"table": "mart_sales"},
        audit_table="audit",
    )
    check = RowCountCheckOperator(task_id="check_mart", table="mart_sales", minimum=1)
    prepare >> build >> read >> check
