from __future__ import annotations

from typing import Any

from airflow.providers.sqlite.hooks.sqlite import SqliteHook


class WarehouseHook(SqliteHook):
    """SqliteHook with the conventions of our warehouse."""

    conn_name_attr = "warehouse_conn_id"
    default_conn_name = "warehouse"
    hook_name = "Acme warehouse"

    def __init__(self, *args: Any, schema_prefix: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schema_prefix = schema_prefix

    def table(self, name: str) -> str:
        return f"{self.schema_prefix}_{name}" if self.schema_prefix else name

    def ensure_table(self, name: str, columns: dict[str, str]) -> None:
        spec = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self.run(f"CREATE TABLE IF NOT EXISTS {self.table(name)} ({spec})")

    def replace_day(self, name: str, day: str, rows: list[tuple]) -> int:
        table = self.table(name)
        self.log.info("Replacing %s rows of %s for %s", len(rows), table, day)
        self.run(f"DELETE FROM {table} WHERE day = ?", parameters=(day,))
        self.insert_rows(table, rows)
        return len(rows)
