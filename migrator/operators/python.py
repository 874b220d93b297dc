"""Python functions: PythonOperator, `@task`, and their relatives with an environment of their own."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.operators.common import CALL_ARGUMENTS, CALL_IGNORED, argument
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

ASSET_CLASS = "airflow.sdk.definitions.asset.decorators._AssetMainOperator"
"""The class of the tasks that Airflow's `@asset` makes."""

_OPERATORS = "airflow.providers.standard.operators.python."
_DECORATORS = "airflow.providers.standard.decorators."


def _call(task: Task, context: LoweringContext) -> Lowering:
    if argument(task, "templates_exts"):
        raise Untranslatable(
            "MIG205", "its `templates_dict` names template files", task.argument_spans.get("templates_exts")
        )
    return Lowering("work", context.call())


def _asset(task: Task, context: LoweringContext) -> Lowering:
    """A function under Airflow's `@asset`: its required parameters are given other assets' metadata, `self` and the context."""
    given = (
        [parameter.name for parameter in task.callable.parameters if not parameter.has_default] if task.callable else []
    )
    if given:
        raise Untranslatable("MIG203", f"its function takes `{given[0]}` from Airflow", task.span)
    return Lowering("work", context.call())


def _own_environment(task: Task, context: LoweringContext) -> Lowering:
    return Lowering("airflow", code="MIG204", reason="it runs in a Python environment of its own")


PYTHON = Rule(
    name="python",
    operators=(_OPERATORS + "PythonOperator", _DECORATORS + "python._PythonDecoratedOperator"),
    summary="Calls the same function, moved over unchanged; what it took from Airflow's context becomes parameters.",
    lower=_call,
    carried=frozenset({*CALL_ARGUMENTS, "templates_exts"}),
    ignored=CALL_IGNORED,
    examples=(
        Example(
            title="A TaskFlow function hands its result to the next",
            dag="""
import json
from pathlib import Path

import pendulum
from airflow.decorators import dag, task


@dag(schedule=None, start_date=pendulum.datetime(2024, 1, 1))
def prices():
    @task
    def extract():
        return json.loads(Path("prices.json").read_text())

    @task
    def load(rows: list):
        # One line per row.
        Path("prices.txt").write_text("\\n".join(str(row) for row in rows))

    load(extract())


prices()
""",
            expected=('return json.loads(Path("prices.json").read_text())', "# One line per row.", "rows: list"),
        ),
        Example(
            title="A classic operator with arguments",
            dag="""
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.operators.python import PythonOperator


def report(region, day, **context):
    Path(f"report_{region}_{day}.txt").write_text("done")


with DAG("reports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(
        task_id="report",
        python_callable=report,
        op_kwargs={"region": "eu", "day": "{{ ds }}"},
        provide_context=True,
    )
""",
            expected=('"eu"', "context.partition_key"),
        ),
    ),
)

ASSET = Rule(
    name="asset",
    operators=(ASSET_CLASS,),
    summary="An asset that calls the same function. Functions that take the context or other assets' metadata stay in Airflow.",
    lower=_asset,
    carried=frozenset({"python_callable"}),
    examples=(
        Example(
            title="A function under `@asset`",
            dag="""
from pathlib import Path

from airflow.sdk import asset


@asset(uri="file:///data/greeting.txt", schedule="@daily")
def greeting():
    Path("/data/greeting.txt").write_text("hello")
""",
            expected=('Path("/data/greeting.txt").write_text("hello")',),
        ),
    ),
)

OWN_ENVIRONMENT = Rule(
    name="python-own-environment",
    operators=(
        _OPERATORS + "PythonVirtualenvOperator",
        _OPERATORS + "ExternalPythonOperator",
        _OPERATORS + "BranchPythonVirtualenvOperator",
        _OPERATORS + "BranchExternalPythonOperator",
        _DECORATORS + "python_virtualenv._PythonVirtualenvDecoratedOperator",
        _DECORATORS + "external_python._PythonExternalDecoratedOperator",
        _DECORATORS + "branch_virtualenv._BranchPythonVirtualenvDecoratedOperator",
        _DECORATORS + "branch_external_python._BranchExternalPythonDecoratedOperator",
    ),
    summary="Stays in Airflow: the generated project does not build the environment that the function needs.",
    lower=_own_environment,
    carried=frozenset(
        {"python_callable", "op_args", "op_kwargs", "python", "requirements", "python_version", "system_site_packages"}
    ),
    examples=(
        Example(
            title="A function in a virtual environment",
            dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def isolated():
    @task.virtualenv(requirements=["polars==1.9.0"])
    def crunch():
        import polars

        return polars.__version__

    crunch()


isolated()
""",
            codes=("MIG204",),
            disposition="airflow",
        ),
    ),
)

RULES = (PYTHON, ASSET, OWN_ENVIRONMENT)
