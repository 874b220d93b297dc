"""Operators of the team's own that give their functions more than Airflow's context holds."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class MonthOperator(PythonOperator):
    """Gives the function `month` beside what the context holds."""

    def determine_kwargs(self, context):
        return super().determine_kwargs({**context, "month": context["logical_date"].strftime("%b %Y")})


class SourceOperator(PythonOperator):
    """Gives the function where its values come from."""

    def __init__(self, source, **kwargs):
        super().__init__(**kwargs)
        self.source = source

    def determine_kwargs(self, context):
        """Asks the task before it, too."""
        first = context["ti"].xcom_pull(task_ids="load")
        return super().determine_kwargs({**context, "source": f"{self.source}/{context['ds']}", "first": first})


def load(kind, factor=1, *, month, **_):
    (Path(DATA_DIR) / f"{kind}.txt").write_text(f"{month} {factor}")
    return factor


def store(ds, first, source="nowhere", ti=None):
    (Path(DATA_DIR) / f"{ti.task_id}.txt").write_text(f"{ds} {source} {first}")


with DAG("own_arguments", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    one = MonthOperator(task_id="load", python_callable=load, op_args=["low"], op_kwargs={"factor": "{{ ds_nodash }}"})
    two = SourceOperator(task_id="store", python_callable=store, source="s3")
    three = SourceOperator(task_id="again", python_callable=store, source="gs")
    one >> two >> three
