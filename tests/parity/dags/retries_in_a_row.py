"""Retries without a delay, tasks that a factory makes in a row, and gates that skip in spite of `all_done`."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")

with DAG(
    "retries_in_a_row",
    schedule="0 */6 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={
        "retries": 1,
        "retry_delay": timedelta(seconds=0),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=1),
    },
):

    def make(n):
        @task(task_id=f"step_{n}")
        def step(value, ti=None, ts_nodash=None):
            with Path(OUT, f"log_{ts_nodash}").open("a") as f:
                f.write(f"{ti.task_id}:{ti.try_number}:{value}\n")
            if n == 2 and ti.try_number == 1:
                raise RuntimeError("first try")
            return value + n

        return step

    value = 0
    for n in range(4):
        value = make(n)(value)

    @task.branch
    def big(v):
        return "huge" if v > 5 else None

    @task
    def huge(ts=None):
        Path(OUT, "huge").write_text(ts)

    @task.short_circuit
    def stop(v):
        return v > 100

    @task(trigger_rule="all_done")
    def never():
        Path(OUT, "never").touch()

    big(value) >> huge()
    stop(value) >> never()
