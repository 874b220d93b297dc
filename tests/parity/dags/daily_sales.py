"""Daily files: extract, transform and a summary per day."""

import csv
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

default_args = {"owner": "sales", "retries": 1, "retry_delay": timedelta(seconds=0)}


def extract(ds, **kwargs):
    day = int(ds[-2:])
    rows = [{"sku": f"S{number}", "amount": number * day} for number in range(1, 5)]
    path = DATA_DIR / "raw" / f"sales_{ds}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows))


def transform(**context):
    day = context["ds_nodash"]
    rows = json.loads((DATA_DIR / "raw" / f"sales_{context['ds']}.json").read_text())
    target = DATA_DIR / "clean" / f"sales_{day}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["sku", "amount"])
        writer.writeheader()
        writer.writerows(row for row in rows if row["amount"] > 2)


with DAG(
    "daily_sales",
    default_args=default_args,
    schedule="0 6 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    tags=["sales"],
) as dag:
    extract_task = PythonOperator(task_id="extract", python_callable=extract)
    transform_task = PythonOperator(task_id="transform", python_callable=transform)
    summary = BashOperator(
        task_id="summary",
        bash_command="""
        mkdir -p "$DATA_DIR/summary"
        tail -n +2 "$DATA_DIR/clean/sales_{{ ds_nodash }}.csv" | wc -l | tr -d ' ' > "$DATA_DIR/summary/{{ ds }}.txt"
        """,
    )
    extract_task >> transform_task >> summary
