"""Data that tasks read and write, and how we know."""

from __future__ import annotations

from enum import Enum

from migrator.model.frozen import dataclass
from migrator.model.source import Span

AssetKey = tuple[str, ...]
"""Path of a Dagster asset key; each part matches `[A-Za-z0-9_]+`."""


class Confidence(str, Enum):
    """How sure an inference is, best first."""

    DECLARED = "declared"
    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Direction(str, Enum):
    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something was seen, and why it means what we say (one sentence)."""

    span: Span
    why: str


@dataclass(frozen=True, slots=True)
class AssetRef:
    """One task reads or writes one thing.

    `kind` is `table`, `file`, `object`, `dataset`, `model`, `stream`, `xcom` or `api`. `name` is what the code calls it,
    unknown parts visible (`sales.orders`, `data/{{ ds }}/orders.csv`, `s3://b/{var:PREFIX}/x`). `key` is filled when
    names are unified over the whole project.
    """

    direction: Direction
    kind: str
    name: str
    confidence: Confidence
    evidence: Evidence
    key: AssetKey = ()
    system: str | None = None
    """What stores it, as a Dagster kind (`postgres`, `s3`, `duckdb`), where known."""
    connection: str | None = None
    """The Airflow connection it is reached through, where known."""
    project: str | None = None
    """The dbt project that names it: its models and sources are in one database."""
    stands_for: str | None = None
    """What it is where the code names it otherwise: of a pattern (`out/*.csv`) or a folder a file in it that some task writes (there is one reference
    for each), of a container's path the host's."""
    sources: tuple[str, ...] | None = None
    """For what a task writes beside other things: the names of what it is made of, which are references of the same task; None where that is not known."""
    reference: bool = False
    """For a value that a task hands over: it names, counts or sets something and is no data itself."""
    copies: tuple[int, ...] = ()
    """Of a mapped task whose elements are known: the numbers of the copies that do so, where others do not."""
    columns: tuple[str, ...] = ()
    """For a table that SQL writes: its columns in order, where the SQL shows all of them."""
    column_lineage: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """For a column that SQL writes the (table as the SQL names it, column) pairs that it is computed from, where that is certain."""


@dataclass(frozen=True, slots=True)
class DataAsset:
    """One physical thing, however many tasks and spellings touch it. Producers and consumers are `dag_id.task_id`."""

    key: AssetKey
    kind: str
    name: str
    uri: str | None = None
    system: str | None = None
    producers: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    templated: bool = False
    """Its name holds a date of the run: it is made anew for each logical date."""
    refers_to: AssetKey = ()
    """For a value that a task hands over: the asset that the task writes and a taker of the value reads, so that the value only names it."""
    owners: tuple[str, ...] = ()
    """E-mail addresses or `team:NAME`, where the user told them."""
    kinds: tuple[str, ...] = ()
    """Dagster's kinds, where the user told them; otherwise they follow from `system`."""
    columns: tuple[str, ...] = ()
    """Names of its columns in their order, where the SQL that makes it shows all of them."""
    column_lineage: tuple[tuple[str, tuple[tuple[AssetKey, str], ...]], ...] = ()
    """For a column the columns (key of an asset, column) that it is computed from, where the SQL shows it for certain."""
