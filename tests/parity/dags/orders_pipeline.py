"""Orders: TaskFlow with multiple outputs, a branch on the number of rows, join, notification whatever happens."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import dag, task

DATA = Path(os.environ.get("DATA_DIR", "/tmp/data"))


@dag(
    dag_id="orders_pipeline",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": "sales", "retries": 0, "retry_delay": timedelta(seconds=1)},
    tags=["sales"],
)
def orders_pipeline():
    @task(multiple_outputs=True)
    def extract(ds: str = None) -> dict:
        day = int(ds[-2:])
        rows = [{"id": n, "amount": n * 10} for n in range(day % 4)]
        return {"rows": rows, "count": len(rows), "day": ds}

    @task.branch
    def choose(count: int):
        if count == 0:
            return "no_orders"
        if count > 2:
            return ["load_orders", "alert_many"]
        return "load_orders"

    @task
    def load_orders(rows: list, day: str) -> int:
        (DATA / f"orders_{day}.json").write_text(json.dumps(rows))
        return sum(row["amount"] for row in rows)

    @task
    def alert_many(count: int):
        (DATA / f"alert_{count}").touch()

    @task
    def no_orders(day: str):
        (DATA / f"none_{day}").touch()

    @task(trigger_rule="none_failed_min_one_success")
    def summarize(total: int | None, day: str):
        (DATA / f"summary_{day}").write_text(str(total))
        return day

    extracted = extract()
    chosen = choose(extracted["count"])
    loaded = load_orders(extracted["rows"], extracted["day"])
    alerted = alert_many(extracted["count"])
    nothing = no_orders(extracted["day"])
    chosen >> [loaded, alerted, nothing]
    [alerted, nothing] >> summarize(loaded, extracted["day"])


orders_pipeline()
