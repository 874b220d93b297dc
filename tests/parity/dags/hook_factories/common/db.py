"""Access to our databases."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache

from airflow.providers.sqlite.hooks.sqlite import SqliteHook

WAREHOUSE_CONN_ID = "warehouse"


def get_hook(conn_id: str = WAREHOUSE_CONN_ID) -> SqliteHook:
    return SqliteHook(sqlite_conn_id=conn_id)


@lru_cache(maxsize=1)
def get_warehouse() -> SqliteHook:
    """One hook for all."""
    return get_hook(WAREHOUSE_CONN_ID)


@contextmanager
def warehouse_cursor():
    connection = get_warehouse().get_conn()
    cursor = connection.cursor()
    try:
        yield cursor
        connection.commit()
    except Exception:
        connection.rollback()
        raise
    finally:
        cursor.close()
        connection.close()


def fetch_all(sql: str, parameters=None) -> list:
    return get_warehouse().get_records(sql, parameters=parameters)
