"""Joins by `none_failed` and `none_failed_min_one_success` after a failure, where the run goes on."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("joins_after_failures", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def a(ds=None):
        if ds == "2024-01-06":
            raise ValueError("a")

    @task.branch
    def br(ds=None):
        return "b" if ds < "2024-01-07" else "c"

    @task
    def b(run_id=None):
        Path(OUT, "b").touch()

    @task
    def c():
        Path(OUT, "c").touch()

    @task(trigger_rule="none_failed_min_one_success")
    def j(ds=None):
        Path(f"{OUT}/j_{ds}").touch()
        return ds

    @task(trigger_rule="none_failed")
    def k(ds=None):
        Path(f"{OUT}/k_{ds}").touch()

    @task
    def after_j(v):
        Path(f"{OUT}/after_{v}").touch()

    @task(trigger_rule="all_done")
    def end(ds=None):
        Path(f"{OUT}/end_{ds}").touch()

    @task
    def tail(ds=None):
        Path(f"{OUT}/tail_{ds}").touch()

    x, bb, cc, jj = a(), b(), c(), j()
    br() >> [bb, cc]
    [x, bb, cc] >> jj
    [x, bb, cc] >> k()
    after_j(jj) >> end() >> tail()
