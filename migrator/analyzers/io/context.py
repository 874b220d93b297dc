"""What an analyzer of inputs and outputs may ask about the task's surroundings, and the small things all of them need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.io import names
from migrator.analyzers.source import Folder
from migrator.analyzers.template_files import TemplateFile, find_template_file
from migrator.config import Config
from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.assets import AssetRef, Confidence, Direction, Evidence
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Value
from migrator.operators import rule_for
from migrator.operators.rule import Rule

Found = tuple[list[AssetRef], list[Diagnostic]]
"""What each source of evidence gives for one task."""

RANK = {confidence: rank for rank, confidence in enumerate(Confidence)}
"""0 for the best."""


_CONNECTION_SYSTEMS: Mapping[str, str] = {
    "postgresql": "postgres",
    "gcpbigquery": "bigquery",
    "google_cloud_platform": "bigquery",
    "hive_cli": "hive",
    "hiveserver2": "hive",
    "hive_metastore": "hive",
}
"""Airflow's connection types that have another name as a Dagster kind."""


def connection_system(connection: str | None, config: Config) -> str | None:
    """What is behind a connection, as a Dagster kind, where the settings tell its type."""
    kind = config.connections.get(connection or "", "").lower()
    return _CONNECTION_SYSTEMS.get(kind, kind) or None


@dataclass(frozen=True, slots=True)
class IoContext:
    """The DAG of the task at hand, and where files and functions are looked up."""

    project: AirflowProject
    dag: Dag
    folder: Folder
    analyzer: CallableAnalyzer
    config: Config
    defaults: dict[str, str] = field(default_factory=dict)
    """Of settings in values that were asked for: what the code takes where they are not set, as `names.defaults_of` says."""

    def rule(self, task: Task) -> Rule | None:
        return rule_for(task)

    def visible(self, value: Value, task: Task) -> str | None:
        """`names.visible` in this DAG."""
        self.defaults.update(names.defaults_of(value))
        return names.visible(value, task, self.dag, self.config.variables)

    def name_of(self, value: Value, task: Task) -> str | None:
        """`names.name_of` in this DAG."""
        return names.name_of(value, task, self.dag, self.config.variables)

    def template_file(self, name: str) -> TemplateFile | None:
        """The template file of that name."""
        return find_template_file(self.folder, self.dag, name)


def span_of(task: Task, argument: str) -> Span:
    """Where an argument was given; the task's call where it was not given there."""
    return task.argument_spans.get(argument.partition(".")[0], task.span)


def values_of(task: Task, argument: str) -> Iterator[Value]:
    """All that an argument is known to hold: its value, its members where it is a list, and the same of each value that it is expanded over."""
    head, *rest = argument.split(".")
    expanded = task.expand.get(head)
    for given in (task.option(head), *(expanded if isinstance(expanded, (list, tuple)) else [expanded])):
        for value in _below(given, rest):
            yield from value if isinstance(value, (list, tuple)) else [value]


def _below(value: Value, path: Sequence[str]) -> Iterator[Value]:
    """What stands at a path of keys, in each member of the lists on the way."""
    if not path:
        yield value
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _below(member, path)
    elif isinstance(value, Mapping):
        yield from _below(value.get(path[0]), path[1:])
    else:
        yield None


def make_ref(
    direction: Direction,
    kind: str,
    name: str,
    confidence: Confidence,
    span: Span,
    why: str,
    *,
    system: str | None = None,
    connection: str | None = None,
) -> AssetRef:
    """A reference; one whose name is partly unknown is never more than possible."""
    if "{?}" in name and confidence is not Confidence.DECLARED:
        confidence = Confidence.POSSIBLE
    if system is None and kind == "object":
        system = names.SCHEMES.get(name.partition("://")[0])
    return AssetRef(direction, kind, name, confidence, Evidence(span, why), system=system, connection=connection)


def better(first: AssetRef, second: AssetRef) -> AssetRef:
    """Of two references to one thing the one that is surer, with what the other one knows about where it is."""
    if RANK[second.confidence] < RANK[first.confidence]:
        first, second = second, first
    copies = sorted({*first.copies, *second.copies}) if first.copies and second.copies else ()
    return replace(
        first,
        system=first.system or second.system,
        connection=first.connection or second.connection,
        copies=tuple(copies),
    )


def merged(refs: Iterable[AssetRef]) -> tuple[AssetRef, ...]:
    """Each thing once for each direction, by its best evidence; what a task fills itself is not its input. A table of the same name in
    another database is another thing."""
    found: dict[tuple[Direction, str, str], list[AssetRef]] = {}
    for ref in refs:
        alike = found.setdefault((ref.direction, ref.kind, ref.name), [])
        at = next((index for index, other in enumerate(alike) if not in_other_stores(other, ref)), None)
        if at is None:
            alike.append(ref)
        else:
            alike[at] = better(alike[at], ref)

    def is_written(ref: AssetRef) -> bool:
        writes = found.get((Direction.OUTPUT, ref.kind, ref.name), ())
        return any(not in_other_stores(ref, other) and not is_weak(other) for other in writes)

    kept = [
        ref for alike in found.values() for ref in alike if ref.direction is Direction.OUTPUT or not is_written(ref)
    ]
    return tuple(
        sorted(kept, key=lambda ref: (ref.direction.value, ref.kind, ref.name, ref.connection or "", ref.system or ""))
    )


def is_weak(ref: AssetRef) -> bool:
    """Whether a reference is a write that makes no data of its own: an empty table is created, or rows are deleted."""
    possible = ref.confidence is Confidence.POSSIBLE and names.UNKNOWN not in ref.name
    return ref.direction is Direction.OUTPUT and ref.kind == "table" and possible


def in_other_stores(first: AssetRef, second: AssetRef) -> bool:
    """Whether two tables of one name are told to be in different databases: by their connections, or by systems where one has none."""
    if first.kind != "table":
        return False
    if first.connection and second.connection:
        return first.connection != second.connection
    return bool(first.system and second.system and first.system != second.system)
