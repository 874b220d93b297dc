"""Runs that a task's code starts by itself: what is asked for, and which tasks stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.plan import CreateRunSensor
from migrator.pipeline import analyze

HELPERS = """
from airflow.api.common.experimental.trigger_dag import trigger_dag

def start(dag_id, conf):
    trigger_dag(dag_id=dag_id, run_id="r", conf=conf, execution_date=None, replace_microseconds=False)
"""

DAG = """
from datetime import datetime

from airflow import DAG
from airflow.api.client.local_client import Client
from airflow.api.common.trigger_dag import trigger_dag
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
import helpers

TARGET = "target"

def work(dag_id="", ds=None):
    {work}

with DAG("control", schedule="@daily", start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="t", python_callable=work{given})

with DAG("target", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="go", bash_command="true")

with DAG("kept", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="go")
"""

STARTED = ["control_t_requests of target"]


@pytest.mark.parametrize(
    ("work", "given", "sensors", "reason"),
    [
        ('helpers.start(TARGET, {"day": ds})', "", STARTED, ""),
        ('[helpers.start(dag_id, {"n": n}) for n in range(3)]', ', op_args=["target"]', STARTED, ""),
        ('Client(None, None).trigger_dag("target")', "", STARTED, ""),
        ("trigger_dag(dag_id)", "", [], "it is only known at run time which DAG its code starts"),
        ('trigger_dag("kept")', "", [], "its code starts the DAG `kept`, which stays in Airflow"),
        ('run = trigger_dag("target"); print(run)', "", [], "uses what `trigger_dag` gives back"),
        ('trigger_dag("target", execution_date=ds)', "", [], "starts runs of another DAG for dates that it computes"),
        ('trigger_dag(*["target"])', "", [], "calls `trigger_dag` with arguments that cannot be followed"),
    ],
)
def test_runs_that_code_starts(tmp_path: Path, work: str, given: str, sensors: list[str], reason: str) -> None:
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "dags.py").write_text(DAG.replace("{work}", work).replace("{given}", given))
    plan = analyze(tmp_path, Config()).plan
    found = [one for dag in plan.dags for one in dag.operations if isinstance(one, CreateRunSensor)]
    assert [f"{one.name} of {one.triggers}" for one in found] == sensors
    (kept,) = [row for row in plan.dispositions if row.dag_id == "control"]
    assert (kept.reason if kept.kind in ("airflow", "wrapped") else "") == reason
