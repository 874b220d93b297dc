"""What a name means: the same for all spellings of one thing, whatever the date of the run.

Comes in: a reference. Goes out: an `Identity`, equal for references that mean one thing by their names alone.
"""

from __future__ import annotations

import functools
import re
from dataclasses import fields
from operator import attrgetter

from migrator.model.assets import AssetRef
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfss": "abfs", "wasbs": "abfs", "wasb": "abfs"}
"""Spellings of one scheme."""
STORAGE = frozenset({"s3", "gs", "abfs", "wasb", "adl", "hdfs", "dbfs", "ftp", "sftp", "http", "https"})

_TOKEN = re.compile(r"\{\{[^{}]*\}\}|\{[^{}]*\}")
_RUN = re.compile(
    r"\{\{[^{}]*\}\}|\*+|\{\}"
    r"|\{(?:var|env|param|arg):(?:[^{}]{0,200}[._])?(?:\w{0,80}(?:date|datum|timestamp|today|yesterday|run_?id)|ds|ds_nodash|dt|day|ymd|yyyymmdd|year|month|hour)\}",
    re.IGNORECASE,
)
"""What differs between runs: templates, settings and params that are called dates; a pattern of a reader stands for what differs, as does the number
(`part-{}.json`) that an export gives its files."""
_DATED = re.compile(r"\{\{(?!\s*(?:dag_run\.|ti\.)?run_id\b)")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}(?:\.(?:gz|bz2|zip|xz|zst|lz4|snappy))?$", re.IGNORECASE)
_SYMBOLIC = re.compile(r"\{(?:var|env|conn|param|const):[^{}]*\}")
_DEFAULT_SCHEMAS = {"public": {"postgres", "redshift", ""}, "dbo": {"mssql", ""}, "main": {"sqlite", "duckdb"}}
_LEGACY = re.compile(r"^([a-z][a-z0-9-]{4,28}[a-z0-9]|\{[^{}]*\}):(?=[\w{])")
"""BigQuery's old `project:dataset.table`."""
_PARTITION = re.compile(r"\$(?:\{\{[^{}]*\}\}|\{[^{}]*\}|\d+)$")
"""BigQuery's decorator: one partition of a table."""
_FOLDER_OF_PARTITION = re.compile(r"/\w+=[^/=]*\{\?\}[^/]*(?=/|$)")
"""A partition of a data set, whichever it is: the name tells the data set all the same."""
_BELOW_CONNECTION = re.compile(r"\{conn:[^{}]*\}(?=/|$)")
_REGISTERED = re.compile(r"^models:/+([^/@]+)")
"""MLflow's address of a registered model, whatever version or stage of it."""
_SHEETS = "googlesheets"
_NAMELESS = re.compile(r"data|output|result|part|part[-_]?\d[\w.-]*|\d+", re.IGNORECASE)
"""Files that have no name of their own, as those that engines write."""
_NAMING = 2
"""Parts of a path that are left as its name: a bucket alone is none."""
_CUT = "\0"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """A thing by its name.

    `family` is `table`, `path`, `dataset`, `xcom` or another kind. `scope` is what it lives in: for a table `("connection", id)`,
    `("project", folder)` of dbt, `("system", name)` or `("", "")`; for a path its scheme or root (`s3://`, `/`, `{env:DATA}`, empty). `parts` are without what differs
    between runs (`dated`: there was some), `suffix` is a file's ending. `owner` is set where the name is not fully known: then it
    means something only in that task or DAG.
    """

    family: str
    scope: tuple[str, str]
    parts: tuple[str, ...]
    suffix: str = ""
    dated: bool = False
    owner: str = ""


ORDER = attrgetter(*(field.name for field in fields(Identity)))
"""The order of identities, whose own comparison is a slow call."""


def identity_of(ref: AssetRef, dag_id: str, task_id: str) -> Identity:
    """The identity of a reference of the task `task_id` of the DAG `dag_id`."""
    name = ref.stands_for or ref.name
    owner = task_id if "{?}" in _FOLDER_OF_PARTITION.sub("", name) else (dag_id if "{param:" in name else "")
    found = _identity(ref.kind, name, ref.connection, ref.system, owner)
    if ref.project is not None and ref.kind == "table" and not ref.connection:
        return replace(found, scope=("project", ref.project))
    return found


@functools.lru_cache(maxsize=50_000)
def _identity(kind: str, name: str, connection: str | None, system: str | None, owner: str) -> Identity:
    if kind == "xcom":
        return Identity("xcom", ("", ""), (name,))
    if kind == "table":
        return _table(name, connection, system, owner)
    if kind == "dataset":
        return replace(declared_identity(name), owner=owner)
    if kind == "api" and _BELOW_CONNECTION.match(name):
        name = f"https://{name}"  # an address below the one that a connection has
    if kind in ("file", "object", "api") or (kind == "model" and "/" in name and not _REGISTERED.match(name)):
        return _path(name, owner)
    if kind == "model" and (registered := _REGISTERED.match(name)):
        name = registered[1]
    # A topic's or a model's name has no ending: what stands behind a dot is a part of it.
    parts = (part for piece in _RUN.sub(_CUT, name.replace("{?}", _CUT)).split("/") if (part := without_cuts(piece)))
    return Identity(kind, (connection or "", system or ""), tuple(parts), owner=owner)


def declared_identity(name: str) -> Identity:
    """The identity of a declared asset of that name or URI."""
    scheme = _scheme(name)
    if scheme in STORAGE or scheme == "file":
        return _path(name, "")
    return Identity("dataset", ("", ""), (name.rstrip("/") if scheme else name,))


def is_dated(name: str) -> bool:
    """Whether a name holds a date of the run."""
    return bool(_DATED.search(name))


def _scheme(name: str) -> str:
    scheme, separator, _ = name.partition("://")
    return SCHEMES.get(scheme.lower(), scheme.lower()) if separator and re.fullmatch(r"[\w+.-]+", scheme) else ""


_ADDRESSES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meant)
    for pattern, meant in (
        (r"https?://([a-z0-9][\w.-]*|\{[^{}]*\})\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com/", r"s3://\1/"),
        (r"https?://s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com/", "s3://"),
        (r"https?://(?:storage|storage\.cloud)\.(?:googleapis|google)\.com/(?!storage/v1|upload/)", "gs://"),
        (r"https?://([a-z0-9]+)\.(?:blob|dfs)\.core\.windows\.net/([^/]+)/", r"abfs://\2@\1/"),
        (r"(?:wasbs?|abfss?)://([^/@]+)@([a-z0-9]+)\.(?:blob|dfs)\.core\.windows\.net/", r"abfs://\1@\2/"),
        (r"/dbfs/", "dbfs://"),
        (r"dbfs:/(?!/)", "dbfs://"),
        (r"arn:aws:s3:::", "s3://"),
        # What a connection, or settings, say of a host: its name counts, not how and at which port it is reached.
        (
            r"(?:https?|\{[^{}]*\})://\{conn:([^{}.]+)\.host\}(?::(?:\{conn:\1\.port\}|\d+))?(?=/|$)",
            r"https://{conn:\1}",
        ),
        (r"(?:https?|\{[^{}]*\})://(\{[^{}]*\}):\{[^{}]*\}(?=/|$)", r"https://\1"),
        (r"\{[^{}]*\}://(\{(?:env|var|conn):[^{}]*host[^{}]*\})(?=/|$)", r"https://\1"),
    )
)
"""Other ways to address an object store or a host, and the one that names are told apart by."""


def addressed(name: str) -> str:
    """A name with its store addressed in the one way: a bucket's web address by the bucket, all spellings of Azure's stores as `abfs://container@account/`."""
    if "://" not in name and not name.lower().startswith(("/dbfs/", "dbfs:/", "arn:")):
        return name
    for pattern, meant in _ADDRESSES:
        found = pattern.match(name)
        if found:
            return found.expand(meant) + name[found.end() :]
    return name


@functools.lru_cache(maxsize=10_000)
def places(name: str) -> tuple[str, tuple[str, ...]]:
    """Root and steps of a path, each date in its place as one sign: what lies in what can be told by these alone."""
    root, rest = _rooted(addressed(name))
    return root, tuple(_pieces(_RUN.sub(_CUT, rest)))


def path_identity(name: str) -> Identity:
    """The identity of a path or address that is wholly known."""
    return _path(name, "")


def _path(name: str, owner: str) -> Identity:
    root, rest = _rooted(addressed(name))
    parts, suffix, dated = _steps(rest)
    return Identity("path", (root, ""), parts, suffix, dated, owner)


def _rooted(name: str) -> tuple[str, str]:
    """The scheme or root of a path, and the rest."""
    scheme = _scheme(name)
    rest = name.partition("://")[2] if scheme else name
    root = f"{scheme}://" if scheme else ""
    if not scheme or scheme == "file":
        absolute = rest.startswith("/")
        root = "/" if absolute or scheme == "file" else ""
        rest = rest.lstrip("/")
        symbolic = re.match(r"(?:\{(?:var|env|conn|param|const):[^{}]*\}|~|\{\?\})(?=/|$)", rest)
        if symbolic and not absolute:
            root, rest = symbolic[0], rest[symbolic.end() :]
    elif scheme in ("http", "https"):
        root = "https://"
    elif scheme in ("s3", "gs"):
        # Airflow's ObjectStoragePath names the connection in front of the bucket.
        rest = re.sub(r"^[^/@{}]*@", "", rest)
    # `orders/day=` lists all days.
    return root, f"{rest}*" if rest.endswith("=") else rest


def _pieces(path: str) -> list[str]:
    pieces: list[str] = []
    for piece in path.split("/"):
        if piece == ".." and pieces and pieces[-1] != "..":
            pieces.pop()
        elif piece not in ("", "."):
            pieces.append(piece)
    return pieces


def _steps(path: str) -> tuple[tuple[str, ...], str, bool]:
    """Parts, ending, and whether something differed between runs."""
    cut = _FOLDER_OF_PARTITION.sub(lambda found: found[0].replace("{?}", _CUT), _RUN.sub(_CUT, path))
    dated = _CUT in cut
    cut = cut.replace("{?}", _CUT)
    pieces = _pieces(cut)
    suffix = ""
    if pieces:
        masked = _TOKEN.sub(lambda match: "x" * len(match[0]), pieces[-1])
        found = _EXTENSION.search(masked)
        if found and found.start() > 0:
            suffix, pieces[-1] = pieces[-1][found.start() :].lower(), pieces[-1][: found.start()]
    parts: list[str] = []
    for piece in pieces:
        part = without_cuts(piece)
        # orders/orders_{{ ds }}.csv and orders/{{ ds }}.csv are both the orders of all days.
        if part and not (_CUT in piece and parts and part == parts[-1]):
            parts.append(part)
    # orders/day={{ ds }}/part-0.parquet is a part of the orders.
    if dated and suffix and len(parts) > _NAMING and _NAMELESS.fullmatch(parts[-1]):
        parts.pop()
    return tuple(parts), suffix, dated


def without_cuts(piece: str) -> str:
    """A part of a path or name without what differs between runs, nor the separators around it; empty if nothing is left.

    A partition folder (`day={{ ds }}`) is nothing but its date.
    """
    if _CUT not in piece:
        return piece
    if re.match(r"^\w+=[^=]*\0", piece):
        return ""
    # Of a quarter or week (2024q1, 2024-W07) the letter is left.
    piece = re.sub(r"\0-?[A-Za-z](?=\0)", "\0", piece)
    return re.sub(r"([-_.=$@])[-_.=$@]+", r"\1", piece.replace(_CUT, "")).strip("-_.=$@ ")


def _table(name: str, connection: str | None, system: str | None, owner: str) -> Identity:
    cut = _RUN.sub(_CUT, _PARTITION.sub("", _LEGACY.sub(r"\1.", name)))
    parts = []
    for piece in re.findall(r'(?:"[^"]*"|\{[^{}]*\}|[^."{])+', cut):
        bare = without_cuts(piece.replace("{?}", _CUT))
        quoted = bare.startswith('"')
        quoted = quoted or system == _SHEETS
        text = bare.strip('"`[]') if quoted else _lowered(bare.strip("`[]"))
        if text:
            parts.append(text)
    if len(parts) == 2 and (system or "") in _DEFAULT_SCHEMAS.get(parts[0], ()):
        parts = parts[1:]
    # Google's sheets are named the same by everybody, whatever the connection, and so are BigQuery's tables if the project is told.
    everywhere = system == _SHEETS or (
        system == "bigquery" and (len(parts) == 3 or (connection or "").endswith("_default"))
    )
    scope = ("connection", connection) if connection and not everywhere else ("system", system) if system else ("", "")
    return Identity("table", scope, tuple(parts), dated=_CUT in cut, owner=owner)


def _lowered(text: str) -> str:
    """Unquoted names are in lower case; names of Variables keep their own."""
    return "".join(piece if _SYMBOLIC.fullmatch(piece) else piece.lower() for piece in re.split(r"(\{[^{}]*\})", text))
