"""A branch by weekday that joins again, with a branch of two tasks."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def choose(logical_date, **context):
    if logical_date.weekday() >= 5:
        return "weekend_report"
    if logical_date.weekday() == 0:
        return ["monday_extra", "weekday_report"]
    return "weekday_report"


def write(name, day):
    Path(DATA_DIR, f"{name}_{day}.txt").write_text(name)


with DAG("branching_join", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    start = EmptyOperator(task_id="start")
    branch = BranchPythonOperator(task_id="branch", python_callable=choose)
    weekend = PythonOperator(
        task_id="weekend_report", python_callable=write, op_kwargs={"name": "weekend", "day": "{{ ds }}"}
    )
    weekday = PythonOperator(
        task_id="weekday_report", python_callable=write, op_kwargs={"name": "weekday", "day": "{{ ds }}"}
    )
    monday = PythonOperator(task_id="monday_extra", python_callable=write, op_args=["monday", "{{ ds }}"])
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    publish = BashOperator(
        task_id="publish",
        bash_command="ls $DATA_DIR | grep {{ ds }} | sort > $DATA_DIR/published_{{ ds_nodash }}.txt",
    )
    start >> branch >> [weekend, weekday, monday] >> join >> publish
