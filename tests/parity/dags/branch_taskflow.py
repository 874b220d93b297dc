"""`@task.branch` and `@task.short_circuit` on values of other tasks."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("branch_taskflow", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def count(ds=None) -> int:
        return int(ds[-2:])

    @task.branch
    def size(number):
        return "large" if number > 5 else "small"

    @task
    def small(ds=None):
        Path(DATA_DIR, f"small_{ds}.txt").touch()

    @task
    def large(ds=None):
        Path(DATA_DIR, f"large_{ds}.txt").touch()

    @task.short_circuit
    def is_odd(number) -> bool:
        return number % 2 == 1

    @task
    def odd_only(number, ds=None):
        Path(DATA_DIR, f"odd_{ds}.txt").write_text(str(number))

    @task(trigger_rule="none_failed_min_one_success")
    def finish(ds=None):
        Path(DATA_DIR, f"finish_{ds}.txt").touch()

    number = count()
    size(number) >> [small(), large()] >> finish()
    is_odd(number) >> odd_only(number)
