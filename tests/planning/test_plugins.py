"""Code that uses plugins of Airflow's, whose modules import Airflow: it stays with Airflow as code does that uses Airflow itself, unless something stands for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow_clickhouse_plugin.hooks.clickhouse_hook import ClickHouseHook
from airflow_provider_kafka.operators.produce_to_topic import ProduceToTopicOperator
from airflow_shared.texts import shown
from loading import Load

EVENTS = "events"

def send():
    ProduceToTopicOperator(task_id="x", topic="t").execute({})

def count():
    hook = ClickHouseHook(clickhouse_conn_id=EVENTS)
    print(shown(hook.get_first("SELECT count() FROM a.b")))

with DAG("plugins", start_date=datetime(2024, 1, 1), schedule="@daily"):
    {task}
"""
LOADING = """\
from airflow.models import BaseOperator
from airflow_clickhouse_plugin.hooks.clickhouse_hook import ClickHouseHook

class Load(BaseOperator):
    def __init__(self, conn_id, database, **kwargs):
        super().__init__(**kwargs)
        self.conn_id, self.database = conn_id, database

    def execute(self, context):
        hook = ClickHouseHook(clickhouse_conn_id=self.conn_id, database=self.database)
        hook.get_conn().execute("INSERT INTO a.b VALUES", [(1,)])
"""


def generated(path: Path, task: str) -> dict[str, str]:
    """The files of a project of the task."""
    files = {"d.py": DAG.replace("{task}", task), "loading.py": LOADING}
    files |= {"airflow_shared/__init__.py": "", "airflow_shared/texts.py": "def shown(value):\n    return str(value)\n"}
    for name, text in files.items():
        (path / "dags" / name).parent.mkdir(parents=True, exist_ok=True)
        (path / "dags" / name).write_text(text, encoding="utf-8")
    found = analyze(path / "dags", Config())
    return dict(render_project(found.plan, found.project, "acme"))


def code(files: dict[str, str]) -> str:
    return "\n".join(text for name, text in files.items() if name.startswith("src/acme/defs/plugins/"))


def test_what_uses_a_plugin_runs_with_airflow(tmp_path: Path) -> None:
    found = code(generated(tmp_path, 'PythonOperator(task_id="t", python_callable=send)'))
    assert "run_function(" in found


def test_a_resource_stands_for_the_hook_of_clickhouse(tmp_path: Path) -> None:
    files = generated(tmp_path, 'PythonOperator(task_id="t", python_callable=count)')
    assert 'events.first_row("SELECT count() FROM a.b")' in code(files)
    assert not any(
        "airflow_clickhouse_plugin" in text for name, text in files.items() if name.endswith((".py", ".toml"))
    )


@pytest.mark.parametrize("task", ['Load(task_id="t", conn_id="events", database="a")'])
def test_a_class_makes_the_projects_hook_of_clickhouse(tmp_path: Path, task: str) -> None:
    files = generated(tmp_path, task)
    carried = "\n".join(text for name, text in files.items() if name.startswith("src/acme/"))
    assert "from acme.hooks import ClickHouseHook" in carried
    assert "class ClickHouseHook:" in files["src/acme/hooks.py"]
    assert '"clickhouse-driver"' in files["pyproject.toml"]
    assert "airflow_clickhouse_plugin" not in files["pyproject.toml"].replace("-", "_")
