"""LatestOnly before the publication, and a running total that depends on the day before."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def accumulate(ds, prev_ds=None, **context):
    total_file = Path(DATA_DIR, "total.txt")
    total = int(total_file.read_text()) if total_file.exists() else 0
    total_file.write_text(str(total + int(ds[-2:])))


def publish(ds):
    Path(DATA_DIR, f"published_{ds}.txt").touch()


with DAG(
    "latest_and_past",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=True,
    max_active_runs=1,
    default_args={"depends_on_past": True},
) as dag:
    running_total = PythonOperator(task_id="accumulate", python_callable=accumulate)
    latest = LatestOnlyOperator(task_id="latest_only")
    send = PythonOperator(task_id="publish", python_callable=publish)
    running_total >> latest >> send
