"""Bash: environment, working directory, exit code for a skip, values in and out, `@task.bash`."""

import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("bash_kinds", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    where = BashOperator(task_id="where", bash_command="echo here > where_{{ ds }}.txt", cwd=DATA_DIR)
    only = BashOperator(
        task_id="only_env",
        bash_command='echo "$DAY-$HOME_OF" > $OUT/env_$DAY.txt',
        env={"DAY": "{{ ds }}", "OUT": DATA_DIR, "HOME_OF": "nobody"},
    )
    skips = BashOperator(task_id="skips", bash_command="[ {{ ds }} = 2024-01-05 ] && exit 99; echo ran")
    after = BashOperator(task_id="after_skip", bash_command="touch $DATA_DIR/after_{{ ds }}.txt")

    @task.bash
    def command(ds=None):
        return f"echo made > {DATA_DIR}/made_{ds}.txt"

    where >> only >> skips >> after
    only >> command()
