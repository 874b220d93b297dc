"""Waits that end without success: a command by its exit code, a query that gives no row."""

import os
from datetime import datetime, timedelta

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.common.sql.sensors.sql import SqlSensor
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.bash import BashSensor
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")
COUNTS = f"n=$(cat {OUT}/tries 2>/dev/null || echo 0); echo $((n + 1)) > {OUT}/tries; [ $n -ge 2 ] || exit 99"

with DAG(
    "waits_given_up",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse", "poke_interval": 0.2, "timeout": 20, "retry_delay": timedelta(seconds=1)},
):
    comes = BashSensor(task_id="comes", bash_command=COUNTS, retry_exit_code=99)
    comes >> BashOperator(task_id="after", bash_command=f"cp {OUT}/tries {OUT}/came")

    never = BashSensor(task_id="never", bash_command="exit 3", retry_exit_code=99)
    never >> BashOperator(task_id="not_reached", bash_command=f"touch {OUT}/reached")

    fill = SQLExecuteQueryOperator(
        task_id="fill", sql=["CREATE TABLE IF NOT EXISTS arrivals (n INTEGER)", "DELETE FROM arrivals"]
    )
    none = SqlSensor(task_id="none", sql="SELECT n FROM arrivals", fail_on_empty=True)
    some = SqlSensor(
        task_id="some", sql="SELECT count(*) + 1 FROM arrivals", fail_on_empty=True, failure=lambda n: n > 1
    )
    fill >> [none, some]
    some >> BashOperator(task_id="counted", bash_command=f"touch {OUT}/counted")
