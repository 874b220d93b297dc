"""Hooks of Airflow in the team's own code, and the resources that stand for them: which method is which, argument by argument.

Comes in: the name of a hook's class. Goes out: a `Hook`. A method or argument that is not in its table has no translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class HookMethod:
    """A method of a hook's and the resource's method that does the same.

    `arguments` gives each argument, in the hook's order, its name in the resource's method: empty where it must go by position, None
    where it says nothing there. So many of them as `positional` says have the same place in both.
    """

    name: str
    arguments: Mapping[str, str | None] = field(default_factory=dict)
    positional: int = 0


@dataclass(frozen=True, slots=True)
class Hook:
    """`kind` and `system` are those of `CreateResource`; `connection` are the arguments that name the connection, best first, the first one
    also by position; `handed_on` are arguments of the hook's own that each call gets, with their default."""

    kind: str
    connection: tuple[str, ...]
    default_connection: str
    methods: Mapping[str, HookMethod]
    system: str | None = None
    ignored: frozenset[str] = frozenset()
    handed_on: Mapping[str, str] = field(default_factory=dict)


_PARAMETERS = {"sql": "", "parameters": "parameters"}
_SQL = {
    "get_conn": HookMethod("connect"),
    "get_df": HookMethod("frame", {"sql": "sql", "parameters": "parameters"}, 1),
    "get_engine": HookMethod("engine"),
    "get_first": HookMethod("first_row", _PARAMETERS, 2),
    "get_pandas_df": HookMethod("frame", {"sql": "sql", "parameters": "parameters"}, 1),
    "get_records": HookMethod("run", _PARAMETERS, 1),
    "get_sqlalchemy_engine": HookMethod("engine"),
    "insert_rows": HookMethod(
        "insert", {"table": "table", "rows": "rows", "target_fields": "columns", "commit_every": None}, 3
    ),
    "run": HookMethod("run", {"sql": "", "autocommit": None, "parameters": "parameters", "split_statements": None}, 1),
}
_LISTED = {"bucket_name": "bucket", "prefix": "prefix"}
_S3 = {
    "check_for_key": HookMethod("exists", {"key": "key", "bucket_name": "bucket"}),
    "delete_objects": HookMethod("delete_objects", {"bucket": "bucket", "keys": "keys"}, 2),
    "download_file": HookMethod(
        "download", {"key": "key", "bucket_name": "bucket", "local_path": "folder", "preserve_file_name": None}
    ),
    "list_keys": HookMethod("list_keys", _LISTED, 2),
    "load_bytes": HookMethod(
        "write", {"bytes_data": "content", "key": "key", "bucket_name": "bucket", "replace": "replace"}
    ),
    "load_file": HookMethod(
        "upload", {"filename": "path", "key": "key", "bucket_name": "bucket", "replace": "replace"}, 1
    ),
    "load_string": HookMethod(
        "write", {"string_data": "content", "key": "key", "bucket_name": "bucket", "replace": "replace"}
    ),
    "read_key": HookMethod("read_text", {"key": "key", "bucket_name": "bucket"}),
}
_OBJECT = {"bucket_name": "bucket", "object_name": "key"}
_GCS = {
    "delete": HookMethod("delete_objects", {"bucket_name": "bucket", "object_name": "keys"}, 2),
    "download": HookMethod("download_as", {**_OBJECT, "filename": "path"}, 3),
    "download_as_byte_array": HookMethod("download_as", _OBJECT, 2),
    "exists": HookMethod("exists", _OBJECT, 2),
    "list": HookMethod("list_keys", _LISTED, 1),
    "upload": HookMethod("upload_from", {**_OBJECT, "filename": "path", "data": "content", "mime_type": None}, 3),
}
_HTTP = {
    "run": HookMethod("request", {"endpoint": "endpoint", "data": "data", "headers": "headers"}),
}
_MESSAGE = {name: name for name in ("text", "blocks", "attachments", "channel", "username")}
_SLACK = {
    "send": HookMethod("send", {**_MESSAGE, "unfurl_links": None, "unfurl_media": None}),
    "send_text": HookMethod("send", {"text": "text", "unfurl_links": None, "unfurl_media": None}),
}


def _database(system: str, connection: str, default: str = "", *ignored: str) -> Hook:
    return Hook("database", (connection,), default or f"{system}_default", _SQL, system, frozenset(ignored))


HOOKS: Mapping[str, Hook] = {
    "BigQueryHook": _database(
        "bigquery", "gcp_conn_id", "google_cloud_default", "use_legacy_sql", "location", "priority"
    ),
    "ClickHouseDbApiHook": _database("clickhouse", "clickhouse_conn_id"),
    "DatabricksSqlHook": _database("databricks", "databricks_conn_id"),
    "DuckDBHook": _database("duckdb", "duckdb_conn_id"),
    "GCSHook": Hook("object_store", ("gcp_conn_id",), "google_cloud_default", _GCS, "gcs"),
    "GoogleCloudStorageHook": Hook(
        "object_store", ("gcp_conn_id", "google_cloud_storage_conn_id"), "google_cloud_default", _GCS, "gcs"
    ),
    "HttpHook": Hook("http", ("http_conn_id",), "http_default", _HTTP, handed_on={"method": "POST"}),
    "MsSqlHook": _database("mssql", "mssql_conn_id"),
    "MySqlHook": _database("mysql", "mysql_conn_id"),
    "OracleHook": _database("oracle", "oracle_conn_id"),
    "PostgresHook": _database("postgres", "postgres_conn_id"),
    "PrestoHook": _database("presto", "presto_conn_id"),
    "RedshiftSQLHook": _database("redshift", "redshift_conn_id"),
    "S3Hook": Hook("object_store", ("aws_conn_id", "s3_conn_id"), "aws_default", _S3, "s3"),
    "SlackWebhookHook": Hook(
        "slack", ("slack_webhook_conn_id",), "slack_webhook_default", _SLACK, ignored=frozenset({"timeout", "proxy"})
    ),
    "SnowflakeHook": _database("snowflake", "snowflake_conn_id"),
    "SqliteHook": _database("sqlite", "sqlite_conn_id"),
    "TrinoHook": _database("trino", "trino_conn_id"),
    "VerticaHook": _database("vertica", "vertica_conn_id"),
}
"""By the name of the class: where it stands has changed from version to version."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one argument of a call of a hook's method: it is cut, or has another name (empty: none)."""

    cut: bool = False
    name: str | None = None


def changes(
    method: HookMethod, given: tuple[str | None, ...], plain: tuple[bool, ...] = ()
) -> tuple[Change, ...] | None:
    """What becomes of each argument of a call, given by their keywords (None: by position); None where one has no translation.

    `plain` tells which arguments are the constant None: such a one says nothing in any place.
    """
    names = list(method.arguments)
    found: list[Change] = []
    moved = False
    for place, keyword in enumerate(given):
        name = keyword if keyword is not None else (names[place] if place < len(names) else "")
        if name not in method.arguments:
            if keyword is not None and place < len(plain) and plain[place]:
                found.append(Change(cut=True))
                continue
            return None
        new = method.arguments[name]
        if new is None:
            found.append(Change(cut=True))
            moved = True
        elif keyword is None and not moved and place < method.positional:
            found.append(Change())
        elif new == "" and (keyword is None or found):
            return None
        else:
            moved = True
            found.append(Change(name=new))
    return tuple(found)
