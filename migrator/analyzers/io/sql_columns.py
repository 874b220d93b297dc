"""Columns of what a statement writes, and the columns that they are computed from.

Comes in: a `CREATE TABLE` or `INSERT` of sqlglot. Goes out: names, and for each column its sources, both only where the statement says so for
certain: every column of an expression must belong to a table that the query reads itself, by its qualifier or because there is only one. A star, a
common table expression or a subquery in between leaves a column without sources.
"""

from __future__ import annotations

from sqlglot import exp

from migrator.analyzers.io.sql_tables import files_of, is_query_local, place_of
from migrator.model.frozen import dataclass

MAX_COLUMNS = 500

Sources = tuple[tuple[str, str], ...]
"""(table, column) pairs; the table as the SQL names it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`names` in order, empty where not all are known; `lineage` of those columns for which it is certain."""

    names: tuple[str, ...] = ()
    lineage: tuple[tuple[str, Sources], ...] = ()


NO_COLUMNS = Columns()


def columns_of(tree: exp.Expr, dialect: str | None) -> Columns:
    """What a statement tells about the columns of its target."""
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    query = tree.expression if isinstance(tree.expression, exp.Select) else None
    given = (
        [item.name for item in schema.expressions if isinstance(item, (exp.ColumnDef, exp.Identifier))]
        if schema
        else []
    )
    if len(given) > MAX_COLUMNS or (query is not None and len(query.selects) > MAX_COLUMNS):
        return Columns()
    created = isinstance(tree, exp.Create)
    if query is None:
        return Columns(tuple(given)) if created and tree.expression is None else Columns()
    if any(item.is_star for item in query.selects):
        return Columns()
    named = given or ([item.alias_or_name for item in query.selects] if created else [])
    if len(named) != len(query.selects) or not all(named) or len(set(named)) != len(named):
        return Columns()
    tables = _tables(query, dialect)
    if not any(tables.values()):
        return Columns(tuple(named) if created else ())
    lineage = []
    for name, item in zip(named, query.selects, strict=True):
        sources = _sources(item, tables)
        if sources:
            lineage.append((name, sources))
    return Columns(tuple(named) if created else (), tuple(lineage))


def _tables(query: exp.Select, dialect: str | None) -> dict[str, str | None]:
    """What the query reads by the name that its columns use for it; None for what is no table."""
    found: dict[str, str | None] = {}
    first = query.args.get("from_")
    relations = [first.this] if first is not None else []
    relations += [join.this for join in query.args.get("joins") or []]
    relations += [lateral.this for lateral in query.args.get("laterals") or []]
    for relation in relations:
        alias = relation.alias_or_name.lower()
        plain = isinstance(relation, exp.Table) and not files_of(relation, dialect)
        place = place_of(relation, dialect) if plain and not is_query_local(relation, dialect) else None
        found[alias] = None if alias in found or place is None else place.name
    return found


def _sources(item: exp.Expr, tables: dict[str, str | None]) -> Sources:
    """The columns of an expression; empty where one of them cannot be told for certain."""
    below = [item] if isinstance(item, exp.Column) else list(item.find_all(exp.Column, exp.Query))
    found: dict[tuple[str, str], None] = {}
    for column in below:
        if not isinstance(column, exp.Column):
            return ()
        if column.table:
            table = tables.get(column.table.lower())
        else:
            table = next(iter(tables.values())) if len(tables) == 1 else None
        if table is None or isinstance(column.this, exp.Star):
            return ()
        found[table, column.name] = None
    return tuple(sorted(found))
