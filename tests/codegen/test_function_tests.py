"""What the tests of a project's functions let its resources return."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

LAKE = """
import json
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.hooks.gcs import GCSHook
from airflow.providers.standard.operators.python import PythonOperator


def write_inventory():
    hook = GCSHook()
    names = hook.list("lake", prefix="")
    hook.upload("lake", "_meta/inventory.json", data=json.dumps(sorted(names)))


with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1)) as dag:
    PythonOperator(task_id="inventory", python_callable=write_inventory)
    PythonOperator(task_id="again", python_callable=write_inventory)
"""


def test_what_a_function_that_is_handed_the_resource_reads_is_returned(tmp_path: Path) -> None:
    (tmp_path / "lake.py").write_text(LAKE)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    assert "    write_inventory(google_cloud_default=google_cloud_default)" in files["src/shop/defs/lake/assets.py"]
    assert files["tests/test_lake.py"].count('google_cloud_default.list_keys.return_value = ["text"]') == 2


SHELF = """
from datetime import datetime

from airflow.sdk import DAG, task


@task
def first(names: list):
    return names[0]


@task
def label(name: str):
    return {"label": name}


with DAG("shelf", schedule="@daily", start_date=datetime(2024, 1, 1)) as dag:
    label(first([1, 2]))
"""


def test_what_a_function_gets_is_of_the_type_that_it_says(tmp_path: Path) -> None:
    (tmp_path / "shelf.py").write_text(SHELF)
    analysis = analyze(tmp_path, Config())
    test = render_project(analysis.plan, analysis.project, "shop")["tests/test_shelf.py"]
    assert "name=1" not in test and 'assets.label(name="text")' in test
