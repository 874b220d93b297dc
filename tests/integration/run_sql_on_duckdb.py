"""Runs inside the Airflow 3 environment: the sample DAGs' SQL files on DuckDB, fed from a SQLite warehouse.

    AIRFLOW_PYTHON run_sql_on_duckdb.py SQL_FOLDER WAREHOUSE.db DAY RESULT.json

Writes the rows of every table that the files made, so that the caller can compare them with SQLite's.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2

RAW_TABLES = ["raw_orders", "raw_customers", "raw_products", "raw_stock"]
FILES = [
    "staging/stg_orders.sql",
    "staging/stg_customers.sql",
    "marts/mart_daily_revenue.sql",
    "marts/mart_customer_value.sql",
    "marts/mart_product_performance.sql",
    "marts/mart_category_margin.sql",
]


def ds_add(ds: str, days: int) -> str:
    return str(date.fromisoformat(ds) + timedelta(days=days))


def main() -> None:
    folder, warehouse, day, result = Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])
    context = {
        "ds": day,
        "params": {"lookback_days": 28, "vip_threshold_eur": 150},
        "macros": SimpleNamespace(ds_add=ds_add),
    }
    source = sqlite3.connect(warehouse)
    target = duckdb.connect()

    def execute(name: str):
        statement = jinja2.Template((folder / name).read_text(), undefined=jinja2.StrictUndefined).render(context)
        return target.execute(statement)

    execute("ddl/raw_tables.sql")
    for table in RAW_TABLES:
        rows = source.execute(f"SELECT * FROM {table}").fetchall()
        target.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    tables = {}
    for name in FILES:
        execute(name)
        table = Path(name).stem
        tables[table] = [[str(value) for value in row] for row in target.execute(f"FROM {table}").fetchall()]
    checked = execute("checks/orphan_skus.sql").fetchone()
    result.write_text(json.dumps({"tables": tables, "orphan_skus": checked[0]}))


if __name__ == "__main__":
    main()
