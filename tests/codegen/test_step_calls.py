"""Callbacks that steps call themselves, in a project that was generated and runs: with what they take of the step."""

from __future__ import annotations

import importlib
import sqlite3
from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def failed(context):
    SqliteHook(sqlite_conn_id="warehouse").run("INSERT INTO seen VALUES ('failed %s')" % context["ti"].task_id)

def done(context):
    SqliteHook(sqlite_conn_id="warehouse").run("INSERT INTO seen VALUES ('done %s')" % context["ti"].task_id)

def work(ds):
    raise ValueError(ds)

def last(ds):
    print(ds)

with DAG("nightly", schedule="@daily", start_date=datetime(2026, 3, 1),
         default_args={"on_failure_callback": failed, "on_success_callback": done}):
    a = PythonOperator(task_id="a", python_callable=work)
    b = PythonOperator(task_id="b", python_callable=last, trigger_rule="all_done")
    c = PythonOperator(task_id="c", python_callable=work, retries=0)
    a >> b >> c
"""


def test_steps_give_their_callbacks_the_resources_that_these_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "nightly.py").write_text(DAG)
    analysis = analyze(tmp_path / "dags", Config())
    for path, text in render_project(analysis.plan, analysis.project, "called").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    database = tmp_path / "seen.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE seen (what TEXT)")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    job = importlib.import_module("called.defs.nightly.automation").nightly
    warehouse = importlib.import_module("called.resources").SqlDatabase(url=f"sqlite:///{database}")
    result = job.execute_in_process(
        partition_key="2026-03-01", resources={"warehouse": warehouse}, raise_on_error=False
    )
    # `c` fails, and is the last task: so does the run.
    assert not result.success
    assert result.dagster_run.tags["failed/a"] == "ValueError"
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT what FROM seen").fetchall() == [("failed a",), ("done b",), ("failed c",)]
