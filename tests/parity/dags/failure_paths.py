"""Trigger rules: recovery after a failure, a join of whatever is done, one success is enough."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, TriggerRule, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


@task
def source_a(ds=None):
    Path(DATA_DIR, f"a_{ds}.txt").write_text("a")


@task
def source_b(ds=None):
    if ds == "2024-03-02":
        raise RuntimeError("b is down")
    Path(DATA_DIR, f"b_{ds}.txt").write_text("b")


@task(trigger_rule=TriggerRule.ONE_FAILED)
def recover(ds=None):
    Path(DATA_DIR, f"recovered_{ds}.txt").write_text("used yesterday's b")


@task(trigger_rule="all_done")
def report(ds=None):
    found = [name for name in ("a", "b") if Path(DATA_DIR, f"{name}_{ds}.txt").exists()]
    Path(DATA_DIR, f"report_{ds}.txt").write_text(",".join(found))


@task(trigger_rule="one_success")
def first_is_enough(ds=None):
    Path(DATA_DIR, f"enough_{ds}.txt").touch()


@task
def after_report(ds=None):
    Path(DATA_DIR, f"sent_{ds}.txt").touch()


with DAG("failure_paths", schedule="@daily", start_date=datetime(2024, 3, 1), catchup=False):
    sources = [source_a(), source_b()]
    sources >> recover()
    sources >> report() >> after_report()
    sources >> first_is_enough()
