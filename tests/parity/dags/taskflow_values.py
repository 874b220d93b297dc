"""TaskFlow with values: multiple outputs, lists, dictionaries, arguments by name, `.override`."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


@task(multiple_outputs=True)
def split(day: str) -> dict:
    year, month, date = day.split("-")
    return {"year": int(year), "month": int(month), "date": int(date)}


@task
def add(a: int, b: int) -> int:
    return a + b


@task
def describe(parts: dict, total: int, factor: float = 1.5) -> dict:
    return {"parts": parts, "total": total, "scaled": total * factor}


@task
def save(document: dict, name: str, ds: str | None = None):
    Path(DATA_DIR, f"{name}_{ds}.json").write_text(json.dumps(document, sort_keys=True))


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def taskflow_values():
    parts = split("{{ ds }}")
    total = add(parts["year"], parts["date"])
    more = add.override(task_id="add_more")(total, b=10)
    save(describe(parts, more), name="described")


taskflow_values()
