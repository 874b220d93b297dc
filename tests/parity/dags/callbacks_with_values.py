"""Callbacks that take what tasks hand over: those before the task, by its own input or another, and the task's own result."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseNotifier, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class FileNotifier(BaseNotifier):
    template_fields = ("message",)

    def __init__(self, message: str):
        super().__init__()
        self.message = message

    def notify(self, context):
        Path(DATA_DIR, f"page_{context['ds']}_{context['ti'].task_id}.txt").write_text(self.message)


def loaded(context):
    ti = context["ti"]
    rows, name = ti.xcom_pull(task_ids="load"), ti.xcom_pull(task_ids="names")["first"]
    Path(DATA_DIR, f"loaded_{context['ds']}_{ti.task_id}.txt").write_text(f"{rows} {name}")


def failed(context):
    rows = context["ti"].xcom_pull(task_ids="load")
    Path(DATA_DIR, f"failed_{context['ds']}.txt").write_text(f"{rows}: {context['exception']}")


with DAG("callbacks_with_values", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task(on_success_callback=FileNotifier("{{ ti.xcom_pull(task_ids='names')['last'] }}"))
    def names(ds=None):
        return {"first": f"a-{ds}", "last": f"z-{ds}"}

    @task(on_execute_callback=FileNotifier("{{ ti.xcom_pull(task_ids='names') }}"), on_success_callback=loaded)
    def load(found):
        return len(found) + 1

    @task(on_success_callback=[loaded, FileNotifier("stored {{ ti.xcom_pull(task_ids='load') }}")])
    def store(rows, ds=None):
        Path(DATA_DIR, f"stored_{ds}.txt").write_text(f"{rows}\n")

    shout = BashOperator(
        task_id="shout",
        bash_command="echo loud {{ ds }}",
        on_success_callback=FileNotifier(
            "{{ ti.xcom_pull(task_ids='names')['last'] }} {{ ti.xcom_pull(task_ids='load') }}"
        ),
    )

    @task(on_skipped_callback=FileNotifier("skipped after {{ ti.xcom_pull(task_ids='load') }}"))
    def check(ds=None):
        if ds == "2024-01-05":
            raise AirflowSkipException("on the fifth")

    @task(on_failure_callback=failed)
    def last(ds=None):
        if ds == "2024-01-05":
            raise ValueError("not on the fifth")

    store(load(names())) >> shout >> [check(), last()]


with DAG("values_of_a_run_that_goes_on", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def total(ds=None):
        if ds == "2024-01-05":
            raise ValueError("no total")
        return 7

    @task(trigger_rule="all_done", on_success_callback=FileNotifier("total {{ ti.xcom_pull(task_ids='total') }}"))
    def report():
        return "done"

    @task(
        on_success_callback=FileNotifier("{{ ti.xcom_pull(task_ids='total') }} {{ ti.xcom_pull(task_ids='report') }}")
    )
    def after():
        return None

    total() >> report() >> after()
