"""Functions of tasks that look like others and are not: marked by a decorator, or reading the names around them."""

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


NAMES = """
from airflow.sdk import DAG, task

with DAG("d", schedule=None):
    @task
    def show(region, day=None):
        return sorted(locals())

    show("{{ params.region }}", day="{{ ds }}")
"""


def test_a_function_that_reads_the_names_around_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(NAMES.replace("schedule=None", "schedule=None, params={'region': 'eu'}"))
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    assert "def show(region, day=None):\n    return sorted(locals())" in code
