"""Data intervals of days in Berlin, of which one has 23 hours and one 25."""

import os
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task
from airflow.timetables.interval import CronDataIntervalTimetable

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG(
    "berlin_days",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="Europe/Berlin"),
    start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin"),
    catchup=False,
):
    BashOperator(
        task_id="show",
        bash_command="echo '{{ ds }} {{ ts }} {{ data_interval_start }} {{ data_interval_end }} "
        "{{ data_interval_end | ds }}' > $DATA_DIR/show_{{ ts_nodash }}",
    )

    @task
    def length(data_interval_start=None, data_interval_end=None, ts_nodash=None, ds=None):
        hours = (data_interval_end - data_interval_start).total_seconds() / 3600
        local = data_interval_start.in_timezone("Europe/Berlin")
        Path(DATA_DIR, f"length_{ts_nodash}").write_text(f"{hours} {local.date()} {ds}")

    length()
