"""SQL of a shadow run: what a statement writes goes to a schema of its own, and is read from there afterwards.

`Redirection` listens to every statement that goes through SQLAlchemy in this process. The first time that a table is about to be written, it is
copied into the shadow schema (so that what is deleted, updated or merged is there); from then on its name means the copy. Names are replaced
in the text, so that all else stays as it was written. A statement that cannot be read, or does what cannot be redirected, is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "awsathena": "athena", "mariadb": "mysql"}
"""Names that SQLAlchemy and sqlglot do not share."""
_HARMLESS = (exp.Set, exp.Transaction, exp.Commit, exp.Rollback, exp.Pragma, exp.Use, exp.Describe)
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_QUERIES = (exp.Select, exp.SetOperation, exp.Values, exp.Subquery)
Name = tuple[str, ...]


class NotRedirected(Exception):
    """Something would be done to what is real."""


@dataclass(frozen=True)
class Rewritten:
    """A statement with its names replaced. `written` are the tables that it writes and that were not redirected before."""

    sql: str
    written: tuple[Name, ...]


def rewrite(sql: str, dialect: str, schema: str, known: Iterable[Name]) -> Rewritten:
    """`sql` (one or several statements) with the tables in `known`, and those that it writes, named in `schema`.

    NotRedirected for what cannot be read, or writes something else than tables.
    """
    try:
        statements = [found for found in sqlglot.parse(sql, dialect=dialect) if found is not None]
    except (SqlglotError, RecursionError) as error:
        raise NotRedirected(f"SQL that cannot be read: {str(error).splitlines()[0][:200]}") from None
    redirected: dict[str, Name] = {name[-1].lower(): name for name in known}
    written: dict[Name, None] = {}
    splices: list[tuple[int, int, str]] = []
    for statement in statements:
        if isinstance(statement, exp.Create) and statement.kind == "INDEX":
            if len(statements) > 1:
                raise NotRedirected("an index that is made together with something else")
            return Rewritten("SELECT 1", ())
        for table in _targets(statement):
            name = _name(table)
            other = redirected.setdefault(name[-1].lower(), name)
            if [part.lower() for part in other[-len(name) :]] != [part.lower() for part in name[-len(other) :]]:
                raise NotRedirected(f"tables of one name in two schemas: {'.'.join(other)} and {'.'.join(name)}")
            if other == name and name not in known:
                written[name] = None
        splices += _splices(statement, redirected, schema)
    for start, end, text in sorted(splices, reverse=True):
        sql = sql[:start] + text + sql[end + 1 :]
    return Rewritten(sql, tuple(written))


def _targets(statement: exp.Expr) -> Iterator[exp.Table]:
    """The tables and views that a statement writes."""
    if isinstance(statement, _HARMLESS):
        return
    if statement.find(exp.Into):
        raise NotRedirected("SELECT ... INTO")
    for node in statement.find_all(*_WRITES):
        if node.find_ancestor(exp.Merge) is None:
            yield _table(node.this)
    if isinstance(statement, exp.Create):
        kind = statement.kind
        if kind in ("TABLE", "VIEW"):
            if not statement.find(exp.TemporaryProperty):
                yield _table(statement.this)
        elif not (kind == "SCHEMA" and statement.args.get("exists")):
            raise NotRedirected(f"CREATE {kind}")
    elif isinstance(statement, exp.Drop | exp.Alter):
        if statement.kind not in ("TABLE", "VIEW"):
            raise NotRedirected(f"{type(statement).__name__.upper()} {statement.kind}")
        yield from statement.find_all(exp.Table)
    elif isinstance(statement, exp.TruncateTable):
        yield from (_table(item) for item in statement.expressions)
    elif not isinstance(statement, (*_WRITES, *_QUERIES)):
        raise NotRedirected(statement.sql()[:60] or type(statement).__name__.upper())


def _table(node: Any) -> exp.Table:
    found = node.this if isinstance(node, exp.Schema) else node
    if not isinstance(found, exp.Table):
        raise NotRedirected("a statement whose table cannot be told")
    return found


def _name(table: exp.Table) -> Name:
    return tuple(part.name for part in table.parts)


def _splices(statement: exp.Expr, redirected: dict[str, Name], schema: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and new text of each name of a redirected table."""
    local = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    for node in statement.find_all(exp.Table, exp.Column):
        if not isinstance(node, exp.Table | exp.Column):
            continue
        parts = node.parts if isinstance(node, exp.Table) else node.parts[:-1]
        if (isinstance(node, exp.Column) and len(parts) < 2) or not parts:
            continue
        name = [part.name.lower() for part in parts]
        real = redirected.get(name[-1])
        if real is None or (len(name) == 1 and name[0] in local):
            continue
        if [part.lower() for part in real[-len(name) :]] != name[-len(real) :]:
            continue
        start, end = parts[0].meta.get("start"), parts[-1].meta.get("end")
        if start is None or end is None:
            raise NotRedirected("a table whose place in the SQL is not known")
        last = parts[-1]
        quoted = f'"{last.name}"' if last.args.get("quoted") else last.name
        yield int(start), int(end), f"{schema}.{quoted}"


@dataclass
class Compared:
    """A table in both places. `different` says what differs; empty where nothing does."""

    name: str
    rows_real: int
    rows_shadow: int
    different: str


@dataclass
class Redirection:
    """Redirects what SQLAlchemy engines of this process write. `folder` is where a database of its own is attached for SQLite."""

    schema: str
    folder: Path
    engines: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[Name]] = field(default_factory=dict)
    """By the engine's URL."""
    problems: list[str] = field(default_factory=list)
    _busy: bool = False

    def install(self) -> None:
        """Begins to listen. ImportError where there is no SQLAlchemy."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self._before, retval=True)
        event.listen(Engine, "engine_connect", self._connected)

    def _connected(self, connection: Any) -> None:
        """SQLite has no schemas: a database of its own is attached under the name of one."""
        if connection.dialect.name != "sqlite" or self._own(connection):
            return
        raw = connection.connection.dbapi_connection
        if self.schema not in {row[1] for row in raw.execute("PRAGMA database_list")}:
            name = hashlib.sha1(str(connection.engine.url).encode()).hexdigest()[:8]
            raw.execute(f"ATTACH DATABASE '{self.folder / name}.sqlite' AS {self.schema}")

    def _own(self, connection: Any) -> bool:
        """Whether it is a database of Dagster's own, below the folder of this run."""
        url = connection.engine.url
        database = url.database or ":memory:"
        in_memory = "memory" in (database, url.query.get("mode")) or database == ":memory:"
        return connection.dialect.name == "sqlite" and (
            in_memory or Path(database).resolve().is_relative_to(self.folder.resolve())
        )

    def _before(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        if self._busy or self._own(connection):
            return statement, parameters
        url = connection.engine.url.render_as_string(hide_password=False)
        known = self.tables.setdefault(url, [])
        self.engines[url] = connection.engine
        dialect = DIALECTS.get(connection.dialect.name, connection.dialect.name)
        try:
            result = rewrite(statement, dialect, self.schema, known)
            for name in result.written:
                if not known and connection.dialect.name != "sqlite":
                    self._quietly(connection, f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")
                    self._quietly(connection, f"CREATE SCHEMA {self.schema}")
                self._copy(connection, name)
                known.append(name)
        except NotRedirected as error:
            self.problems.append(str(error))
            raise
        return result.sql, parameters

    def _copy(self, connection: Any, name: Name) -> None:
        """Makes the shadow table, with the rows of the real one; none where there is no real one, or where it is a view."""
        from sqlalchemy import inspect

        schema, table = (".".join(name[:-1]) or None), name[-1]
        real, shadow = ".".join(f'"{part}"' for part in name), f'{self.schema}."{table}"'
        kind = connection.dialect.name
        definition = self._definition(connection, kind, schema, table) if kind in ("sqlite", "duckdb") else ""
        self._busy = True
        try:
            there = bool(definition) if kind == "duckdb" else inspect(connection).has_table(table, schema=schema)
            views = {view.lower() for view in inspect(connection).get_view_names(schema=schema)}
        finally:
            self._busy = False
        if not there or (table.lower() in views and not definition):
            return
        if kind == "postgresql":
            self._quietly(connection, f"CREATE TABLE {shadow} (LIKE {real} INCLUDING ALL)")
        elif definition:
            self._quietly(connection, definition)
        else:
            self._quietly(connection, f"CREATE TABLE {shadow} AS SELECT * FROM {real}")
            return
        self._quietly(connection, f"INSERT INTO {shadow} SELECT * FROM {real}")

    def _definition(self, connection: Any, kind: str, schema: str | None, table: str) -> str:
        """The statement that made the real table, for the shadow schema; empty where there is no such table."""
        if kind == "sqlite":
            place = f"sqlite_master WHERE type = 'table' AND name = {_text(table)}"
        else:
            place = f"duckdb_tables() WHERE {_in_duckdb(schema, table)}"
        found = self._quietly(connection, f"SELECT sql FROM {place}").fetchall()
        return rewrite(found[0][0], kind, self.schema, ()).sql if found else ""

    def _quietly(self, connection: Any, sql: str) -> Any:
        self._busy = True
        try:
            return connection.exec_driver_sql(sql)
        finally:
            self._busy = False

    def compare(self) -> Iterator[Compared]:
        """Each table that was written, with the real one."""
        self._busy = True
        for url, names in self.tables.items():
            for name in names:
                with self.engines[url].connect() as connection:
                    places = [(".".join(name[:-1]) or None, name[-1]), (self.schema, name[-1])]
                    columns = [_columns_of(connection, schema, table) for schema, table in places]
                    shown = ".".join(name)
                    if not all(columns):
                        yield Compared(shown, 0, 0, f"only {'Airflow' if columns[0] else 'Dagster'} has it")
                        continue
                    prints = [_fingerprint(connection, schema, table) for schema, table in places]
                    (rows_real, sum_real), (rows_shadow, sum_shadow) = prints
                    different = ""
                    if columns[0] != columns[1]:
                        different = f"columns {_columns(columns[0], columns[1])} in Airflow, {_columns(columns[1], columns[0])} in Dagster"
                    elif rows_real != rows_shadow:
                        different = f"{rows_real} rows in Airflow, {rows_shadow} in Dagster"
                    elif sum_real != sum_shadow:
                        different = f"{rows_real} rows, but other values"
                    yield Compared(shown, rows_real, rows_shadow, different)
        self._busy = False

    def drop(self) -> None:
        """Removes the shadow schema of each database."""
        self._busy = True
        for url, names in self.tables.items():
            engine = self.engines[url]
            if names and engine.dialect.name != "sqlite":
                with engine.begin() as connection:
                    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")
        self._busy = False


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _in_duckdb(schema: str | None, table: str) -> str:
    """The condition for a table in DuckDB's own lists; duckdb-engine asks as of PostgreSQL, for tables that DuckDB has not."""
    place = _text(schema.rpartition(".")[2]) if schema else "current_schema()"
    return (
        f"database_name = current_database() AND schema_name = {place} AND lower(table_name) = {_text(table.lower())}"
    )


def _columns_of(connection: Any, schema: str | None, table: str) -> list[tuple[str, str]]:
    """Name and type of each column of a table or view; none where there is no such."""
    from sqlalchemy import inspect

    if connection.dialect.name == "duckdb":
        order = "ORDER BY column_index"
        sql = f"SELECT column_name, data_type FROM duckdb_columns() WHERE {_in_duckdb(schema, table)} {order}"
        return [(str(name), str(kind)) for name, kind in connection.exec_driver_sql(sql)]
    inspector = inspect(connection)
    if not inspector.has_table(table, schema=schema) and table not in inspector.get_view_names(schema=schema):
        return []
    return [(item["name"], str(item["type"])) for item in inspector.get_columns(table, schema=schema)]


def _columns(own: list[tuple[str, str]], other: list[tuple[str, str]]) -> str:
    only = [f"{name} {kind}" for name, kind in own if (name, kind) not in other]
    return ", ".join(only[:5]) or "in another order"


def _fingerprint(connection: Any, schema: str | None, table: str) -> tuple[int, int]:
    """The number of rows, and a sum over them that does not depend on their order."""
    place = f'"{table}"' if schema is None else ".".join(f'"{part}"' for part in (*schema.split("."), table))
    rows, total = 0, 0
    for row in connection.execution_options(stream_results=True).exec_driver_sql(f"SELECT * FROM {place}"):
        rows += 1
        digest = hashlib.blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        total = (total + int.from_bytes(digest, "big")) % (1 << 128)
    return rows, total
