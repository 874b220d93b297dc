"""Incremental loads: from the end of the last successful run to now, with fallbacks; a run that fails in between."""

import os
from datetime import datetime
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


@dag(schedule="0 2 * * *", start_date=datetime(2024, 1, 1), catchup=False, default_args={"retries": 0})
def previous_runs():
    @task
    def load(prev_data_interval_end_success=None, data_interval_end=None, ds=None):
        since = prev_data_interval_end_success or datetime(2024, 1, 1)
        (DATA_DIR / f"load_{ds}").write_text(f"{since:%Y-%m-%d %H} {data_interval_end:%Y-%m-%d %H}")
        return ds

    @task
    def window(prev_data_interval_end_success=None, data_interval_end=None):
        start = pendulum.datetime(2024, 1, 1) if not prev_data_interval_end_success else prev_data_interval_end_success
        start, end = start.to_date_string(), data_interval_end.to_date_string()
        return {"from": start, "to": end}

    @task
    def check(day):
        if day.endswith("3"):
            raise ValueError("bad day")

    show = BashOperator(
        task_id="show",
        bash_command="echo {{ prev_data_interval_start_success or 'never' }} > $DATA_DIR/show_{{ ds }}",
        append_env=True,
    )
    window() >> check(load()) >> show


previous_runs()
