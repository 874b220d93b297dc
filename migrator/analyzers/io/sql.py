"""Tables that a task's SQL reads and writes.

The rule of the task's operator says which arguments hold SQL. Jinja is replaced by names that survive parsing and comes back in
the tables' names (`sales_{{ ds_nodash }}`); a `.sql` file is read from the folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.io.arguments import result_refs
from migrator.analyzers.io.catalogue import Sql, entry_for
from migrator.analyzers.io.context import Found, IoContext, connection_system, make_ref, span_of, values_of
from migrator.analyzers.io.names import PLACEHOLDER, UNKNOWN, stored_path, usable
from migrator.analyzers.io.namespaces import NAMESPACES, namespace, qualified
from migrator.analyzers.template_files import no_template_file
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import ObjectValue, Symbolic, Text, Value, is_known, show
from migrator.operators.common import first_argument
from migrator.operators.registry import does_other_work
from migrator.operators.rule import Rule

if TYPE_CHECKING:
    from migrator.analyzers.io.sql_columns import Columns

_FALLBACK_ARGUMENTS = ("sql", "query", "hql")
"""Where operators without a rule have their SQL."""
_FILE_ENDINGS = (".sql", ".hql", ".ddl", ".tpl")
DIALECTS = {
    "postgres": "postgres",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "mssql": "tsql",
    "trino": "trino",
    "presto": "presto",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "duckdb": "duckdb",
    "databricks": "databricks",
    "spark": "spark",
    "hive": "hive",
    "oracle": "oracle",
    "athena": "athena",
    "clickhouse": "clickhouse",
    "teradata": "teradata",
    "exasol": "exasol",
    "drill": "drill",
    "doris": "doris",
}
"""sqlglot's dialect of each system."""
_INCLUDE = re.compile(r"""\{%-?\s*include\s+(['"])([^'"]+)\1[^%]*%\}""")
_MAX_INCLUDES = 8
"""Files that one text includes, and how deep."""
_LEGACY_NAME = re.compile(r"\[([\w-]+)[:.]([\w$]+(?:\.[\w$]+)?)\]")
"""A table in BigQuery's old SQL."""
_DRIVER_PARAMETER = re.compile(r"%\(\w+\)s|(?<![\w%])%s\b")
_STATEMENT = re.compile(
    r"^\s*(?:--[^\n]*\n\s*)*(?:with|select|insert|upsert|merge|create|delete|update|copy|truncate|export|unload|replace|load|alter|drop)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Script:
    """One text of SQL and where it stands: `lines` where the span's lines are the text's own."""

    text: str
    span: Span
    lines: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """Arguments that hold SQL of one database; `known` where the operator is known to take SQL there."""

    arguments: tuple[str, ...]
    connection: str | None
    system: str | None
    known: bool
    inside: tuple[str, ...] = ()
    """Arguments that together name what its tables are in."""


_AWS = "aws_conn_id"


def sql_refs(task: Task, context: IoContext) -> Found:
    """Tables (and files that the SQL copies from or to) of all SQL arguments; MIG401 for statements not understood."""
    refs: list[AssetRef] = []
    diagnostics: list[Diagnostic] = []
    for source in _sources(task, context):
        found, findings = _refs_of(task, context, source)
        refs += found
        diagnostics += findings
    if refs and not any(ref.direction is Direction.OUTPUT for ref in refs):
        refs += result_refs(task, context)
    return refs, diagnostics


def query_refs(text: str, task: Task, context: IoContext) -> Found:
    """As `sql_refs`, for SQL that a function returns and the task runs."""
    return sql_refs(replace(task, arguments={**task.arguments, "sql": text}), context)


def _sources(task: Task, context: IoContext) -> list[_Source]:
    """Where the task has SQL: as the rule of its operator says, else as the catalogue does, else under the usual names."""
    rule = context.rule(task)
    if rule is not None and rule.sql:
        # A connection of AWS leads to an account, not to a database: the one that is meant is told by the tables.
        database = None if _AWS in rule.connection else connection_of(task, rule)
        return [_Source(rule.sql, database, rule.system, known=True)]
    entry = entry_for(task)
    listed = [one for one in entry.sql if any(values_of(task, one.argument))] if entry is not None else []
    known = entry is not None and entry.sure and not does_other_work(task)
    if listed:
        return [_Source((one.argument,), _connection(task, one), one.system, known, one.inside) for one in listed]
    # What the catalogue knows without SQL asks in a language of its own.
    return (
        []
        if rule is not None or known
        else [_Source(_FALLBACK_ARGUMENTS, connection_of(task, None), None, known=False)]
    )


def _connection(task: Task, sql: Sql) -> str | None:
    value = None if sql.connection is None else task.option(sql.connection, sql.default_connection)
    text = None if value is None else show(value)
    return text if text and "{?}" not in text else None


def _refs_of(task: Task, context: IoContext, source: _Source) -> Found:
    scripts: list[_Script] = []
    diagnostics: list[Diagnostic] = []
    for argument in source.arguments:
        for script in _scripts(task, context, argument, [] if source.known else diagnostics):
            if source.known or _STATEMENT.match(script.text):
                scripts.append(script)
    if not scripts:
        return [], diagnostics
    from migrator.analyzers.io.sql_statements import analyze_sql

    connection = source.connection
    system = source.system or connection_system(connection, context.config) or system_of(task)
    texts, originals = without_jinja([script.text for script in scripts])
    if system == "bigquery":
        texts = tuple(_LEGACY_NAME.sub(r"`\1.\2`", text) for text in texts)
    effects = analyze_sql(texts, DIALECTS.get(system or ""))
    around = _namespace(task, context, system)
    if source.inside:
        shown = [context.visible(next(values_of(task, path), None), task) for path in source.inside]
        around = ".".join(one for one in shown if one and UNKNOWN not in one)
    refs: list[AssetRef] = []
    for direction, found in ((Direction.INPUT, effects.reads), (Direction.OUTPUT, effects.writes)):
        for effect in found:
            table = effect.kind == "table"
            name = usable(restored(effect.name, originals), table=table)
            if name is None:
                continue
            name = qualified(name, around) if table else stored_path(name, system)
            if table and "empties it" in effect.why and (UNKNOWN in name or "{const:" in name):
                continue  # only emptied, and not wholly named
            kind = (
                effect.kind
                if effect.kind in ("table", "model")
                else ("object" if "://" in name or name.startswith("@") else "file")
            )
            confidence = effect.confidence
            if not source.known and confidence is Confidence.CERTAIN:
                confidence = Confidence.LIKELY
            span = _place(scripts[effect.script], effect.line)
            ref = make_ref(
                direction,
                kind,
                name,
                confidence,
                span,
                effect.why,
                system=system if table else None,
                connection=connection if table else None,
            )
            refs.append(_with_columns(ref, effect.columns, originals, around))
    for call in effects.calls:
        message = (
            f"`{task.task_id}` calls the procedure `{restored(call.reason, originals)}`, whose tables are not known"
        )
        diagnostics.append(diagnose("MIG408", _place(scripts[call.script], call.line), message))
    for error in effects.errors:
        span = _place(scripts[error.script], error.line)
        diagnostics.append(diagnose("MIG401", span, f"`{task.task_id}`: {error.reason}"))
    return refs, list(dict.fromkeys(diagnostics))


def _namespace(task: Task, context: IoContext, system: str | None) -> str:
    """What the operator's arguments say that tables without a schema are in."""
    hook = task.option("hook_params")
    given = {**(hook if isinstance(hook, Mapping) else {}), **task.inherited, **task.arguments}
    words = {word for names in NAMESPACES.get(system or "", ()) for word in names}
    shown = {word: context.visible(given[word], task) for word in words if word in given}
    return namespace(system, {word: text for word, text in shown.items() if text})


def _with_columns(ref: AssetRef, columns: Columns, originals: list[str], around: str) -> AssetRef:
    """A write with its columns; a name that a template makes is no known column."""
    names = columns.names if not any("__j" in name for name in columns.names) else ()
    lineage = tuple(
        (column, tuple((qualified(restored(table, originals), around), source) for table, source in sources))
        for column, sources in columns.lineage
        if not any("__j" in name for name in (column, *(source for _, source in sources)))
    )
    return replace(ref, columns=names, column_lineage=lineage) if names or lineage else ref


def system_of(task: Task) -> str | None:
    """The database that an operator without a rule works on, by its class's name and those of its bases."""
    for name in (f"{task.operator_module}.{task.operator}", *task.bases):
        lower = name.lower()
        for system in DIALECTS:
            if system in lower:
                return system
    return None


def connection_of(task: Task, rule: Rule | None) -> str | None:
    """The connection that the task's SQL runs on, as the code names it."""
    names = rule.connection if rule is not None else _own_connections(task)
    value = first_argument(task, names, rule.default_connection if rule is not None else None)
    text = None if value is None else show(value)
    return text if text and "{?}" not in text else None


def _own_connections(task: Task) -> tuple[str, ...]:
    """Arguments of a team's own operator that name the connection of its SQL: the only database that it is given, or the one that it reads from."""
    given = [name for name in (*task.inherited, *task.arguments) if name.endswith(("_conn_id", "_connection_id"))]
    databases = [name for name in given if not _OTHER_CONNECTIONS.search(name)]
    sources = [name for name in databases if _SOURCES.match(name)]
    only = sources if len(sources) == 1 else databases if len(databases) == 1 else []
    return ("conn_id", "sql_conn_id", *only)


_OTHER_CONNECTIONS = re.compile(
    r"(?:^|_)(?:aws|s3|gcp|gcs|google_cloud|azure|wasb|adls?|http|ssh|s?ftp|slack|smtp|email|kubernetes|docker|spark|livy|hdfs|webhdfs|"
    r"dbt_cloud|airbyte|fivetran|teams|opsgenie|samba|kafka|sqs|sns|pagerduty)_"
)
"""Connections that no SQL runs on."""
_SOURCES = re.compile(r"(?:src|source|from|origin)_")


def _scripts(task: Task, context: IoContext, argument: str, missing: list[Diagnostic]) -> Iterator[_Script]:
    span = span_of(task, argument)
    for value in values_of(task, argument):
        if isinstance(value, str) and value.strip().endswith(_FILE_ENDINGS) and not re.search(r"\s", value.strip()):
            found = context.template_file(value.strip())
            if found is None:
                lost = no_template_file(context.folder, context.dag, value.strip(), span)
                of_task = replace(lost, message=f"`{task.task_id}`: {lost.message}")
                missing.append(of_task if lost.code == "MIG404" else lost)
                continue
            path, source = found.path, found.text
            for text in _texts(source, task, context):
                yield _Script(text, Span(path, 1), lines=text.count("\n") == source.rstrip("\n").count("\n"))
            continue
        for text in _texts(value, task, context):
            yield _Script(text, span, lines=span.end_line - span.line == text.count("\n"))


def _texts(value: Value, task: Task, context: IoContext) -> Iterator[str]:
    """What a templated SQL text may be, with unknown parts visible."""
    text = show(value) if isinstance(value, (Symbolic, Text)) else value
    if not isinstance(text, str):
        return
    text = _with_includes(text, context)
    known = {"params": _params(task, context), "dag": {"dag_id": context.dag.dag_id}}
    if "{%" not in text:
        found: tuple[str, ...] = (text,)
    else:
        from migrator.analyzers.io.sql_jinja import expanded

        variables = {name: value for name, value in context.config.variables.items() if is_known(value)}
        found = expanded(text, {**known, "var": {"value": variables, "json": variables}})
    for one in found:
        seen = context.visible(one, task)
        if seen is not None:
            yield seen


def _with_includes(text: str, context: IoContext, depth: int = 0) -> str:
    """The text with the template files that it includes in place; what is not found stays as it is."""
    if "include" not in text or depth > _MAX_INCLUDES:
        return text

    def included(match: re.Match[str]) -> str:
        found = context.template_file(match[2])
        return match[0] if found is None else _with_includes(found.text, context, depth + 1)

    return _INCLUDE.sub(included, text, count=_MAX_INCLUDES)


def _params(task: Task, context: IoContext) -> dict[str, Value]:
    """The params that are known, with their defaults."""
    given = task.option("params")
    params: dict[str, Value] = {**context.dag.params, **(given if isinstance(given, Mapping) else {})}
    plain = {
        name: value.kwargs.get("default", value.args[0] if value.args else None)
        if isinstance(value, ObjectValue)
        else value
        for name, value in params.items()
    }
    return {name: value for name, value in plain.items() if is_known(value)}


def _place(script: _Script, line: int) -> Span:
    if not script.lines or line == 1:
        return script.span
    return Span(script.span.file, script.span.line + line - 1)


def without_jinja(texts: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The texts with every unknown part, and the drivers' `%s`, replaced by an identifier; and what those stand for."""
    originals: list[str] = []
    numbers: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        if match[0] not in numbers:
            numbers[match[0]] = len(originals)
            originals.append(match[0] if not match[0].startswith("%") else "{?}")
        return f"__j{numbers[match[0]]}__"

    return tuple(_DRIVER_PARAMETER.sub(replace, PLACEHOLDER.sub(replace, text)) for text in texts), originals


def restored(name: str, originals: list[str]) -> str:
    return re.sub(r"__j(\d+)__", lambda match: originals[int(match[1])], name)
