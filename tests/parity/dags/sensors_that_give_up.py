"""Sensors that give up softly, before tasks that run after failures as well: what comes after them is skipped."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, task


def is_even(ds, **_):
    return int(ds[-2:]) % 2 == 0


with DAG("sensors_that_give_up", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    deliver = BashOperator(
        task_id="deliver",
        bash_command="{% if logical_date.day % 2 == 0 %}echo {{ ds }} > $DATA_DIR/south_{{ ds }}.csv{% else %}true{% endif %}",
    )
    south = FileSensor(
        task_id="south",
        fs_conn_id="landing",
        filepath="south_{{ ds }}.csv",
        poke_interval=0.2,
        timeout=0.5,
        soft_fail=True,
    )
    even = PythonSensor(task_id="even", python_callable=is_even, poke_interval=0.2, timeout=0.5, soft_fail=True)

    @task
    def load(ds=None):
        Path(os.environ["DATA_DIR"], f"loaded_{ds}.txt").write_text("loaded")

    @task(trigger_rule="one_success")
    def first(ds=None):
        Path(os.environ["DATA_DIR"], f"first_{ds}.txt").write_text("first")

    @task(trigger_rule="all_done")
    def report(ds=None):
        names = sorted(path.name for path in Path(os.environ["DATA_DIR"]).glob(f"*_{ds}.*"))
        Path(os.environ["DATA_DIR"], f"report_{ds}.txt").write_text(" ".join(names))

    deliver >> [south, even]
    last = report()
    south >> load() >> last
    [south, even] >> first() >> last
