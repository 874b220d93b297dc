"""Notebooks of Snowflake, which a statement runs."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import RunSql
from migrator.model.expressions import Expr, Format, RunDate
from migrator.model.values import Value
from migrator.operators.calls import refuse
from migrator.operators.common import argument, delta, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_PLACE = ("warehouse", "database", "schema", "role", "authenticator")
_REFUSED = ("session_parameters", "hook_params", "bindings")


def _lower(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, *_REFUSED)
    given = argument(task, "notebook_parameters") or ()
    if not isinstance(given, (list, tuple)):
        raise Untranslatable("MIG207", "what it gives its notebook is only known at run time", task.span)
    parts: list[Expr] = ["EXECUTE NOTEBOOK ", *_parts(context.template(required(task, "notebook"))), "("]
    for number, value in enumerate(given):
        parts += [", '" if number else "'", *_quoted(value, task, context), "'"]
    parts.append(")")
    sql: Expr = "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else Format(tuple(parts))
    resource = context.resource(argument(task, "snowflake_conn_id", "snowflake_default"), "database", "snowflake")
    place = [name for name in _PLACE if argument(task, name)]
    shown = ", ".join(f"`{name}`" for name in place)
    deltas = (
        (delta(context, f"{shown} say where the notebook runs", "the URL of the resource says so"),) if place else ()
    )
    return Lowering("work", RunSql(resource, (sql,), gives=False), deltas=deltas)


def _parts(value: Expr) -> tuple[Expr, ...]:
    return value.parts if isinstance(value, Format) else (value,)


def _quoted(value: Value, task: Task, context: LoweringContext) -> list[Expr]:
    """What stands between the quotes of a parameter. Raises Untranslatable where only the run knows whether signs in it must be escaped."""
    parts = _parts(context.template(value))
    if not all(isinstance(part, (str, RunDate)) for part in parts):
        raise Untranslatable("MIG207", "what it gives its notebook is only known at run time", task.span)
    return [part.replace("\\", "\\\\").replace("'", "''") if isinstance(part, str) else part for part in parts]


RULES = (
    Rule(
        name="snowflake-notebook",
        operators=("airflow.providers.snowflake.operators.snowflake.SnowflakeNotebookOperator",),
        summary="Runs the same notebook, by a statement on the database of the connection.",
        lower=_lower,
        carried=frozenset({"notebook", "notebook_parameters", "snowflake_conn_id", *_PLACE, *_REFUSED}),
        ignored={
            "poll_interval": "the driver waits for the end of a statement",
            "deferrable": "there is no triggerer",
            "cancel_on_kill": "a run that is ended closes its connection",
            "durable": "a run that is started again runs it again",
            "token_life_time": "the resource's client decides",
            "token_renewal_delta": "the resource's client decides",
            "snowflake_api_retry_args": "the resource's client decides",
        },
        connection=("snowflake_conn_id",),
        default_connection="snowflake_default",
        system="snowflake",
        examples=(
            Example(
                title="A notebook with the day",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.snowflake.operators.snowflake import SnowflakeNotebookOperator

with DAG("notebooks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SnowflakeNotebookOperator(
        task_id="score", notebook="ML.PUBLIC.SCORE", notebook_parameters=["day={{ ds }}", "it's"]
    )
""",
                expected=(
                    "snowflake_default.run(",
                    "EXECUTE NOTEBOOK ML.PUBLIC.SCORE('day={context.partition_key}', 'it''s')",
                ),
                disposition="step",
            ),
        ),
    ),
)
