"""A DAG that makes an asset and one that is scheduled on it."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, Asset, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
ORDERS = Asset("file://orders")

with DAG("assets_chain", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task(outlets=[ORDERS])
    def make_orders(ds=None):
        Path(DATA_DIR, f"orders_{ds}.txt").write_text(ds)

    make_orders()
