"""Setup and teardown: TaskFlow that hands over what was set up, and operators with `as_setup` and `as_teardown`."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, setup, task, teardown

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, line):
    with Path(DATA_DIR, name).open("a") as file:
        file.write(f"{line}\n")


with DAG("setups_with_values", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @setup
    def create(ds=None):
        note("clusters", f"create {ds}")
        return f"cluster_{ds}"

    @task
    def use(name):
        note("clusters", f"use {name}")
        if name.endswith("5"):
            raise RuntimeError("broken")

    @teardown
    def delete(name):
        note("clusters", f"delete {name}")

    cluster = create()
    use(cluster) >> delete(cluster)

    start = BashOperator(task_id="start", bash_command="echo start >> $DATA_DIR/commands").as_setup()
    broken = BashOperator(task_id="break", bash_command="echo break >> $DATA_DIR/commands; exit 1")
    stop = BashOperator(task_id="stop", bash_command="echo stop >> $DATA_DIR/commands").as_teardown(setups=start)
    start >> broken >> stop
