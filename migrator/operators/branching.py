"""Tasks that decide which others run."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import Choose, ContinueIf
from migrator.operators.common import CALL_ARGUMENTS, CALL_IGNORED, flag
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule

_OPERATORS = "airflow.providers.standard.operators."
_DECORATORS = "airflow.providers.standard.decorators."


def _branch(task: Task, context: LoweringContext) -> Lowering:
    # Which outputs there are is planning's to say: it knows the names of the tasks below.
    return Lowering("branch", Choose(context.call(), {}))


def _short_circuit(task: Task, context: LoweringContext) -> Lowering:
    # Planning also reads the switch: by default a false condition skips joins, too, whatever their trigger rules.
    flag(task, "ignore_downstream_trigger_rules", default=True)
    return Lowering("gate", ContinueIf(context.call()))


def _latest_only(task: Task, context: LoweringContext) -> Lowering:
    return Lowering("gate", ContinueIf(None, latest_only=True))


BRANCH = Rule(
    name="branch",
    operators=(
        _OPERATORS + "python.BranchPythonOperator",
        _DECORATORS + "branch_python._BranchPythonDecoratedOperator",
    ),
    summary="An op with one optional output for each way to go on; what is not chosen is skipped.",
    lower=_branch,
    carried=CALL_ARGUMENTS,
    ignored=CALL_IGNORED,
    examples=(
        Example(
            title="A function chooses one of two tasks",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import BranchPythonOperator


def choose(size):
    return "full" if size > 10 else "incremental"


with DAG("sync", schedule=None, start_date=datetime(2024, 1, 1)):
    branch = BranchPythonOperator(task_id="branch", python_callable=choose, op_args=[12])
    branch >> [BashOperator(task_id=name, bash_command=f"sync --{name}") for name in ("full", "incremental")]
""",
            expected=("is_required=False", 'return "full" if size > 10 else "incremental"'),
            disposition="step",
        ),
    ),
)

SHORT_CIRCUIT = Rule(
    name="short-circuit",
    operators=(
        _OPERATORS + "python.ShortCircuitOperator",
        _DECORATORS + "short_circuit._ShortCircuitDecoratedOperator",
    ),
    summary="An op with an optional output: if the condition is false, what is below is skipped.",
    lower=_short_circuit,
    carried=frozenset({*CALL_ARGUMENTS, "ignore_downstream_trigger_rules"}),
    ignored=CALL_IGNORED,
    examples=(
        Example(
            title="Goes on only if there is something to do",
            dag="""
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def inbox():
    @task.short_circuit
    def anything_new():
        return any(Path("inbox").iterdir())

    @task
    def process():
        for path in Path("inbox").iterdir():
            path.unlink()

    anything_new() >> process()


inbox()
""",
            expected=('any(Path("inbox").iterdir())', "is_required=False"),
            disposition="step",
        ),
    ),
)

LATEST_ONLY = Rule(
    name="latest-only",
    operators=(_OPERATORS + "latest_only.LatestOnlyOperator",),
    summary="What is below runs; in a backfill only for the latest partition.",
    lower=_latest_only,
    examples=(
        Example(
            title="Only the latest run publishes",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.latest_only import LatestOnlyOperator

with DAG("publish", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=True):
    LatestOnlyOperator(task_id="latest") >> BashOperator(task_id="publish", bash_command="publish {{ ds }}")
""",
            expected=("publish",),
            disposition="step",
        ),
    ),
)

RULES = (BRANCH, SHORT_CIRCUIT, LATEST_ONLY)
