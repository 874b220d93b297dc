"""Variables of dbt of which only the run knows the values."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import os
from datetime import datetime
from airflow import DAG
from airflow.decorators import task
from airflow_dbt.operators.dbt_operator import DbtRunOperator

with DAG("asking", start_date=datetime(2024, 1, 1), schedule="@daily", params={"size": 5}):
    @task
    def check():
        return {"contract": "0x"}
    check() >> DbtRunOperator(task_id="run", dir="/opt/dbt", vars={variables})
"""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ('{"day": "{{ ds }}", "n": 4}', 'f\'{{"day": "{context.partition_key}", "n": 4}}\''),
        (
            """{"c": "{{ ti.xcom_pull(task_ids='check')['contract'] }}", "day": "{{ ds }}"}""",
            'json.dumps({"c": str(check["contract"]), "day": context.partition_key})',
        ),
        ('{"n": ["{{ params.size }}x", 5]}', 'json.dumps({"n": [f"{config.size}x", 5]})'),
        ('{"stage": os.environ["STAGE"]}', 'json.dumps({"stage": os.environ["STAGE"]})'),
    ],
)
def test_they_are_written_when_the_step_runs(tmp_path: Path, variables: str, expected: str) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "d.py").write_text(DAG.replace("{variables}", variables), encoding="utf-8")
    found = analyze(tmp_path / "dags", Config())
    files = render_project(found.plan, found.project, "acme")
    assert expected in "".join(text for name, text in files.items() if name.startswith("src/acme/defs/asking/"))
