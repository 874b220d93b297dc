"""Hooks of databases: derived from, kept in properties and attributes, made by a class in an attribute, and asked for of a connection."""

import os
from datetime import datetime
from functools import cached_property
from pathlib import Path

from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseHook, BaseOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class WarehouseHook(SqliteHook):
    conn_name_attr = "sqlite_conn_id"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.batch = 2

    def load(self, table, rows):
        self.run(f"CREATE TABLE IF NOT EXISTS {table} (day TEXT, n INT)")
        self.insert_rows(table, rows, target_fields=["day", "n"], commit_every=self.batch)
        self.log.info("loaded")
        return self.count(table)

    def count(self, table):
        return self.get_first(f"SELECT COUNT(*) FROM {table}")[0]


class LoadOperator(BaseOperator):
    template_fields = ("day",)

    def __init__(self, table, day="{{ ds }}", conn_id="warehouse", **kwargs):
        super().__init__(**kwargs)
        self.table = table
        self.day = day
        self.conn_id = conn_id

    @cached_property
    def hook(self):
        return WarehouseHook(sqlite_conn_id=self.conn_id)

    def execute(self, context):
        return self.hook.load(self.table, [(self.day, 1), (self.day, 2), (self.day, 3)])


class GetHookOperator(BaseOperator):
    hook_class = WarehouseHook

    def __init__(self, table, conn_id="warehouse", **kwargs):
        super().__init__(**kwargs)
        self.table = table
        self.conn_id = conn_id
        self._hook = None

    def get_hook(self):
        if self._hook is None:
            self._hook = self.hook_class(sqlite_conn_id=self.conn_id)
        return self._hook

    def execute(self, context):
        n = self.get_hook().count(self.table)
        Path(DATA_DIR, f"count_{self.table}.txt").write_text(str(n))


class AnyHookOperator(BaseOperator):
    def __init__(self, sql, conn_id="warehouse", **kwargs):
        super().__init__(**kwargs)
        self.sql = sql
        self.conn_id = conn_id

    def execute(self, context):
        conn = BaseHook.get_connection(self.conn_id)
        hook = conn.get_hook()
        rows = hook.get_records(self.sql)
        Path(DATA_DIR, "any.txt").write_text(repr(rows))


class AnyHook2Operator(BaseOperator):
    def __init__(self, sql, conn_id="warehouse", **kwargs):
        super().__init__(**kwargs)
        self.sql = sql
        self.conn_id = conn_id

    @property
    def db_hook(self):
        return BaseHook.get_hook(self.conn_id)

    def execute(self, context):
        Path(DATA_DIR, "any2.txt").write_text(repr(self.db_hook.get_first(self.sql)))


def report():
    hook = WarehouseHook("warehouse")
    Path(DATA_DIR, "report.txt").write_text(str(hook.count("sales")))


def report2(ds):
    hook = BaseHook.get_connection("warehouse").get_hook()
    Path(DATA_DIR, f"report2_{ds}.txt").write_text(str(hook.get_first("SELECT COUNT(*) FROM sales")[0]))


with DAG("hooks_of_connections", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    (
        LoadOperator(task_id="load", table="sales")
        >> GetHookOperator(task_id="count", table="sales")
        >> AnyHookOperator(task_id="any", sql="SELECT * FROM sales")
        >> AnyHook2Operator(task_id="any2", sql="SELECT n FROM sales")
        >> PythonOperator(task_id="report", python_callable=report)
        >> PythonOperator(task_id="report2", python_callable=report2)
    )
