"""Loads the day's orders into the warehouse with the team's own hook."""

from __future__ import annotations

import csv
import os
from datetime import datetime, timedelta
from pathlib import Path

from acme.hooks.warehouse import WarehouseHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def export_orders(ds: str) -> str:
    path = Path(DATA_DIR) / "landing" / f"orders_{ds}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["order_id", "customer", "amount"])
        for number in range(1, 4):
            writer.writerow([number, f"c{number}", number * 10])
    return str(path)


def load_orders(path: str, ds: str) -> int:
    hook = WarehouseHook(schema_prefix="raw")
    hook.ensure_table("orders", {"order_id": "INTEGER", "customer": "TEXT", "amount": "REAL", "day": "TEXT"})
    with open(path) as file:
        rows = [(int(r["order_id"]), r["customer"], float(r["amount"]), ds) for r in csv.DictReader(file)]
    return hook.replace_day("orders", ds, rows)


def summarize(**context) -> dict:
    hook = WarehouseHook(schema_prefix="raw")
    total = hook.get_first("SELECT SUM(amount) FROM raw_orders WHERE day = ?", parameters=(context["ds"],))[0]
    customers = [row[0] for row in hook.get_records("SELECT DISTINCT customer FROM raw_orders ORDER BY 1")]
    out = Path(DATA_DIR) / f"summary_{context['ds_nodash']}.txt"
    out.write_text(f"{total} {','.join(customers)}")
    return {"total": total, "customers": customers}


default_args = {"owner": "data-eng", "retries": 1, "retry_delay": timedelta(seconds=1)}

with DAG(
    "warehouse_hook",
    schedule="0 4 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args=default_args,
    tags=["orders"],
) as dag:
    export = PythonOperator(task_id="export_orders", python_callable=export_orders)
    load = PythonOperator(
        task_id="load_orders",
        python_callable=load_orders,
        op_kwargs={"path": "{{ ti.xcom_pull(task_ids='export_orders') }}"},
    )
    report = PythonOperator(task_id="summarize", python_callable=summarize)
    export >> load >> report
