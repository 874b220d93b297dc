"""What the names of arguments and classes tell where no entry of the catalogue does: `destination_table`, `--input s3://...`, `S3ToX`.

Only words that leave little doubt count, and what they give is likely at most: a reference that is not there costs less than
one that is wrong. A name without a direction (`table`, `bucket`) counts only where the class's name gives one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from migrator.analyzers.io.context import IoContext, make_ref, span_of, values_of
from migrator.analyzers.io.mounts import host_folders
from migrator.analyzers.io.names import PLACEHOLDER, UNKNOWN, usable
from migrator.analyzers.io.programs.runners import outside
from migrator.analyzers.io.python.hints import DATA_FILE
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.values import ObjectValue, Value

IN, OUT = Direction.INPUT, Direction.OUTPUT

_WORDS: Mapping[str, Direction] = {
    **dict.fromkeys(("input", "inputs", "source", "sources", "src", "in"), IN),
    **dict.fromkeys(("output", "outputs", "destination", "dest", "dst", "target", "sink", "out"), OUT),
}
_TABLES = frozenset({"table", "tables"})
_STREAMS = frozenset({"topic", "topics", "subscription", "stream"})
_PLACES = frozenset({"path", "paths", "uri", "uris", "url", "file", "files", "filepath", "filename", "location"})
_FOLDERS = frozenset({"dir", "directory", "folder", "prefix"})
_STORE_WORDS = frozenset(
    {"s3", "gcs", "gs", "hdfs", "bigquery", "bq", "dataset", "project", "data", "local", "name", "pattern", "spec"}
)
"""Words that may stand between the direction and the thing (`destination_dataset_table`)."""
_TRAINING = frozenset(
    (first, second)
    for first in ("train", "training", "test", "val", "validation", "eval")
    for second in ("data", "file", "path", "dataset", "csv", "parquet")
)
"""Names of what models are fitted and measured with."""
_TRAINING_PARTS = frozenset({"train", "training", "val", "valid", "validation", "eval"})
"""The same without a noun, for files that are data by their ending or place."""
_NO_DATA = frozenset("log logs config conf settings schema credentials key cert check plug std time built".split())
"""Words in front of a direction (`--model-out`) that do not make a name of data."""
_THING_OF_NOUN = {**dict.fromkeys(_TABLES, "table"), **dict.fromkeys(_STREAMS, "stream")}
_TABLE = re.compile(r"""^[\w$."`:-]+$""")
_LEGACY = re.compile(r"^(?:[a-z][a-z0-9-]{4,28}[a-z0-9]|\{[^{}]*\}):[\w{][^.]*\.")
"""BigQuery's old `project:dataset.table`."""
_QUALIFIED = re.compile(r"^[A-Za-z][\w-]*(?:\.[A-Za-z_]\w*){2}$")
_FILE_ENDING = re.compile(
    r"\.(?:csv|tsv|txt|json|jsonl|parquet|avro|orc|gz|zip|xml|py|sql|ya?ml|toml|jar|log|pkl|com|org|net|io|local)$",
    re.I,
)
_STORES: Mapping[str, str] = {
    "s3": "s3",
    "gcs": "gs",
    "googlecloudstorage": "gs",
    "minio": "s3",
    "redshift": "redshift",
    "bigquery": "bigquery",
    "postgres": "postgres",
    "mysql": "mysql",
    "snowflake": "snowflake",
    "mssql": "mssql",
    "sqlserver": "mssql",
    "oracle": "oracle",
    "hive": "hive",
    "clickhouse": "clickhouse",
    "vertica": "vertica",
    "teradata": "teradata",
    "local": "local",
}
_TRANSFER = re.compile(r"^(?P<source>[A-Z]\w*?)To(?P<target>[A-Z]\w*?)(?:Operator|Transfer)?$")
_LOADER = re.compile(
    r"^(?:Load|Insert|Upsert|Append|Write|Ingest)[A-Z]\w*Operator$|^\w+(?:Load|Insert|Upsert)Operator$"
)
_BUCKETS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "s3": (
        ("s3_bucket", "s3_bucket_name", "minio_bucket", "minio_bucket_name", "bucket", "bucket_name"),
        ("s3_key", "s3_prefix", "s3_path", "minio_key", "minio_object", "minio_path", "key", "prefix"),
    ),
    "gs": (
        ("gcs_bucket", "gcs_bucket_name", "bucket", "bucket_name"),
        ("gcs_object", "gcs_path", "object_name", "object", "blob_name", "prefix"),
    ),
}
_BY_CLASS = "the class's name says that"
_LOCAL = ("local_path", "local_file", "local_filepath", "filename", "file_path", "filepath")


def convention_refs(task: Task, context: IoContext) -> list[AssetRef]:
    """References by the names of the arguments and of the class of an operator that neither the catalogue nor a rule knows."""
    if context.rule(task) is not None or task.decorator is not None:
        return []
    found = [ref for argument in (*task.arguments, *task.expand) for ref in _by_name(task, context, argument)]
    return [*found, *_by_class(task, context)]


def parameter_refs(task: Task, context: IoContext, argument: str, *, in_container: bool = False) -> list[AssetRef]:
    """References in what a task hands on to code: a dict (`{"input_path": ...}`), or words of a command line (`["--output", ...]`). Relative
    paths in a container are its own, those below a folder of the host stand for the host's."""
    found: list[AssetRef] = []
    words: list[Value] = []
    variables: list[tuple[str, Value]] = []
    for value in values_of(task, argument):
        pair = _variable(value)
        if pair is not None:
            variables.append(pair)
        elif isinstance(value, Mapping):
            pairs = [(key, member) for key, member in value.items() if isinstance(key, str)]
            found += _of_pairs(task, context, argument, pairs)
        else:
            text = context.visible(value, task) if value is not None else None
            words += _split(text) if text is not None and " -" in text else [value]
    found += _of_pairs(task, context, argument, [*variables, *_options(words)])
    if not in_container:
        return found
    folders = host_folders(task, context)
    files = ((ref, outside(ref.name, folders) if ref.kind == "file" else None) for ref in found)
    return [
        replace(ref, stands_for=host) if host is not None else ref
        for ref, host in files
        if host is not None or ref.kind != "file" or ref.name.startswith(("/", "{"))
    ]


def _split(command: str) -> list[str]:
    """The words of a command line; a template's braces stay together."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[0])
        return f"\0{len(held) - 1}\0"

    try:
        words = shlex.split(PLACEHOLDER.sub(hold, command))
    except ValueError:
        return [command]
    return [re.sub(r"\0(\d+)\0", lambda match: held[int(match[1])], word) for word in words]


def _variable(value: Value) -> tuple[str, Value] | None:
    """An environment variable as containers are given it: `{"name": …, "value": …}`, `V1EnvVar(name=…, value=…)`."""
    members = value.kwargs if isinstance(value, ObjectValue) else value
    if not isinstance(members, Mapping) or not {"name", "value"} <= set(members) or len(members) > 2:
        return None
    return (members["name"], members["value"]) if isinstance(members["name"], str) else None


def _options(words: Sequence[Value]) -> Iterator[tuple[str, Value]]:
    """`--key value` and `--key=value` among words of a command line."""
    for index, word in enumerate(words):
        if not isinstance(word, str) or not word.startswith("-"):
            continue
        key, equals, value = word.partition("=")
        if equals:
            yield key, value
        elif index + 1 < len(words):
            yield key, words[index + 1]


def named_options(words: Sequence[str]) -> Iterator[tuple[Direction, str, str, str]]:
    """Direction, kind, name and option of what options of a command line name."""
    for key, value in _options(words):
        direction, thing = _meaning(key)
        if (
            direction is None
            or not isinstance(value, str)
            or not _fits(value, thing if thing or "/" not in value else "place")
        ):
            continue
        is_table = thing == "table" or (thing == "" and "/" not in value)
        yield direction, "stream" if thing == "stream" else "table" if is_table else "file", value, key


def _of_pairs(task: Task, context: IoContext, argument: str, pairs: Sequence[tuple[str, Value]]) -> list[AssetRef]:
    found = []
    for key, value in _with_buckets(task, context, pairs):
        direction, thing = _meaning(key)
        name = context.name_of(value, task)
        if thing == "" and name is not None and "/" in name and (key.startswith("-") or name.startswith("/")):
            thing = "place"  # `--in /data/x.csv`
        if direction is None or name is None or not _fits(name, thing):
            continue
        is_table = thing == "table" or (thing == "" and "/" not in name)
        legacy = is_table and _LEGACY.match(name) is not None
        if is_table and "{" not in name:
            name = name.replace(":", ".", 1)
        if is_table and "." not in name:
            name = ".".join((*_qualifiers(task, context, pairs), name))
        kind = "stream" if thing == "stream" else "table" if is_table else "object" if "://" in name else "file"
        if kind == "file":
            name = name.rstrip("/") or name  # as the command says it, which is read, too
        why = f"it stands as `{key}` in its `{argument}`"
        system = "bigquery" if legacy else None
        found.append(make_ref(direction, kind, name, Confidence.LIKELY, span_of(task, argument), why, system=system))
    return [*found, *_other_side(task, context, argument, pairs, {ref.direction for ref in found})]


def _other_side(
    task: Task, context: IoContext, argument: str, pairs: Sequence[tuple[str, Value]], known: set[Direction]
) -> Iterator[AssetRef]:
    """A `--table` without a direction, beside data that all go one way: it is where they come from, or go to."""
    given = [value for key, value in pairs if key.lstrip("-").lower().replace("-", "_") in ("table", "table_name")]
    if len(known) != 1 or len(given) != 1:
        return
    name = context.name_of(given[0], task)
    if name is not None and "." in name and _fits(name, "table"):
        direction = IN if known == {OUT} else OUT
        why = f"it stands as a table in its `{argument}`, beside what is {'written' if direction is IN else 'read'}"
        yield make_ref(direction, "table", name, Confidence.LIKELY, span_of(task, argument), why)


def _qualifiers(task: Task, context: IoContext, pairs: Sequence[tuple[str, Value]]) -> list[str]:
    """Project and dataset (or schema) that stand beside a table's name."""
    given = {key.lstrip("-").lower().replace("-", "_"): context.visible(value, task) for key, value in pairs}
    found = [
        next((given[name] for name in names if given.get(name)), None)
        for names in (("project_id", "project"), ("dataset_id", "dataset", "dataset_name", "schema", "database"))
    ]
    inner = found[1]
    return [] if not inner or UNKNOWN in inner else [name for name in found if name and UNKNOWN not in name]


def _with_buckets(task: Task, context: IoContext, pairs: Sequence[tuple[str, Value]]) -> Iterator[tuple[str, Value]]:
    """The pairs, with a bucket and a path in it that are called alike (`TARGET_GCS_BUCKET`, `TARGET_GCS_PATH`) as one address."""
    buckets: dict[str, str] = {}
    for key, value in pairs:
        begin, found, _ = key.lower().partition("bucket")
        name = context.visible(value, task) if found else None
        if name and UNKNOWN not in name:
            buckets[begin] = name
    for key, value in pairs:
        lower = key.lower()
        common = next((one for one in buckets if one and lower.startswith(one)), "")
        path = context.visible(value, task)
        scheme = next((s for word, s in _BUCKET_WORDS.items() if word in common), None)
        if scheme is None or path is None or "://" in path or "bucket" in lower:
            yield key, value
        else:
            yield key, f"{scheme}://{buckets[common]}/{path.lstrip('/')}"


_BUCKET_WORDS = {"gcs": "gs", "gs": "gs", "s3": "s3"}
"""In the names of arguments and settings that hold a bucket."""


def _by_name(task: Task, context: IoContext, argument: str) -> Iterator[AssetRef]:
    direction, thing = _meaning(argument)
    if direction is None or thing == "":
        return
    for value in values_of(task, argument):
        name = context.name_of(value, task)
        if name is not None and _fits(name, thing):
            kind = thing if thing in ("table", "stream") else "object" if "://" in name else "file"
            shown = name.replace(":", ".", 1) if kind == "table" and "{" not in name else name
            why = f"it is the argument `{argument}`"
            yield make_ref(direction, kind, shown, Confidence.LIKELY, span_of(task, argument), why)


def _meaning(argument: str) -> tuple[Direction | None, str]:
    """The direction that a name tells, and what it names: `table`, `place`, or nothing in particular."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", argument.lstrip("-")).lower().replace("-", "_").split("_")
    if tuple(words) in _TRAINING:
        return IN, "place"
    if len(words) == 1 and words[0] in _TRAINING_PARTS:
        return IN, "data"
    directions = {_WORDS[word] for word in words if word in _WORDS}
    others = [word for word in words if word not in _WORDS and word not in _STORE_WORDS]
    if len(directions) == 1 and len(others) == 1 and words[-1] in _WORDS and others[0] not in _NO_DATA:
        return directions.pop(), _THING_OF_NOUN.get(others[0], "place")
    if len(directions) != 1 or len(others) > 1 or (words[0] not in _WORDS and words[0] not in _STORE_WORDS):
        return None, ""
    if not others:
        return directions.pop(), ""
    if others[0] in _STREAMS:
        return directions.pop(), "stream"
    thing = "table" if others[0] in _TABLES else "place" if others[0] in _PLACES | _FOLDERS else None
    return (directions.pop(), thing) if thing else (None, "")


def _fits(name: str, thing: str) -> bool:
    """Whether a name looks like what it is said to be: a table is no sentence, and only a path or URL is a place."""
    plain = PLACEHOLDER.sub("x", name)
    if UNKNOWN in name:
        return False
    if thing == "stream":
        return bool(re.match(r"^[\w.:/-]+$", plain))
    if thing == "table":
        return bool(_TABLE.match(plain))
    if thing == "data":
        return bool(DATA_FILE.search(plain)) and "/" in plain
    if thing == "" and _QUALIFIED.match(plain) and not _FILE_ENDING.search(plain):
        return True
    return "://" in plain or (not re.search(r"\s", plain) and "/" in plain and thing == "place")


def _by_class(task: Task, context: IoContext) -> Iterator[AssetRef]:
    """What stands in the arguments of a class whose name says from where to where (`StageToRedshiftOperator`)."""
    match = _TRANSFER.match(task.operator)
    source, target = (_store(match["source"]), _store(match["target"])) if match else (None, None)
    if match is None and not _LOADER.match(task.operator):
        return
    if match is not None and (target is None or source == target):
        return
    for scheme, (buckets, keys) in _BUCKETS.items():
        direction = OUT if target == scheme else IN
        own = tuple(name for name in buckets if name.startswith(("s3", "gcs", "minio")))
        yield from _objects(task, context, scheme, direction, buckets if scheme in (source, target) else own, keys)
    if target == "local" or source == "local":
        yield from _files(task, context, OUT if target == "local" else IN)
    database = next((store for store in (target, source) if store not in (None, "s3", "gs", "local")), None)
    if database is not None or match is None:
        direction = OUT if database == target or match is None else IN
        yield from _table(task, context, direction, database)


def _store(word: str) -> str | None:
    lower = word.lower()
    return next((store for name, store in _STORES.items() if name in lower), None)


def _first(task: Task, context: IoContext, names: Sequence[str]) -> tuple[str, str] | None:
    """Name and text of the first of several arguments that is known."""
    for argument in names:
        text = context.visible(task.option(argument), task)
        if text and UNKNOWN not in text:
            return argument, text
    return None


def _objects(
    task: Task, context: IoContext, scheme: str, direction: Direction, buckets: Sequence[str], keys: Sequence[str]
) -> Iterator[AssetRef]:
    bucket, key = _first(task, context, buckets), _first(task, context, keys)
    if bucket is None or key is None:
        return
    root = bucket[1].removeprefix(f"{scheme}://").strip("/")
    name = usable(key[1] if "://" in key[1] else f"{scheme}://{root}/{key[1].lstrip('/')}")
    if name is not None:
        why = f"the class's name says that it {'writes' if direction is OUT else 'reads'} there"
        span = span_of(task, key[0])
        yield make_ref(direction, "object", name, Confidence.LIKELY, span, why)


def _files(task: Task, context: IoContext, direction: Direction) -> Iterator[AssetRef]:
    path = _first(task, context, _LOCAL)
    name = None if path is None else usable(path[1])
    if path is not None and name is not None:
        why = f"the class's name says that it {'writes' if direction is OUT else 'reads'} a local file"
        yield make_ref(direction, "file", name, Confidence.LIKELY, span_of(task, path[0]), why)


def _schemas(system: str | None) -> tuple[str, ...]:
    """Arguments that name what a table is in."""
    words = ("schema", "schema_name", "database", "dataset", "dataset_id", "db")
    return (*(f"{system}_{word}" for word in words), *(f"destination_{word}" for word in words), *words)


def without_doubles(refs: Sequence[AssetRef], of_code: Sequence[AssetRef] = ()) -> list[AssetRef]:
    """All references, without what only names of classes and arguments tell where the operator's own code tells of that direction (of a table: where it
    tells of one), without tables of such evidence where other evidence names one that ends the same, and without the folders of tables of Hive."""
    told_by_code = {(ref.direction, is_table) for ref in of_code for is_table in {False, ref.kind == "table"}}
    refs = [
        *(
            ref
            for ref in refs
            if not _is_convention(ref) or (ref.direction, _is_table_of_class(ref)) not in told_by_code
        ),
        *of_code,
    ]
    told = {(ref.direction, _last(ref)) for ref in refs if ref.kind == "table" and not _is_table_of_class(ref)}
    refs = [ref for ref in refs if not _is_table_of_class(ref) or (ref.direction, _last(ref)) not in told]
    of_hive = {(ref.direction, _last(ref)) for ref in refs if ref.kind == "table" and ref.system == "hive"}
    return [ref for ref in refs if not ref.name.startswith("hdfs://") or (ref.direction, _last(ref)) not in of_hive]


def _last(ref: AssetRef) -> str:
    """The name of a table without what it is in; that of a folder of HDFS, in which a table of Hive that is called so has its data."""
    return ref.name.rstrip("/").rpartition("/" if ref.name.startswith("hdfs://") else ".")[2].lower()


def _is_table_of_class(ref: AssetRef) -> bool:
    return ref.kind == "table" and ref.evidence.why.startswith(_BY_CLASS)


def _is_convention(ref: AssetRef) -> bool:
    return ref.evidence.why.startswith((_BY_CLASS, "the class's name says", "it is the argument `"))


def _table(task: Task, context: IoContext, direction: Direction, system: str | None) -> Iterator[AssetRef]:
    names = (f"{system}_table", f"{system}_table_name", "table", "table_name")
    table, schema = _first(task, context, names), _first(task, context, _schemas(system))
    if table is None or not _fits(table[1], "table"):
        return
    qualified = table[1] if schema is None or "." in table[1] else f"{schema[1]}.{table[1]}"
    own = [
        name for name in (*task.inherited, *task.arguments) if name.endswith("_conn_id") and system and system in name
    ]
    connection = _first(task, context, (f"{system}_conn_id", "conn_id", *(own if len(own) == 1 else ())))
    name = usable(qualified)
    if name is not None:
        yield make_ref(
            direction,
            "table",
            name,
            Confidence.LIKELY,
            span_of(task, table[0]),
            f"{_BY_CLASS} it {'writes' if direction is OUT else 'reads'} the table",
            system=system,
            connection=connection[1] if connection else None,
        )
