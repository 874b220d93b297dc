"""What notifiers and callbacks are told of steps after whose failure the run goes on: the error in a template, params, that a task skipped itself."""

import os
from datetime import datetime
from functools import partial
from pathlib import Path

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk import DAG, BaseNotifier, Param, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class FileNotifier(BaseNotifier):
    """One file for each page."""

    template_fields = ("message", "channel")

    def __init__(self, message: str, channel: str = "#data-{{ params.team }}"):
        super().__init__()
        self.message = message
        self.channel = channel

    def notify(self, context):
        ti = context["ti"]
        path = Path(DATA_DIR, f"page_{context['ds']}_{ti.task_id}.txt")
        path.write_text(f"{self.channel}: {self.message} ({ti.try_number})\n")


def journal(event, context):
    error = context.get("exception")
    with Path(DATA_DIR, f"journal_{context['ds']}_{context['ti'].task_id}.txt").open("a") as file:
        file.write(f"{event} for {context['params']['team']}: {type(error).__name__} {error}\n")


with DAG(
    "notifiers_of_failures",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"team": Param("core", type="string")},
    default_args={
        "on_execute_callback": partial(journal, "starts"),
        "on_skipped_callback": partial(journal, "skipped"),
        "on_failure_callback": partial(journal, "failed"),
    },
):

    @task(
        on_failure_callback=[
            partial(journal, "failed"),
            FileNotifier("{{ ti.task_id }} of {{ ds }} failed: {{ exception }}, {{ exception.args[0] | upper }}"),
        ]
    )
    def load(ds=None):
        if ds == "2024-01-06":
            raise AirflowFailException("the source is <broken>")
        return 3

    @task
    def quota(ds=None):
        if ds != "2024-01-05":
            raise AirflowSkipException("quota is checked on the fifth only")
        return ds

    @task(on_success_callback=FileNotifier("{{ ti.task_id }} done, {{ exception }}", channel="#ok"))
    def double(rows):
        return 2 * rows

    @task(trigger_rule="all_done")
    def report():
        return "done"

    [double(load()), quota()] >> report()
