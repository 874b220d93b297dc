"""Databases and schemas that a table without one is in: what a task, a hook or a connection says beside the SQL.

Only for systems whose `database` or `schema` is what stands in front of a table's name; in PostgreSQL and Redshift a connection's database is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMESPACES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "athena": (("database", "schema_name"),),
    "bigquery": (("project_id",), ("dataset_id",)),
    "clickhouse": (("database",),),
    "databricks": (("catalog",), ("schema",)),
    "hive": (("schema", "database"),),
    "mysql": (("database", "db", "schema"),),
    "snowflake": (("database",), ("schema",)),
}
"""By system: the arguments of each part of what stands in front of a table, outermost first. Without the last part nothing does."""


def namespace(system: str | None, given: Mapping[str, str]) -> str:
    """What stands in front of a table's name by these arguments; empty where they do not tell."""
    parts = [next((given[name] for name in names if given.get(name)), "") for names in NAMESPACES.get(system or "", ())]
    if not parts or not parts[-1] or "{?}" in parts[-1]:
        return ""
    return ".".join(part for part in parts if part and "{?}" not in part)


def qualified(table: str, namespace: str) -> str:
    """The table's name with its namespace, where it has none itself."""
    return f"{namespace}.{table}" if namespace and "." not in table and "{" not in table else table


def in_database(table: str, system: str, database: str) -> str:
    """A table's name with the database that a client works in; SQL Server's has a schema between them."""
    if not re.fullmatch(r"[\w.]+", database) or "{" in table:
        return table
    if system == "mssql":
        return f"{database}.{table}" if table.count(".") == 1 else table
    return qualified(table, database)
