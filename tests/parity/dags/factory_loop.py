"""Tasks made by a loop over a table of rows."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
SOURCES = [
    {"name": "orders", "columns": ["id", "amount"]},
    {"name": "customers", "columns": ["id", "name"]},
    {"name": "products", "columns": ["sku"]},
]


def load(name, columns, day):
    Path(DATA_DIR, f"{name}_{day}.json").write_text(json.dumps(dict.fromkeys(columns, day)))


def merge(day):
    merged = {}
    for source in SOURCES:
        merged[source["name"]] = json.loads(Path(DATA_DIR, f"{source['name']}_{day}.json").read_text())
    Path(DATA_DIR, f"merged_{day}.json").write_text(json.dumps(merged, sort_keys=True))


with DAG("factory_loop", schedule="0 3 * * *", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    last = PythonOperator(task_id="merge", python_callable=merge, op_kwargs={"day": "{{ ds }}"})
    for source in SOURCES:
        (
            PythonOperator(
                task_id=f"load_{source['name']}", python_callable=load, op_kwargs={**source, "day": "{{ ds }}"}
            )
            >> last
        )
