"""Notifiers of our own instead of plain callback functions."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context

OUT = os.environ.get("DATA_DIR", "/tmp/data")


class FileNotifier(BaseNotifier):
    """Appends a line to a file."""

    template_fields = ("message", "name")

    def __init__(self, message: str, name: str = "notes", level: str = "info"):
        super().__init__()
        self.message = message
        self.name = name
        self.level = level

    def notify(self, context: Context) -> None:
        ti = context.get("ti") or context.get("task_instance")
        line = f"{self.level}: {self.message}"
        with open(f"{OUT}/{self.name}", "a") as f:
            f.write(line + "\n")


class LoudNotifier(FileNotifier):
    def __init__(self, message, **kwargs):
        super().__init__(message=message, level="LOUD", **kwargs)

    def notify(self, context):
        self.message = self.message.upper()
        super().notify(context)


def boom():
    raise ValueError("boom")


with DAG(
    "own_notifiers",
    start_date=datetime(2024, 1, 1),
    schedule="@daily",
    catchup=False,
    default_args={"on_success_callback": FileNotifier("{{ ti.task_id }} done", name="done_{{ ds }}")},
):
    first = BashOperator(task_id="first", bash_command="true")
    second = PythonOperator(
        task_id="second",
        python_callable=boom,
        on_failure_callback=LoudNotifier(message="task {{ task_instance.task_id }}", name="failed"),
    )
    first >> second
