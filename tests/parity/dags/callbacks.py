"""Callbacks of a DAG that ask for its id and for the date of the run; callbacks of tasks."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, line):
    with Path(DATA_DIR, name).open("a") as file:
        file.write(f"{line}\n")


def on_failure(context):
    note("failed", context["dag"].dag_id)


def on_success(context):
    note("succeeded", f"{context['dag'].dag_id} {context['ds']}")


def on_task_failure(context):
    note("task_failed", context["task_instance"].task_id)


def work(ds, **_):
    if ds.endswith("5"):
        raise ValueError("a bad day")
    note("worked", ds)


with DAG(
    "callbacks",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"on_failure_callback": on_task_failure},
    on_failure_callback=on_failure,
    on_success_callback=on_success,
):
    PythonOperator(task_id="work", python_callable=work)
