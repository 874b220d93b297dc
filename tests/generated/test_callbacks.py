"""Callbacks of Airflow as sensors of a generated project, called for runs that happened."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze

FIXTURE = Path(__file__).parent.parent / "fixtures" / "planning" / "callbacks_of_teams.py"

pytestmark = pytest.mark.integration


def test_sensors_say_what_the_callbacks_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analyze(FIXTURE, Config())
    write_project(render_project(analysis.plan, analysis.project, "alerts"), tmp_path / "alerts")
    monkeypatch.syspath_prepend(str(tmp_path / "alerts" / "src"))
    monkeypatch.setenv("DAGSTER_URL", "https://dagster.example.com")
    folder = "alerts.defs.watched_by_a_team"
    job = importlib.import_module(f"{folder}.automation").watched_by_a_team
    sensors = importlib.import_module(f"{folder}.run_sensors")
    resources = importlib.import_module("alerts.resources")
    sent: list[dict[str, Any]] = []
    for kind in (resources.SlackWebhook, resources.EmailServer):
        monkeypatch.setattr(kind, "send", lambda self, **fields: sent.append(fields))
    given = {"slack": resources.SlackWebhook(url="x"), "smtp_default": resources.EmailServer(url="x")}

    with dg.DagsterInstance.ephemeral() as instance:
        run = job.execute_in_process(
            instance=instance, raise_on_error=False, tags={"airflow/logical_date": "2024-03-01"}
        )
        assert not run.success
        event = next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")
        context = dg.build_run_status_sensor_context("s", event, instance, run.dagster_run, resources=given)
        for name in ("by_operator", "by_hook", "by_hook_2", "by_mail_failure"):
            getattr(sensors, f"watched_by_a_team_{name}")(context.for_run_failure())

    by_operator, dag_by_hook, by_hook, mail = sent
    assert (
        by_operator["text"].split()
        == (
            ":red_circle: broken of watched_by_a_team failed in the run of 2024-03-01"
            f" https://dagster.example.com/runs/{run.run_id}"
        ).split()
    )
    assert (by_operator["channel"], by_operator["username"]) == ("#data", "airflow")
    assert dag_by_hook == by_hook == {"text": "watched_by_a_team.broken: 'b'"}
    assert mail["to"] == "data@example.com, ops@example.com"
    assert mail["subject"] == "watched_by_a_team__fine__20240301 failed"
    for name in [name for name in sys.modules if name.partition(".")[0] == "alerts"]:
        del sys.modules[name]


def test_the_mail_about_a_failure_shows_its_error_as_text(tmp_path: Path) -> None:
    dag = tmp_path / "mails.py"
    dag.write_text(
        "from airflow import DAG\n"
        "from airflow.operators.bash import BashOperator\n"
        'with DAG("mails", schedule=None, default_args={"email": "a@b.c", "email_on_failure": True}):\n'
        '    BashOperator(task_id="work", bash_command="true")\n'
    )
    analysis = analyze(dag, Config())
    files = render_project(analysis.plan, analysis.project, "alerts")
    assert "<pre>{html.escape(f'{step_error(step)}')}</pre>" in files["src/alerts/defs/mails/run_sensors.py"]
