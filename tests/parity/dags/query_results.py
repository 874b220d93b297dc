"""What queries give: rows, the first one, a handler's value; lists of parameters; a transfer; two members of the context at once."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.hooks.handlers import fetch_one_handler
from airflow.providers.common.sql.operators.generic_transfer import GenericTransfer
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def keep(**context):
    ti, day = context["ti"], context["ds"]
    start, end = context["data_interval_start"], context["data_interval_end"]
    hook = SqliteHook(sqlite_conn_id="warehouse")
    count = hook.get_first("SELECT COUNT(*) FROM target WHERE ds = ?", parameters=[day])[0]
    with Path(OUT, f"kept_{day}").open("w") as file:
        file.write(f"{ti.task_id} {count} {ti.try_number} {end - start == end - start}")


with DAG(
    "query_results",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse"},
):
    create = SQLExecuteQueryOperator(
        task_id="create",
        sql=[
            "CREATE TABLE IF NOT EXISTS source (ds TEXT, n INT, UNIQUE (ds, n))",
            "CREATE TABLE IF NOT EXISTS target (ds TEXT, n INT)",
        ],
    )
    fill = SQLExecuteQueryOperator.partial(task_id="fill", sql="INSERT OR REPLACE INTO source VALUES (:ds, :n)").expand(
        parameters=[{"ds": "{{ ds }}", "n": 1}, {"ds": "{{ ds }}", "n": 2}]
    )
    move = GenericTransfer(
        task_id="move",
        sql="SELECT ds, n FROM source WHERE ds = '{{ ds }}' ORDER BY n",
        destination_table="target",
        source_conn_id="warehouse",
        destination_conn_id="warehouse",
        preoperator="DELETE FROM target WHERE ds = '{{ ds }}'",
    )
    first = SQLExecuteQueryOperator(
        task_id="first", sql="SELECT SUM(n), COUNT(*) FROM target WHERE ds = '{{ ds }}'", handler=fetch_one_handler
    )
    numbers = SQLExecuteQueryOperator(
        task_id="numbers",
        sql="SELECT n FROM target WHERE ds = :day ORDER BY n",
        parameters={"day": "{{ ds }}"},
        handler=lambda cursor: [row[0] for row in cursor.fetchall()],
    )

    @task
    def save(row, numbers, ds=None):
        with Path(OUT, f"saved_{ds}").open("w") as file:
            file.write(f"{row[0]} {row[1]} {numbers}")

    create >> fill >> move >> [first, numbers, PythonOperator(task_id="keep", python_callable=keep)]
    save(first.output, numbers.output)
