"""A task group that runs once per file, and a reduction over its last task."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("mapped_group", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def list_regions():
        return ["north", "south", "west"]

    @task
    def load(region, ds=None):
        Path(DATA_DIR, f"{region}_{ds}.txt").write_text(region)
        return len(region)

    @task
    def check(size):
        return size > 4

    @task_group
    def per_region(region):
        return check(load(region))

    @task
    def summarize(results, ds=None):
        Path(DATA_DIR, f"summary_{ds}.txt").write_text(" ".join(str(result) for result in results))

    summarize(per_region.expand(region=list_regions()))
