"""Customer features for the churn model, rebuilt when new orders and new web sessions have arrived."""

from __future__ import annotations

import json

import pandas as pd
import pendulum
from airflow.sdk import Metadata, dag, task, task_group

from fernwood_common import features, paths
from fernwood_common.assets import CUSTOMER_FEATURES, ORDERS_CLEAN, WEB_SESSIONS


def _save(frame: pd.DataFrame, name: str) -> str:
    target = paths.ensure_parent(paths.FEATURES / "parts" / f"{name}.parquet")
    frame.to_parquet(target, index=False)
    return str(target)


@dag(
    schedule=(ORDERS_CLEAN & WEB_SESSIONS),
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    max_active_runs=1,
    default_args={"owner": "data-science", "retries": 1},
    tags=["features", "ml"],
)
def customer_features():
    @task_group
    def shop():
        @task_group
        def orders():
            @task
            def recency_frequency_value() -> str:
                return _save(features.order_features(features.read_days(paths.STAGED / "orders")), "orders")

            @task
            def favourite_category() -> str:
                orders = features.read_days(paths.STAGED / "orders")
                return _save(features.favourite_category(orders, pd.read_csv(paths.PRODUCTS_CSV)), "category")

            return [recency_frequency_value(), favourite_category()]

        @task
        def profile() -> str:
            customers = pd.DataFrame(json.loads(paths.CUSTOMERS_JSON.read_text(encoding="utf-8")))
            customers["newsletter"] = customers["newsletter"].astype(int)
            return _save(customers[["customer_id", "newsletter"]], "profile")

        return [profile(), *orders()]

    @task_group(prefix_group_id=False)
    def web():
        @task
        def web_behaviour() -> str:
            return _save(features.web_features(features.read_days(paths.STAGED / "sessions")), "web")

        return web_behaviour()

    @task(outlets=[CUSTOMER_FEATURES])
    def join_features(profile_file: str, others: list[str]):
        """One row per customer; customers without orders or visits get zeros."""
        table = pd.read_parquet(profile_file)
        for part in others:
            table = table.merge(pd.read_parquet(part), on="customer_id", how="left")
        table["favourite_category"] = table["favourite_category"].fillna("none")
        numbers = [column for column in table.columns if column != "favourite_category"]
        table["recency_days"] = table["recency_days"].fillna(365)
        table[numbers] = table[numbers].fillna(0)
        target = paths.ensure_parent(paths.FEATURES / "customer_features.parquet")
        table.sort_values("customer_id").to_parquet(target, index=False)
        yield Metadata(CUSTOMER_FEATURES, extra={"rows": len(table), "columns": len(table.columns)})

    profile_part, *order_parts = shop()
    join_features(profile_part, [*order_parts, web()])


customer_features()
