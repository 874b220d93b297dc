"""Exports of a shop by operators that only say which rows they write: `execute`, `poke` and an `__init__` stand in base classes of another module."""

import os
from datetime import datetime

from airflow.sdk import DAG
from exports.operators import PriceExport, StockExport
from exports.sensors import RowsThere

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG(
    "exports_of_a_base",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"currency": "EUR"},
):
    stock = StockExport(
        task_id="stock",
        shop="berlin-{{ ds_nodash }}",
        path=f"{DATA_DIR}/exports/{{{{ ds }}}}/stock.csv",
        retries=1,
    )
    prices = PriceExport(task_id="prices", path=f"{DATA_DIR}/exports/{{{{ ds }}}}/prices.csv", header="day;price")
    there = RowsThere(task_id="there", path=f"{DATA_DIR}/exports/{{{{ ds }}}}/prices.csv", poke_interval=1, timeout=20)
    stock >> prices >> there
