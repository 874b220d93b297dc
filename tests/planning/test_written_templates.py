"""Template files that a task of the DAG writes before another one renders them."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.providers.postgres.operators.postgres import PostgresOperator

def write_query(day):
    with open("/tmp/work/load.sql", "w") as file:
        file.write(f"INSERT INTO counts VALUES ('{day}')")

with DAG("loads", schedule="@daily", start_date=datetime(2026, 1, 1), template_searchpath="/tmp/work"):
    PythonOperator(task_id="write", python_callable=write_query, op_args=["{{ ds }}"]) >> PostgresOperator(
        task_id="load", postgres_conn_id="dwh", sql="load.sql"
    )
    PostgresOperator(task_id="lost", postgres_conn_id="dwh", sql="lost.sql")
"""


def test_a_template_that_another_task_writes_is_read_when_the_code_runs(tmp_path: Path) -> None:
    (tmp_path / "loads.py").write_text(DAG)

    analysis = analyze(tmp_path, Config())

    stays = {item.task_id: item.reason for item in analysis.plan.dispositions if item.kind == "airflow"}
    assert stays == {"lost": "the file `lost.sql` is not in the folder"}
    assert [found.message for found in analysis.diagnostics if found.code == "MIG404"] == [
        "`lost` stays in Airflow: the file `lost.sql` is not in the folder"
    ]
    assert any("nothing in it is rendered" in delta.dagster for delta in analysis.plan.deltas)
    code = "".join(text for path, text in render_project(analysis.plan, analysis.project, "shop").items())
    assert 'dwh.run(Path("/tmp/work/load.sql").read_text(encoding="utf-8"))' in code
