"""Setup and teardown around work; on the second the work fails and the teardown still runs."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, setup, task, teardown

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("setup_teardown", schedule="@daily", start_date=datetime(2024, 3, 1), catchup=False):

    @setup
    def create_workspace(ds=None):
        Path(DATA_DIR, "workspace").mkdir(exist_ok=True)
        Path(DATA_DIR, "workspace", "marker").write_text(ds)

    @task
    def run_queries(ds=None):
        if ds.endswith("02"):
            raise RuntimeError("query failed")
        Path(DATA_DIR, f"answer_{ds}.txt").write_text(Path(DATA_DIR, "workspace", "marker").read_text())

    @teardown
    def drop_workspace(ds=None):
        Path(DATA_DIR, "workspace", "marker").unlink()
        Path(DATA_DIR, "workspace").rmdir()

    @task
    def publish(ds=None):
        Path(DATA_DIR, f"published_{ds}.txt").touch()

    created = create_workspace()
    work = run_queries()
    dropped = drop_workspace()
    created >> work >> dropped.as_teardown(setups=created)
    work >> publish()
