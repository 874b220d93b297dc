"""Values through groups, lists of results, dictionaries of results, and a class for arguments."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("nested_values", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def one():
        return 1

    @task
    def double(value):
        return value * 2

    @task_group
    def twice_doubled(value):
        return double.override(task_id="second")(double(value))

    @task
    def collect(values, named):
        Path(DATA_DIR, "collected.json").write_text(json.dumps([values, named], sort_keys=True))
        return sum(values)

    start = one()
    four = twice_doubled(start)
    collect([start, four], {"start": start, "end": four})
