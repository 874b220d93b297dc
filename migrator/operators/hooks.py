"""Hooks of Airflow in the team's own code, and the resources that stand for them: which method is which, argument by argument.

Comes in: the name of a hook's class. Goes out: a `Hook`. A method or argument that is not in its table has no translation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from migrator.model.frozen import dataclass
from migrator.model.values import Symbolic, Value


@dataclass(frozen=True, slots=True)
class HookMethod:
    """A method of a hook's and the resource's method that does the same.

    `arguments` gives each argument, in the hook's order, its name in the resource's method: empty where it must go by position, None
    where it says nothing there. So many of them as `positional` says have the same place in both. Those of `required` have to be given,
    and those of `fixed` may only be that value. `needs` are parts of the resource's class that it takes besides the method.
    """

    name: str
    arguments: Mapping[str, str | None] = field(default_factory=dict)
    positional: int = 0
    required: frozenset[str] = frozenset()
    fixed: Mapping[str, Value] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    unread: bool = False
    """It does the same only where nobody reads what it returns."""
    attribute: bool = False
    """The resource has an attribute for it."""


Methods = Mapping[str, tuple[HookMethod, ...]]
"""By the name of the hook's method: what stands for a call of it is the first that takes all its arguments."""


@dataclass(frozen=True, slots=True)
class Hook:
    """`kind` and `system` are those of `CreateResource`; `connection` are the arguments that name the connection, best first, the first one
    also by position; `handed_on` are arguments of the hook's own that each call gets, with their default."""

    kind: str
    connection: tuple[str, ...]
    default_connection: str
    methods: Methods
    system: str | None = None
    ignored: frozenset[str] = frozenset()
    handed_on: Mapping[str, str] = field(default_factory=dict)


_PARAMETERS = {"sql": "", "parameters": "parameters"}
_RUN = {"sql": "", "autocommit": None, "parameters": "parameters", "handler": None, "split_statements": None}
_RUN |= {"return_last": None}
_HANDLED = {**_RUN, "sql": "sql", "handler": "handler"}
_INSERT = {"table": "table", "rows": "rows", "target_fields": "columns", "commit_every": None, "replace": None}
_INSERT |= {"executemany": None, "fast_executemany": None, "autocommit": None}
_UPSERT = {**_INSERT, "replace": "replace", "replace_index": "key"}
_FRAME = {"sql": "sql", "parameters": "parameters"}
_OPTIONS = {name: name for name in ("index_col", "coerce_float", "parse_dates", "columns", "dtype")}
_CHUNKS = {**_FRAME, "chunksize": "chunksize", "df_type": None}
_PANDAS: Mapping[str, Value] = {"df_type": "pandas"}
_FRAMES = (
    HookMethod("frame", {**_FRAME, "df_type": None}, 2, fixed=_PANDAS),
    HookMethod("frame", {**_FRAME, "df_type": None, **_OPTIONS}, 2, fixed=_PANDAS, needs=("frame_options",)),
)
_IN_CHUNKS = (HookMethod("frames", _CHUNKS, 2, frozenset({"chunksize"}), _PANDAS),)
_SQL: Methods = {
    "get_conn": (HookMethod("connect"),),
    "get_cursor": (HookMethod("cursor", needs=("connect",)),),
    "get_df": _FRAMES,
    "get_df_by_chunks": _IN_CHUNKS,
    "get_engine": (HookMethod("engine"),),
    "get_first": (HookMethod("first_row", _PARAMETERS, 2),),
    "get_pandas_df": _FRAMES,
    "get_pandas_df_by_chunks": _IN_CHUNKS,
    "get_records": (HookMethod("run", _PARAMETERS, 1),),
    "get_sqlalchemy_engine": (HookMethod("engine"),),
    "get_uri": (HookMethod("url", attribute=True),),
    "insert_rows": (HookMethod("insert", _INSERT, 3, fixed={"replace": False}),),
    "run": (
        HookMethod("run", _RUN, 1, fixed={"handler": None}, unread=True),
        HookMethod("execute", _RUN, 1, fixed={"handler": None}),
        HookMethod("run_with", _HANDLED, 1, frozenset({"handler"}), {"split_statements": False, "return_last": True}),
    ),
}
_CLICKHOUSE: Methods = {
    "execute": (HookMethod("run", {"sql": "sql"}, 1),),
    "get_first": (HookMethod("first_row", {"sql": "sql"}, 1),),
    "get_pandas_df": (HookMethod("frame", {"sql": "sql"}, 1),),
    "get_records": (HookMethod("run", {"sql": "sql"}, 1),),
    "run": (HookMethod("run", {"sql": "sql"}, 1),),
}
"""Of the plugin's hook, by the driver's own protocol: what statements take by parameters is written in another way there."""
_UPSERTING: Methods = {
    **_SQL,
    "insert_rows": (*_SQL["insert_rows"], HookMethod("insert", _UPSERT, 3, needs=("insert_replace",))),
}
_FILE = {"table": "table", "tmp_file": "path"}
_POSTGRES: Methods = {
    **_UPSERTING,
    "bulk_dump": (HookMethod("copy_to_file", _FILE, 2, needs=("copy_file",)),),
    "bulk_load": (HookMethod("copy_from_file", _FILE, 2, needs=("copy_file",)),),
    "copy_expert": (HookMethod("copy_file", {"sql": "sql", "filename": "path"}, 2),),
}
_LISTED = {"bucket_name": "bucket", "prefix": "prefix"}
_BUCKET = frozenset({"bucket_name"})
_KEY = {"key": "key", "bucket_name": "bucket"}
_NEW = {**_KEY, "replace": "replace", "encrypt": None, "acl_policy": None}
_PLAIN: Mapping[str, Value] = {"encrypt": False, "acl_policy": None}
_FOLDERS = {"bucket_name": "bucket", "prefix": "prefix", "delimiter": None, "page_size": None, "max_items": None}
_S3: Methods = {
    "check_for_key": (HookMethod("exists", _KEY, required=_BUCKET),),
    "check_for_prefix": (
        HookMethod(
            "has_folder",
            {"prefix": "prefix", "delimiter": None, "bucket_name": "bucket"},
            0,
            _BUCKET,
            {"delimiter": "/"},
        ),
    ),
    "check_for_wildcard_key": (
        HookMethod(
            "any_match", {"wildcard_key": "pattern", "bucket_name": "bucket", "delimiter": None}, required=_BUCKET
        ),
    ),
    "copy_object": (
        HookMethod(
            "copy_object",
            {
                "source_bucket_key": "source_key",
                "dest_bucket_key": "key",
                "source_bucket_name": "source_bucket",
                "dest_bucket_name": "bucket",
            },
            required=frozenset({"source_bucket_name", "dest_bucket_name"}),
        ),
    ),
    "delete_objects": (HookMethod("delete_objects", {"bucket": "bucket", "keys": "keys"}, 2),),
    "download_file": (
        HookMethod(
            "download",
            {**_KEY, "local_path": "folder", "preserve_file_name": None},
            required=_BUCKET,
            fixed={"preserve_file_name": False},
        ),
    ),
    "list_keys": (HookMethod("list_keys", _LISTED, 2, _BUCKET),),
    "list_prefixes": (
        HookMethod("list_folders", _FOLDERS, 2, frozenset({"bucket_name", "delimiter"}), {"delimiter": "/"}),
    ),
    "load_bytes": (HookMethod("write", {"bytes_data": "content", **_NEW}, 0, _BUCKET, _PLAIN),),
    "load_file": (
        HookMethod("upload", {"filename": "path", **_NEW, "gzip": None}, 1, _BUCKET, {**_PLAIN, "gzip": False}),
    ),
    "load_file_obj": (HookMethod("write_file", {"file_obj": "file", **_NEW}, 0, _BUCKET, _PLAIN, ("write",)),),
    "load_string": (
        HookMethod(
            "write",
            {"string_data": "content", **_NEW, "encoding": None},
            required=_BUCKET,
            fixed={**_PLAIN, "encoding": "utf-8"},
        ),
    ),
    "read_key": (HookMethod("read_text", _KEY, required=_BUCKET),),
}
_OBJECT = {"bucket_name": "bucket", "object_name": "key"}
_GCS: Methods = {
    "copy": (
        HookMethod(
            "copy_object",
            {
                "source_bucket": "source_bucket",
                "source_object": "source_key",
                "destination_bucket": "bucket",
                "destination_object": "key",
            },
            4,
            frozenset({"destination_bucket", "destination_object"}),
        ),
    ),
    "delete": (HookMethod("delete_objects", {"bucket_name": "bucket", "object_name": "keys"}, 2),),
    "download": (HookMethod("download_as", {**_OBJECT, "filename": "path", "chunk_size": None, "timeout": None}, 3),),
    "download_as_byte_array": (HookMethod("download_as", _OBJECT, 2),),
    "exists": (HookMethod("exists", _OBJECT, 2),),
    "list": (HookMethod("list_keys", _LISTED, 1),),
    "upload": (
        HookMethod(
            "upload_from",
            {**_OBJECT, "filename": "path", "data": "content", "mime_type": None, "gzip": None, "encoding": None},
            3,
            fixed={"gzip": False, "encoding": "utf-8"},
        ),
    ),
}
_GCS = {**_GCS, "rewrite": _GCS["copy"]}
_HTTP: Methods = {
    "run": (HookMethod("request", {"endpoint": "endpoint", "data": "data", "headers": "headers", "json": "json"}),),
}
_MESSAGE = {name: name for name in ("text", "blocks", "attachments", "channel", "username")}
_SLACK: Methods = {
    "send": (HookMethod("send", {**_MESSAGE, "unfurl_links": None, "unfurl_media": None}),),
    "send_text": (HookMethod("send", {"text": "text", "unfurl_links": None, "unfurl_media": None}),),
}


def _database(system: str, connection: str, default: str = "", *ignored: str, methods: Methods = _SQL) -> Hook:
    ignored = (*ignored, "log_sql", "enable_log_db_messages")
    return Hook("database", (connection,), default or f"{system}_default", methods, system, frozenset(ignored))


HOOKS: Mapping[str, Hook] = {
    "BigQueryHook": _database(
        "bigquery", "gcp_conn_id", "google_cloud_default", "use_legacy_sql", "location", "priority"
    ),
    "ClickHouseDbApiHook": _database("clickhouse", "clickhouse_conn_id"),
    "ClickHouseHook": _database("clickhouse", "clickhouse_conn_id", methods=_CLICKHOUSE),
    "DatabricksSqlHook": _database("databricks", "databricks_conn_id"),
    "DuckDBHook": _database("duckdb", "duckdb_conn_id", methods=_UPSERTING),
    "ExasolHook": _database("exasol", "exasol_conn_id"),
    "GCSHook": Hook("object_store", ("gcp_conn_id",), "google_cloud_default", _GCS, "gcs"),
    "GoogleCloudStorageHook": Hook(
        "object_store", ("gcp_conn_id", "google_cloud_storage_conn_id"), "google_cloud_default", _GCS, "gcs"
    ),
    "HiveServer2Hook": _database("hive", "hiveserver2_conn_id", "hiveserver2_default"),
    "HttpHook": Hook("http", ("http_conn_id",), "http_default", _HTTP, handed_on={"method": "POST"}),
    "JdbcHook": Hook("database", ("jdbc_conn_id",), "jdbc_default", _SQL),
    "MsSqlHook": _database("mssql", "mssql_conn_id"),
    "MySqlHook": _database("mysql", "mysql_conn_id", methods=_UPSERTING),
    "OdbcHook": Hook("database", ("odbc_conn_id",), "odbc_default", _SQL),
    "OracleHook": _database("oracle", "oracle_conn_id"),
    "PostgresHook": _database("postgres", "postgres_conn_id", methods=_POSTGRES),
    "PrestoHook": _database("presto", "presto_conn_id"),
    "RedshiftSQLHook": _database("redshift", "redshift_conn_id"),
    "S3Hook": Hook("object_store", ("aws_conn_id", "s3_conn_id"), "aws_default", _S3, "s3"),
    "SlackWebhookHook": Hook(
        "slack", ("slack_webhook_conn_id",), "slack_webhook_default", _SLACK, ignored=frozenset({"timeout", "proxy"})
    ),
    "SnowflakeHook": _database("snowflake", "snowflake_conn_id"),
    "SqliteHook": _database("sqlite", "sqlite_conn_id", methods=_UPSERTING),
    "TeradataHook": _database("teradata", "teradata_conn_id"),
    "TrinoHook": _database("trino", "trino_conn_id"),
    "VerticaHook": _database("vertica", "vertica_conn_id"),
    "get_hook": Hook("database", ("conn_id",), "", _SQL),
}
"""By the name of the class (where it stands has changed from version to version), or that of `BaseHook.get_hook`, which makes the one that suits
the connection: a database's, where its methods are called."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument of a call: its keyword (None: by position), and its value if that is a constant."""

    keyword: str | None
    value: Value = Symbolic("unknown", "")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one argument of a call of a hook's method: it is cut, or has another name (empty: none)."""

    cut: bool = False
    name: str | None = None


def fitting(hook: Hook, name: str, given: Sequence[Given], read: bool) -> tuple[HookMethod, tuple[Change, ...]] | None:
    """What stands for a call of the hook's method `name`, and what becomes of each argument; None where nothing does the same.

    `read`: what the call returns is read.
    """
    for method in hook.methods.get(name, ()):
        found = None if method.unread and read else changes(method, given)
        if found is not None:
            return method, found
    return None


def changes(method: HookMethod, given: Sequence[Given]) -> tuple[Change, ...] | None:
    """What becomes of each argument of a call; None where one has no translation, or one is missing.

    The constant None says nothing in any place.
    """
    names = list(method.arguments)
    found: list[Change] = []
    seen: set[str] = set()
    moved = False
    for place, argument in enumerate(given):
        keyword = argument.keyword
        name = keyword if keyword is not None else (names[place] if place < len(names) else "")
        if name not in method.arguments:
            if keyword is not None and argument.value is None:
                found.append(Change(cut=True))
                continue
            return None
        if name in method.fixed and not _is(argument.value, method.fixed[name]):
            return None
        if argument.value is not None:
            seen.add(name)
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
    return tuple(found) if method.required <= seen else None


def _is(value: Value, wanted: Value) -> bool:
    return value is None or (type(value) is type(wanted) and value == wanted)
