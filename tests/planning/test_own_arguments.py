"""Operators of the team's own whose `determine_kwargs` adds to what their function gets; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.sdk import DAG

class Month(PythonOperator):
    def determine_kwargs(self, context):
        return super().determine_kwargs({**context, "month": context["ds"][:7]})

class Named(PythonOperator):
    def determine_kwargs(self, context):
        return super().determine_kwargs({**context, "ds": "2026-01-01"})

class Changed(PythonOperator):
    def determine_kwargs(self, context):
        found = super().determine_kwargs({**context, "month": context["ds"][:7]})
        return {**found, "day": 1}

class Both(Month):
    def execute(self, context):
        print("loading")
        return super().execute(context)

class Choosing(BranchPythonOperator):
    def determine_kwargs(self, context):
        return super().determine_kwargs({**context, "month": context["ds"][:7]})

def load(month, ds=None):
    return month

def plain(ds=None):
    return ds

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    {task}
"""


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ('Month(task_id="a", python_callable=load)', "step"),
        ('Month(task_id="a", python_callable=plain)', "airflow"),
        ('Month(task_id="a", python_callable=load, op_kwargs={"month": "x"})', "airflow"),
        ('Month(task_id="a", python_callable=load, op_args=["x"])', "airflow"),
        ('Month(task_id="a", python_callable=load, op_kwargs={"ds": "x"})', "airflow"),
        ('Named(task_id="a", python_callable=plain)', "airflow"),
        ('Changed(task_id="a", python_callable=load)', "airflow"),
        ('Both(task_id="a", python_callable=load)', "airflow"),
        ('Choosing(task_id="a", python_callable=load)', "airflow"),
    ],
)
def test_what_is_added_is_given_where_the_function_takes_it(tmp_path: Path, task: str, kind: str) -> None:
    (tmp_path / "d.py").write_text(DAG.replace("{task}", task))
    rows = analyze(tmp_path, Config()).plan.dispositions
    assert [(row.kind, row.reason) for row in rows if row.kind != kind] == []
