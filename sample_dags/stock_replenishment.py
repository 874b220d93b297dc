"""Decides every night what to reorder: nothing, a normal order, or an order that the buyer must approve."""

from __future__ import annotations

import json

import pandas as pd
import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Label, Variable, dag, task

from fernwood_common import paths


@dag(
    schedule="0 22 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    default_args={"owner": "purchasing", "retries": 1},
    tags=["stock", "branching"],
)
def stock_replenishment():
    @task.short_circuit(ignore_downstream_trigger_rules=True)
    def stock_count_arrived(ds: str) -> bool:
        """No count, no order: the warehouses don't count on public holidays."""
        return paths.raw_stock(ds).is_file()

    @task
    def find_shortages(ds: str) -> dict:
        """Products below their reorder level over both warehouses."""
        stock = pd.read_csv(paths.raw_stock(ds)).groupby("sku", as_index=False)["on_hand"].sum()
        products = pd.read_csv(paths.PRODUCTS_CSV).merge(stock, on="sku")
        short = products[products["on_hand"] < products["reorder_level"]].copy()
        short["order_quantity"] = short["reorder_level"] * 2 - short["on_hand"]
        short["order_value_eur"] = (short["order_quantity"] * short["cost_eur"]).round(2)
        lines = short[["sku", "order_quantity", "order_value_eur"]].to_dict("records")
        return {"lines": lines, "value_eur": round(float(short["order_value_eur"].sum()), 2)}

    @task.branch
    def choose_route(shortages: dict) -> str:
        limit = float(Variable.get("reorder_approval_limit_eur", default=500))
        if not shortages["lines"]:
            return "nothing_to_order"
        if shortages["value_eur"] > limit:
            return "ask_for_approval"
        return "place_order"

    @task
    def place_order(shortages: dict, ds: str) -> None:
        target = paths.ensure_parent(paths.EXPORTS / "purchase_orders" / f"{ds}.json")
        target.write_text(json.dumps(shortages, indent=1))

    @task
    def ask_for_approval(shortages: dict, ds: str) -> None:
        target = paths.ensure_parent(paths.EXPORTS / "purchase_orders" / f"{ds}.pending.json")
        target.write_text(json.dumps({"status": "pending approval", **shortages}, indent=1))

    @task(trigger_rule="none_failed_min_one_success")
    def log_decision(ds: str) -> str:
        folder = paths.EXPORTS / "purchase_orders"
        written = sorted(path.name for path in folder.glob(f"{ds}*")) if folder.is_dir() else []
        decision = paths.ensure_parent(paths.REPORTS / "replenishment" / f"{ds}.txt")
        decision.write_text(", ".join(written) or "nothing ordered")
        return str(decision)

    shortages = find_shortages()
    stock_count_arrived() >> shortages
    route = choose_route(shortages)
    nothing = EmptyOperator(task_id="nothing_to_order")
    ordered = place_order(shortages)
    approval = ask_for_approval(shortages)

    route >> Label("all shelves full") >> nothing
    route >> Label("small order") >> ordered
    route >> Label("above the limit") >> approval
    [nothing, ordered, approval] >> log_decision()


stock_replenishment()
