"""Functions that return hooks, in a helper module."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task
from common.db import fetch_all, get_hook, get_warehouse, warehouse_cursor

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, default_args={"retries": 0})
def hook_factories():
    @task
    def create() -> None:
        hook = get_warehouse()
        hook.run("CREATE TABLE IF NOT EXISTS visits (day TEXT, page TEXT, hits INTEGER)")

    @task
    def load(ds: str | None = None) -> int:
        hook = get_hook("warehouse")
        rows = [(ds, "home", 5), (ds, "shop", 2)]
        hook.run("DELETE FROM visits WHERE day = ?", parameters=(ds,))
        hook.insert_rows(table="visits", rows=rows, target_fields=["day", "page", "hits"])
        return len(rows)

    @task
    def add_by_cursor(ds: str | None = None) -> None:
        with warehouse_cursor() as cursor:
            cursor.execute("INSERT INTO visits VALUES (?, 'about', 1)", (ds,))

    @task
    def by_connection() -> int:
        with closing(get_warehouse().get_conn()) as connection:
            return connection.execute("SELECT COUNT(*) FROM visits").fetchone()[0]

    @task
    def report(count: int, ds: str | None = None) -> str:
        rows = fetch_all("SELECT page, hits FROM visits WHERE day = ? ORDER BY page", (ds,))
        path = Path(DATA_DIR) / f"visits_{ds}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(f"{page}\t{hits}" for page, hits in rows) + f"\n{count}")
        return str(path)

    loaded = load()
    create() >> loaded
    added = add_by_cursor()
    counted = by_connection()
    loaded >> added >> counted
    report(counted)


hook_factories()
