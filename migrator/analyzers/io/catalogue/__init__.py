"""What operators read and write by their arguments, and their roles: a table for each family of providers.

The tables are TOML files beside this module. `[defaults]` names the connection that an operator takes where its connection argument
(as the references name it after `via`) is not given. Each other table is a module, without `airflow.providers.`, and holds an entry for each class:
`why` (one sentence, the evidence), `role`, `reads`, `writes` (lines as of `patterns`), `parameters` (arguments that hand names
on to code), `script` (arguments of a Python file and of its words), `container` (arguments of a container's command), `sql` and `results` (where the rows of a query go). A `[[no_data]]` block gives one role and reason to whole `modules` or to `classes`.

Comes in: a class's qualified name, canonical as of `operators.names`. Goes out: its `Entry`.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

from migrator.analyzers.io.catalogue.patterns import Reference, parse
from migrator.model.airflow import Task
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.operators.names import canonical

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["ROLES", "Entry", "Sql", "class_entry", "entry_for", "tables"]

ROLES = frozenset({"asset", "check", "sensor", "control", "action", "hook", "job", "read"})
"""What a task of an operator is for: it makes data; tests data; waits; only steers the run; acts on something that is no data (a cluster, an
empty bucket); sends a message; runs code whose data does not stand in its arguments; hands data that it reads to other tasks."""

_PREFIX = "airflow.providers."


@dataclass(frozen=True, slots=True)
class Sql:
    """An argument (dotted path) that holds SQL, and on what it runs."""

    argument: str
    connection: str | None = None
    """The argument that names the connection."""
    default_connection: str | None = None
    system: str | None = None
    inside: tuple[str, ...] = ()
    """The arguments that together name what its tables are in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says of one operator class."""

    role: str
    why: str
    reads: tuple[Reference, ...] = ()
    writes: tuple[Reference, ...] = ()
    parameters: tuple[str, ...] = ()
    """Arguments (dotted paths) that hand names of data on to code: dicts, or lists of words of a command line."""
    script: tuple[str, ...] = ()
    """Arguments (dotted paths) that hold a Python file which it runs, and the words that this is given."""
    container: tuple[str, ...] = ()
    """Arguments (dotted paths) whose words, one after the other, are the command that a container runs."""
    results: tuple[Reference, ...] = ()
    """Where the rows of its SQL are written, if the SQL itself writes nothing."""
    sql: tuple[Sql, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    """The connection that an argument names where it is not given."""
    sure: bool = True
    """False where only the class's name is known, not that it is the provider's class."""

    @property
    def names_data(self) -> bool:
        """Whether arguments can tell what it reads or writes."""
        return bool(self.reads or self.writes or self.parameters or self.sql)


@dataclass(frozen=True, slots=True)
class Tables:
    """All entries, by class and by module, under canonical names."""

    classes: Mapping[str, Entry]
    modules: Mapping[str, Entry]
    names: Mapping[str, Entry]
    """By class name alone, where only one class has it."""


@cache
def tables() -> Tables:
    """The whole catalogue. ValueError where a line of it is not in the form (a test reads all of it)."""
    classes: dict[str, Entry] = {}
    modules: dict[str, Entry] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        defaults: Mapping[str, str] = raw.pop("defaults", {})
        for block in raw.pop("no_data", ()):
            entry = Entry(_role(block), block["why"], defaults=defaults)
            classes |= {_qualified(name): entry for name in block.get("classes", "").split()}
            modules |= {_qualified(name): entry for name in block.get("modules", "").split()}
        for module, entries in raw.items():
            classes |= {_qualified(f"{module}.{name}"): _entry(data, defaults) for name, data in entries.items()}
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for name, entry in classes.items():
        by_name[name.rpartition(".")[2]].append(entry)
    names = {name: replace(found[0], sure=False) for name, found in by_name.items() if len(found) == 1}
    return Tables(classes, modules, names)


def class_entry(name: str) -> Entry | None:
    """The entry of a class by its qualified name (old names too), or of its module; None if there is none."""
    known, qualified = tables(), canonical(name)
    return known.classes.get(qualified) or known.modules.get(qualified.rpartition(".")[0])


def entry_for(task: Task) -> Entry | None:
    """The entry of the task's class, or of the nearest class that it inherits from; else that of the only class of its name: a
    module of an unknown version, or a copy in the folder."""
    for name in (f"{task.operator_module}.{task.operator}", *task.bases):
        if (entry := class_entry(name)) is not None:
            return entry
    return tables().names.get(task.operator)


def _entry(data: Mapping[str, Any], defaults: Mapping[str, str]) -> Entry:
    sql = data.get("sql", ())
    return Entry(
        role=_role(data),
        why=data["why"],
        reads=tuple(map(parse, data.get("reads", ()))),
        writes=tuple(map(parse, data.get("writes", ()))),
        parameters=tuple(data.get("parameters", ())),
        script=tuple(data.get("script", ())),
        container=tuple(data.get("container", ())),
        results=tuple(map(parse, data.get("results", ()))),
        sql=tuple(_sql(line, defaults) for line in ([sql] if isinstance(sql, str) else sql)),
        defaults={**defaults, **data.get("defaults", {})},
    )


def _sql(line: str, defaults: Mapping[str, str]) -> Sql:
    """`ARGUMENT[/SYSTEM] [via ARGUMENT] [in ARGUMENT,ARGUMENT]`."""
    head, *rest = line.split()
    argument, _, system = head.partition("/")
    given = dict(zip(rest[::2], rest[1::2], strict=False))
    if len(rest) != 2 * len(given) or not given.keys() <= {"via", "in"}:
        raise ValueError(f"not an argument of SQL: {line}")
    connection = given.get("via")
    inside = tuple(given["in"].split(",")) if "in" in given else ()
    return Sql(argument, connection, defaults.get(connection or ""), system or None, inside)


def _role(data: Mapping[str, Any]) -> str:
    role: str = data.get("role", "asset")
    if role not in ROLES:
        raise ValueError(f"`{role}` is no role")
    return role


def _qualified(name: str) -> str:
    """A name of a table: below `airflow.providers`, unless it starts with `/`."""
    return canonical(name[1:] if name.startswith("/") else f"{_PREFIX}{name}")
