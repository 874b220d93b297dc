"""Operators of the team's own that do something before and after their operator calls its function."""

import os
import time
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class CountingPython(PythonOperator):
    """Counts what its function gives."""

    def __init__(self, suffix="rows", **kwargs):
        super().__init__(**kwargs)
        self.suffix = suffix

    def execute_callable(self):
        started = time.monotonic()
        result = super().execute_callable()
        Path(DATA_DIR, f"{self.task_id}_{self.suffix}.txt").write_text(
            f"{len(result)} {time.monotonic() - started < 60}"
        )
        return result


class RetryingPython(PythonOperator):
    def execute_callable(self):
        for number in range(3):
            try:
                return super().execute_callable()
            except ValueError:
                self.log.warning("again %s", number)
        return None


def rows(table, ds=None):
    return [table, ds]


def odd(name):
    path = Path(DATA_DIR, name)
    path.write_text(path.read_text() + "x" if path.exists() else "x")
    if len(path.read_text()) % 2:
        raise ValueError(name)
    return name


with DAG("own_calls_of_functions", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    counted = CountingPython(
        task_id="counted", python_callable=rows, op_kwargs={"table": "t_{{ ds_nodash }}"}, suffix="all"
    )
    tried = RetryingPython(task_id="tried", python_callable=odd, op_args=["odd.txt"])
    counted >> tried
