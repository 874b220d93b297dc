"""Marks that tasks leave on some days for their own next runs, which ask for them by `self.task_id` before and in their work, in helpers and in loops."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, BaseOperator, get_current_context, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, ds, value):
    Path(DATA_DIR, f"{name}_{ds}.json").write_text(json.dumps(value))


class Sync(BaseOperator):
    template_fields = ("until",)

    def __init__(self, *, until, step=1, **kwargs):
        super().__init__(**kwargs)
        self.until, self.step = until, step

    def pre_execute(self, context):
        self.low = (
            context["ti"].xcom_pull(
                task_ids=self.task_id, key="mark", map_indexes=-1, include_prior_dates=True, default=0
            )
            or 0
        )

    def execute(self, context):
        before = context["ti"].xcom_pull(task_ids=self.task_id, map_indexes=-1, include_prior_dates=True)
        found = [*range(self.low + self.step, int(self.until) + 1, self.step)]
        if found:
            context["ti"].xcom_push(key="mark", value=found[-1])
        note(self.task_id, context["ds"], [before, self.low, found])
        return len(found)

    def post_execute(self, context, result=None):
        note(f"{self.task_id}_after", context["ds"], self.low)


class Report(BaseOperator):
    def execute(self, context):
        own = context["ti"].xcom_pull(task_ids=self.task_id, key="seen", map_indexes=-1, include_prior_dates=True)
        context["ti"].xcom_push(key="seen", value=[own and own[0], context["ds"]])


def total_before():
    ti = get_current_context()["ti"]
    last = ti.xcom_pull(task_ids="total", key="sum", map_indexes=-1, include_prior_dates=True)
    return last or 0


with DAG("watermarks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    until = "{{ 3 if logical_date.day == 6 else logical_date.day }}"
    syncs = [Sync(task_id="orders", until=until), Sync(task_id="refunds", until=until, step=4)]

    @task(multiple_outputs=True)
    def total(ti=None):
        today = ti.xcom_pull(task_ids=["orders", "refunds"])
        return {"sum": total_before() + sum(today), "counts": today}

    @task
    def explain(ti=None, ds=None):
        marks = [
            ti.xcom_pull(task_ids=name, key="mark", map_indexes=-1, include_prior_dates=True)
            for name in ("orders", "refunds")
        ]
        days = [
            ti.xcom_pull(task_ids=name, key="mark", map_indexes=-1, default="none") for name in ("orders", "refunds")
        ]
        one = ti.xcom_pull(task_ids="orders", key="mark", map_indexes=-1, default="no mark")
        ignored = ti.xcom_pull(task_ids="orders", key="mark", default="no mark")
        note("explain", ds, [marks, days, one, ignored])

    syncs >> total() >> explain() >> Report(task_id="report")
