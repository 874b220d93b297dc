"""Copies of a mapped task that skip or fail, and what comes after them by each rule."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))

with DAG("copies_that_skip", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def numbers(ds=None):
        return {"2024-01-05": [1, 2], "2024-01-06": [1, 13, 2], "2024-01-07": [13], "2024-01-08": [1, 99]}[ds]

    @task
    def work(n, ds=None):
        if n == 13:
            raise AirflowSkipException
        if n == 99:
            raise ValueError("bad")
        (OUT / f"work_{n}_{ds}").touch()
        return n * 2

    @task
    def strict(ns, ds=None):
        (OUT / f"strict_{ds}").write_text(str(list(ns)))
        return len(list(ns))

    @task
    def below_strict(n, ds=None):
        (OUT / f"below_{ds}").write_text(str(n))

    @task(trigger_rule="none_failed")
    def lenient(ns, ds=None):
        (OUT / f"lenient_{ds}").write_text(str(list(ns)))

    @task(trigger_rule="all_done")
    def always(ds=None):
        (OUT / f"always_{ds}").touch()

    @task
    def after_empty(ds=None):
        (OUT / f"after_empty_{ds}").touch()

    w = work.expand(n=numbers())
    below_strict(strict(w))
    lenient(w)
    w >> always()
    w >> EmptyOperator(task_id="e") >> after_empty()
