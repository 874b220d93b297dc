"""A hook of the team's own that gives itself for the time of a transaction."""

from contextlib import contextmanager

from airflow.hooks.base import BaseHook
from airflow.providers.sqlite.hooks.sqlite import SqliteHook


class LedgerHook(BaseHook):
    def __init__(self, ledger_conn_id="warehouse"):
        super().__init__()
        self.ledger_conn_id = ledger_conn_id
        self.statements = 0
        self._conn = None

    def get_conn(self):
        if self._conn is None:
            self._conn = SqliteHook(sqlite_conn_id=self.ledger_conn_id).get_conn()
        return self._conn

    @contextmanager
    def transaction(self):
        conn = self.get_conn()
        try:
            yield self
            conn.commit()
        except Exception:
            conn.rollback()
            raise
        finally:
            conn.close()
            self._conn = None

    def execute(self, sql, *args):
        self.statements += 1
        return self.get_conn().execute(sql, args).fetchall()
