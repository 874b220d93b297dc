"""Branches and short circuits that push and return values."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def pick(ti, ds):
    ti.xcom_push(key="why", value=f"because {ds}")
    return ["a", "b"] if ds.endswith("5") else "b"


def show(ti, ds):
    Path(f"{OUT}/show_{ds}").write_text(f"{ti.xcom_pull(task_ids='pick', key='why')} {ti.xcom_pull(task_ids='pick')}")


with DAG("deciding_with_values", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    p = BranchPythonOperator(task_id="pick", python_callable=pick)
    a = BashOperator(
        task_id="a", bash_command=f"echo {{{{ ti.xcom_pull(task_ids='pick', key='why') }}}} > {OUT}/a_{{{{ ds }}}}"
    )
    b = PythonOperator(task_id="b", python_callable=show)
    p >> [a, b]

    @task.short_circuit
    def has_rows(ds=None):
        return [] if ds.endswith("7") else [1, 2]

    @task
    def load(rows, ds=None):
        Path(f"{OUT}/load_{ds}").write_text(str(rows))

    load(has_rows())
