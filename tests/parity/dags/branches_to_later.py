"""Branches that name tasks which do not come right after them."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.sdk import DAG, TaskGroup, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
LATER = {"Fri": "load_all", "Sat": ["prepare", "load_all"]}


def note(name, ds=None):
    Path(DATA_DIR, f"{ds}_{name}.txt").write_text(name)


def noting(task_id, **more):
    return PythonOperator(task_id=task_id, python_callable=note, op_args=[task_id], **more)


def by_weekday(logical_date):
    return LATER[logical_date.strftime("%a")]


def given(way):
    return way


with DAG("branches_to_later", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    # What comes after the one that is named would run, and nothing that comes right after the branch does.
    weekday = BranchPythonOperator(task_id="weekday", python_callable=by_weekday)
    prepare, clean = noting("prepare"), noting("clean")
    weekday >> [prepare, clean]
    [prepare, clean] >> noting("load_all", trigger_rule="none_failed_min_one_success")

    # Leads to one of the two from elsewhere.
    aside = BranchPythonOperator(task_id="aside", python_callable=given, op_args=["beside"])
    led_to, not_led_to = noting("led_to"), noting("not_led_to")
    aside >> [led_to, not_led_to]
    noting("beside") >> led_to

    # Names what is before it.
    first = noting("first")

    @task.branch
    def back():
        return ["first"]

    chosen = back()
    first >> chosen >> [noting("one"), noting("two")]

    # The group begins with a task that does not come after the branch.
    with TaskGroup("section"):
        begin, end = noting("begin"), noting("end")
        begin >> end
    into = BranchPythonOperator(task_id="into", python_callable=given, op_args=["section"])
    into >> [end, noting("outside")]

    # On one of the days, it names what is no task at all.
    @task.branch(trigger_rule="all_done")
    def wrong(ds=None):
        return "right" if ds < "2024-01-06" else "no_such_task"

    wrong() >> [noting("right"), noting("left")]
