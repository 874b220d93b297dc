"""A list and a dictionary that are filled by the function that makes tasks, whose functions call others that they found there."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
CHECKS: list[str] = []  # in the order in which the tasks are made
LIMITS = {"count": 1}


def count(day, limit):
    return limit + int(day[-2:])


def weekend(day, limit):
    if datetime.fromisoformat(day).weekday() < limit:
        raise AirflowSkipException("not a weekend")
    return day


def make_check(name, check, limit=None):
    def call(ds, ti):
        found = check(ds, LIMITS[name])
        ti.xcom_push(key="checked", value=f"{name} on {ds}")
        return found

    CHECKS.append(name)
    if limit is not None:
        LIMITS[name] = limit
    return PythonOperator(task_id=f"check_{name}", python_callable=call)


with DAG("filled_while_read", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task(trigger_rule="none_failed")
    def summary(ti=None, ds=None):
        lines = [
            f"{name} {LIMITS[name]} {ti.xcom_pull(task_ids=f'check_{name}')} "
            f"{ti.xcom_pull(task_ids=f'check_{name}', key='checked')}"
            for name in CHECKS
        ]
        Path(DATA_DIR, f"summary_{ds}.txt").write_text("\n".join(lines))

    [make_check("weekend", weekend, 5), make_check("count", count)] >> summary()
