"""Checks of data by libraries made for them: checkpoints and suites of Great Expectations."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, ResourceValue
from migrator.operators.calls import Client, passed, refuse, use
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES

_EXPECTATIONS = Client("great_expectations", (), "great_expectations")


def _lower(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "dataframe_to_validate", "validation_failure_callback", "data_context_config", "checkpoint_config")
    refuse(task, "data_context")
    name = argument(task, "checkpoint_name")
    method, given = ("run_checkpoint", _checkpoint(task, context)) if name else ("validate_data", _data(task, context))
    if (root := argument(task, "data_context_root_dir")) is not None:
        given["folder"] = context.template(root)
    if not flag(task, "fail_task_on_validation_failure", True):
        given["fail"] = False
    return Lowering("work", use(task, context, _EXPECTATIONS, method, given, "", "greatexpectations"))


def _checkpoint(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """A checkpoint of the data context."""
    given: dict[str, Expr] = {"name": context.template(required(task, "checkpoint_name"))}
    more = argument(task, "checkpoint_kwargs") or {}
    if not isinstance(more, Mapping):
        raise Untranslatable("MIG207", "what its checkpoint is run with is only known at run time", task.span)
    options = {name: context.template(value) for name, value in more.items() if isinstance(name, str)}
    if (name := argument(task, "run_name")) is not None:
        options["run_name"] = context.template(name)
    return {**given, "options": options} if options else given


def _data(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """A suite, and the table or the query of a connection that it is for."""
    if argument(task, "conn_id") is None or argument(task, "expectation_suite_name") is None:
        raise Untranslatable("MIG201", "it makes its checkpoint of other arguments", task.span)
    database = context.resource(argument(task, "conn_id"), "database")
    names = {"expectation_suite_name": "suite", "data_asset_name": "table", "schema": "schema"}
    given = {"database": ResourceValue(database), **passed(task, context, names)}
    if (query := argument(task, "query_to_validate")) is not None:
        given["query"] = context.files(query, SQL_FILES)[0]
    if "table" not in given:
        raise Untranslatable("MIG207", "the name of its data asset is not known", task.span)
    return given


_EXAMPLE = Example(
    title="A checkpoint of Great Expectations",
    dag="""
from datetime import datetime

from airflow import DAG
from great_expectations_provider.operators.great_expectations import GreatExpectationsOperator

with DAG("quality", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GreatExpectationsOperator(
        task_id="orders", data_context_root_dir="/opt/gx", checkpoint_name="orders", return_json_dict=True
    )
""",
    expected=('great_expectations.run_checkpoint(name="orders", folder="/opt/gx")', "GreatExpectations"),
    disposition="step",
)
_TABLE_EXAMPLE = Example(
    title="A suite for a table",
    dag="""
from datetime import datetime

from airflow import DAG
from great_expectations_provider.operators.great_expectations import GreatExpectationsOperator

with DAG("quality", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GreatExpectationsOperator(
        task_id="orders",
        conn_id="warehouse",
        data_context_root_dir="/opt/gx",
        data_asset_name="mart.orders",
        expectation_suite_name="orders",
    )
""",
    expected=("great_expectations.validate_data(", "database=warehouse", 'suite="orders"', 'table="mart.orders"'),
    disposition="step",
)
RULES: tuple[Rule, ...] = (
    Rule(
        name="great-expectations",
        operators=("great_expectations_provider.operators.great_expectations.GreatExpectationsOperator",),
        summary="Runs the same checkpoint, or the same suite for a table or a query, and fails where it fails.",
        lower=_lower,
        carried=frozenset(
            {
                *("checkpoint_name", "data_context_root_dir", "checkpoint_kwargs", "run_name", "conn_id", "schema"),
                *("expectation_suite_name", "data_asset_name", "fail_task_on_validation_failure", "data_context"),
                *("dataframe_to_validate", "query_to_validate", "validation_failure_callback"),
                *("data_context_config", "checkpoint_config"),
            }
        ),
        ignored={
            "return_json_dict": "the result is in the context's own store",
            "use_open_lineage": "Dagster knows the lineage of its assets",
            "execution_engine": "the database is asked",
            "database": "the URL of the resource says which database",
        },
        connection=("conn_id",),
        examples=(_EXAMPLE, _TABLE_EXAMPLE),
    ),
)
