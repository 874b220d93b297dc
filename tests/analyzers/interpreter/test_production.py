"""DAG folders as teams write them, compared with what Airflow 2.11.2 and 3.3.2 load from them (`expected_2.json`, `expected_3.json`).

`python -m tests.analyzers.interpreter.production VERSION AIRFLOW_PYTHON` writes the expected files anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from migrator.against.compare import schedule
from migrator.analyzers.interpreter import FileResult, Interpreter
from migrator.analyzers.interpreter.export import with_version
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.airflow import Dag
from migrator.model.source import SourceFile

PRODUCTION = Path(__file__).parents[2] / "fixtures" / "production"


def cases() -> list[tuple[str, str, str]]:
    """Folder, Airflow version and file of everything that Airflow loaded."""
    return [
        (path.parent.name, path.stem[-1], file)
        for path in sorted(PRODUCTION.glob("*/expected_[23].json"))
        for file in json.loads(path.read_text())
    ]


@cache
def expected(folder: str, version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PRODUCTION / folder / f"expected_{version}.json").read_text())
    return found


def interpreted(folder: str, version: str, file: str) -> FileResult:
    opened = Folder.open(PRODUCTION / folder)
    source = opened.source(file)
    assert isinstance(source, SourceFile)
    return Interpreter(opened, Config(airflow_version="2" if version == "2" else "3")).file(source)


def described(dag: Dag) -> dict[str, Any]:
    value = dag.schedule.value
    plain = list(value) if isinstance(value, tuple) else value
    return {
        "schedule": schedule({"kind": dag.schedule.kind, "value": plain}),
        "tasks": {
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
        },
    }


@pytest.mark.parametrize(("folder", "version", "file"), cases())
def test_finds_what_airflow_loads(folder: str, version: str, file: str) -> None:
    dags = interpreted(folder, version, file).dags

    assert {dag.dag_id: described(with_version(dag, version)) for dag in dags} == expected(folder, version)[file]
    assert {dag.span.file for dag in dags} <= {file}


def test_tells_where_dbt_would_have_to_be_asked(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from cosmos import DbtDag, ProjectConfig\n"
        'dag = DbtDag(dag_id="shop", project_config=ProjectConfig("/usr/local/airflow/dbt/shop"))\n'
    )
    folder = Folder.open(tmp_path)
    source = folder.source("dag.py")
    assert isinstance(source, SourceFile)

    result = Interpreter(folder, Config()).file(source)

    assert [dag.dag_id for dag in result.dags] == ["shop"]
    assert [finding.message for finding in result.diagnostics] == [
        "the dbt tasks of DAG `shop` are not known: the dbt project is not in the folder"
    ]


def test_follows_a_call_stack_and_the_modules_of_a_package() -> None:
    names = {dag.dag_id for dag in interpreted("platform", "3", "team_b/registered.py").dags}

    assert "registered" in names


def test_starts_a_databricks_workflow_and_makes_no_edge_of_a_result_in_a_plain_argument(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from airflow.providers.databricks.operators.databricks import DatabricksNotebookOperator\n"
        "from airflow.providers.databricks.operators.databricks_workflow import DatabricksWorkflowTaskGroup\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n"
        'with DAG("workflow"):\n'
        '    first = BashOperator(task_id="first", bash_command="true")\n'
        '    BashOperator(task_id="plain", bash_command="true", cwd=first.output, skip_on_exit_code=first.output)\n'
        '    BashOperator(task_id="other", bash_command="true", skip_on_exit_code=first.output)\n'
        '    with DatabricksWorkflowTaskGroup(group_id="flow", databricks_conn_id="d", notebook_packages=["a", "b"]):\n'
        '        one = DatabricksNotebookOperator(task_id="one", notebook_path="/a", source="GIT", notebook_packages=["b"])\n'
        '        two = DatabricksNotebookOperator(task_id="two", notebook_path="/b", source="GIT")\n'
        "        one >> two\n"
    )
    folder = Folder.open(tmp_path)
    source = folder.source("dag.py")
    assert isinstance(source, SourceFile)

    (dag,) = Interpreter(folder, Config()).file(source).dags

    assert {task.task_id: task.upstream for task in dag.tasks} == {
        "first": (),
        "plain": ("first",),
        "other": (),
        "flow.launch": (),
        "flow.one": ("flow.launch",),
        "flow.two": ("flow.launch", "flow.one"),
    }
    packages = {task.task_id: task.arguments.get("notebook_packages") for task in dag.tasks}
    assert (packages["flow.one"], packages["flow.two"]) == (["b", "a"], ["a", "b"])


def test_takes_no_call_for_wrong_under_a_decorator_that_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from airflow import DAG\n"
        "from airflow.operators.empty import EmptyOperator\n"
        "from some_library import model_task, retrying\n"
        "@model_task\ndef model(source): ...\n"
        "@retrying(stop=3)\ndef names(count): return [f'n{i}' for i in range(count)]\n"
        "with DAG('d') as dag:\n"
        "    model('a', output_table='b')\n"
        "    for name in names(2):\n"
        "        EmptyOperator(task_id=name)\n"
    )
    folder = Folder.open(tmp_path)
    source = folder.source("dag.py")
    assert isinstance(source, SourceFile)

    result = Interpreter(folder, Config(airflow_version="2")).file(source)

    assert [task.task_id for task in result.dags[0].tasks] == ["n0", "n1"]
    assert any("`model` is not followed" in finding.message for finding in result.diagnostics)
    assert "MIG108" not in {finding.code for finding in result.diagnostics}
