"""Tasks without work: starts, ends and joins."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import DoNothing
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule

_CALLED = ("on_execute_callback", "on_success_callback")
"""What Airflow calls although there is no work: it does not skip the start of such a task then."""


def _fold(task: Task, context: LoweringContext) -> Lowering:
    if task.outlets:
        return Lowering("work", DoNothing(), reason="it has no work but announces assets")
    if any(task.option(name) for name in _CALLED):
        return Lowering("work", DoNothing(), reason="it has no work but calls a function back")
    return Lowering("folded", reason="it has no work: its neighbours depend on each other directly")


RULES = (
    Rule(
        name="empty",
        operators=("airflow.providers.standard.operators.empty.EmptyOperator",),
        summary="Dissolves into the dependencies of its neighbours; with outlets, an asset without work.",
        lower=_fold,
        examples=(
            Example(
                title="A join",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.dummy import DummyOperator
from airflow.operators.bash import BashOperator

with DAG("nightly", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    load = [BashOperator(task_id=f"load_{name}", bash_command=f"load {name}") for name in ("orders", "customers")]
    load >> DummyOperator(task_id="loaded") >> BashOperator(task_id="mart", bash_command="make mart")
""",
                expected=("load_orders", "load_customers", "make mart"),
                disposition="folded",
            ),
        ),
    ),
)
