"""Operators for the daily warehouse load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from airflow.sdk import BaseOperator

from fernwood.hooks import WarehouseHook

if TYPE_CHECKING:
    from airflow.sdk import Context

READERS = {".csv": pd.read_csv, ".json": pd.read_json, ".jsonl": pd.read_json, ".parquet": pd.read_parquet}


class LoadFileToTableOperator(BaseOperator):
    """Loads a local file into a warehouse table, replacing the rows of one day or the whole table.

    :param file_path: CSV, JSON or parquet file (templated).
    :param table: existing table with the columns of the file (templated).
    :param day: the day to replace, e.g. ``{{ ds }}``; leave it out to replace all rows (templated).
    :param day_column: column of ``table`` that holds the day.
    :param columns: columns to load; all of the file by default.
    :param warehouse_conn_id: connection of the warehouse.
    """

    template_fields: Sequence[str] = ("file_path", "table", "day")
    ui_color = "#d5e8d4"

    def __init__(
        self,
        *,
        file_path: str,
        table: str,
        day: str | None = None,
        day_column: str = "order_date",
        columns: list[str] | None = None,
        warehouse_conn_id: str = "warehouse",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.file_path = file_path
        self.table = table
        self.day = day
        self.day_column = day_column
        self.columns = columns
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> int:
        frame = READERS[Path(self.file_path).suffix](self.file_path)
        if self.columns:
            frame = frame[self.columns]
        where = f"{self.day_column} = '{self.day}'" if self.day else None
        rows = WarehouseHook(self.warehouse_conn_id).replace_rows(frame, self.table, where)
        self.log.info("%s: %d rows -> %s", self.file_path, rows, self.table)
        return rows
