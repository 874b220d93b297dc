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

    @task
    def length(data_interval_start=None, data_interval_end=None, ts_nodash=None):
        Path(DATA_DIR, f"length_{ts_nodash}").write_text(
            str((data_interval_end - data_interval_start).total_seconds() / 3600)
        )

    length()
