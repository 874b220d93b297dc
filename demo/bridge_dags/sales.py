"""Sales of a day: three tasks that hand their results on. What each made, and where, is in a file of the data folder."""

import datetime as dt
import json
import os
from pathlib import Path

from airflow.sdk import dag, task

DATA = Path("/srv/sales")


def save(name: str, ds: str, **made: object) -> None:
    path = DATA / ds / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**made, "done_by": os.environ["WORKER"]}))


@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1), end_date=dt.datetime(2026, 6, 1), catchup=False)
def sales():
    @task
    def extract(ds: str) -> list:
        orders = [{"shop": "Oslo", "amount": 120}, {"shop": "Bergen", "amount": 80}, {"shop": "Oslo", "amount": 40}]
        save("orders", ds, orders=orders)
        return orders

    @task
    def transform(orders: list, ds: str) -> dict:
        totals: dict = {}
        for order in orders:
            totals[order["shop"]] = totals.get(order["shop"], 0) + order["amount"]
        save("totals", ds, totals=totals)
        return totals

    @task
    def report(totals: dict, ds: str) -> None:
        save("report", ds, best=max(totals, key=totals.get), total=sum(totals.values()))

    report(transform(extract()))


sales()
