"""What a table node of sqlglot's tree stands for: a table, a file, or something that lives in the query only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from sqlglot import exp

E = TypeVar("E", bound=exp.Expr)

_SYSTEM_SCHEMAS = frozenset({"information_schema", "pg_catalog", "sys", "system", "performance_schema"})
_SYSTEM_TABLES = re.compile(
    r"^(?:dual|pg_[a-z_]+|sqlite_(?:master|schema|sequence)|(?:svv|svl|stl|stv|sys)_\w+"
    r"|(?:inserted|deleted))$|\$(?:partitions|snapshots|files|history|manifests|properties|refs)$"
)
_STATISTICS = re.compile(
    r"^(?:svv_table_info|(?:stl|svl)_\w+|sys_\w+_history|pg_stat_(?:statements|database|(?:user|all)_(?:tables|indexes))"
    r"|query_(?:thread_)?log|part_log|parts|jobs(?:_timeline)?(?:_by_\w+)?|table_storage(?:_usage_timeline)?(?:_by_\w+)?)$"
)
"""What a database keeps of its own use, as reports of costs and sizes are made of: data, where the catalog of its tables is none."""
_FILE = re.compile(r"^(?:@|\w+://)|\.(?:csv|tsv|parquet|json|jsonl|ndjson|avro|orc|txt|xlsx)(?:\.\w+)?$", re.IGNORECASE)
_FILE_FORMATS = frozenset({"parquet", "csv", "json", "orc", "avro", "delta", "text"})
_READERS = (exp.ReadCSV, exp.ReadParquet)
_READER_NAMES = re.compile(r"^(?:read_\w+|\w+_scan|s3|s3cluster|gcs|url|file|hdfs|azureblobstorage)$", re.IGNORECASE)
_CASE_SENSITIVE_QUOTES = frozenset({None, "postgres", "redshift", "snowflake", "oracle"})
"""Dialects where a quoted name is another one than the unquoted one."""
_IMPLICIT_RECURSION = frozenset({"tsql", "oracle", "snowflake", "teradata"})


@dataclass(frozen=True, slots=True)
class Place:
    """Something that is read or written. Two spellings of one thing are equal; `name` is as the SQL has it."""

    kind: str
    name: str = field(compare=False)
    temporary: bool = field(default=False, compare=False)
    system: bool = field(default=False, compare=False)
    """A table of the database's own."""
    identity: str = ""

    def __post_init__(self) -> None:
        name = self.name if self.kind == "object" else identity(self.name)
        object.__setattr__(self, "identity", self.identity or name)


_WITHOUT_TABLES = frozenset({exp.Boolean, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Star, exp.Var})
"""What most nodes of a tree are, and no table is below."""


def nodes_of(tree: exp.Expr, *kinds: type[E]) -> list[E]:
    """The nodes of some kinds under a node, in the order of sqlglot's `find_all`, which looks into columns and names, too."""
    found: list[E] = []
    left = [tree]
    for node in left:
        if isinstance(node, kinds):
            found.append(node)
        for value in node.args.values():
            kind = type(value)
            if kind is list:
                left += [one for one in value if type(one) not in _WITHOUT_TABLES and isinstance(one, exp.Expr)]
            elif value is not None and kind not in _WITHOUT_TABLES and isinstance(value, exp.Expr):
                left.append(value)
    return found


def identity(name: str) -> str:
    """One text for all spellings of a table's name: unquoted parts in lower case."""
    return re.sub(r'"[^"]*"|\{\{[^{}]*\}\}|[^"{]+|.', lambda m: m[0] if m[0][0] in '"{' else m[0].lower(), name)


def place_of(table: exp.Expr, dialect: str | None) -> Place | None:
    """The table that a node names; None for functions, variables and the like."""
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return None
    parts = [part for part in (table.args.get("catalog"), table.args.get("db"), table.this) if part is not None]
    if not all(isinstance(part, exp.Identifier) for part in parts):
        return None
    names = [str(part.this) for part in parts]
    if len(names) > 1 and not names[-2]:
        names = [name or "dbo" for name in names]
    shown = [_quoted(name, bool(part.args.get("quoted")), dialect) for name, part in zip(names, parts, strict=True)]
    return _place(tuple(names), ".".join(shown), bool(table.this.args.get("temporary")))


def _quoted(name: str, quoted: bool, dialect: str | None) -> str:
    """Quotes are kept where they matter."""
    if (
        quoted
        and dialect in _CASE_SENSITIVE_QUOTES
        and not re.fullmatch(r"[a-z0-9_$-]*", re.sub("__j[0-9]+__", "", name))
    ):
        return f'"{name}"'
    return name


def named_place(name: str, dialect: str | None) -> Place:
    """The table of a dotted name as a pattern found it."""
    found = re.findall(r"""["`\[]([^"`\]]+)["`\]]|([^.\s"`\[\]]+)""", name)
    parts = [(quoted or plain, bool(quoted)) for quoted, plain in found]
    if dialect == "bigquery" and len(parts) == 1:
        parts = [(part, False) for part in parts[0][0].split(".")]
    shown = ".".join(_quoted(part, quoted, dialect) for part, quoted in parts)
    return _place(tuple(part for part, _ in parts), shown)


@lru_cache(maxsize=4096)
def _place(names: tuple[str, ...], shown: str, temporary: bool = False) -> Place:
    lower = [name.lower() for name in names]
    return Place(
        "table",
        shown,
        temporary=temporary or names[-1].startswith(("#", "@")) or lower[0] == "pg_temp",
        system=_is_system(lower),
    )


def _is_system(names: list[str]) -> bool:
    """Whether a table is the database's own, and no data."""
    is_own = bool(_SYSTEM_SCHEMAS & set(names[:-1])) or bool(_SYSTEM_TABLES.search(names[-1]))
    of_databricks = len(names) == 3 and names[0] == "system"  # `system.billing.usage`: its catalog of logs
    return is_own and not of_databricks and not _STATISTICS.match(names[-1])


def files_of(node: exp.Expr, dialect: str | None) -> tuple[str, ...]:
    """The paths of files, stages or objects that a node names."""
    if isinstance(node, exp.Literal):
        return (str(node.this),) if node.is_string else ()
    if not isinstance(node, exp.Table):
        return ()
    inner = node.this
    if isinstance(inner, exp.Literal):
        return (str(inner.this),)
    if isinstance(inner, exp.Var) and str(inner.this).startswith("@"):
        # Stages of a table or a user are on the way to somewhere else.
        return () if str(inner.this).startswith(("@%", "@~")) else (str(inner.this),)
    if isinstance(inner, _READERS) or (isinstance(inner, exp.Anonymous) and _READER_NAMES.match(inner.name)):
        first = inner.expressions[0] if inner.expressions else inner.this
        named = first.expressions if isinstance(first, exp.Array) else [first]
        return tuple(str(item.this) for item in named if isinstance(item, exp.Literal) and item.is_string)
    if isinstance(inner, exp.Identifier) and inner.args.get("quoted"):
        database = node.args.get("db")
        if database is not None:
            return (str(inner.this),) if database.name.lower() in _FILE_FORMATS and "/" in inner.name else ()
        return (str(inner.this),) if _FILE.search(inner.name) else ()
    return ()


def is_query_local(table: exp.Table, dialect: str | None) -> bool:
    """Whether a name means a common table expression, or a column of another table (BigQuery's arrays)."""
    name, database = table.name.lower(), table.args.get("db")
    if database is not None:
        select = table.find_ancestor(exp.Select)
        return (
            dialect == "bigquery"
            and table.args.get("catalog") is None
            and select is not None
            and any(
                other.alias.lower() == database.name.lower() for other in nodes_of(select, exp.Table) if other.alias
            )
        )
    node: exp.Expr = table
    while node.parent is not None:
        parent = node.parent
        if isinstance(parent, exp.With):
            # Inside a definition only the earlier ones are known, so `WITH orders AS (SELECT * FROM orders)` reads a table.
            for definition in parent.expressions:
                if definition is node:
                    if definition.alias.lower() == name and _recursive(parent, definition, table, dialect):
                        return True
                    break
                if definition.alias.lower() == name:
                    return True
        else:
            definitions = parent.args.get("with_")
            known = definitions.expressions if definitions is not None and node is not definitions else []
            if any(definition.alias.lower() == name for definition in known):
                return True
        node = parent
    return False


def _recursive(scope: exp.With, definition: exp.Expr, table: exp.Table, dialect: str | None) -> bool:
    """Whether a definition may refer to itself: it says so, or its dialect has no word for it and the reference is behind a `UNION`."""
    if scope.args.get("recursive"):
        return True
    body = definition.this
    if dialect not in _IMPLICIT_RECURSION or not isinstance(body, exp.SetOperation):
        return False
    return any(table is inner for inner in nodes_of(body.expression, exp.Table))
