"""Runs that a task's code starts by itself: what is asked for, and which tasks stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.plan import CreateRunSensor
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

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


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("data_interval_end", '.end.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")'),
        ("data_interval_start", ".start.astimezone(dt.timezone.utc).isoformat()"),
    ],
)
def test_a_date_that_is_an_object_is_told_as_text(tmp_path: Path, date: str, told: str) -> None:
    text = f"""
from datetime import datetime

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronDataIntervalTimetable
from airflow.providers.standard.operators.bash import BashOperator

clock = CronDataIntervalTimetable("0 6 * * *", timezone="Europe/Berlin")
with DAG("control", schedule=clock, start_date=datetime(2024, 1, 1), render_template_as_native_obj=True):
    TriggerDagRunOperator(task_id="t", trigger_dag_id="target", logical_date="{{{{ {date} }}}}")

with DAG("target", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="go", bash_command="true")
"""
    _, files = generated(tmp_path, {"control.py": text})
    code = "".join(text for path, text in files.items() if "/defs/control/" in path)
    assert told in "".join(code.split()), code
