"""Airflow 2: a controller whose code starts runs of other DAGs, by a helper, in a loop, with a conf each."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.api.client.local_client import Client
from airflow.api.common.trigger_dag import trigger_dag
from airflow.operators.python import PythonOperator
from airflow.utils import timezone

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"), "started")
TARGET = "started_by_code"


def start(dag_id, conf, suffix=""):
    run_id = f"trig__{timezone.utcnow().isoformat()}{suffix}"
    trigger_dag(dag_id=dag_id, run_id=run_id, conf=json.dumps(conf), execution_date=None, replace_microseconds=False)


def control(**context):
    for name in ("a", "b"):
        start(TARGET, {"name": name, "day": context["ds"]}, suffix=f"_{name}")


def by_client(ds):
    Client(None, None).trigger_dag("started_by_code", conf={"name": "client", "day": ds})


def write(**context):
    conf = context["dag_run"].conf
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{conf['name']}_{conf['day']}.txt").write_text(json.dumps(conf, sort_keys=True))


with DAG("runs_started_by_code_of_airflow2", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    first = PythonOperator(task_id="control", python_callable=control)
    first >> PythonOperator(task_id="by_client", python_callable=by_client)

with DAG(TARGET, schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="write", python_callable=write)
