"""Values that are None or nothing, and a task that pushes none."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, max_consecutive_failed_dag_runs=3)
def values_that_are_none():
    @task
    def none_returned():
        return None

    @task
    def falsy():
        return 0

    @task
    def takes(a, b, ds=None):
        Path(f"{OUT}/takes_{ds}").write_text(f"{a} {b}")

    @task(do_xcom_push=False)
    def unpushed():
        return 5

    @task
    def check(ti=None, ds=None):
        v = ti.xcom_pull(task_ids="unpushed")
        w = ti.xcom_pull(task_ids="none_returned")
        x = ti.xcom_pull(task_ids=["falsy", "none_returned"])
        Path(f"{OUT}/check_{ds}").write_text(f"{v} {w} {list(x)}")

    @task
    def lost(ti=None, ds=None):
        # Of tasks that other DAGs of the same factory have.
        rows, total = ti.xcom_pull(task_ids="elsewhere"), ti.xcom_pull(task_ids="elsewhere", key="total")
        Path(f"{OUT}/lost_{ds}").write_text(f"{rows} {total or 1}")

    n, f = none_returned(), falsy()
    takes(n, f)
    lost()
    [unpushed(), n, f] >> check()


values_that_are_none()
