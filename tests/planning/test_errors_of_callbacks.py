"""What callbacks and code are told of errors that are Airflow's own there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.codegen.resources.resources import template
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException, AirflowSensorTimeout
from airflow.hooks.base import BaseHook
from airflow.operators.python import PythonOperator
{imports}

def failed(context):
    error = context["exception"]
    print(type(error).__name__, isinstance(error, AirflowSensorTimeout))

def retried(context):
    print(type(context["exception"]).__name__)

def work():
    {work}

with DAG("told", schedule=None, start_date=dt.datetime(2026, 1, 1), default_args={{"retries": 1}}):
    PythonOperator(task_id="first", python_callable=work, on_failure_callback=failed, on_retry_callback=retried{more})
"""


def generated(folder: Path, work: str, imports: str = "", more: str = "") -> tuple[str, list[str]]:
    (folder / "told.py").write_text(DAG.format(work=work, imports=imports, more=more))
    analysis = analyze(folder, Config(airflow_version="2"))
    files = render_project(analysis.plan, analysis.project, "data")
    code = "".join(text for path, text in files.items() if "/defs/told/" in path)
    return code, [delta.airflow for delta in analysis.plan.deltas]


@pytest.mark.parametrize(
    ("work", "more", "told"),
    [
        ("raise ValueError('bad')", "", False),
        ("raise AirflowException('bad')", "", True),
        ("raise ValueError('bad')", ", execution_timeout=dt.timedelta(minutes=1)", True),
    ],
)
def test_a_callback_gets_an_error_that_is_what_it_compares_it_with(
    tmp_path: Path, work: str, more: str, told: bool
) -> None:
    code, rows = generated(tmp_path, work, more=more)
    assert "failed(error=step_error(step, SensorTimeout))" in code
    assert "retried(exception=known_error(error))" in code
    shown = [row for row in rows if "the error of the task, of one of Airflow's classes" in row]
    assert [row.split(" ")[0] for row in shown] == (["`on_failure_callback`", "`on_retry_callback`"] if told else [])


@pytest.mark.parametrize(
    ("caught", "tells", "told"),
    [
        ("AirflowNotFoundException", "str(e)", True),
        ("AirflowNotFoundException", "type(e).__name__", True),
        ("AirflowNotFoundException", "None", False),
        ("Exception", "type(e).__name__", True),
        ("Exception", "str(e)", False),
    ],
)
def test_code_that_tells_what_a_lack_of_a_connection_is_called_there(
    tmp_path: Path, caught: str, tells: str, told: bool
) -> None:
    work = f"try:\n        BaseHook.get_connection('x')\n    except {caught} as e:\n        return {tells}"
    _, rows = generated(tmp_path, work)
    assert any("the class or the words of an error that is caught" in row for row in rows) is told


def test_errors_are_called_as_callbacks_know_them() -> None:
    namespace: dict[str, Any] = {}
    exec(template("run_context.py"), namespace)
    exec(template("exceptions.py"), namespace)
    helpers = SimpleNamespace(**namespace)
    final = helpers.PermanentFailure("no", "use")
    known = helpers.known_error(final)
    assert type(known).__name__ == "AirflowFailException" and str(known) == "no use"
    assert isinstance(known, helpers.PermanentFailure) and not known.allow_retries
    other = KeyError("x")
    assert helpers.known_error(other) is other and helpers.known_error(None) is None

    def told(error: Exception, *classes: type[Exception]) -> Exception:
        @dg.op
        def fails() -> None:
            raise error

        @dg.job
        def job() -> None:
            fails()

        (event,) = [one for one in job.execute_in_process(raise_on_error=False).all_events if one.is_step_failure]
        found: Exception = helpers.step_error(event, *classes)
        return found

    vain = told(helpers.SensorTimeout("not there"), RuntimeError, helpers.SensorTimeout)
    assert type(vain).__name__ == "AirflowSensorTimeout" and isinstance(vain, helpers.SensorTimeout)
    assert isinstance(told(final, RuntimeError), RuntimeError) and not isinstance(told(final), RuntimeError)
