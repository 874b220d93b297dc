"""Hourly runs: names by hour, a command that takes a value, an hour before."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


@dag(schedule="@hourly", start_date=datetime(2024, 1, 1), catchup=False)
def hours():
    @task
    def pull(logical_date=None, **context):
        hour = logical_date.strftime("%Y%m%d%H")
        Path(DATA_DIR, f"pulled_{hour}").write_text(context["ts"])
        return hour

    load = BashOperator(
        task_id="load",
        bash_command="cp $DATA_DIR/pulled_{{ ti.xcom_pull(task_ids='pull') }} $DATA_DIR/loaded_{{ ts_nodash }}; "
        "echo {{ logical_date.hour }} {{ (logical_date - macros.timedelta(hours=1)).strftime('%Y-%m-%d %H:%M') }} "
        ">> $DATA_DIR/log",
    )
    pull() >> load


hours()
