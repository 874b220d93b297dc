"""Airflow 2: operators of the team's own that skip tasks, fail, and skip others in their next try."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow import DAG
from airflow.models import BaseOperator
from airflow.models.skipmixin import SkipMixin
from airflow.operators.python import PythonOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class ChangingSkip(BaseOperator, SkipMixin):
    """Skips one of the tasks right after it in the first try, which fails, and in the next one another one."""

    def __init__(self, first, then, **kwargs):
        super().__init__(**kwargs)
        self.first, self.then = first, then

    def execute(self, context):
        tried = Path(DATA_DIR, f"{self.task_id}_was_tried.txt")
        name = self.then if tried.exists() else self.first
        self.skip(context["dag_run"], None, [one for one in self.downstream_list if one.task_id == name])
        if not tried.exists():
            tried.write_text(name)
            raise RuntimeError("not yet")


def note(name, ds=None):
    Path(DATA_DIR, f"{ds}_{name}.txt").write_text(name)


def noting(task_id):
    return PythonOperator(task_id=task_id, python_callable=note, op_args=[task_id])


with DAG(
    "skips_of_first_tries",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=0)},
):
    ChangingSkip(task_id="same", first="kept", then="kept") >> [noting("kept"), noting("free")]
    ChangingSkip(task_id="other", first="early", then="late") >> [noting("early"), noting("late")]
