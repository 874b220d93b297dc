"""Shows the marts that `make demo` made in its warehouse, a DuckDB file."""

from __future__ import annotations

import os

import duckdb

MARTS = ("mart_daily_revenue", "mart_category_margin")


def main() -> None:
    with duckdb.connect(os.environ["WAREHOUSE_URL"].removeprefix("duckdb:///"), read_only=True) as connection:
        for mart in MARTS:
            query = f"SELECT * FROM {mart} ORDER BY ALL"
            print(query)
            print(connection.sql(query))


if __name__ == "__main__":
    main()
