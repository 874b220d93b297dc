"""Copies of a mapped task that fail, with `all_done`, `one_failed` and `all_success` after them."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowException
from airflow.sdk import dag, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def copies_that_fail():
    @task
    def items(ds=None):
        return [1, 2, 3] if ds == "2024-01-05" else [1, -1, 3]

    @task
    def handle(i):
        if i < 0:
            raise AirflowException("negative")
        Path(f"{OUT}/h{i}").touch()
        return i

    @task(trigger_rule="all_done")
    def report(ds=None, ti=None):
        Path(f"{OUT}/report_{ds}").touch()
        return "reported"

    @task(trigger_rule="one_failed")
    def alert(ds=None):
        Path(f"{OUT}/alert_{ds}").touch()

    @task
    def strict(vals, ds=None):
        Path(f"{OUT}/strict_{ds}").write_text(str(list(vals)))

    @task
    def after_report(x, ds=None):
        Path(f"{OUT}/after_report_{ds}").write_text(x)

    h = handle.expand(i=items())
    r = report()
    h >> [r, alert()]
    strict(h)
    after_report(r)


copies_that_fail()
