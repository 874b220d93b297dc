"""Mapped tasks over lists that stand in the file, each of whose copies makes data of its own: as TaskFlow, as operators, by rows."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task, task_group

DATA = os.environ.get("DATA_DIR", "/tmp/data")
REGIONS = ["eu", "us", "asia"]
FEEDS = [{"feed": "orders", "limit": 10}, {"feed": "returns", "limit": 3}]


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def known_copies():
    @task
    def extract(region: str, ds: str | None = None) -> str:
        path = Path(DATA, "raw", region, f"{ds}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"region": region, "day": ds, "orders": len(region)}))
        return str(path)

    @task
    def clean(path: str, factor: int) -> int:
        orders = json.loads(Path(path).read_text())["orders"] * factor
        Path(path).with_suffix(".clean").write_text(str(orders))
        return orders

    @task
    def total(orders: list[int], ds: str | None = None) -> None:
        Path(DATA, f"total_{ds}.txt").write_text(f"{sum(orders)} of {len(list(orders))}")

    @task
    def fetch(feed: str, limit: int, suffix: str) -> None:
        Path(DATA, f"{feed}.{suffix}").write_text(f"{feed} up to {limit}")

    @task
    def price(currency: str, day: str) -> None:
        Path(DATA, f"price_{currency}_{day}.txt").write_text(f"{currency} on {day}")

    @task
    def count(shop: str, kind: str) -> int:
        Path(DATA, f"{kind}_{shop}.txt").write_text(kind)
        return len(shop) + len(kind)

    @task
    def add(visits: int, sales: int, label: str) -> str:
        return f"{label}: {visits + sales}"

    @task_group
    def per_shop(shop: str):
        seen = BashOperator(
            task_id="seen",
            bash_command='echo "$SHOP" > "$DATA/seen_$SHOP.txt"',
            env={"SHOP": shop, "DATA": DATA},
            append_env=True,
        )
        added = add(count(shop, "visits"), count(shop, "sales"), "shop")
        seen >> added
        return added

    @task
    def summary(lines: list[str]) -> None:
        Path(DATA, "summary.txt").write_text("\n".join(lines))

    total(clean.partial(factor=2).expand(path=extract.expand(region=REGIONS)))
    summary(per_shop.expand(shop=["north", "south"]))
    fetched = fetch.partial(suffix="txt").expand_kwargs(FEEDS)
    prices = price.expand(currency=["eur", "usd"], day=["monday", "friday"])

    tables = SQLExecuteQueryOperator.partial(task_id="tables", conn_id="warehouse").expand(
        sql=[f"CREATE TABLE IF NOT EXISTS {name} AS SELECT '{name}' AS name" for name in ("orders", "customers")]
    )
    marks = BashOperator.partial(task_id="marks", env={"DATA": DATA}, append_env=True).expand(
        bash_command=[
            f'echo "{region} {{{{ ds }}}}" > "$DATA/mark_{region}_{{{{ ds_nodash }}}}.txt"' for region in REGIONS
        ]
    )
    fetched >> [tables, marks] >> prices


known_copies()
