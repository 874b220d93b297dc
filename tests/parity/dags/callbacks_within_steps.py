"""Callbacks that are due while a task runs: before each try, and when it is to be tried again; what they write is there for later tasks."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(ds, name, line):
    with Path(DATA_DIR, f"{name}_{ds}.log").open("a") as file:
        file.write(line + "\n")


def starting(context):
    note(context["ds"], context["task"].task_id, f"starts try {context['ti'].try_number} {context['params']['color']}")


def again(context):
    ti, error = context["task_instance"], context.get("exception")
    params = dict(context["params"])
    note(context["ds"], ti.task_id, f"again after try {ti.try_number}: {type(error).__name__} {error} {params}")


def broken(context):
    raise RuntimeError("the callback itself fails")


def flaky(ds, ti, **_):
    note(ds, ti.task_id, f"try {ti.try_number}")
    if ti.try_number < 3:
        raise ConnectionError(f"busy at {ti.try_number}")
    return ti.try_number


with DAG(
    "callbacks_within_steps",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"color": "red"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1), "on_retry_callback": again},
):
    first = PythonOperator(task_id="first", python_callable=flaky, on_execute_callback=starting)
    second = PythonOperator(task_id="second", python_callable=flaky, on_retry_callback=[broken, again])
    third = BashOperator(
        task_id="third",
        bash_command="test -e $DATA_DIR/mark_{{ ds }} || (touch $DATA_DIR/mark_{{ ds }}; exit 1)",
        on_retry_callback=lambda context: note(context["ds"], "third", f"again {context['ti'].try_number}"),
        retries=1,
    )

    @task(retries=0)
    def lines(first_tries, ds=None):
        found = {path.name: path.read_text().count("\n") for path in sorted(Path(DATA_DIR).glob(f"*_{ds}.log"))}
        Path(DATA_DIR, f"lines_{ds}.txt").write_text(f"{first_tries} {found}")

    [first, second] >> third >> lines(first.output)
