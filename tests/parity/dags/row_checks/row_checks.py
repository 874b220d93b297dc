"""Checks of a platform team, whose SQL is made of a table's name."""

from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator, SQLValueCheckOperator
from airflow.sdk import DAG


class NotEmptyOperator(SQLCheckOperator):
    def __init__(self, *, table, day="{{ ds }}", **kwargs):
        super().__init__(sql=f"SELECT COUNT(*) FROM {table} WHERE day = '{day}'", **kwargs)
        self.table = table


class NoDuplicatesOperator(SQLValueCheckOperator):
    def __init__(self, *, table, key, **kwargs):
        kwargs.setdefault("retries", 0)
        super().__init__(sql=f"SELECT COUNT(*) - COUNT(DISTINCT {key}) FROM {table}", pass_value=0, **kwargs)


with DAG(
    "row_checks",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse"},
) as dag:
    load = SQLExecuteQueryOperator(
        task_id="load",
        sql=[
            "CREATE TABLE IF NOT EXISTS facts (day TEXT, id TEXT)",
            "INSERT INTO facts VALUES ('{{ ds }}', '{{ ds_nodash }}')",
        ],
    )
    not_empty = NotEmptyOperator(task_id="not_empty", table="facts")
    unique = NoDuplicatesOperator(task_id="unique", table="facts", key="id")
    load >> [not_empty, unique]
