"""Airflow 2: operators of the team's own that do something before and after their work."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.models import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class TrackedOperator(BaseOperator):
    """What all operators of the team do before and after."""

    def pre_execute(self, context):
        self.log.info("starting %s", self.task_id)
        self.record = {"task": self.task_id, "day": context["ds"], "state": "running"}

    def post_execute(self, context, result=None):
        self.record["state"] = "done"
        self.record["result"] = result
        self._write()

    def _write(self):
        with open(os.path.join(DATA_DIR, "records.txt"), "a") as file:
            file.write(json.dumps(self.record, sort_keys=True) + "\n")


class CountOperator(TrackedOperator):
    template_fields = ("words",)

    def __init__(self, words, **kwargs):
        super().__init__(**kwargs)
        self.words = words

    def execute(self, context):
        return sum(map(len, self.words))


class MarkOperator(TrackedOperator):
    def execute(self, context):
        Path(DATA_DIR, f"mark_{context['ds_nodash']}").write_text(self.record["day"])

    def post_execute(self, context, result=None):
        super().post_execute(context, result)
        context["ti"].xcom_push(key="state", value=self.record["state"])


class ReportingBash(BashOperator):
    def post_execute(self, context, result=None):
        Path(DATA_DIR, f"{self.task_id}_{context['ds']}.txt").write_text(f"{result} of {self.bash_command}")


class CheckedPython(PythonOperator):
    """Its result must not be empty."""

    def post_execute(self, context, result):
        if not result:
            raise ValueError(f"{self.task_id} gives nothing")


def numbers(count):
    return list(range(count))


def tell(context, result):
    Path(DATA_DIR, "told.txt").write_text(f"{context['ds']} {result}")


def show(**context):
    ti = context["ti"]
    found = [ti.xcom_pull(task_ids="count"), ti.xcom_pull(task_ids="mark", key="state")]
    Path(DATA_DIR, "show.txt").write_text(json.dumps(found))


with DAG("own_lifecycle_of_airflow2", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    count = CountOperator(task_id="count", words=["{{ ds }}", "x"])
    mark = MarkOperator(task_id="mark")
    bash = ReportingBash(task_id="bash", bash_command="echo 'of {{ ds }}'")
    some = CheckedPython(task_id="some", python_callable=numbers, op_args=[3])
    none = CheckedPython(task_id="none", python_callable=numbers, op_args=[0])
    told = PythonOperator(task_id="told", python_callable=numbers, op_args=[2], post_execute=tell)
    shown = PythonOperator(task_id="show", python_callable=show)
    count >> mark >> bash >> some >> told >> shown
    bash >> none
