"""Decorators that only mark a task."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
from airflow.sdk import dag, result, task

@dag(schedule=None)
def d():
    @result
    @task(retries=2)
    def last():
        return 3

    last()

d()
"""


def test_the_task_whose_value_is_the_result_of_its_dag(tmp_path: Path) -> None:
    """Airflow 3.3 has `airflow.sdk.result`."""
    (tmp_path / "d.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    assert [one.kind for one in analysis.plan.dispositions] == ["step"]
    assert "max_retries=2" in files["src/shop/defs/d/ops.py"]
