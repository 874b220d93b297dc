"""Working days in Airflow 2: the data interval of a Friday ends on Monday."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.decorators import task
from airflow.operators.bash import BashOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("working_days_of_airflow2", schedule="15 6 * * 1-5", start_date=datetime(2024, 1, 1), catchup=False):
    BashOperator(
        task_id="show",
        bash_command="echo {{ ds }} {{ data_interval_start }} {{ data_interval_end }} {{ data_interval_end | ds_nodash }} "
        "> $DATA_DIR/show_{{ ts_nodash }}",
    )

    BashOperator(task_id="before", bash_command="echo {{ prev_ds_nodash }} > $DATA_DIR/before_{{ ds }}")

    @task
    def length(data_interval_start=None, data_interval_end=None, ts_nodash=None):
        Path(DATA_DIR, f"length_{ts_nodash}").write_text(
            str((data_interval_end - data_interval_start).total_seconds() / 3600)
        )

    @task
    def since(prev_execution_date=None, prev_ds=None, ds=None):
        Path(DATA_DIR, f"since_{ds}").write_text(f"{prev_ds} {prev_execution_date.weekday()} {prev_execution_date}")

    length()
    since()
