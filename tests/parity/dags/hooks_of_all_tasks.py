"""Functions that `default_args` has each task call before and after its work, and objects with a list of their own as callables."""

import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(context, text):
    with Path(DATA_DIR, f"{context['ti'].task_id}.log").open("a") as log:
        log.write(f"{context['ds']} {text}\n")


def begin(context):
    note(context, f"begins for {context['task'].owner}")


def end(context, result=None):
    note(context, json.dumps(result, sort_keys=True))


class Tally:
    """Sums up what a day brings to some accounts."""

    def __init__(self, *accounts, factor=1):
        self.accounts, self.factor = accounts, factor
        self.seen = Counter()

    def add(self, account, amount):
        self.seen[account] += amount * self.factor

    def __call__(self, logical_date, ti):
        self.seen.clear()
        for number, account in enumerate(self.accounts, 1):
            self.add(account, number * logical_date.day)
        ti.xcom_push(key="biggest", value=self.seen.most_common(1)[0][0])
        return dict(self.seen)


def check(totals, ds):
    if ds.endswith("2"):
        raise AirflowSkipException("nothing to check")
    return sorted(totals)


with DAG(
    "hooks_of_all_tasks",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": "books", "pre_execute": begin, "post_execute": end},
):
    tally = PythonOperator(task_id="tally", python_callable=Tally("rent", "power", factor=2))
    with TaskGroup("post", default_args={"owner": "posting"}):
        checked = PythonOperator(task_id="check", python_callable=check, op_args=[tally.output])
        quiet = PythonOperator(task_id="quiet", python_callable=Tally("wages"), pre_execute=None, post_execute=None)

    @task(post_execute=end)
    def last(ti=None):
        return ti.xcom_pull(task_ids="tally", key="biggest")

    tell = BashOperator(task_id="tell", bash_command="echo {{ ti.xcom_pull(task_ids='tally', key='biggest') }}")
    tally >> [checked, quiet] >> tell
    tally >> last()
