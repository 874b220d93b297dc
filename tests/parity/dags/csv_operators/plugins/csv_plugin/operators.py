import csv
import logging

from airflow.models.baseoperator import BaseOperator
from airflow.providers.sqlite.hooks.sqlite import SqliteHook

logger = logging.getLogger(__name__)


class _DbOperator(BaseOperator):
    def __init__(self, *, db_conn_id: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.db_conn_id = db_conn_id
        self.hook: SqliteHook | None = None

    def get_hook(self) -> SqliteHook:
        if self.hook is None:
            self.hook = SqliteHook(sqlite_conn_id=self.db_conn_id)
        return self.hook


class CsvToTableOperator(_DbOperator):
    """
    Loads a CSV file into a table, which is made if it is not there.

    :param path: the file
    :param table: the table
    :param before: SQL to run before
    """

    template_fields = ("path", "table", "before")
    template_ext = (".sql",)

    def __init__(self, *, path: str, table: str, before: str | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.table = table
        self.before = before

    def execute(self, context):
        hook = self.get_hook()
        with open(self.path, newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            rows = list(reader)
        hook.run(f"CREATE TABLE IF NOT EXISTS {self.table} ({', '.join(header)})")
        if self.before:
            hook.run(self.before)
        hook.insert_rows(self.table, rows, target_fields=header)
        logger.info("%s rows into %s", len(rows), self.table)


class TableToCsvOperator(_DbOperator):
    template_fields = ("sql", "path")
    template_ext = (".sql",)
    template_fields_renderers = {"sql": "sql"}

    def __init__(self, *, sql: str, path: str, delimiter: str = ",", **kwargs) -> None:
        super().__init__(**kwargs)
        self.sql = sql
        self.path = path
        self.delimiter = delimiter

    def execute(self, context):
        conn = self.get_hook().get_conn()
        cursor = conn.cursor()
        cursor.execute(self.sql)
        with open(self.path, "w", newline="") as file:
            writer = csv.writer(file, delimiter=self.delimiter)
            writer.writerow([column[0] for column in cursor.description])
            writer.writerows(cursor.fetchall())
        cursor.close()
        conn.close()
        return self.path
