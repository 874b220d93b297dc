"""A DAG that starts another one with a conf."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def prepare(ds):
    Path(DATA_DIR, f"prepared_{ds}.txt").touch()


def work(**context):
    conf = context["dag_run"].conf or {}
    Path(DATA_DIR, f"worked_{conf.get('day', 'none')}.txt").write_text(conf.get("source", "unknown"))


def note(ti, ds):
    run = ti.xcom_pull(task_ids="start_child", key="trigger_run_id")
    Path(DATA_DIR, f"started_{ds}.txt").write_text(run)


with DAG("trigger_child", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    first = PythonOperator(task_id="prepare", python_callable=prepare)
    start = TriggerDagRunOperator(
        task_id="start_child",
        trigger_dag_id="child",
        conf={"day": "{{ ds }}", "source": "parent"},
        trigger_run_id="child__{{ ds }}",
    )
    first >> start >> PythonOperator(task_id="note", python_callable=note)

with DAG("child", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(task_id="work", python_callable=work)
