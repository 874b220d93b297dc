"""Members of the context in callables: dag, task, ti, dates, params, conf."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("context_objects", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"size": 3}):

    @task
    def describe(logical_date=None, ts_nodash=None, ti=None, params=None):
        document = {
            "week": logical_date.strftime("%G-W%V"),
            "before": (logical_date - timedelta(days=1)).date().isoformat(),
            "ts_nodash": ts_nodash,
            "task": ti.task_id,
            "dag": ti.dag_id,
            "size": params["size"],
        }
        Path(DATA_DIR, f"described_{logical_date.date()}.json").write_text(json.dumps(document))
        return document["week"]

    @task
    def current(week):
        context = get_current_context()
        day = context["ds"]
        Path(DATA_DIR, f"current_{day}.txt").write_text(f"{week} {context['task'].task_id} {context['dag'].dag_id}")

    current(describe())
