"""The fixtures' DAGs, as Airflow 3.3.2's own DagBag loaded them (`expected.json`).

`python -m tests.analyzers.interpreter.record AIRFLOW_PYTHON` writes `expected.json` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from migrator.analyzers.interpreter import Interpreter
from migrator.analyzers.interpreter.export import with_version
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.source import SourceFile

FIXTURES = Path(__file__).parents[2] / "fixtures" / "interpreter"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())


def analyzed(file: str) -> dict[str, Any]:
    """{dag_id: {task_id: what is compared}} as the interpreter finds it."""
    folder = Folder.open(FIXTURES)
    source = folder.source(file)
    assert isinstance(source, SourceFile)
    dags = [with_version(dag, "3") for dag in Interpreter(folder, Config()).file(source).dags]
    return {
        dag.dag_id: {
            task.task_id: {
                "operator": task.operator,
                "mapped": task.mapped,
                "trigger_rule": task.trigger_rule,
                "retries": task.retries or 0,
                "pool": task.pool or "default_pool",
                "group_id": task.group_id,
                "upstream": list(task.upstream),
            }
            for task in dag.tasks
        }
        for dag in dags
    }


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_finds_what_airflow_loads(file: str) -> None:
    expected = {dag["dag_id"]: {task.pop("task_id"): task for task in dag["tasks"]} for dag in EXPECTED[file]}

    assert analyzed(file) == expected


def test_reads_schedules() -> None:
    folder = Folder.open(FIXTURES)
    source = folder.source("assets_and_timetables.py")
    assert isinstance(source, SourceFile)
    dags = [with_version(dag, "3") for dag in Interpreter(folder, Config()).file(source).dags]

    assert {dag.dag_id: (dag.schedule.kind, dag.schedule.value) for dag in dags} == {
        "daily_orders": ("preset", "@daily"),
        "by_assets": ("assets", ["s3://shop/customers.parquet", "s3://shop/orders.parquet"]),
        "by_expression": ("assets", ["s3://shop/customers.parquet", "s3://shop/orders.parquet"]),
        "interval": ("cron", "0 3 * * *"),
        "trigger": ("cron", "0 4 * * 1"),
        "delta": ("timedelta", 7200.0),
        "continuous": ("continuous", "@continuous"),
        "once": ("once", "@once"),
        "in_a_function": ("none", None),
    }
    assert {dag.timezone for dag in dags if dag.dag_id != "daily_orders"} >= {"Europe/Berlin"}


def test_tells_what_dag_factory_would_refuse() -> None:
    folder = Folder.open(FIXTURES)
    source = folder.source("by_dag_factory.py")
    assert isinstance(source, SourceFile)

    result = Interpreter(folder, Config()).file(source)

    schedules = {dag.dag_id: (dag.schedule.kind, dag.schedule.value) for dag in result.dags}
    assert schedules["orders"] == ("cron", "0 3 * * *")
    assert schedules["by_asset"] == ("assets", ["s3://shop/orders"])
    assert schedules["late"] == ("assets", ["s3://shop/a", "s3://shop/b"])
    assert schedules["from_a_dictionary"] == ("none", None)
    assert [finding.message for finding in result.diagnostics if "refused" in finding.message] == [
        "DAG `refused` of dag-factory's yaml_dags/orders.yml: `one` depends on `nobody`, which is not there"
    ]


def test_knows_the_folder_of_dags(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("one\ntwo\n")
    (tmp_path / "dag.py").write_text(
        "from airflow.configuration import conf\nfrom airflow.sdk import DAG\n"
        'for name in open(conf.get("core", "dags_folder") + "/names.txt").read().split():\n'
        "    with DAG(name):\n        pass\n"
    )
    folder = Folder.open(tmp_path)
    source = folder.source("dag.py")
    assert isinstance(source, SourceFile)

    assert [dag.dag_id for dag in Interpreter(folder, Config()).file(source).dags] == ["one", "two"]
