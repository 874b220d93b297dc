"""Marks that tasks leave on some days for their own next runs, which ask for them by `self.task_id` before and in their work, in helpers and in loops.

Tasks also ask in their own run for what they, or tasks after them, have left: only what a task has pushed in the same try is there.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
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


def opening(ti, ds):
    today = ti.xcom_pull(task_ids="closing", key="balance")
    both = ti.xcom_pull(task_ids=["closing", "opening"], key="balance")
    before = ti.xcom_pull(task_ids="closing", key="balance", map_indexes=-1, include_prior_dates=True, default=0)
    note("opening", ds, [today, list(both), before, ti.xcom_pull(task_ids="shown")])
    return before or 0


def closing(ti, ds):
    before = ti.xcom_pull(task_ids="closing", key="balance")
    ti.xcom_push(key="balance", value=ti.xcom_pull(task_ids="opening") + 1)
    first = ti.xcom_pull(task_ids=ti.task_id, key="balance")
    ti.xcom_push(key="balance", value=first + int(ds[-2:]))
    own = [ti.xcom_pull(key="balance"), ti.xcom_pull(task_ids="closing", key="none", map_indexes=-1, default="none")]
    note("closing", ds, [before, first, own, ti.xcom_pull(task_ids="closing")])


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

    @task(retries=1, retry_delay=timedelta(0))
    def breaks(ti=None, ds=None):
        before = ti.xcom_pull(task_ids=ti.task_id, key="half") or "clean"
        ti.xcom_push(key="half", value=f"try {ti.try_number}")
        if ti.try_number == 1:
            raise RuntimeError("breaks half way")
        note("breaks", ds, [before, ti.xcom_pull(task_ids="breaks", key="half", map_indexes=-1, default=0)])

    shown = BashOperator(
        task_id="shown",
        bash_command='echo \'{{ ti.xcom_pull(task_ids="shown") }} {{ ti.xcom_pull(task_ids="closing", key="balance") }}\''
        " | tee $DATA_DIR/shown_{{ ds }}",
    )
    closed = PythonOperator(task_id="closing", python_callable=closing)
    PythonOperator(task_id="opening", python_callable=opening) >> [shown, breaks()] >> closed
