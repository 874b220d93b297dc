"""Clients of databases: SQL in options, files and standard input; dumps and loads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from migrator.analyzers.io.namespaces import qualified
from migrator.analyzers.io.programs import Call, Effects, Handler, Program, Sql
from migrator.analyzers.io.shell import Command
from migrator.model.changed import replace

_SQL_FILES = (".sql", ".hql", ".ddl", ".btq", ".bteq")


def _client(
    system: str,
    text: tuple[str, ...],
    file: tuple[str, ...],
    *,
    second_is_sql: bool = False,
    outputs: tuple[str, ...] = (),
) -> Handler:
    """A client that takes SQL as options `text`, from files as options `file`, and from its input."""

    def handler(call: Call, command: Command, effects: Effects) -> None:
        found = [Sql(system, value) for value in call.all(*text)]
        found += [Sql(system, file=value) for value in call.all(*file)]
        found += [Sql(system, file=value) for value in command.reads if value.endswith(_SQL_FILES)]
        command.reads = [value for value in command.reads if not value.endswith(_SQL_FILES)]
        if second_is_sql:
            found += [Sql(system, value) for value in call.plain[1:]]
        if command.stdin is not None:
            found.append(Sql(system, command.stdin))
        if outputs:
            effects.writes += [value for value in call.all(*outputs) if "=" not in value]
        database, variables = _database(system, call), tuple(_variables(system, call))
        effects.sql += [replace(one, database=database, variables=variables) for one in found]

    return handler


_VARIABLE_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "hive": ("--hivevar", "--hiveconf", "--define", "-d"),
    "spark": ("--hivevar", "--hiveconf", "--define", "-d"),
    "impala": ("--var",),
    "postgres": ("-v", "--set", "--variable"),
    "vertica": ("-v", "--set", "--variable"),
    "snowflake": ("-D", "--variable"),
    "mssql": ("-v",),
}
_OF_HIVE = r"\$\{(?:(?:hivevar|hiveconf):)?(?P<name>\w+)\}"
_OF_POSTGRES = r"(?<![:\w]):(?P<quote>['\"]?)(?P<name>\w+)(?P=quote)"
_VARIABLE_USES: Mapping[str, str] = {
    "hive": _OF_HIVE,
    "spark": _OF_HIVE,
    "impala": r"\$\{var:(?P<name>\w+)\}",
    "postgres": _OF_POSTGRES,
    "vertica": _OF_POSTGRES,
    "snowflake": r"&\{?(?P<name>\w+)\}?",
    "mssql": r"\$\((?P<name>\w+)\)",
}
"""How SQL names the variables of its client."""


def _variables(system: str, call: Call) -> Iterator[tuple[str, str]]:
    """Names and values of the client's variables."""
    for given in call.all(*_VARIABLE_OPTIONS.get(system, ())):
        name, separator, value = given.partition("=")
        if separator:
            yield name.strip(), value.strip("'\"") if system == "mssql" else value


def with_variables(text: str, sql: Sql) -> str:
    """SQL with the values of the variables that its client is given (`beeline --hivevar day=...`, `psql -v day=...`)."""
    known, form = dict(sql.variables), _VARIABLE_USES.get(sql.system)
    if not known or form is None:
        return text

    def value(match: re.Match[str]) -> str:
        quote = match.groupdict().get("quote", "")
        return f"{quote}{known[match['name']]}{quote}" if match["name"] in known else match[0]

    return re.sub(form, value, text)


def _database(system: str, call: Call) -> str:
    """What stands in front of tables without one, by the client's options."""
    if system == "mysql":
        return call.option("-D", "--database") or next(iter(call.plain), "")
    if system in ("clickhouse", "spark", "impala"):
        return call.option("-d", "--database") or ""
    if system == "hive":
        return call.option("--database") or ""
    if system in ("trino", "presto"):
        return (
            ".".join(name for name in (call.option("--catalog"), call.option("--schema")) if name)
            if call.option("--schema")
            else ""
        )
    if system == "snowflake":
        return ".".join(name for name in (call.option("-d"), call.option("-s")) if name) if call.option("-s") else ""
    return call.option("-d") or "" if system == "mssql" else ""


def _dump(system: str) -> Handler:
    def handler(call: Call, command: Command, effects: Effects) -> None:
        effects.tables += [(False, name, system) for name in call.all("-t", "--table")]
        effects.writes += call.all("-f", "--file", "--result-file", "-r")
        if system == "mysql":
            database = call.plain[0] if call.plain else ""
            effects.tables += [(False, f"{database}.{name}", system) for name in call.plain[1:]]

    return handler


def _restore(call: Call, command: Command, effects: Effects) -> None:
    effects.tables += [(True, name, "postgres") for name in call.all("-t", "--table")]
    effects.reads += call.plain


_JDBC = re.compile(r"jdbc:(mysql|oracle|db2|teradata)\b(?:://[^/]*/([\w{}:.]+))?", re.I)


def _sqoop(call: Call, command: Command, effects: Effects) -> None:
    verb = call.plain[0] if call.plain else ""
    table, target = call.option("--table"), call.option("--target-dir")
    hive = call.option("--hive-table", "--hcatalog-table")
    connect = _JDBC.match(call.option("--connect") or "")
    system = connect[1] if connect else ""
    if table and connect and connect[2] and system == "mysql":
        table = qualified(table, connect[2])
    if verb == "import":
        effects.tables += [(False, table, system)] if table else []
        effects.sql += [Sql(system, text) for text in call.all("--query", "-e")]
        effects.tables += [(True, hive, "hive")] if hive else []
        effects.writes += [target if "://" in target else f"hdfs://{target}"] if target and not hive else []
    elif verb == "export":
        effects.tables += [(True, table, system)] if table else []
        effects.reads += [f"hdfs://{folder}" for folder in call.all("--export-dir")]
        effects.tables += [(False, hive, "hive")] if hive else []


_MONGO_URI = re.compile(r"mongodb(?:\+srv)?://[^/?]+/([^/?]+)")


def _mongo(call: Call, command: Command, effects: Effects) -> None:
    """`mongoimport`, `mongoexport`: one collection and a file."""
    address = _MONGO_URI.match(call.option("--uri") or "")
    database = call.option("-d", "--db") or (address[1] if address is not None else None)
    collection = call.option("-c", "--collection")
    table = ".".join(name for name in (database, collection) if name)
    into = call.program in ("mongoimport", "mongorestore")
    effects.tables += [(into, table, "mongodb")] if collection else []
    (effects.reads if into else effects.writes).extend(call.all("--file", "-o", "--out", "--archive"))


def _program(handler: Handler, *values: str) -> Program:
    return Program(handler, frozenset(values))


_HIVE_OPTIONS = ("--hiveconf", "--hivevar", "--define", "--database")
_PSQL = (
    "-h",
    "--host",
    "-U",
    "--username",
    "-d",
    "--dbname",
    "-p",
    "--port",
    "-v",
    "--set",
    "--variable",
    "-c",
    "--command",
    "-f",
    "--file",
    "-o",
    "--output",
    "-F",
    "-P",
)


def _bcp(call: Call, command: Command, effects: Effects) -> None:
    """`bcp TABLE in FILE`, `bcp TABLE out FILE`, `bcp QUERY queryout FILE`."""
    if len(call.plain) < 3:
        return
    what, way, file = call.plain[:3]
    if way == "in":
        effects.tables.append((True, what, "mssql"))
        effects.reads.append(file)
    elif way in ("out", "queryout"):
        effects.writes.append(file)
        if way == "out":
            effects.tables.append((False, what, "mssql"))
        else:
            effects.sql.append(Sql("mssql", text=what))


PROGRAMS = {
    **dict.fromkeys(
        ("mongoimport", "mongoexport", "mongodump", "mongorestore"),
        Program(
            _mongo, frozenset(["-d", "--db", "-c", "--collection", "--file", "-o", "--out", "--uri", "--type", "-q"])
        ),
    ),
    "bcp": Program(_bcp, frozenset({"-S", "-U", "-P", "-d", "-f", "-e", "-t", "-r", "-b", "-m"})),
    "psql": _program(_client("postgres", ("-c", "--command"), ("-f", "--file"), outputs=("-o", "--output")), *_PSQL),
    "mysql": _program(
        _client("mysql", ("-e", "--execute"), ()),
        "-h",
        "-u",
        "-P",
        "-D",
        "-e",
        "--execute",
        "--host",
        "--user",
        "--database",
    ),
    "sqlcmd": _program(
        _client("mssql", ("-Q", "-q"), ("-i",), outputs=("-o",)),
        "-S",
        "-U",
        "-P",
        "-d",
        "-Q",
        "-q",
        "-i",
        "-o",
        "-s",
        "-v",
    ),
    "snowsql": _program(
        _client("snowflake", ("-q", "--query"), ("-f", "--filename")),
        "-q",
        "--query",
        "-f",
        "--filename",
        "-a",
        "-u",
        "-d",
        "-s",
        "-w",
        "-r",
        "-c",
        "-o",
        "-D",
    ),
    "duckdb": _program(
        _client("duckdb", ("-c", "-s"), ("-f", "-init"), second_is_sql=True), "-c", "-s", "-f", "-init", "-cmd"
    ),
    "sqlite": _program(_client("sqlite", ("-cmd",), ("-init",), second_is_sql=True), "-cmd", "-init", "-separator"),
    "clickhouse-client": _program(
        _client("clickhouse", ("-q", "--query"), ("--queries-file",)),
        "-q",
        "--query",
        "--queries-file",
        "-h",
        "--host",
        "--port",
        "-u",
        "--user",
        "--password",
        "-d",
        "--database",
    ),
    "clickhouse": _program(
        _client("clickhouse", ("-q", "--query"), ("--queries-file",)), "-q", "--query", "--queries-file"
    ),
    "hive": _program(_client("hive", ("-e",), ("-f",)), "-e", "-f", *_HIVE_OPTIONS, "-d", "-i"),
    "beeline": _program(_client("hive", ("-e",), ("-f",)), "-u", "-n", "-p", "-e", "-f", "-d", *_HIVE_OPTIONS),
    "impala-shell": _program(
        _client("impala", ("-q", "--query"), ("-f", "--query_file")),
        "-q",
        "--query",
        "-f",
        "--query_file",
        "-i",
        "-d",
        "-o",
        "--var",
    ),
    "spark-sql": _program(_client("spark", ("-e",), ("-f",)), "-e", "-f", "--master", "--conf", "-d", *_HIVE_OPTIONS),
    "trino": _program(
        _client("trino", ("--execute",), ("-f", "--file")),
        "--execute",
        "-f",
        "--file",
        "--server",
        "--catalog",
        "--schema",
        "--user",
    ),
    "presto": _program(
        _client("presto", ("--execute",), ("-f", "--file")),
        "--execute",
        "-f",
        "--file",
        "--server",
        "--catalog",
        "--schema",
        "--user",
    ),
    "bteq": _program(_client("teradata", (), ())),
    "vsql": _program(_client("vertica", ("-c",), ("-f",)), "-c", "-f", "-h", "-U", "-w", "-d", "-p", "-v"),
    "pg_dump": _program(
        _dump("postgres"), "-t", "--table", "-f", "--file", "-h", "-U", "-d", "-p", "-F", "-n", "--format"
    ),
    "mysqldump": _program(_dump("mysql"), "-h", "-u", "-P", "--result-file", "-r", "--where"),
    "pg_restore": _program(_restore, "-t", "--table", "-h", "-U", "-d", "-p", "-n", "-j"),
    "sqoop": _program(
        _sqoop,
        "--connect",
        "--username",
        "--password",
        "--password-file",
        "--table",
        "--target-dir",
        "--query",
        "-e",
        "--hive-table",
        "--hcatalog-table",
        "--export-dir",
        "-m",
        "--num-mappers",
        "--split-by",
        "--driver",
        "--columns",
        "--where",
        "--hive-database",
    ),
}
