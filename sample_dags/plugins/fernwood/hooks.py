"""The warehouse as the DAGs see it: tables that are written and read a day at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from airflow.sdk import BaseHook

if TYPE_CHECKING:
    from airflow.providers.common.sql.hooks.sql import DbApiHook


class WarehouseHook(BaseHook):
    """Reads and writes data frames through whatever database the connection points to.

    :param warehouse_conn_id: connection of any type with a ``common.sql`` hook (Postgres in production, SQLite in
        tests).
    """

    conn_name_attr = "warehouse_conn_id"
    default_conn_name = "warehouse"
    hook_name = "Fernwood warehouse"

    def __init__(self, warehouse_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.warehouse_conn_id = warehouse_conn_id

    def get_db_hook(self) -> DbApiHook:
        """The database hook that belongs to the connection's type."""
        return self.get_connection(self.warehouse_conn_id).get_hook()

    def get_conn(self) -> Any:
        return self.get_db_hook().get_conn()

    def read_frame(self, sql: str) -> pd.DataFrame:
        """Result of a query as a data frame."""
        connection = self.get_conn()
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])
        finally:
            connection.close()

    def replace_rows(self, frame: pd.DataFrame, table: str, where: str | None = None) -> int:
        """Replace the rows of ``table`` matched by ``where`` (all rows by default) with ``frame``.

        :return: number of rows written.
        """
        hook = self.get_db_hook()
        hook.run(f"DELETE FROM {table}" + (f" WHERE {where}" if where else ""))
        rows = frame.astype(object).where(frame.notna(), None).values.tolist()
        hook.insert_rows(table, rows, target_fields=list(frame.columns))
        return len(rows)
