from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

HEAD = """\
import datetime as dt
from airflow import DAG
from airflow.providers.apache.pig.operators.pig import PigOperator
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.operators.bash import BashOperator

with DAG("pig", schedule="@daily", start_date=dt.datetime(2026, 1, 1), default_args={"pig_cli_conn_id": "h"}):
"""


def generated(tmp_path: Path, body: str, *wrap: str) -> tuple[dict[str, str], str]:
    """What became of each task, and the module of the DAG."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    (tmp_path / "pig.py").write_text(HEAD + lines)
    analysis = analyze(tmp_path, Config(wrap=wrap))
    files = render_project(analysis.plan, analysis.project, "shop")
    kinds = {item.task_id: item.kind for item in analysis.plan.dispositions}
    return kinds, "".join(text for path, text in files.items() if "/defs/pig/" in path)


def test_nothing_is_wrapped_unasked(tmp_path: Path) -> None:
    kinds, code = generated(tmp_path, 'PigOperator(task_id="load", pig="INSERT INTO a SELECT 1")')
    assert kinds == {"load": "airflow"}
    assert "run_operator" not in code


@pytest.mark.parametrize("pattern", ["PigOperator", "*", "airflow.providers.apache.*"])
def test_dates_come_from_the_partition_and_default_arguments_as_airflow_gives_them(
    tmp_path: Path, pattern: str
) -> None:
    kinds, code = generated(
        tmp_path, """PigOperator(task_id="load", pig="INSERT INTO a SELECT '{{ ds }}'")""", pattern
    )
    assert kinds == {"load": "wrapped"}
    assert "from airflow.providers.apache.pig.operators.pig import PigOperator\n" in code
    assert "pig=f\"INSERT INTO a SELECT '{context.partition_key}'\"" in code
    assert 'default_args={"pig_cli_conn_id": "h"}' in code


def test_a_result_goes_to_those_who_take_it(tmp_path: Path) -> None:
    body = """
get = HttpOperator(task_id="get", endpoint="x")
get >> BashOperator(task_id="say", bash_command="echo {{ ti.xcom_pull(task_ids='get') }}")
"""
    kinds, code = generated(tmp_path, body, "HttpOperator")
    assert kinds["get"] == "wrapped"
    assert "return run_operator(context, HttpOperator(" in code.replace("\n", "").replace(" " * 8, "").replace(
        "    ", ""
    )
    assert 'echo {get}"' in code


def test_how_to_wait_in_airflow_is_left_out(tmp_path: Path) -> None:
    body = 'HttpSensor(task_id="wait", endpoint="x", poke_interval=5, mode="reschedule", deferrable=True)'
    _, code = generated(tmp_path, body, "HttpSensor")
    assert "poke_interval=5" in code
    assert "reschedule" not in code
    assert "deferrable" not in code


def test_what_steers_the_scheduler_stays(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from airflow.operators.branch import BaseBranchOperator\n\n"
        "class Weekend(BaseBranchOperator):\n    def choose_branch(self, context):\n        return 'a'\n"
    )
    body = 'from own import Weekend\nWeekend(task_id="choose") >> BashOperator(task_id="a", bash_command="date")'
    kinds, _ = generated(tmp_path, body, "*")
    assert kinds["choose"] == "airflow"
