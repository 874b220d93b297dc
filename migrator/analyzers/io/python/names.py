"""What values say about names: of files, tables, and of what databases are behind objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.analyzers import constants
from migrator.analyzers.callables.folding.library import text
from migrator.analyzers.io.names import PLACEHOLDER
from migrator.analyzers.io.namespaces import NAMESPACES, namespace
from migrator.analyzers.io.python.library.databases import SYSTEMS, URL_SYSTEMS
from migrator.analyzers.io.python.values import Either, Instance, Library, Made, Step, is_temporary
from migrator.model.frozen import dataclass
from migrator.model.values import Symbolic, Text, Value, show

MAX_NAMES = 64
_URL = re.compile(r"(\w+)(?:\+\w+)?://")
_HOOK_SYSTEMS = (
    "postgres",
    "mysql",
    "sqlite",
    "mssql",
    "bigquery",
    "snowflake",
    "redshift",
    "databricks",
    "duckdb",
    "trino",
    "presto",
    "oracle",
    "hive",
    "clickhouse",
    "athena",
    "vertica",
    "teradata",
)
"""Looked for in the names of hook classes."""
_URLS = frozenset({"get_uri", "sqlalchemy_url", "get_sqlalchemy_url"})
"""What tells the address of a hook's database."""
_NAMED = frozenset({"Table", "TableReference", "Artifact", "Model", "Dataset", "MetaData"})
"""Classes of libraries whose objects stand for the thing that their first argument names."""

_PUBSUB_PATHS = {"topic_path": "topics", "subscription_path": "subscriptions"}
"""Methods of Pub/Sub's clients that tell the full name of a topic or subscription, and the word that stands in it."""


@dataclass(frozen=True, slots=True)
class Store:
    """A database: its Dagster kind and the Airflow connection that leads there, where known."""

    system: str | None = None
    connection: str | None = None


def names_of(value: Value) -> Iterator[str]:
    """All names that a value stands for: text with unknown parts visible; none for temporary files and for what is no text."""
    if isinstance(value, Either):
        for one in value.values:
            yield from names_of(one)
    elif isinstance(value, (list, tuple)):
        for one in value[:MAX_NAMES]:
            if not isinstance(one, (list, tuple)):
                yield from names_of(one)
    else:
        name = rendered(value)
        if name is not None:
            yield name


def rendered(value: Value) -> str | None:
    """A value as text with unknown parts visible; None where it is no text, or names a temporary file."""
    if is_temporary(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Symbolic):
        return value.source if value.kind == "context" else show(value)
    if isinstance(value, Text):
        return "".join(rendered(part) or "{?}" for part in value.parts)
    if isinstance(value, Library):
        constant = constants.outside(value.path)
        return str(constant) if constant is not None and len(constant.path) == 1 and constant.is_constant else None
    if isinstance(value, Made):
        return _object_name(value)
    if isinstance(value, dict):
        bucket, key = rendered(value.get("Bucket")), rendered(value.get("Key"))
        return f"s3://{bucket}/{key}" if bucket is not None and key is not None else None
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def shown_value(value: Value) -> Value:
    """A value as an argument of a task, in which texts have their unknown parts visible."""
    if isinstance(value, (list, tuple)):
        return [shown_value(one) for one in value]
    if isinstance(value, dict):
        return {key: shown_value(one) for key, one in value.items()}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return rendered(value) or Symbolic("unknown", "")


def _object_name(made: Made) -> str | None:
    """The table that an object of a library stands for."""
    first = made.steps[0] if made.steps else None
    if made.root.startswith("google.cloud.storage"):
        return _gcs_name(made)
    last = made.steps[-1] if made.steps else None
    if last is not None and made.root.startswith("google.cloud.pubsub") and last.name in _PUBSUB_PATHS and last.called:
        project, topic = rendered(last.argument(0, "project")), last.argument(1, "topic", "subscription")
        named = rendered(topic)
        return None if named is None else f"projects/{project or '{?}'}/{_PUBSUB_PATHS[last.name]}/{named}"
    table, dataset = made.step("table"), made.step("dataset", "DatasetReference", "get_dataset")
    if made.root.startswith(("google.cloud.bigquery", "airflow.hook.BigQuery", "airflow.providers.google")):
        got = made.steps[-1] if made.steps else None
        if got is not None and got.called and got.name == "get_table" and got.argument(0, "table") is not None:
            return rendered(got.argument(0, "table"))
    if made.root.startswith(("gspread", "pygsheets")):
        return _sheet_name(made)
    if table is not None and dataset is not None and made.root.startswith("google."):
        project, name = _dataset(dataset)
        names = [rendered(name), rendered(table.argument(0, "table_id"))]
        return ".".join(name for name in (rendered(project), *names) if name) if all(names) else None
    if (listed := _listed_by_command(made)) is not None:
        return listed
    if first is None or not first.called:
        return None
    if first.name == "QueryJobConfig":
        return rendered(first.argument(None, "destination"))
    if first.name in _NAMED or made.root.endswith(("Table.from_string", "TableReference.from_string")):
        schema, name = rendered(first.kwargs.get("schema")), first.argument(0, "name", "table_ref")
        meta = first.argument(1, "metadata")
        if schema is None:
            schema = metadata_schema(meta)
        text = rendered(name) if isinstance(name, (str, Text, Symbolic)) else None
        return f"{schema}.{text}" if schema and text else text
    return None


def _listed_by_command(made: Made) -> str | None:
    """The pattern of the files that a command lists whose output the object is a part of (`client.exec_command("ls -1 /out/*.csv")`)."""
    step = made.step("exec_command", "check_output", "getoutput")
    command = rendered(step.argument(0, "command", "args", "cmd")) if step is not None and step.called else None
    if not command or "\n" in command.strip():
        return None
    program, *words = PLACEHOLDER.sub(lambda found: found[0].replace(" ", "\0"), command).split() or [""]
    listed = words[-1].replace("\0", " ") if program == "ls" and words else ""
    return listed if listed.startswith("/") and "*" in listed else None


def metadata_schema(value: Value) -> str | None:
    """The schema of SQLAlchemy's `MetaData`, or of the base class that is made with it."""
    if not isinstance(value, Made) or not value.steps or not value.root.startswith("sqlalchemy"):
        return None
    first = value.steps[0]
    if "metadata" in first.kwargs:
        return metadata_schema(first.kwargs["metadata"])
    schema = first.argument(None, "schema") if first.name == "MetaData" else None
    return rendered(schema) if schema is not None else None


def _sheet_name(made: Made) -> str | None:
    """A spreadsheet by its title, key or address, with the sheet where that is named."""
    book = made.step("open", "open_by_key", "open_by_url")
    sheet = made.step("worksheet", "worksheet_by_title")
    name = rendered(book.argument(0, "title", "key", "url")) if book is not None else None
    title = rendered(sheet.argument(0, "title")) if sheet is not None else None
    return None if name is None else f"{name}.{title}" if title else name


def _dataset(step: Step) -> tuple[Value, Value]:
    """Project and name of a dataset of BigQuery: `client.dataset(name, project)`, `DatasetReference(project, name)`."""
    if step.name == "DatasetReference":
        return step.argument(0, "project"), step.argument(1, "dataset_id")
    return step.argument(1, "project"), step.argument(0, "dataset_id", "dataset_ref")


def _gcs_name(made: Made) -> str | None:
    """The URL of a blob of Google's client, or the name of a bucket."""
    bucket, blob = made.step("bucket", "get_bucket", "Bucket"), made.step("blob", "get_blob", "Blob")
    names = [
        rendered(step.argument(position, "bucket_name", "bucket_or_name", "blob_name", "name"))
        for step, position in ((bucket, 0 if bucket is None or bucket.name != "Bucket" else 1), (blob, 0))
        if step is not None and step.called
    ]
    if not names or bucket is None or any(name is None for name in names):
        return None
    return names[0] if blob is None else f"gs://{names[0]}/{names[-1]}"


def host_of(made: Made) -> str | None:
    """The host that an object of paramiko, pysftp or ftplib is connected with; None where the code does not tell."""
    for step in reversed(made.steps):
        if step.name in ("from_transport", "SFTPClient") and step.args and isinstance(step.args[0], Made):
            return host_of(step.args[0])
        if step.name in ("Transport", "Connection", "connect", "FTP", "FTP_TLS"):
            given = step.argument(0, "sock", "host", "hostname")
            host = rendered(given[0] if isinstance(given, (list, tuple)) and given else given)
            if host is not None:
                return host
    return None


def store_of(value: Value) -> Store:
    """The database behind a connection, cursor, engine or hook; an empty Store where the code does not tell."""
    if isinstance(value, Either):
        value = value.values[0]
    if isinstance(value, Instance):
        value = value.made
    if isinstance(value, (str, Text, Symbolic)):
        return _of_address(value)
    if not isinstance(value, Made) or not value.root:
        return Store()
    first = value.steps[0] if value.steps else Step("")
    if value.root.startswith(("sqlalchemy.", "sqlmodel.")) or value.root.endswith("create_engine"):
        return _of_engine(value, first)
    name = value.root.rpartition(".")[2]
    if name.endswith("Hook"):
        connection = _connection_of(first)
        system = next((system for system in _HOOK_SYSTEMS if system in name.lower()), None)
        return Store(system, connection if isinstance(connection, str) else None)
    return Store(SYSTEMS.get(value.root.partition(".")[0]))


def _connection_of(made: Step) -> Value:
    """The connection that a hook is made with; None where it is given none."""
    given = [value for key, value in made.kwargs.items() if key.endswith("conn_id")] or list(made.args[:1])
    return given[0] if given else None


def names_connection(hook: Value) -> bool:
    """Whether a hook is made with a connection, be it one of which the code does not tell the name."""
    made = hook.made if isinstance(hook, Instance) else hook
    return isinstance(made, Made) and bool(made.steps) and _connection_of(made.steps[0]) is not None


def _of_engine(value: Made, first: Step) -> Store:
    """An engine by its URL; what is made of an engine (a session, a connection) by that."""
    inner = first.argument(0, "url", "bind")
    if isinstance(inner, Made) and first.name not in ("create_engine", "create_async_engine"):
        return store_of(inner)
    bound = first.kwargs.get("bind")
    if bound is not None:
        return store_of(bound)
    if isinstance(inner, Made) and inner.steps[-1:] and inner.steps[-1].name in _URLS:
        return store_of(inner)  # `create_engine(hook.get_uri())`
    if isinstance(inner, Made):  # URL.create("postgresql", host=connection.host, ...)
        made = inner.steps[0] if inner.steps else Step("")
        driver = rendered(made.argument(0, "drivername"))
        inner = text([f"{driver}://" if driver else "", *(item for item in made.kwargs.values())])
    return _of_address(inner)


def _of_address(value: Value) -> Store:
    """A database by its URL, or by the Airflow connection that the URL is made of."""
    parts = value.parts if isinstance(value, Text) else (value,)
    match = _URL.match(parts[0]) if parts and isinstance(parts[0], str) else None
    system = URL_SYSTEMS.get(match[1], match[1]) if match is not None else None
    found = (part.name for part in parts if isinstance(part, Symbolic) and part.kind == "connection" and part.name)
    names = {name.partition(".")[0] for name in found}  # `connection.host`
    return Store(system, names.pop() if len(names) == 1 else None)


def namespace_at(owner: Value, step: Step, system: str | None) -> str:
    """The database or schema that tables of a query are in: by the call, by what made the connection, or by Athena's context."""
    if isinstance(owner, Instance):
        owner = owner.made
    steps = [*(owner.steps if isinstance(owner, Made) else ()), step]
    given: dict[str, Value] = {}
    for one in steps:
        given.update(one.kwargs)
        if system == "athena" and one.name == "read_sql_query":
            given.setdefault("database", one.argument(1, "database"))
    context = given.get("QueryExecutionContext")
    if isinstance(context, dict):
        given["database"] = context.get("Database")
    words = {word for names in NAMESPACES.get(system or "", ()) for word in names}
    shown = {word: rendered(given[word]) for word in words if word in given}
    return namespace(system, {word: text for word, text in shown.items() if text})


_PACKED = re.compile(r"^(?:zip|tar|gzip|simplecache|filecache|blockcache|cached)(?:\+[a-z]+)?://", re.I)
_WITH_CONNECTION = re.compile(r"^((?:s3a?|gs|gcs|file)://)[\w-]+@", re.I)
"""An Airflow connection in the address of an `ObjectStoragePath`."""
_VIRTUAL = {"/vsizip/": "", "/vsigzip/": "", "/vsitar/": "", "/vsicurl/": "", "/vsis3/": "s3://", "/vsigs/": "gs://"}
"""Prefixes of paths in GDAL, and what they stand for."""


def unpacked(name: str) -> str:
    """The file or address that a name with an archive or a cache in front leads to: `zip://a.csv::s3://b/c.zip`, `zip://b/c.zip!a.csv`."""
    name = name.rpartition("::")[2] if re.match(r"^[a-z+]+(?:://[^:]*)?::", name) else name
    for prefix, scheme in _VIRTUAL.items():
        if name.startswith(prefix):
            return unpacked(scheme + name.removeprefix(prefix))
    name = _WITH_CONNECTION.sub(r"\1", name)
    if _PACKED.match(name):
        return _PACKED.sub("", name).partition("!")[0]
    return name
