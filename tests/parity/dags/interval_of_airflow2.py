"""The date family of Airflow 2 in commands and code, with data intervals."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def dates(ds, next_ds, prev_ds, execution_date, **context):
    found = [
        next_ds,
        prev_ds,
        execution_date.isoformat(),
        context["next_execution_date"],
        context["prev_execution_date"],
    ]
    found += [context["tomorrow_ds"], context["yesterday_ds_nodash"], context["data_interval_end"]]
    Path(DATA_DIR, f"dates_{ds}").write_text(" ".join(map(str, found)))


with DAG("interval_of_airflow2", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BashOperator(
        task_id="command",
        bash_command="echo {{ ds }} {{ next_ds }} {{ prev_ds }} {{ execution_date }} {{ execution_date.strftime('%Y%m%d') }} "
        "{{ next_execution_date }} {{ yesterday_ds }} {{ tomorrow_ds_nodash }} {{ next_ds_nodash }} {{ prev_ds_nodash }} "
        "{{ data_interval_start | ds }} {{ data_interval_end | ds }} {{ dag_run.logical_date | ds }} "
        "{{ macros.ds_add(next_ds, 1) }} {{ ts }} > $DATA_DIR/command_{{ ds }}",
    )
    PythonOperator(task_id="dates", python_callable=dates, provide_context=True)
