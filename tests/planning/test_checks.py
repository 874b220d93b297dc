"""Checks of assets: what they stop when they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.plan import CreateCheck
from migrator.pipeline import analyze

DAG = """
from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator
from airflow.providers.smtp.operators.smtp import EmailOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator

def tell(context):
    print(context["exception"])

with DAG("d", schedule=None{arguments}):
    load = SQLExecuteQueryOperator(task_id="load", conn_id="w", sql="INSERT INTO orders SELECT 1")
    rows = SQLCheckOperator(task_id="rows", conn_id="w", sql="SELECT COUNT(*) FROM orders")
    other = SQLCheckOperator(task_id="other", conn_id="w", sql="SELECT MIN(n) FROM orders")
    totals = SQLExecuteQueryOperator(task_id="totals", conn_id="w", sql="INSERT INTO totals SELECT SUM(n) FROM orders")
    load >> [rows, other]
    {order}

with DAG("e", schedule=None):
    SQLExecuteQueryOperator(task_id="copy", conn_id="w", sql="INSERT INTO copies SELECT 1")
"""


@pytest.mark.parametrize(
    ("order", "arguments", "blocking", "told"),
    [
        ("rows >> totals", "", {"rows"}, ["`other` fails has failed, though `totals` went on"]),
        ("load >> totals", "", set(), ["`other` fails has failed, though", "`rows` fails has failed, though"]),
        ("load", "", {"rows", "other"}, []),
        (
            "rows >> EmailOperator(task_id='alert', to='a@b.example', subject='s', html_content='h', trigger_rule='one_failed'); load >> totals",
            "",
            {"rows"},
            ["`totals` runs whatever `rows` finds", "`other` fails has failed, though"],
        ),
        (
            "rows >> TriggerDagRunOperator(task_id='next', trigger_dag_id='e'); load >> totals",
            "",
            {"rows"},
            ["`totals` runs whatever `rows` finds", "`other` fails has failed, though"],
        ),
        (
            "load >> totals",
            ", on_failure_callback=tell",
            {"rows", "other"},
            ["`totals` runs whatever `other` finds", "`totals` runs whatever `rows` finds"],
        ),
    ],
    ids=[
        "the next task waits for one",
        "tasks beside",
        "nothing beside",
        "an alarm",
        "a run after it",
        "someone is called",
    ],
)
def test_a_check_stops_what_waits_for_it(
    tmp_path: Path, order: str, arguments: str, blocking: set[str], told: list[str]
) -> None:
    (tmp_path / "d.py").write_text(DAG.format(order=order, arguments=arguments))
    plan = analyze(tmp_path, Config()).plan
    dag = next(dag for dag in plan.dags if dag.dag_id == "d")
    checks = [operation for operation in dag.operations if isinstance(operation, CreateCheck)]
    assert {check.name for check in checks if check.blocking} == blocking and len(checks) == 2
    found = sorted(delta.airflow for delta in plan.deltas if "`totals`" in delta.airflow)
    assert len(found) == len(told)
    assert all(part in text for part, text in zip(told, found, strict=True))
