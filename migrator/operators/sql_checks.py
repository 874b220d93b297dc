"""Data quality tests in SQL: asset checks on the table that they look at."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import RunSql, SqlCheck
from migrator.model.expressions import Expr
from migrator.model.values import Text, Value, show
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES, sql_parameters

_OPERATORS = "airflow.providers.common.sql.operators.sql."
_BIGQUERY = "airflow.providers.google.cloud.operators.bigquery."
_SNOWFLAKE = "airflow.providers.snowflake.operators.snowflake."
_MEASURES = {
    "null_check": "SUM(CASE WHEN {column} IS NULL THEN 1 ELSE 0 END)",
    "distinct_check": "COUNT(DISTINCT {column})",
    "unique_check": "COUNT({column}) - COUNT(DISTINCT {column})",
    "min": "MIN({column})",
    "max": "MAX({column})",
}
_SIGNS = {"geq_to": ">=", "greater_than": ">", "leq_to": "<=", "less_than": "<", "equal_to": "="}


def _truthy(task: Task, context: LoweringContext) -> Lowering:
    sql = context.files(required(task, "sql"), SQL_FILES)[0]
    return Lowering("check", SqlCheck(_resource(task, context), sql, parameters=sql_parameters(task, context, False)))


def _value(task: Task, context: LoweringContext) -> Lowering:
    tolerance = _number(argument(task, "tolerance"))
    if tolerance is not None and not isinstance(tolerance, (int, float)):
        raise Untranslatable("MIG207", "its tolerance is only known at run time", task.span)
    expected = context.template(required(task, "pass_value"))
    sql = context.files(required(task, "sql"), SQL_FILES)[0]
    resource = _resource(task, context)
    if not isinstance(expected, (str, int, float)):
        context.use_methods(resource, ["agrees"])
    parameters = sql_parameters(task, context, templated=False)
    return Lowering("check", SqlCheck(resource, sql, "value", expected, tolerance, parameters=parameters))


def _threshold(task: Task, context: LoweringContext) -> Lowering:
    resource = _resource(task, context)
    bounds = tuple(_bound(task, context, name, resource) for name in ("min_threshold", "max_threshold"))
    sql = context.files(required(task, "sql"), SQL_FILES)[0]
    return Lowering("check", SqlCheck(resource, sql, "within", bounds=bounds))


def _bound(task: Task, context: LoweringContext, name: str, resource: str) -> Expr | RunSql:
    """A number, or a query that selects one."""
    bound = _number(required(task, name))
    if isinstance(bound, (int, float)) and not isinstance(bound, bool):
        return bound
    if not isinstance(bound, (str, Text)):
        raise Untranslatable("MIG207", f"its `{name}` is only known at run time", task.argument_spans.get(name))
    if "select" in show(bound).lower():
        return RunSql(resource, (context.template(bound),), returns=True, first=True)
    return context.template(bound)


def _number(value: Value) -> Value:
    """The number that a text is, as Airflow reads numbers; other values as they are."""
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() and value.strip().lstrip("-").isdigit() else number
    return value


_RATIOS = {
    "max_over_min": "CASE WHEN today.{0} > before.{0} THEN 1.0 * today.{0} / before.{0} ELSE 1.0 * before.{0} / today.{0} END",
    "relative_diff": "1.0 * ABS(today.{0} - before.{0}) / before.{0}",
}


def _interval(task: Task, context: LoweringContext) -> Lowering:
    """Metrics of the run's day over those of a day before: both are selected, and compared, by one statement."""
    thresholds = required(task, "metrics_thresholds")
    days = argument(task, "days_back", -7)
    formula = argument(task, "ratio_formula", "max_over_min")
    numbers = isinstance(thresholds, Mapping) and all(_is_number(limit) for limit in thresholds.values())
    if not numbers or not thresholds or not _is_number(days) or formula not in _RATIOS:
        raise Untranslatable("MIG207", "what it compares is only known at run time", task.span)
    column = argument(task, "date_filter_column", "ds")
    metrics = sorted(thresholds)
    names = [f"metric_{number}" for number in range(1, len(metrics) + 1)]
    of_day = _joined(
        "(SELECT ",
        *_between([f"{metric} AS {name}" for metric, name in zip(metrics, names, strict=True)], ", "),
        " FROM ",
        required(task, "table"),
        " WHERE ",
        column,
        " = ",
    )
    zero = 1 if flag(task, "ignore_zero", default=True) else 0
    selected = [
        f"CASE WHEN today.{name} = 0 OR before.{name} = 0 THEN {zero} WHEN {_RATIOS[formula].format(name)} < {thresholds[metric]} THEN 1 "
        f"ELSE 0 END AS {_column_name(metric)}"
        for metric, name in zip(metrics, names, strict=True)
    ]
    sql = _joined(
        "SELECT\n    ",
        *_between(list(selected), ",\n    "),
        "\nFROM ",
        of_day,
        "'{{ ds }}') AS today\nCROSS JOIN ",
        of_day,
        f"'{{{{ macros.ds_add(ds, {-abs(days)}) }}}}') AS before",
    )
    return Lowering("check", SqlCheck(_resource(task, context), context.template(sql)))


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _table(task: Task, context: LoweringContext) -> Lowering:
    checks = _conditions(task, "checks")
    selected: list[Value] = []
    for name, check in checks.items():
        statement = check.get("check_statement")
        if statement is None:
            raise Untranslatable("MIG207", f"the statement of its check `{name}` is not known", task.span)
        where = _where(argument(task, "partition_clause"), check.get("partition_clause"))
        # As Airflow asks it: the statement may be about rows or about the whole table, so the rows are counted outside.
        inner = (
            "(SELECT CASE WHEN ",
            statement,
            " THEN 1 ELSE 0 END AS passed FROM ",
            required(task, "table"),
            *where,
            ")",
        )
        selected.append(_joined("(SELECT MIN(passed) FROM ", *inner, f" AS each_row) AS {_column_name(name)}"))
    sql = _joined("SELECT\n    ", *_between(selected, ",\n    "))
    return Lowering("check", SqlCheck(_resource(task, context), context.template(sql)))


def _column(task: Task, context: LoweringContext) -> Lowering:
    accept_none = flag(task, "accept_none", default=True)
    selected: list[Value] = []
    table, where = required(task, "table"), _where(argument(task, "partition_clause"))
    for column, checks in _conditions(task, "column_mapping").items():
        for name, check in checks.items():
            if name not in _MEASURES or not isinstance(check, Mapping):
                raise Untranslatable("MIG201", f"its check `{name}` of `{column}` has no translation", task.span)
            measure = _MEASURES[name].format(column=column)
            if accept_none and not any(isinstance(check.get(key), str) for key in _SIGNS):
                measure = f"COALESCE({measure}, 0)"
            condition = " AND ".join(f"{measure} {sign}" for sign in _bounds(task, check))
            passed: tuple[Value, ...] = (f"CASE WHEN {condition} THEN 1 ELSE 0 END",)
            if clause := check.get("partition_clause"):
                passed = ("(SELECT ", *passed, " FROM ", table, *where, " AND " if where else " WHERE ", clause, ")")
            selected.append(_joined(*passed, f" AS {_column_name(f'{column}_{name}')}"))
    # Where each of the checks has rows of its own, there is none to be selected from the table as a whole.
    whole = any("(SELECT " not in show(passed) for passed in selected)
    sql = _joined("SELECT\n    ", *_between(selected, ",\n    "), *(("\nFROM ", table, *where) if whole else ()))
    return Lowering("check", SqlCheck(_resource(task, context), context.template(sql)))


def _resource(task: Task, context: LoweringContext) -> str:
    """The database, by the argument that the operator's provider calls its connection."""
    for operators, name, default, system in _PROVIDERS:
        if task.operator.startswith(operators):
            if (
                system == "bigquery"
                and flag(task, "use_legacy_sql", default=True)
                and "[" in show(argument(task, "sql"))
            ):
                raise Untranslatable("MIG201", "its SQL is BigQuery's legacy SQL", task.argument_spans.get("sql"))
            return context.resource(argument(task, name, default), "database", system)
    return context.resource(argument(task, "conn_id"), "database")


_PROVIDERS = (
    ("BigQuery", "gcp_conn_id", "google_cloud_default", "bigquery"),
    ("Snowflake", "snowflake_conn_id", "snowflake_default", "snowflake"),
)
"""How the operators of a provider are called, their argument for the connection, its default, and the system."""
_CONNECTIONS = ("conn_id", "gcp_conn_id", "snowflake_conn_id")


def _operators(name: str) -> tuple[str, ...]:
    """The operators of one kind: that of every database, and those of single systems."""
    found = [f"{_OPERATORS}SQL{name}Operator", f"{_BIGQUERY}BigQuery{name}Operator"]
    return (
        (*found, f"{_SNOWFLAKE}Snowflake{name}Operator")
        if name in ("Check", "IntervalCheck", "ValueCheck")
        else tuple(found)
    )


def _conditions(task: Task, name: str) -> Mapping[str, Mapping[str, Value]]:
    value = required(task, name)
    if not isinstance(value, Mapping) or not value or not all(isinstance(item, Mapping) for item in value.values()):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return value


def _bounds(task: Task, check: Mapping[str, Value]) -> list[str]:
    """The comparisons of one check (`>= 0`). A tolerance widens numeric bounds, as Airflow does."""
    tolerance = check.get("tolerance")
    found = []
    for key, sign in _SIGNS.items():
        if key not in check:
            continue
        bound = check[key]
        if isinstance(bound, str) and tolerance is None:
            quoted = bound.replace("'", "''")
            found.append(f"{sign} '{quoted}'")
        elif isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise Untranslatable("MIG201", f"its check compares with `{bound}`, which is not a number", task.span)
        elif tolerance is None:
            found.append(f"{sign} {bound}")
        elif not isinstance(tolerance, (int, float)):
            raise Untranslatable("MIG207", "its tolerance is only known at run time", task.span)
        else:
            low, high = bound - abs(bound) * tolerance, bound + abs(bound) * tolerance
            found += {"=": [f">= {low}", f"<= {high}"], ">": [f"> {low}"], ">=": [f">= {low}"]}.get(
                sign, [f"{sign} {high}"]
            )
    if not found:
        raise Untranslatable("MIG207", "one of its checks compares with nothing", task.span)
    return found


def _where(*clauses: Value) -> tuple[Value, ...]:
    given = [clause for clause in clauses if clause]
    return () if not given else (" WHERE ", *_between(given, " AND "))


def _between(items: list[Value], separator: str) -> list[Value]:
    """The items with a separator between each two."""
    return [part for index, item in enumerate(items) for part in ((separator, item) if index else (item,))]


def _joined(*parts: Value) -> Value:
    """One text of several pieces, some of which may be known only in part."""
    flat = [piece for part in parts for piece in (part.parts if isinstance(part, Text) else (part,))]
    return "".join(flat) if all(isinstance(piece, str) for piece in flat) else Text(tuple(flat))


def _column_name(text: str) -> str:
    return "".join(sign if sign.isalnum() else "_" for sign in text)


_SQL_IGNORED = {
    "retry_on_failure": "retries follow the asset's policy",
    "deferrable": "there is no triggerer",
    "poll_interval": "there is no triggerer",
    "encryption_configuration": "the check writes no table",
    "labels": "labels have no effect on the check",
    "location": "BigQuery finds out by the tables where a query runs",
    "project_id": "the connection's project counts",
    "use_legacy_sql": "the driver speaks standard SQL",
}

RULES = (
    Rule(
        name="sql-check",
        operators=_operators("Check"),
        summary="An asset check that passes when all values of the first row are true.",
        lower=_truthy,
        carried=frozenset({"sql", *_CONNECTIONS, "parameters"}),
        ignored=_SQL_IGNORED,
        sql=("sql",),
        connection=_CONNECTIONS,
        examples=(
            Example(
                title="A check after a load",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator

with DAG("orders", schedule=None, start_date=datetime(2024, 1, 1)):
    load = SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="INSERT INTO orders SELECT * FROM incoming")
    load >> SQLCheckOperator(task_id="not_empty", conn_id="shop", sql="SELECT count(*) FROM orders")
""",
                expected=("asset_check", "SELECT count(*) FROM orders"),
                disposition="check",
            ),
        ),
    ),
    Rule(
        name="sql-value-check",
        operators=_operators("ValueCheck"),
        summary="An asset check that compares the value of a query with the expected one.",
        lower=_value,
        carried=frozenset({"sql", *_CONNECTIONS, "pass_value", "tolerance", "parameters"}),
        ignored=_SQL_IGNORED,
        sql=("sql",),
        connection=_CONNECTIONS,
    ),
    Rule(
        name="sql-table-check",
        operators=_operators("TableCheck"),
        summary="An asset check by one statement with a column for each condition.",
        lower=_table,
        carried=frozenset({"table", "checks", "partition_clause", *_CONNECTIONS}),
        ignored={**_SQL_IGNORED, "accept_none": "a check without a result fails"},
        table=("table",),
        connection=_CONNECTIONS,
    ),
    Rule(
        name="sql-column-check",
        operators=_operators("ColumnCheck"),
        summary="An asset check by one statement with a column for each condition.",
        lower=_column,
        carried=frozenset({"table", "column_mapping", "partition_clause", "accept_none", *_CONNECTIONS}),
        ignored=_SQL_IGNORED,
        table=("table",),
        connection=_CONNECTIONS,
        examples=(
            Example(
                title="Conditions on columns",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLColumnCheckOperator, SQLExecuteQueryOperator

with DAG("stock", schedule=None, start_date=datetime(2024, 1, 1)):
    load = SQLExecuteQueryOperator(task_id="load", conn_id="shop", sql="INSERT INTO stock SELECT * FROM counted")
    check = SQLColumnCheckOperator(
        task_id="check",
        conn_id="shop",
        table="stock",
        column_mapping={"item": {"null_check": {"equal_to": 0}}, "amount": {"min": {"geq_to": 0}}},
    )
    load >> check
""",
                expected=("COALESCE(MIN(amount), 0) >= 0", "amount_min"),
                disposition="check",
            ),
        ),
    ),
    Rule(
        name="sql-threshold-check",
        operators=(_OPERATORS + "SQLThresholdCheckOperator",),
        summary="A check whether the one number that the statement selects lies within bounds: numbers, or queries that select one.",
        lower=_threshold,
        carried=frozenset({"sql", "min_threshold", "max_threshold", "conn_id"}),
        ignored=_SQL_IGNORED,
        sql=("sql",),
        connection=("conn_id",),
        examples=(
            Example(
                title="Between two bounds",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLThresholdCheckOperator

with DAG("quality", schedule="@daily", start_date=datetime(2024, 1, 1)):
    SQLThresholdCheckOperator(
        task_id="enough_orders",
        conn_id="warehouse",
        sql="SELECT count(*) FROM raw.orders WHERE day = '{{ ds }}'",
        min_threshold=10,
        max_threshold=10000,
    )
""",
                expected=("10 <= row[0] <= 10000", "warehouse"),
                disposition="step",
            ),
        ),
    ),
    Rule(
        name="sql-interval-check",
        operators=_operators("IntervalCheck"),
        summary="An asset check that compares metrics of the run's day with those of a day before, by one statement with a column for each.",
        lower=_interval,
        carried=frozenset(
            {
                *("table", "metrics_thresholds", "date_filter_column", "days_back", "ratio_formula", "ignore_zero"),
                *_CONNECTIONS,
            }
        ),
        ignored=_SQL_IGNORED,
        table=("table",),
        connection=_CONNECTIONS,
        examples=(
            Example(
                title="Not twice as many rows as a week ago",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator, SQLIntervalCheckOperator

with DAG("visits", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    load = SQLExecuteQueryOperator(task_id="load", conn_id="web", sql="INSERT INTO visits SELECT * FROM hits")
    load >> SQLIntervalCheckOperator(
        task_id="trend", conn_id="web", table="visits", days_back=-7, metrics_thresholds={"COUNT(*)": 2}
    )
""",
                expected=("asset_check", "CROSS JOIN", "< 2 THEN 1"),
                disposition="check",
            ),
        ),
    ),
)
