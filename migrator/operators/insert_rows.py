"""Rows that a task has, or another one hands over, into a table of a database."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, UseResource
from migrator.model.changed import replace
from migrator.model.expressions import ErrorClass, Expr, Format
from migrator.model.values import CallableValue, Value, XComValue
from migrator.operators.calls import refuse
from migrator.operators.common import argument, delta, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES
from migrator.operators.transfers import insert_options

_BY_POSITION = ("positional_only", "positional_or_keyword")


def _lower(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "database", "hook_params")
    rows = required(task, "rows")
    resource = context.resource(required(task, "conn_id"), "database")
    arguments: dict[str, Expr] = {"table": _table(task, context)}
    processed = _processed(rows, task, context)
    if not processed:
        arguments["rows"] = (
            context.template(rows) if isinstance(rows, XComValue) else context.expression(_listed(rows, task))
        )
    if columns := _columns(task):
        arguments["columns"] = context.template(columns)
    for name, new in (("preoperator", "before"), ("postoperator", "after")):
        if statements := argument(task, name):
            arguments[new] = list(context.files(statements, SQL_FILES))
    method = "insert_with" if {"before", "after"} & arguments.keys() else "insert"
    arguments |= insert_options(task, context)
    context.use_methods(resource, {"insert", method, *(("insert_replace",) if "replace" in arguments else ())})
    # Whether a list that stands in the DAG file is empty can be seen there.
    skips = delta(context, "it is skipped, and what comes after it, where there are no rows", "it inserts none then")
    body = UseResource(resource, method, arguments, processed)
    return Lowering("work", body, deltas=() if isinstance(rows, list) else (skips,))


def _processed(rows: Value, task: Task, context: LoweringContext) -> dict[str, CallFunction]:
    """The call of the function that makes the rows of those that are given; none where there is no such function. Raises Untranslatable."""
    function = argument(task, "rows_processor")
    if function is None:
        return {}
    taken = function.parameters[:1] if isinstance(function, CallableValue) else ()
    if not isinstance(function, CallableValue) or function.args or not taken or taken[0].kind not in _BY_POSITION:
        refuse(task, "rows_processor")
        return {}
    call = context.call(replace(function, kwargs={**function.kwargs, taken[0].name: rows}))
    if call.pushes or not call.returns or any(isinstance(edit.expression, ErrorClass) for edit in call.edits):
        refuse(task, "rows_processor")
    return {"rows": replace(call, inline=False)}


def _listed(rows: Value, task: Task) -> Value:
    """The rows, where they are such as the method takes. Raises Untranslatable."""
    if isinstance(rows, (list, tuple)) and any(isinstance(row, Mapping) for row in rows):
        raise Untranslatable("MIG201", "its rows are dictionaries", task.argument_spans.get("rows"))
    return rows


def _table(task: Task, context: LoweringContext) -> Expr:
    table, schema = context.template(required(task, "table_name")), argument(task, "schema")
    return Format((context.template(schema), ".", table)) if schema else table


def _columns(task: Task) -> Value:
    """The columns that are filled; none where it is all columns of the table. Raises Untranslatable."""
    columns, ignored = argument(task, "columns"), argument(task, "ignored_columns")
    if not ignored:
        return columns
    if not all(
        isinstance(names, (list, tuple, set)) and all(isinstance(name, str) for name in names)
        for names in (columns, ignored)
    ):
        span = task.argument_spans.get("ignored_columns")
        raise Untranslatable("MIG201", "only the database knows the columns that it fills", span)
    return [name for name in columns if name not in ignored]


RULES = (
    Rule(
        name="insert-rows",
        operators=("airflow.providers.common.sql.operators.sql.SQLInsertRowsOperator",),
        summary="Inserts the same rows by the resource that stands for the connection.",
        lower=_lower,
        carried=frozenset(
            {
                *("conn_id", "table_name", "schema", "rows", "columns", "ignored_columns", "preoperator"),
                *("postoperator", "insert_args", "database", "hook_params", "rows_processor"),
            }
        ),
        connection=("conn_id",),
        examples=(
            Example(
                "rows and statements before them",
                dag="""\
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLInsertRowsOperator

with DAG("prices"):
    SQLInsertRowsOperator(
        task_id="fill",
        conn_id="warehouse",
        table_name="prices",
        columns=["item", "price"],
        rows=[("tea", 3), ("jam", 5)],
        preoperator="DELETE FROM prices",
    )
""",
                expected=(
                    """\
    warehouse.insert_with(
        table="prices",
        rows=[("tea", 3), ("jam", 5)],
        columns=["item", "price"],
        before=["DELETE FROM prices"],
    )
""",
                ),
                disposition="asset",
            ),
        ),
    ),
)
