"""Jobs of ops that wait, in the middle of their work, for the run of another DAG: as Airflow's `ExternalTaskSensor`, for that of a date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze
from migrator.verify.probe import load

DAGS = """
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

START = datetime(2024, 1, 1)


def both_days(moment, **context):
    return [moment.subtract(hours=1), moment.subtract(days=1, hours=1)]


with DAG("loads", schedule="0 1 * * *", start_date=START, catchup=False):
    first = BashOperator(task_id="first", bash_command="echo first")
    end = EmptyOperator(task_id="end", trigger_rule="none_failed_min_one_success")
    choose = BranchPythonOperator(task_id="choose", python_callable=lambda: "left")
    choose >> [BashOperator(task_id="right", bash_command="echo right"), BashOperator(task_id="left", bash_command="echo left")] >> end
    first >> BashOperator(task_id="second", bash_command="exit $CODE") >> end

with DAG("cleans", schedule="0 1 * * *", start_date=START, catchup=False):
    take = BashOperator(task_id="take", bash_command="exit $CODE")
    take >> BashOperator(task_id="keep", bash_command="echo keep") >> BashOperator(
        task_id="clean", bash_command="echo clean", trigger_rule="all_done"
    )

with DAG("stops", schedule="0 1 * * *", start_date=START, catchup=False):
    empty = BranchPythonOperator(task_id="empty", python_callable=lambda: "take")
    take = BashOperator(task_id="take", bash_command="exit $CODE")
    empty >> take >> BashOperator(task_id="next", bash_command="echo next")

WAITS = {
    "kept": {"external_dag_id": "cleans", "external_task_id": "keep", "allowed_states": ["success", "skipped", "failed"]},
    "kept_too": {"external_dag_id": "cleans", "external_task_id": "keep", "allowed_states": ["upstream_failed"]},
    "not_begun": {"external_dag_id": "stops", "external_task_id": "next", "allowed_states": ["success", "failed"]},
    "begun": {"external_dag_id": "stops", "external_task_id": "take", "allowed_states": ["success", "failed"]},
    "whole": {},
    "one": {"external_task_id": "first"},
    "last": {"external_task_id": "end"},
    "branch": {"external_task_id": "right"},
    "unchosen": {"external_task_id": "right", "allowed_states": ["skipped"]},
    "strict": {"failed_states": ["failed", "upstream_failed"]},
    "either": {"allowed_states": ["success", "failed"]},
    "soft": {"soft_fail": True},
}
for name, given in WAITS.items():
    with DAG(f"asks_{name}", schedule="0 2 * * *", start_date=START, catchup=False):
        begin = BashOperator(task_id="begin", bash_command="echo begin")
        wait = ExternalTaskSensor(
            task_id="wait", execution_delta=timedelta(hours=1), timeout=0.1, poke_interval=0.01, **{"external_dag_id": "loads", **given}
        )
        begin >> wait >> BashOperator(task_id="done", bash_command="echo done {{ ds }}")

with DAG("asks_both", schedule="0 2 * * *", start_date=START, catchup=False):
    begin = BashOperator(task_id="begin", bash_command="echo begin")
    wait = ExternalTaskSensor(
        task_id="wait", external_dag_id="loads", execution_date_fn=both_days, timeout=0.1, poke_interval=0.01
    )
    begin >> wait >> BashOperator(task_id="done", bash_command="echo done {{ ds }}")
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("waits_for_runs")
    (folder / "ledger.py").write_text(DAGS)
    analysis = analyze(folder, Config(airflow_version="3"))
    files = render_project(analysis.plan, analysis.project, "ledger_that_waits")
    write_project(files, folder / "project", source="dags")
    sys.path.insert(0, str(folder / "project/src"))
    try:
        yield load("ledger_that_waits").get_repository_def()
    finally:
        sys.path.remove(str(folder / "project/src"))


class _World:
    def __init__(self, repository: Any, instance: dg.DagsterInstance) -> None:
        self.repository, self.instance = repository, instance

    def run(self, job: str, day: str) -> Any:
        return self.repository.get_job(job).execute_in_process(
            instance=self.instance, partition_key=day, raise_on_error=False
        )

    def load(self, day: str, code: int = 0, job: str = "loads") -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CODE", str(code))
            assert self.run(job, day).success == (code == 0 or job == "cleans")

    def asks(self, name: str, day: str = "2024-05-10") -> str:
        """What becomes of the wait."""
        result = self.run(f"asks_{name}", day)
        steps = {event.step_key for event in result.all_events if event.is_step_success}
        return "done" if f"asks_{name}__done" in steps else "skipped" if result.success else "failed"


@pytest.fixture
def world(repository: Any) -> Iterator[_World]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield _World(repository, instance)


def test_it_waits_for_the_run_of_its_date(world: _World) -> None:
    world.load("2024-05-09")
    assert world.asks("whole") == "failed", "that run is for another date"
    assert world.asks("soft") == "skipped"
    world.load("2024-05-10")
    found = {
        name: world.asks(name) for name in ("whole", "one", "last", "unchosen", "strict", "either", "soft", "both")
    }
    assert found == dict.fromkeys(found, "done")
    assert world.asks("branch") == "failed", "it was skipped"
    assert world.asks("both", "2024-05-09") == "failed", "one of the two dates has no run"


def test_a_run_that_failed(world: _World) -> None:
    world.load("2024-05-10", code=1)
    found = {name: world.asks(name) for name in ("whole", "one", "last", "strict", "either", "soft")}
    assert found == {
        "whole": "failed",
        "one": "done",
        "last": "failed",
        "strict": "failed",
        "either": "done",
        "soft": "skipped",
    }
    world.load("2024-05-10")
    assert world.asks("whole") == "done", "the newest run counts"


def test_what_a_failure_kept_from_running_was_not_skipped(world: _World) -> None:
    """`upstream_failed` in Airflow, also in a run that goes on after the failure."""
    world.load("2024-05-10", code=1, job="cleans")
    assert world.asks("kept") == "failed" and world.asks("kept_too") == "done"
    world.load("2024-05-10", job="cleans")
    assert world.asks("kept") == "done"
    world.load("2024-05-10", code=1, job="stops")
    assert world.asks("begun") == "done" and world.asks("not_begun") == "failed"
