"""Names of nodes: no two of a project have one."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

STEPS = """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("{dag}", schedule="@daily", start_date=datetime(2024, 1, 1)):
    @task.branch
    def ways():
        return "count"

    @task
    def count():
        print("{dag}")

    ways() >> count()
"""
FILES = """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("files", schedule="@daily", start_date=datetime(2024, 1, 1)):
    @task
    def write():
        with open("/shop/count.csv", "w") as file:
            file.write("1")

    write()
"""


def test_the_longer_name_of_a_step_is_that_of_no_asset(tmp_path: Path) -> None:
    for dag in ("shop", "store"):
        (tmp_path / f"{dag}.py").write_text(STEPS.format(dag=dag))
    (tmp_path / "files.py").write_text(FILES)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "cases")
    assert 'key=["shop", "count"]' in files["src/cases/defs/files/assets.py"]
    assert 'name="shop__count_step"' in files["src/cases/defs/shop/ops.py"]
    assert 'name="store__count"' in files["src/cases/defs/store/ops.py"]
