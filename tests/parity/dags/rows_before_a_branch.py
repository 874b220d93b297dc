"""Copies of a task for rows that the file tells, in front of a branch."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))
WARDS = [{"ward": "surgery", "beds": 24}, {"ward": "icu", "beds": 8}, {"ward": "paediatrics", "beds": 16}]

with DAG("rows_before_a_branch", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def count(ward: str, beds: int, ds=None):
        return {"ward": ward, "free": beds - int(ds[-2:])}

    @task
    def save(rows, ds=None):
        (OUT / f"free_{ds}.txt").write_text("\n".join(f"{row['ward']} {row['free']}" for row in rows))
        return min(row["free"] for row in rows)

    @task.branch
    def is_full(free):
        return "warn" if free < 3 else "rest"

    @task
    def warn(ds=None):
        (OUT / f"warning_{ds}.txt").write_text("full")

    @task
    def rest():
        return "beds enough"

    is_full(save(count.expand_kwargs(WARDS))) >> [warn(), rest()]
