"""What BigQuery's jobs read and write that a configuration describes (`hook.insert_job(configuration={"load": {...}})`): queries, loads, copies,
extracts."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.analyzers.io.python.names import names_of, rendered
from migrator.model.assets import Direction
from migrator.model.values import Value

READ, WRITE = Direction.INPUT, Direction.OUTPUT
_ACCESSES = (
    ("query", "destinationTable", WRITE),
    ("load", "sourceUris", READ),
    ("load", "destinationTable", WRITE),
    ("copy", "sourceTable", READ),
    ("copy", "sourceTables", READ),
    ("copy", "destinationTable", WRITE),
    ("extract", "sourceTable", READ),
    ("extract", "destinationUri", WRITE),
    ("extract", "destinationUris", WRITE),
)


def query_of(job: Value) -> Value:
    """The SQL of a job; None where it has none."""
    query = job.get("query") if isinstance(job, dict) else None
    return query.get("query") if isinstance(query, dict) else None


def named_by(job: Value) -> Iterator[tuple[Direction, str, str]]:
    """Direction, kind (`table` or `object`) and name of what the configuration of a job names."""
    for part, member, direction in _ACCESSES if isinstance(job, dict) else ():
        inner = job.get(part)
        value = inner.get(member) if isinstance(inner, dict) else None
        if member.startswith(("sourceUri", "destinationUri")):
            yield from ((direction, "object", name) for name in names_of(value) if "://" in name)
            continue
        for table in value if isinstance(value, (list, tuple)) else [value]:
            name = _table(table)
            if name is not None:
                yield direction, "table", name


def _table(value: Value) -> str | None:
    """`project.dataset.table` of a table's reference; a partition of it (`orders$20240101`) is the table."""
    if not isinstance(value, dict) or value.get("tableId") is None:
        return None
    parts = [value.get(key) for key in ("projectId", "datasetId", "tableId")]
    shown = [rendered(part) or "{?}" for part in parts if part is not None]
    return ".".join(shown).partition("$")[0]
