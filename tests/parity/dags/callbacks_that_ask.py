"""Callbacks that ask what ended, how and when; a task that may not take long, with code that goes on after any error."""

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(context, kind):
    ti, error = context["ti"], context.get("exception")
    record = {
        "error": type(error).__name__,
        "text": "" if isinstance(error, AirflowTaskTimeout) or "Timeout" in type(error).__name__ else str(error),
        "tries": [ti.try_number, ti.max_tries, context["task"].retries],
        "reason": context.get("reason"),
        "began": ti.start_date.tzinfo is not None,
        "of": [ti.task.owner, context["task"].pool, context["task_instance_key_str"]],
    }
    Path(DATA_DIR, f"{kind}_{ti.task_id}_{context['ds']}.json").write_text(json.dumps(record, sort_keys=True))


def failed(context):
    note(context, "failed")


def succeeded(context):
    note(context, "succeeded")


def dag_failed(context):
    run = context["dag_run"]
    record = [context["dag"].dag_id, context["reason"], str(run.state), run.start_date is not None]
    Path(DATA_DIR, f"dag_{context['ds']}.json").write_text(json.dumps(record))


def slow():
    try:
        time.sleep(10)
    except Exception:
        print("never mind")


def cleaned():
    try:
        time.sleep(10)
    except AirflowTaskTimeout:
        Path(DATA_DIR, "cleaned.txt").write_text("in time")
        raise


def wrong():
    raise ValueError("bad input")


def final():
    raise AirflowFailException("no use")


def too_late():
    try:
        raise AirflowTaskTimeout("too late")
    except AirflowException:
        print("never mind")


with DAG(
    "callbacks_that_ask",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    on_failure_callback=dag_failed,
    default_args={"on_failure_callback": failed, "on_success_callback": succeeded, "retry_delay": timedelta(0)},
):
    PythonOperator(task_id="slow", python_callable=slow, execution_timeout=timedelta(seconds=1))
    PythonOperator(task_id="cleaned", python_callable=cleaned, execution_timeout=timedelta(seconds=1))
    PythonOperator(task_id="wrong", python_callable=wrong, retries=1)
    PythonOperator(task_id="final", python_callable=final, retries=2, owner="ann")
    PythonOperator(task_id="too_late", python_callable=too_late)
    PythonOperator(task_id="fine", python_callable=lambda: 1)
