"""Which database the tables of a dbt project are in, as the other tasks reach it.

A dbt project has one database, which its profile names; the tasks around it reach the same one through an Airflow connection. Where neither says what
the other one calls it, the tables that both name do. Comes in: all references with their identities. Goes out: for each table of a dbt
project the identity that it has in that connection, or in its system where no connection fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from migrator.analyzers.lineage.identity import Identity
from migrator.analyzers.lineage.uses import Use
from migrator.model.assets import Confidence, Direction
from migrator.model.changed import replace

PROJECT = "project"
"""The scope of tables that only a dbt project names."""
WITH_CATALOGS = frozenset({"bigquery", "snowflake", "databricks", "trino", "redshift", "mssql"})
"""Systems where `schema.table` may be said as `database.schema.table`."""


def in_connections(uses: Sequence[Use], systems: Mapping[Identity, set[str]]) -> dict[Identity, Identity]:
    """For each table of a dbt project where it is."""
    tables = [use for use in uses if use.identity.family == "table"]
    projects: dict[str, set[Identity]] = defaultdict(set)
    for use in tables:
        if use.identity.scope[0] == PROJECT:
            projects[use.identity.scope[1]].add(use.identity)
    if not projects:
        return {}
    written = {
        use.identity
        for use in tables
        if use.ref.direction is Direction.OUTPUT and use.ref.confidence is not Confidence.POSSIBLE
    }
    others: dict[str, set[Identity]] = defaultdict(set)
    for use in tables:
        if use.identity.scope[0] == "connection" and use.identity.parts and not use.identity.owner:
            others[use.identity.parts[-1]].add(use.identity)
    mapped: dict[Identity, Identity] = {}
    for _, own in sorted(projects.items()):
        mapped.update(_placed(own, others, written, systems))
    return mapped


def _placed(
    own: Iterable[Identity],
    others: Mapping[str, set[Identity]],
    written: set[Identity],
    systems: Mapping[Identity, set[str]],
) -> dict[Identity, Identity]:
    """The tables of one project in the only connection that reaches some of them. What both sides write tells nothing: that would be two tables."""
    own = sorted(own)
    known = {system for table in own for system in systems.get(table, ())}
    same: dict[Identity, list[Identity]] = {}
    for table in own:
        fitting = [
            other
            for other in sorted(others.get(table.parts[-1], ()) if table.parts else ())
            if (_is_called(other, table) or len(table.parts) == 1)
            and other.dated == table.dated
            and not (table in written and other in written)
            and (not known or known & systems.get(other, known))
        ]
        if fitting:
            same[table] = fitting
    # A copy elsewhere may have the name, too: tables that several connections have tell nothing.
    connections = {found[0].scope for found in same.values() if len({other.scope for other in found}) == 1}
    if len(connections) != 1:
        system = ("system", min(known)) if known else ("", "")
        apart = {table for table in own if table in written and written & others.get(table.parts[-1], set())}
        return {table: replace(table, scope=system) for table in own if table not in apart}
    scope = connections.pop()
    # The database is told by those that have the name in one database only: a clone has the same names.
    databases = {found[0].parts[0] for found in same.values() if len(found) == 1 and len(found[0].parts) == 3}
    database = tuple(databases) if len(databases) == 1 and known and known <= WITH_CATALOGS else ()
    # Where the profile alone says in which schema the models are, those that others read tell it.
    alone = [table for table in same if len(table.parts) == 1]
    schemas = {other.parts[:-1] for table in alone for other in same[table] if other.scope == scope}
    schema = schemas.pop() if len(schemas) == 1 else ()
    return {table: replace(table, scope=scope, parts=_in_full(schema, database, table.parts)) for table in own}


def _is_called(other: Identity, table: Identity) -> bool:
    """Whether a table has the name of one of the project, the database said or not."""
    return other.parts == table.parts or (len(table.parts) == 2 and other.parts[1:] == table.parts)


def _in_full(schema: tuple[str, ...], database: tuple[str, ...], parts: tuple[str, ...]) -> tuple[str, ...]:
    """A table's name with the schema and the database of its project, where it does not say them."""
    named = (*schema, *parts) if len(parts) == 1 else parts
    return (*database, *named) if len(named) == 2 else named


def of_one_statement(uses: Iterable[Use], things: Mapping[Identity, Identity]) -> dict[Identity, Identity]:
    """Tables of unknown connection that SQL names beside others, of which all that are known elsewhere are in one connection: a statement reads one
    database. Only where all statements that tell agree."""
    beside: dict[tuple[str, str, int, tuple[str, str]], set[Identity]] = defaultdict(set)
    for use in uses:
        span = use.ref.evidence.span
        if use.identity.family == "table" and use.identity.scope[0] in ("", "system") and span.file:
            # Code may work on several databases, a file of SQL does not.
            place = (use.task_id, span.file, span.start if span.file.endswith(".py") else 0, use.identity.scope)
            beside[place].add(use.identity)
    wishes: dict[Identity, set[tuple[str, str]]] = defaultdict(set)
    for found in beside.values():
        scopes = {things[identity].scope for identity in found}
        connections = {scope for scope in scopes if scope[0] == "connection"}
        for identity in found:
            thing = things[identity]
            if thing.scope[0] != "connection" and not (thing.scope == ("system", "bigquery") and len(thing.parts) == 3):
                wishes[things[identity]] |= connections
    return {
        thing: replace(thing, scope=next(iter(scopes)))
        for thing, scopes in wishes.items()
        if len(scopes) == 1 and not thing.owner
    }
