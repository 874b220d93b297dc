"""A cron of working days at a quarter past six in Berlin, at trigger time as Airflow 3 has it."""

import os
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG(
    "working_days",
    schedule="15 6 * * 1-5",
    start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin"),
    catchup=False,
):
    BashOperator(
        task_id="show",
        bash_command="echo '{{ ds }} {{ ts }} {{ data_interval_start }} {{ data_interval_end | ds }} "
        '{{ logical_date.in_timezone("Europe/Berlin") }} '
        "{{ macros.dateutil.parser.parse(ds).month }}' > $DATA_DIR/show_{{ ts_nodash }}",
    )

    @task
    def length(data_interval_start=None, data_interval_end=None, ts_nodash=None):
        local = data_interval_start.in_timezone("Europe/Berlin")
        Path(DATA_DIR, f"length_{ts_nodash}").write_text(
            f"{(data_interval_end - data_interval_start).total_seconds()} {local.date()}"
        )

    length()
