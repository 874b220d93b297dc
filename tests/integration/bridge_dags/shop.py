"""Orders by day, stock with mapped and grouped tasks, a long wait, prices that are values alone, and the audits of two shops."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group

DATA = Path("/srv/shop")


def write(name: str, **content: object) -> None:
    """Notes what was made, and whose worker made it."""
    (DATA / name).write_text(json.dumps({**content, "by": os.environ["WORKER"]}))


@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1), end_date=dt.datetime(2026, 6, 1), catchup=False)
def orders():
    @task
    def extract(ds: str) -> dict:
        write("raw.json", day=ds)
        return {"day": ds, "rows": 3}

    @task
    def transform(raw: dict, ds: str) -> dict:
        if (DATA / "no_rates").exists():
            raise ValueError("no exchange rates")
        write("clean.json", day=ds, raw=raw)
        return {"rows": raw["rows"] * 2, "by": os.environ["WORKER"]}

    @task
    def load(clean: dict):
        write("loaded.json", clean=clean)

    load(transform(extract()))


@dag(schedule=None, start_date=dt.datetime(2026, 1, 1), catchup=False)
def stock():
    @task
    def shelves() -> list:
        return [1, 2, 3]

    @task
    def count(shelf: int) -> int:
        write(f"shelf_{shelf}.json", shelf=shelf)
        return shelf * 100

    @task
    def total(counts: list) -> int:
        write("total.json", total=sum(counts))
        return sum(counts)

    @task_group
    def reports(value):
        @task(multiple_outputs=True)
        def figures(value: int) -> dict:
            write("figures.json", value=value)
            return {"value": value, "half": value / 2}

        @task
        def publish(half: float):
            write("published.json", half=half)

        publish(figures(value)["half"])

    reports(total(count.expand(shelf=shelves())))


@dag(schedule=None, start_date=dt.datetime(2026, 1, 1), catchup=False)
def wait():
    @task(retries=1, retry_delay=dt.timedelta(seconds=1))
    def wait_for_truck():
        write("waiting.json")
        for _ in range(1200):
            if (DATA / "truck").exists():
                break
            time.sleep(0.5)
        write("arrived.json")

    wait_for_truck()


@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1), end_date=dt.datetime(2026, 6, 1), catchup=False)
def prices():
    @task
    def ask(ds: str) -> dict:
        return {"day": ds, "euro": [1, 2.5]}

    @task
    def convert(asked: dict) -> dict:
        return {"day": asked["day"], "dollar": [price * 2 for price in asked["euro"]]}

    convert(ask())


def audit_of(shop: str):
    @dag(
        dag_id=f"audit_{shop}",
        schedule="@daily",
        start_date=dt.datetime(2026, 1, 1),
        end_date=dt.datetime(2026, 6, 1),
        catchup=False,
        params={"most": 5},
    )
    def audit():
        @task
        def rooms() -> list:
            return [1, 2]

        @task
        def look(room: int, ds: str, params: dict) -> int:
            write(f"{shop}_room_{room}.json", day=ds, most=params["most"])
            return room * 10

        @task
        def judge(found: list, ds: str):
            write(f"{shop}_verdict.json", day=ds, found=sum(found))

        judge(look.expand(room=rooms()))

    audit()


orders()
prices()
stock()
wait()
for name in ("north", "south"):
    audit_of(name)
