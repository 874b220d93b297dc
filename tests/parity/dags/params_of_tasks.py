"""Params that tasks give values of their own, and runs whose conf overrides these."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(params, ti, ds):
    Path(DATA_DIR, f"{ti.task_id}_{ds}.json").write_text(json.dumps([params["size"], params["who"]]))


with DAG(
    "params_of_tasks",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"size": Param(3, type="integer", minimum=1), "who": Param("ann", enum=["ann", "bob", "carl"])},
):
    PythonOperator(task_id="plain", python_callable=note)
    PythonOperator(task_id="large", python_callable=note, params={"size": 7})
    BashOperator(
        task_id="shell",
        bash_command="echo {{ params.size }} {{ params.who }} {{ params.depth }} > $DATA_DIR/shell_{{ ds }}.txt",
        params={"size": 8, "depth": 1},
    )

    @task(params={"who": "bob"})
    def greet(params=None, ds=None):
        Path(DATA_DIR, f"greet_{ds}.txt").write_text(f"hello {params['who']}")

    greet()
    for letter in ("x", "y"):
        PythonOperator(task_id=f"note_{letter}", python_callable=note, params={"size": len(letter) + 19})
