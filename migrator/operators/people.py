"""Operators that wait for what a person answers: they stay where the person is asked."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_OPERATORS = "airflow.providers.standard.operators.hitl."


def _lower(task: Task, context: LoweringContext) -> Lowering:
    raise Untranslatable(
        "MIG201",
        "a person answers it in Airflow's interface, and a run of Dagster asks nobody while it goes on",
        task.span,
    )


RULES = (
    Rule(
        name="people",
        operators=tuple(
            f"{_OPERATORS}{name}"
            for name in ("ApprovalOperator", "HITLBranchOperator", "HITLEntryOperator", "HITLOperator")
        ),
        summary="Stays in Airflow: a person answers there. To move it, end the job before it, and let a person launch the job that comes after.",
        lower=_lower,
        examples=(
            Example(
                title="An approval",
                dag="""
from datetime import datetime

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG

with DAG("release", schedule=None, start_date=datetime(2024, 1, 1)):
    ApprovalOperator(task_id="approve", subject="Release the report?")
""",
                expected=(),
                codes=("MIG201",),
                disposition="airflow",
            ),
        ),
    ),
)
