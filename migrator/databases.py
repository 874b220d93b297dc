"""What a Connection says of the database behind it that names of tables depend on, and nothing secret.

Comes in: a Connection as Airflow exports it, or its URI. Goes out: a `Database`: what stands in front of a table's name that has none itself, and
which connections lead to the same server. Of host, port and account a digest is kept, which tells only whether two are the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

_SCHEMA_IS_DATABASE = frozenset({"postgres", "redshift", "mssql", "oracle", "vertica", "teradata"})
"""Types whose connections' `schema` is a database that does not stand in front of names of tables."""
_FAMILIES = {
    "postgresql": "postgres",
    "hiveserver2": "hive",
    "hive_cli": "hive",
    "hive_metastore": "hive",
    "presto": "trino",
}
_PROJECTS = ("project", "project_id", "extra__google_cloud_platform__project")


class Database(BaseModel):
    """`database` and `schema` stand in front of tables that are named without; connections of one `server` reach the same tables."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    database: str = ""
    default_schema: str = Field(default="", alias="schema")
    server: str = ""


def database_of(kind: str, connection: Any) -> Database | None:
    """The database behind a connection of a type; None where it tells nothing."""
    given = _of_uri(connection) if isinstance(connection, str) else connection
    if not isinstance(given, Mapping):
        return None
    extra = _extra(given.get("extra"))
    family = _FAMILIES.get(kind, kind)
    schema = _text(given.get("schema"))
    database = ""
    if family == "google_cloud_platform":
        database, schema = next((_text(extra[name]) for name in _PROJECTS if extra.get(name)), ""), ""
    elif family == "snowflake":
        database = _text(extra.get("database") or extra.get("extra__snowflake__database"))
    elif family in ("databricks", "trino"):
        database = _text(extra.get("catalog"))
        schema = schema or _text(extra.get("schema"))
    inside = schema if family in _SCHEMA_IS_DATABASE else ""
    host = _text(extra.get("account") or extra.get("extra__snowflake__account")) or _text(given.get("host"))
    told = [family, host.lower(), _text(given.get("port")), inside]
    server = hashlib.sha256("\0".join(told).encode()).hexdigest()[:12] if host else ""
    found = Database(database=database, schema="" if inside else schema, server=server)
    return found if found != Database() else None


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _extra(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _of_uri(text: str) -> Mapping[str, Any] | None:
    """The members of a connection that is given as its URI, or as JSON."""
    if text.lstrip().startswith("{"):
        return _extra(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    extra: dict[str, Any] = dict(parse_qsl(parts.query))
    extra = {**extra, **_extra(extra.pop("__extra__", None))}
    return {"host": parts.hostname, "port": port, "schema": unquote(parts.path.lstrip("/")), "extra": extra}
