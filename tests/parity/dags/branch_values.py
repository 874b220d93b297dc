"""A join that takes the values of branches of which some are skipped: it gets None for those."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, Label, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("branch_values", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def measure(ds=None):
        return {"rows": int(ds[-2:])}

    @task.branch
    def pick(stats):
        if stats["rows"] == 5:
            return "small"
        if stats["rows"] == 6:
            return ["small", "big"]
        return "group.first"

    @task
    def small(stats):
        return f"small {stats['rows']}"

    @task
    def big(stats):
        return f"big {stats['rows']}"

    @task_group
    def group(stats):
        @task
        def first(values):
            return values["rows"] * 2

        @task
        def second(value):
            Path(DATA_DIR, f"second_{value}").touch()

        second(first(stats))

    @task(trigger_rule="none_failed_min_one_success")
    def join(one, other, ds=None):
        Path(DATA_DIR, f"join_{ds}.json").write_text(json.dumps([one, other]))

    found = measure()
    few, many = small(found), big(found)
    choice = pick(found)
    choice >> Label("few") >> few
    choice >> [many, group(found)]
    join(few, many)
