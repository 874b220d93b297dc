"""Functions that Airflow 1.10 asks whether another DAG is to be started: whatever their two parameters are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.bodies import RequestRun
from migrator.model.plan import CreateOp, CreateRunSensor
from migrator.pipeline import analyze

DAG = """
from datetime import datetime

from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dagrun_operator import TriggerDagRunOperator

def always(_, dag):
    '''Yes.'''
    return dag

def sometimes(ctx, task):
    if ctx["ds"] > "2024":
        task.payload = {"day": ctx["ds"]}
        return task

def told(context, dag):
    print("starting")
    return dag

with DAG("first", schedule_interval="@daily", start_date=datetime(2024, 1, 1)):
    TriggerDagRunOperator(task_id="start", trigger_dag_id="second", python_callable={decides})

with DAG("second", schedule_interval=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="work", bash_command="true")
"""


@pytest.mark.parametrize(
    ("decides", "given"),
    [
        ("sometimes", {"ds", "task"}),
        ("told", {"dag"}),
        ("always", None),
        ("lambda context, task: task", None),
        ("lambda context, dag: dag if context['ds'] else None", {"ds", "dag"}),
    ],
)
def test_a_function_decides_whether_a_dag_is_started(tmp_path: Path, decides: str, given: set[str] | None) -> None:
    (tmp_path / "dags.py").write_text(DAG.replace("{decides}", decides))
    plan = analyze(tmp_path, Config()).plan
    operations = [one for dag in plan.dags for one in dag.operations if one.dag_id == "first"]
    asked = [one.body.order for one in operations if isinstance(one, CreateOp) and isinstance(one.body, RequestRun)]
    assert [order and set(order.kwargs) for order in asked] == ([given] if given else [])
    assert [one.triggers for one in operations if isinstance(one, CreateRunSensor)] == ["second"]
