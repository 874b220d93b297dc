"""
### Daily order intake

Reads the shop's export of one day, cleans it, and writes

* `staged/orders/<day>.parquet`: one row per order, without duplicates and test orders
* `curated/daily_sales/<day>.csv`: paid orders, units and revenue by channel
* `reports/orders/<day>.json`: the key figures that the shop team looks at in the morning

The export is complete at 05:00 Berlin time. Questions: #data-orders.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd
import pendulum
from airflow.sdk import Asset, dag, task

from fernwood_common import paths
from fernwood_common.alerts import notify_failure
from fernwood_common.assets import ORDERS_CLEAN
from fernwood_common.cleaning import clean_orders, daily_sales

DAILY_SALES = Asset("fernwood://curated/daily_sales")


@dag(
    dag_id="orders_daily",
    schedule="30 5 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    max_active_runs=1,
    default_args={
        "owner": "orders-team",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "on_failure_callback": notify_failure,
    },
    tags=["orders", "core"],
    doc_md=__doc__,
)
def orders_daily():
    @task
    def find_export(ds: str) -> str:
        """Path of the day's export; fails when the shop did not deliver."""
        export = paths.raw_orders(ds)
        if not export.is_file():
            raise FileNotFoundError(f"no order export for {ds}: {export}")
        return str(export)

    @task(outlets=[ORDERS_CLEAN])
    def clean(export: str, ds: str) -> str:
        orders = clean_orders(pd.read_csv(export))
        target = paths.ensure_parent(paths.staged_orders(ds))
        orders.to_parquet(target, index=False)
        return str(target)

    @task(multiple_outputs=True)
    def key_figures(orders_file: str) -> dict[str, float]:
        orders = pd.read_parquet(orders_file)
        paid = orders[orders["status"] == "paid"]
        return {
            "order_count": int(paid["order_id"].nunique()),
            "revenue_eur": round(float(paid["amount_eur"].sum()), 2),
            "cancelled_share": round(float((orders["status"] == "cancelled").mean()), 3),
        }

    @task(outlets=[DAILY_SALES])
    def write_daily_sales(orders_file: str, ds: str) -> str:
        target = paths.ensure_parent(paths.CURATED / "daily_sales" / f"{ds}.csv")
        daily_sales(pd.read_parquet(orders_file)).to_csv(target, index=False)
        return str(target)

    @task(retries=0)
    def publish_report(order_count: int, revenue_eur: float, cancelled_share: float, ds: str) -> None:
        report = {
            "day": ds,
            "orders": order_count,
            "revenue_eur": revenue_eur,
            "average_basket_eur": round(revenue_eur / order_count, 2) if order_count else None,
            "cancelled_share": cancelled_share,
        }
        target = paths.ensure_parent(paths.REPORTS / "orders" / f"{ds}.json")
        target.write_text(json.dumps(report, indent=2) + "\n")

    orders_file = clean(find_export())
    figures = key_figures(orders_file)
    write_daily_sales(orders_file) >> publish_report(
        figures["order_count"], figures["revenue_eur"], figures["cancelled_share"]
    )


orders_daily()
