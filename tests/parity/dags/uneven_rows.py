"""Mapped tasks whose rows do not all have the same names: of functions, and of a class of the team's own."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, value):
    Path(DATA_DIR, f"{name}.json").write_text(json.dumps(value))


class Copy(BaseOperator):
    template_fields = ("source",)

    def __init__(self, *, source, target="archive", limit=None, **kwargs):
        super().__init__(**kwargs)
        self.source, self.target, self.limit = source, target, limit

    def execute(self, context):
        note(f"copy_{self.source}", [self.target, self.limit, context["ti"].map_index])
        return self.target


def load(table, limit=1, mode="full", ds=None):
    note(f"load_{table}_{ds}", [limit, mode])


with DAG("uneven_rows", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator.partial(task_id="load", python_callable=load).expand(
        op_kwargs=[{"table": "a"}, {"table": "b", "limit": 5}, {"table": "c", "mode": "new"}]
    )
    copied = Copy.partial(task_id="copy", limit=9).expand_kwargs(
        [{"source": "x_{{ ds }}"}, {"source": "y", "target": "shelf"}]
    )

    @task
    def show(name, size=0, colour="red"):
        note(f"show_{name}", [size, colour])
        return name

    @task
    def total(names, targets):
        note("total", [list(names), list(targets)])

    total(show.expand_kwargs([{"name": "d", "size": 3}, {"name": "e", "colour": "blue"}]), copied.output)
