"""Arguments that name data by themselves: what a sensor waits for, what a check looks at, what a transfer moves.

The catalogue says which arguments those are for each operator class; what is known of no class is left to `conventions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from migrator.analyzers.io.catalogue import Entry, entry_for
from migrator.analyzers.io.catalogue.patterns import CONNECTION, Condition, Optional, Placeholder, Reference
from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of
from migrator.analyzers.io.conventions import convention_refs, parameter_refs
from migrator.analyzers.io.names import PLACEHOLDER, UNKNOWN, usable
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.values import Value, show
from migrator.operators.registry import does_other_work

_MAX_NAMES = 200
"""Names that one reference of one task can give: lists of arguments multiply."""
_SYSTEMS = {
    "s3": "s3",
    "gs": "gcs",
    "wasbs": "azure",
    "abfss": "azure",
    "adl": "azure",
    "hdfs": "hdfs",
    "webhdfs": "hdfs",
    "sftp": "sftp",
    "ftp": "ftp",
}
"""Storage by a URL's scheme, as a Dagster kind."""
_SCHEME = re.compile(r"^([a-z0-9+]+)://")
_FALSE = frozenset({"", "false", "0", "none"})


def argument_refs(task: Task, context: IoContext) -> Found:
    """References by the catalogue; by the arguments' names alone where it has no entry for the operator."""
    entry = entry_for(task)
    if entry is None:
        return convention_refs(task, context), []
    refs = [
        found
        for direction, references in ((Direction.INPUT, entry.reads), (Direction.OUTPUT, entry.writes))
        for reference in references
        for found in _refs(task, context, entry, reference, direction)
    ]
    for argument in entry.parameters:
        refs += parameter_refs(task, context, argument, in_container=bool(entry.container))
    return refs, []


def result_refs(task: Task, context: IoContext) -> list[AssetRef]:
    """Where the rows of the task's query go, by the catalogue: for SQL that writes nothing itself."""
    entry = entry_for(task)
    found = entry.results if entry is not None else ()
    return [
        ref
        for reference in found
        if entry is not None
        for ref in _refs(task, context, entry, reference, Direction.OUTPUT)
    ]


def _refs(
    task: Task, context: IoContext, entry: Entry, reference: Reference, direction: Direction
) -> Iterator[AssetRef]:
    if not all(_holds(task, condition) for condition in reference.conditions):
        return
    reader = _Reader(task, context, connection_of(task, reference, entry.defaults))
    unsure = not entry.sure or does_other_work(task)
    argument = reference.arguments[0] if reference.arguments else ""
    for name in islice(reader.names(reference), _MAX_NAMES):
        scheme = _SCHEME.match(name)
        kind = "object" if reference.kind == "file" and scheme and scheme[1] != "file" else reference.kind
        system = reference.system
        if system is None and scheme is not None:
            system = _SYSTEMS.get(scheme[1])
        certain = reference.confidence is Confidence.CERTAIN
        yield make_ref(
            direction,
            kind,
            name,
            Confidence.LIKELY if unsure and certain else reference.confidence,
            span_of(task, argument),
            entry.why,
            system=system,
            connection=reader.connection,
        )


def connection_of(task: Task, reference: Reference, defaults: Mapping[str, str]) -> str | None:
    """The id of the connection that a reference is reached through, as the code names it; None where it is not known."""
    if reference.via is None:
        return None
    for argument in reference.via.split("|"):
        value = task.option(argument)
        if value is not None:
            text = show(value)
            return None if UNKNOWN in text else text
    return next((defaults[argument] for argument in reference.via.split("|") if argument in defaults), None)


def _holds(task: Task, condition: Condition) -> bool:
    """Whether a condition holds; one about a value that is not known does, either way."""
    given = [value for value in values_at(task, condition.path) if value is not None]
    if not condition.word:
        return any(show(value).lower() not in _FALSE for value in given) != condition.negated
    words = {show(value).lower() for value in given}
    if any(UNKNOWN in word or "{" in word for word in words):
        return True
    return (condition.word.lower() in words) != condition.negated


def values_at(task: Task, path: str) -> list[Value]:
    """All that an argument is known to hold: a dotted path goes into dicts and through lists, also of what it is expanded over."""
    head, *rest = path.split(".")
    return [found for given in (task.option(head), task.expand.get(head)) for found in _inside(given, rest)]


def lists_at(task: Task, path: str) -> list[list[Value]]:
    """Each list at the end of a dotted path, as it stands."""
    head, *rest = path.split(".")
    return [found for given in (task.option(head), task.expand.get(head)) for found in _lists(given, rest)]


def _lists(value: Value, path: list[str]) -> list[list[Value]]:
    if not path:
        return [list(value)] if isinstance(value, (list, tuple)) else []
    if isinstance(value, (list, tuple)):
        return [found for member in value for found in _lists(member, path)]
    return _lists(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []


def _inside(value: Value, path: list[str]) -> list[Value]:
    if isinstance(value, (list, tuple)):
        return [found for member in value for found in _inside(member, path)]
    if not path:
        return [value]
    return _inside(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []


@dataclass(slots=True)
class _Reader:
    """Reads the names that a reference has in one task."""

    task: Task
    context: IoContext
    connection: str | None
    member: Value = None
    """The member of the list that dotted paths mean."""

    def names(self, reference: Reference) -> Iterator[str]:
        if not reference.each:
            yield from self._assembled(reference.parts)
            return
        lists = [self.task.option(path.partition(".")[0]) for path in reference.each]
        for path, value in zip(reference.each, lists, strict=True):
            for member in _members(value, path.split(".")[1:]):
                yield from replace(self, member=member)._assembled(reference.parts)

    def _assembled(self, parts: tuple[str | Placeholder | Optional, ...]) -> Iterator[str]:
        for text in self._texts(parts, ""):
            name = usable(text)
            if name is not None:
                yield name

    def _texts(self, parts: tuple[str | Placeholder | Optional, ...], before: str) -> Iterator[str]:
        """All ways to fill in the parts behind the text `before`; a placeholder that holds a URL stands for the whole name."""
        if not parts:
            yield before
            return
        part, rest = parts[0], parts[1:]
        if isinstance(part, str):
            yield from self._texts(rest, _joined(before, part))
        elif isinstance(part, Optional):
            inside = list(islice(self._texts(part.parts, ""), _MAX_NAMES))
            for text in inside or [""]:
                yield from self._texts(rest, _joined(before, text))
        else:
            found = self._values(part)
            for text in found:
                if "://" in text and before and not text.startswith(before):
                    yield text
                else:
                    yield from self._texts(rest, _joined(before, text.removeprefix(before) if "://" in text else text))
            if not found:
                # A later argument may hold the whole URL (`s3://bucket/key` as the key, and no bucket).
                later = [one for one in rest if isinstance(one, Placeholder)]
                yield from (text for one in later for text in self._values(one) if "://" in text)

    def _values(self, placeholder: Placeholder) -> list[str]:
        if placeholder.paths == (CONNECTION,):
            return [f"{{conn:{self.connection}}}"] if self.connection else []
        for path in placeholder.paths:
            texts = []
            for value in self._given(path):
                text = self.context.visible(value, self.task)
                if text is not None and _tells(text):
                    texts.append(_FILTERS[placeholder.filter](text))
            if texts:
                return texts
        return []

    def _given(self, path: str) -> list[Value]:
        return _inside(self.member, path[1:].split(".")) if path.startswith(".") else values_at(self.task, path)


def _members(value: Value, path: list[str]) -> list[Value]:
    """Members of the list at a path; a single dict there counts as the only one."""
    if isinstance(value, (list, tuple)) and path:
        return [found for member in value for found in _members(member, path)]
    if path:
        return _members(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _tells(text: str) -> bool:
    """Whether a part of a name is known at least in part: a date alone is, what nobody knows is not."""
    return bool(text.strip()) and (UNKNOWN not in text or bool(re.search(r"\w", PLACEHOLDER.sub("", text))))


def _joined(before: str, text: str) -> str:
    """Two pieces of a name, with no slash twice between them."""
    if before.endswith("/") and text.startswith("/") and not before.endswith("://"):
        return before + text.lstrip("/")
    return before + text


def _without_colon(name: str) -> str:
    """BigQuery's old `project:dataset.table`, or `bq://project.dataset.table`, as `project.dataset.table`."""
    name = name.removeprefix("bq://")
    head, colon, rest = name.partition(":")
    return f"{head}.{rest}" if colon and "{" not in head else name


def _without_partition(name: str) -> str:
    """`schema.table` of Hive's `schema.table/day=2024-01-01`."""
    return name.partition("/")[0]


_FILTERS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "base": lambda path: path.rpartition("/")[2],
    "colon": _without_colon,
    "partition": _without_partition,
}
