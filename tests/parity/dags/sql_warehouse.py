"""SQL with templates, parameters, several statements, and a check."""

from datetime import datetime

from airflow.providers.common.sql.operators.sql import (
    SQLColumnCheckOperator,
    SQLExecuteQueryOperator,
    SQLTableCheckOperator,
    SQLValueCheckOperator,
)
from airflow.sdk import DAG

with DAG(
    "sql_warehouse",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse"},
    params={"minimum": 2},
) as dag:
    create = SQLExecuteQueryOperator(
        task_id="create",
        sql=[
            "CREATE TABLE IF NOT EXISTS orders (day TEXT, id INTEGER, amount REAL)",
            "CREATE TABLE IF NOT EXISTS daily (day TEXT, orders INTEGER, amount REAL)",
        ],
    )
    load = SQLExecuteQueryOperator(
        task_id="load",
        sql="""
        DELETE FROM orders WHERE day = '{{ ds }}';
        INSERT INTO orders VALUES ('{{ ds }}', 1, 10.5), ('{{ ds }}', 2, 20), ('{{ ds }}', 3, {{ logical_date.day }});
        """,
        split_statements=True,
    )
    aggregate = SQLExecuteQueryOperator(
        task_id="aggregate",
        sql="INSERT INTO daily SELECT day, COUNT(*), SUM(amount) FROM orders WHERE day = :day AND amount > {{ params.minimum }} GROUP BY day",
        parameters={"day": "{{ ds }}"},
    )
    columns = SQLColumnCheckOperator(
        task_id="check_columns",
        table="orders",
        column_mapping={"amount": {"min": {"geq_to": 0}, "null_check": {"equal_to": 0}}},
    )
    rows = SQLTableCheckOperator(
        task_id="check_rows", table="daily", checks={"has_rows": {"check_statement": "COUNT(*) > 0"}}
    )
    value = SQLValueCheckOperator(
        task_id="check_value", sql="SELECT COUNT(*) FROM orders WHERE day = '{{ ds }}'", pass_value=3
    )
    create >> load >> aggregate >> [columns, rows, value]
