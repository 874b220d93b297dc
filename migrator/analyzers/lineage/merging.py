"""Which identities mean one physical thing, seen over the whole project.

Comes in: all references with their identities. Goes out: for each identity the one that stands for the thing. Each pass maps an
identity that says less (no connection, a folder without its files' ending, a name known in part) to the only one that it can
mean; where there are several, it stays on its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from migrator.analyzers.lineage.databases import PROJECT, WITH_CATALOGS, in_connections, of_one_statement
from migrator.analyzers.lineage.defaults import default_roots, default_values, written_out
from migrator.analyzers.lineage.identity import ORDER, Identity, declared_identity
from migrator.analyzers.lineage.keys import base_key
from migrator.analyzers.lineage.neighbours import in_one_world
from migrator.analyzers.lineage.uses import Use
from migrator.databases import Database
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetKey, AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.values import AssetValue, walk

Mapped = dict[Identity, Identity]

_ARCHIVES = frozenset({"zip", "tar", "tgz", "7z", "rar"})


def declared_names(project: AirflowProject) -> dict[str, str]:
    """Names of declared assets that have a URI of another name, and the URI: code may use either."""
    found: dict[str, str] = {}
    for dag in project.dags:
        values = [dag.schedule.assets, *(value for task in dag.tasks for value in (*task.inlets, *task.outlets))]
        for value in (part for given in values for part in walk(given)):
            if isinstance(value, AssetValue) and value.kind == "asset" and value.uri and value.name != value.uri:
                found.setdefault(value.name, value.uri)
    return found


def merge(
    uses: Iterable[Use], project: AirflowProject, databases: Mapping[str, Database] = MappingProxyType({})
) -> Mapped:
    """For each identity the one that stands for its thing. `databases` are what the user told of those behind connections."""
    uses = list(uses)
    names, values = declared_names(project), default_values(project)
    defaults = default_roots(values)
    things: Mapped = {use.identity: use.identity for use in uses}
    systems: dict[Identity, set[str]] = defaultdict(set)
    for use in uses:
        if use.ref.system:
            systems[use.identity].add(use.ref.system)
    _of_connections(systems, things)
    placed = in_connections(uses, systems)
    for here, there in placed.items():
        systems[there] |= systems.get(here, set())
    passes: tuple[Callable[[list[Identity]], Mapped], ...] = (
        lambda found: _named_datasets(found, names),
        lambda found: placed,
        lambda found: _in_databases(found, systems, databases),
        lambda found: _whatever_case(found, systems),
        lambda found: _services_of_hive(found, systems),
        lambda found: _connections(found, systems, in_one_world(uses, things, systems, project)),
        lambda found: _qualified(found, systems),
        lambda found: _in_default_database(found, systems),
        lambda found: _in_hive(found, systems),
        lambda found: _in_hdfs(found, uses, things),
        lambda found: _defaults(found, defaults),
        lambda found: written_out(found, values),
        _roots,
        _partly_known,
        _folders,
    )
    found = sorted(set(things), key=ORDER)
    for step in passes:
        mapped = step(found)
        if mapped:
            things = {identity: mapped.get(thing, thing) for identity, thing in things.items()}
            found = sorted(set(things.values()), key=ORDER)
    joins: tuple[Callable[[Mapped], Mapped], ...] = (
        lambda known: of_one_statement(uses, known),
        lambda known: _handed_on(uses, known, project),
        lambda known: _declared(uses, known),
    )
    for join in joins:
        mapped = join(things)
        if mapped:
            things = {identity: mapped.get(thing, thing) for identity, thing in things.items()}
    return things


def _of_connections(systems: dict[Identity, set[str]], found: Iterable[Identity]) -> None:
    """Gives tables of which the code does not tell the system the one that all others of their connection are in."""
    said: dict[str, set[str]] = defaultdict(set)
    for identity, names in list(systems.items()):
        if identity.family == "table" and identity.scope[0] == "connection":
            said[identity.scope[1]] |= names
    for identity in found:
        if identity.family == "table" and identity.scope[0] == "connection" and identity not in systems:
            names = said.get(identity.scope[1], set())
            if len(names) == 1:
                systems[identity] = set(names)


def _only(candidates: Iterable[Identity]) -> Identity | None:
    found = set(candidates)
    return found.pop() if len(found) == 1 else None


def _grouped(found: Iterable[Identity], family: str, by: Callable[[Identity], object]) -> dict[object, list[Identity]]:
    groups: dict[object, list[Identity]] = defaultdict(list)
    for identity in found:
        if identity.family == family:
            groups[by(identity)].append(identity)
    return groups


def _mapped(found: Iterable[Identity], target: Callable[[Identity], Identity | None]) -> Mapped:
    return {identity: thing for identity in found if (thing := target(identity)) is not None and thing != identity}


def _named_datasets(found: list[Identity], names: Mapping[str, str]) -> Mapped:
    """A declared asset by its name is the one by its URI."""
    addresses = {declared_identity(name): declared_identity(address) for name, address in names.items()}
    return _mapped(found, addresses.get)


def _in_databases(
    found: list[Identity], systems: dict[Identity, set[str]], databases: Mapping[str, Database]
) -> Mapped:
    """A table that is named without database or schema is in those of its connection. Connections that reach one server are one: the system's name
    stands for them where all of that system do."""
    servers: dict[str, list[str]] = defaultdict(list)
    for connection, database in sorted(databases.items()):
        servers[database.server or connection].append(connection)
    used: dict[str, set[str]] = defaultdict(set)
    for identity in found:
        if identity.family == "table" and identity.scope[0] == "connection":
            told = databases.get(identity.scope[1])
            for system in systems.get(identity, ()):
                used[system].add((told.server if told is not None else "") or identity.scope[1])

    def scope_of(identity: Identity, told: Database, parts: tuple[str, ...]) -> tuple[str, str]:
        system = _only_text(systems.get(identity, ()))
        alike = servers[told.server or identity.scope[1]]
        everywhere = system == "bigquery" and len(parts) == 3
        if system is not None and (everywhere or (len(alike) > 1 and len(used[system]) == 1)):
            return ("system", system)
        return ("connection", alike[0])

    def target(identity: Identity) -> Identity | None:
        told = databases.get(identity.scope[1]) if identity.scope[0] == "connection" else None
        if told is None or identity.family != "table":
            return None
        parts = identity.parts
        if len(parts) == 1 and told.default_schema:
            parts = (told.default_schema.lower(), *parts)
        if len(parts) == 2 and told.database:
            parts = (told.database.lower(), *parts)
        return replace(identity, scope=scope_of(identity, told, parts), parts=parts)

    mapped = _mapped(found, target)
    for here, there in mapped.items():
        systems[there] |= systems.get(here, set())
    return mapped


def _only_text(found: Iterable[str]) -> str | None:
    names = set(found)
    return names.pop() if len(names) == 1 else None


def _whatever_case(found: list[Identity], systems: Mapping[Identity, set[str]]) -> Mapped:
    """A quoted name, in the database of a connection of unknown kind, is the unquoted one: most databases do not mind case, and nobody names two tables so."""
    known = {identity for identity in found if identity.family == "table" and identity.scope[0] == "connection"}

    def target(identity: Identity) -> Identity | None:
        if identity not in known or systems.get(identity):
            return None
        lower = replace(identity, parts=tuple(part.lower() for part in identity.parts))
        return lower if lower in known else None

    return _mapped(found, target)


def _connections(
    found: list[Identity], systems: Mapping[Identity, set[str]], together: Callable[[Identity, Identity], bool]
) -> Mapped:
    """A table whose connection is not known is the one of that name, if there is only one, no system says otherwise, and not the name alone speaks for it."""
    groups = _grouped(found, "table", lambda one: (one.parts, one.dated, one.owner))

    def fits(weak: Identity, strong: Identity) -> bool:
        known = systems.get(strong)
        of_spark = weak.scope == ("system", "spark") and known == {"hive"}  # Spark keeps its tables in Hive's catalog
        return not known or weak.scope[0] != "system" or weak.scope[1] in known or of_spark

    def target(identity: Identity) -> Identity | None:
        if identity.family != "table" or identity.scope[0] in ("connection", PROJECT):
            return None
        others = groups[(identity.parts, identity.dated, identity.owner)]
        connected = [other for other in others if other.scope[0] == "connection"]
        if connected:
            one = _only(other for other in connected if fits(identity, other))
        else:
            one = None if identity.scope[0] else _only(other for other in others if other.scope[0] == "system")
        return one if one is not None and (identity.scope[0] or together(identity, one)) else None

    return _mapped(found, target)


def _qualified(found: list[Identity], systems: Mapping[Identity, set[str]]) -> Mapped:
    """`dataset.table` is `project.dataset.table` of the same place, if there is only one such project; through one connection also where other tables
    alone say which project the dataset is in."""
    groups = _grouped(found, "table", lambda one: (one.scope, one.parts[1:], one.dated, one.owner))
    databases: dict[tuple[tuple[str, str], str], set[str]] = defaultdict(set)
    for identity in found:
        if identity.family == "table" and len(identity.parts) == 3 and identity.scope[0] == "connection":
            databases[identity.scope, identity.parts[1]].add(identity.parts[0])

    def target(identity: Identity) -> Identity | None:
        if identity.family != "table" or len(identity.parts) != 2:
            return None
        known = systems.get(identity, set()) | ({identity.scope[1]} if identity.scope[0] == "system" else set())
        if not known or not known <= WITH_CATALOGS:
            return None
        scope = ("system", "bigquery") if known == {"bigquery"} else identity.scope
        others = groups[(scope, identity.parts, identity.dated, identity.owner)]
        around = databases.get((identity.scope, identity.parts[0]), set())
        if not others and len(around) == 1:
            return replace(identity, parts=(*around, *identity.parts))
        return _only(other for other in others if len(other.parts) == 3)

    return _mapped(found, target)


def _in_hive(found: list[Identity], systems: Mapping[Identity, set[str]]) -> Mapped:
    """`hive.ods.users` of Trino and Presto is the table `ods.users` of Hive, if there is only one: so their Hive catalog is called."""
    groups = _grouped(found, "table", lambda one: (one.parts, one.dated, one.owner))

    def target(identity: Identity) -> Identity | None:
        if (
            len(identity.parts) != 3
            or identity.parts[0] != "hive"
            or not systems.get(identity, set()) <= {"trino", "presto"}
        ):
            return None
        others = groups[(identity.parts[1:], identity.dated, identity.owner)]
        return _only(other for other in others if systems.get(other, set()) == {"hive"})

    return _mapped((one for one in found if one.family == "table"), target)


def _in_default_database(found: list[Identity], systems: Mapping[Identity, set[str]]) -> Mapped:
    """`orders` of Hive is the table `default.orders` of the same connection, where other code names that: so the database is called in which Hive begins."""
    tables = {identity for identity in found if identity.family == "table"}

    def target(identity: Identity) -> Identity | None:
        known = systems.get(identity, set())
        if len(identity.parts) != 1 or identity.scope[0] != "connection" or not known or not known <= {"hive", "spark"}:
            return None
        there = replace(identity, parts=("default", *identity.parts))
        return there if there in tables else None

    return _mapped(tables, target)


_SERVICE_OF_HIVE = re.compile(r"(?:hive_?)?(?:hive_?cli|hive_?server_?2|hs2|metastore)(?=_|$)", re.IGNORECASE)


def _services_of_hive(found: list[Identity], systems: dict[Identity, set[str]]) -> Mapped:
    """Connections whose names differ by the service of Hive only (`hive_cli_dwh`, `hiveserver2_dwh`, `metastore_dwh`) lead to one Hive."""
    mapped: Mapped = {}
    for identity in found:
        what, name = identity.scope
        if identity.family == "table" and what == "connection" and systems.get(identity, set()) == {"hive"}:
            plain = _SERVICE_OF_HIVE.sub("hive", name)
            if plain != name:
                mapped[identity] = replace(identity, scope=(what, plain))
                systems[mapped[identity]] = {"hive"}
    return mapped


def _in_hdfs(found: list[Identity], uses: list[Use], things: Mapped) -> Mapped:
    """`/data/raw/orders`, which is only read, is `hdfs:///data/raw/orders`, which some task writes, and the other way round: jobs on a cluster leave the
    store out."""
    sides: dict[Direction, set[Identity]] = {Direction.INPUT: set(), Direction.OUTPUT: set()}
    if any(one.scope[0] == "hdfs://" for one in found):
        for use in uses:
            sides[use.ref.direction].add(things[use.identity])
    read, written = sides[Direction.INPUT], sides[Direction.OUTPUT]

    def target(identity: Identity) -> Identity | None:
        if identity.family != "path" or identity.scope[0] != "/":
            return None
        stored = replace(identity, scope=("hdfs://", identity.scope[1]))
        put = identity not in written and stored in written
        taken = identity not in read and stored in read and stored not in written
        return stored if put or taken else None

    return _mapped(found, target)


def _defaults(found: list[Identity], defaults: Mapping[tuple[str, tuple[str, ...]], str]) -> Mapped:
    """`data/raw/orders.csv` is `{env:DATA}/raw/orders.csv`, where the code says that DATA is `data` unless it is set."""

    def target(identity: Identity) -> Identity | None:
        if identity.family != "path" or identity.scope[0] not in ("", "/"):
            return None
        for length in range(len(identity.parts) - 1, 0, -1):
            root = defaults.get((identity.scope[0], identity.parts[:length]))
            if root is not None:
                return replace(identity, scope=(root, ""), parts=identity.parts[length:])
        return None

    return _mapped(found, target)


def _roots(found: list[Identity]) -> Mapped:
    """`raw/orders.csv` is `{env:DATA}/raw/orders.csv`, if there is only one such root."""
    groups = _grouped(found, "path", lambda one: (one.parts, one.suffix, one.dated, one.owner))

    def target(identity: Identity) -> Identity | None:
        if identity.family != "path" or identity.scope[0] or len(identity.parts) < 2:
            return None
        others = groups[(identity.parts, identity.suffix, identity.dated, identity.owner)]
        return _only(other for other in others if other.scope[0].startswith("{") and other.scope[0] != "{?}")

    return _mapped(found, target)


def _partly_known(found: list[Identity]) -> Mapped:
    """A name of which a part is not known (`orders_{?}.csv`) is the only one that it fits."""
    groups = _grouped(found, "path", lambda one: (one.parts, one.suffix))
    folders = _grouped(found, "path", lambda one: (one.scope, one.parts))

    def target(identity: Identity) -> Identity | None:
        if identity.family != "path" or not identity.owner:
            return None
        others = [other for other in groups[(identity.parts, identity.suffix)] if not other.owner]
        if not identity.suffix and not others:  # `orders/{?}`, where `orders/*.csv` is what is in the folder
            others = [other for other in folders[(identity.scope, identity.parts)] if other.dated and not other.owner]
        if identity.scope[0] == "{?}":
            return _only(others) if len(identity.parts) > 1 else None
        return _only(other for other in others if other.scope == identity.scope)

    return _mapped(found, target)


def _folders(found: list[Identity]) -> Mapped:
    """A folder (`staged/orders`) is the files in it, if they are of one kind that each run adds to (`staged/orders/{{ ds }}.parquet`)."""
    groups = _grouped(found, "path", lambda one: (one.scope, one.parts, one.owner))

    def target(identity: Identity) -> Identity | None:
        if identity.family != "path" or identity.suffix:
            return None
        dated = [other for other in groups[(identity.scope, identity.parts, identity.owner)] if other.dated]
        files = [other for other in dated if other.suffix]
        if any(other.suffix.rpartition(".")[2] in _ARCHIVES for other in files):
            return None  # what an archive is unpacked into is no folder of archives
        return _only(files) if files else _only(dated)

    return _mapped(found, target)


def _handed_on(uses: list[Use], things: Mapped, project: AirflowProject) -> Mapped:
    """What a task reads under a name that is not wholly known (`exports/{?}.csv`) is what the only task of its DAG that writes under the same name
    made before it."""
    tasks = {task.id: task for task in project.tasks()}
    writers: dict[tuple[str, Identity], set[Identity]] = defaultdict(set)
    readers: list[tuple[str, Identity]] = []
    for use in uses:
        thing = things[use.identity]
        if not use.task_id or thing.owner != use.task_id or not thing.parts or thing.scope[0] == "{?}":
            continue
        if use.ref.direction is Direction.OUTPUT:
            writers[tasks[use.task_id].dag_id, replace(thing, owner="")].add(thing)
        else:
            readers.append((use.task_id, thing))
    mapped: Mapped = {}
    for task_id, thing in readers:
        made = _only(writers.get((tasks[task_id].dag_id, replace(thing, owner="")), ()))
        if made is not None and made != thing and _leads_to(tasks, made.owner, task_id):
            mapped[thing] = made
    return mapped


def _leads_to(tasks: Mapping[str, Task], first: str, last: str) -> bool:
    """Whether a path leads from one task to another one of the same DAG."""
    seen: set[str] = set()
    left = [last]
    while left:
        task = tasks.get(left.pop())
        for above in task.upstream if task is not None else ():
            task_id = f"{task.dag_id}.{above}" if task is not None else above
            if task_id == first:
                return True
            if task_id not in seen:
                seen.add(task_id)
                left.append(task_id)
    return False


def _declared(uses: list[Use], things: Mapped) -> Mapped:
    """A declared asset is the thing of the same key, or the only table whose whole name its address ends with, or what the task that declares it
    really writes (reads) under the same last name, or the only thing (the only model) in the folder of that name."""
    refs: dict[Identity, list[AssetRef]] = defaultdict(list)
    for use in uses:
        refs[things[use.identity]].append(use.ref)
    physical = {
        thing for thing, found in refs.items() if thing.family != "xcom" and any(ref.kind != "dataset" for ref in found)
    }
    datasets = sorted((thing for thing in refs if thing.family != "xcom" and thing not in physical), key=ORDER)
    if not datasets:
        return {}
    keys = {thing: base_key(thing, found) for thing, found in refs.items()}
    by_key: dict[AssetKey, list[Identity]] = defaultdict(list)
    for thing, key in keys.items():
        if thing in physical and not thing.owner:
            by_key[key].append(thing)
    # One word is too little to tell a thing by.
    mapped = {
        dataset: same
        for dataset in datasets
        if len(keys[dataset]) > 1 and (same := _only(by_key[keys[dataset]])) is not None
    }
    tables = [thing for thing in physical if thing.family == "table" and len(thing.parts) > 1]
    for dataset in datasets:
        pieces = tuple(re.split(r"[/.]", dataset.parts[0].partition("://")[2].lower()))
        ended = (one for one in tables if pieces[-len(one.parts) :] == tuple(map(str.lower, one.parts)))
        if dataset not in mapped and (same := _only(ended)) is not None:
            mapped[dataset] = same  # `snowflake://account/db.schema.table`
    models = {thing for thing, found in refs.items() if any(ref.kind == "model" for ref in found)}
    for direction in (Direction.OUTPUT, Direction.INPUT):
        likely: dict[Identity, set[Identity]] = defaultdict(set)
        inside: dict[Identity, set[Identity]] = defaultdict(set)
        for beside in _by_task(uses, things, direction):
            for dataset in beside.difference(physical):
                last = keys[dataset][-1].lower()
                likely[dataset] |= {one for one in beside & physical if keys[one][-1].lower() == last}
                inside[dataset] |= {one for one in beside & physical if keys[one][:-1] == keys[dataset]}
        for dataset in datasets:
            same = _only(likely[dataset]) or _only(inside[dataset]) or _only(inside[dataset] & models)
            if dataset not in mapped and same is not None:
                mapped[dataset] = same
    return mapped


def _by_task(uses: list[Use], things: Mapped, direction: Direction) -> Iterable[set[Identity]]:
    """What each task writes (or reads) for certain."""
    found: dict[str, set[Identity]] = defaultdict(set)
    for use in uses:
        if use.task_id and use.ref.direction is direction and use.ref.confidence is not Confidence.POSSIBLE:
            found[use.task_id].add(things[use.identity])
    return found.values()
