"""The warehouse of `make demo`, a DuckDB file.

    python demo/warehouse.py load DAY     # what the tasks with Airflow's library would have done: four files into the raw tables
    python demo/warehouse.py show         # the marts that Dagster made of them

The tasks that load raw tables run an operator of the team's own, which needs Airflow's library; this script stands in for that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

DATA = Path(os.environ["FERNWOOD_DATA"])
DATABASE = os.environ["WAREHOUSE_URL"].removeprefix("duckdb:///")


def load(day: str) -> None:
    scratch = DATA / "tmp" / f"warehouse_load_{day.replace('-', '')}"
    files = {
        "raw_orders": f"read_parquet('{DATA}/staged/orders/{day}.parquet')",
        "raw_stock": f"(SELECT sku, warehouse, on_hand FROM read_csv('{DATA}/raw/stock/stock_{day}.csv'))",
        "raw_customers": f"read_csv('{scratch}/customers.csv')",
        "raw_products": f"read_csv('{scratch}/products.csv')",
    }
    with duckdb.connect(DATABASE) as connection:
        for table, rows in files.items():
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {rows}")


def show() -> None:
    with duckdb.connect(DATABASE, read_only=True) as connection:
        for query in (
            "SELECT * FROM mart_daily_revenue ORDER BY ALL",
            "SELECT * FROM mart_category_margin ORDER BY ALL",
        ):
            print(query)
            print(connection.sql(query))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", day]:
            load(day)
        case ["show"]:
            show()
        case _:
            sys.exit(__doc__)
