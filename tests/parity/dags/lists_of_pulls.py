"""Pulls of several tasks in Airflow 2, of which some have handed over nothing."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
SOURCES = ["web", "app", "shop"]


def load(source, ds):
    if source == "app" and ds.endswith("6"):
        raise AirflowSkipException("closed")
    return source.upper()


def named(ds, ti):
    values = ti.xcom_pull(task_ids=["load_web", "load_app", "load_shop"])
    Path(DATA_DIR, f"named_{ds}.json").write_text(json.dumps(list(values)))


def computed(sources, ds, ti):
    values = ti.xcom_pull(task_ids=[f"load_{source}" for source in sources])
    Path(DATA_DIR, f"computed_{ds}.json").write_text(json.dumps(list(values)))


with DAG("lists_of_pulls", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    loads = [PythonOperator(task_id=f"load_{source}", python_callable=load, op_args=[source]) for source in SOURCES]
    after = [
        PythonOperator(task_id="named", python_callable=named, trigger_rule="none_failed"),
        PythonOperator(
            task_id="computed", python_callable=computed, op_args=[["shop", "app"]], trigger_rule="none_failed"
        ),
        BashOperator(
            task_id="command",
            bash_command='echo \'{{ ti.xcom_pull(task_ids=["load_web", "load_app"]) | join(",") }}\' > $DATA_DIR/command_{{ ds }}.txt',
            trigger_rule="none_failed",
        ),
    ]
    for one in after:
        loads >> one
