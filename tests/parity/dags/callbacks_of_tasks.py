"""Callbacks of single tasks, of retries, with the exception and the number of tries; a callback of all tasks that one replaces."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, line):
    with Path(OUT, name).open("a") as file:
        file.write(f"{line}\n")


def on_failure(context):
    ti = context["task_instance"]
    error = context["exception"]
    note("failed", f"{ti.dag_id}.{ti.task_id} try {ti.try_number} {type(error).__name__}: {error}")


def on_success(context):
    note(f"succeeded_{context['ds']}", context["ti"].task_id)


def on_retry(context):
    note("retried", f"{context['ti'].task_id} {context['ds']}")


def tell(kind, context, **more):
    note(f"told_{context['ds']}", f"{kind} {context['ti'].task_id} {more}")


def on_start(context):
    tell("start", context)


def on_end(context):
    tell("end", context, error=str(context.get("exception")), dag=context["dag"].dag_id)


def explode(**_):
    raise RuntimeError("boom")


with DAG(
    "callbacks_of_tasks",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"on_failure_callback": on_failure},
):
    ok = BashOperator(task_id="ok", bash_command="true", on_success_callback=on_success)
    bad = PythonOperator(task_id="bad", python_callable=explode)
    PythonOperator(
        task_id="again",
        python_callable=explode,
        retries=1,
        retry_delay=timedelta(seconds=0),
        on_retry_callback=on_retry,
        on_failure_callback=None,
    )
    begin = EmptyOperator(task_id="begin", on_execute_callback=on_start, on_success_callback=on_end)
    begin >> ok >> bad >> BashOperator(task_id="never", bash_command="true")
    shut = ShortCircuitOperator(task_id="shut", python_callable=lambda: False, on_success_callback=on_success)
    rests = BashOperator(task_id="rests", bash_command="exit 99", on_success_callback=on_success)
    ok >> rests
    ok >> shut >> BashOperator(task_id="not_reached", bash_command="true", on_success_callback=on_success)
