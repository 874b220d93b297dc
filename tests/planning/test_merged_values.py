"""Mappings that are put together of others of which not all is known: nothing of them is left out."""

from __future__ import annotations

import ast

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import os
from datetime import datetime
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.docker.operators.docker import DockerOperator

CONFIG = Variable.get("config", deserialize_json=True)
MINE = os.environ.copy()
MINE["DAY"] = "{{ ds }}"
GIVEN = dict(os.environ)
GIVEN.update({"MODE": "full"})
FILLED = Variable.get("filled", deserialize_json=True)
FILLED["day"] = "{{ ds }}"
FILLED["deep"]["x"] = 1
FILLED.update(mode="full")
FILLED.setdefault("late", 2)

def use(*args, **given):
    print(args, given)

with DAG("envs", start_date=datetime(2024, 1, 1), schedule="@daily", default_args={**CONFIG, "retries": 2}):
    BashOperator(task_id="first", bash_command="env", env={**os.environ, "MODE": "full"})
    BashOperator(task_id="last", bash_command="env", env={"MODE": "full", **os.environ})
    BashOperator(task_id="copied", bash_command="env " + MINE["HOUSE"], env=MINE)
    BashOperator(task_id="updated", bash_command="env", env=GIVEN)
    BashOperator(task_id="whole", bash_command="env", env=os.environ)
    BashOperator(task_id="told", bash_command="env", env=CONFIG)
    DockerOperator(task_id="inside", image="x", environment=dict(os.environ))
    PythonOperator(task_id="some", python_callable=use, op_kwargs={**CONFIG, "mode": "full"})
    PythonOperator(task_id="member", python_callable=use, op_kwargs={"all": {**CONFIG, "mode": "full"}})
    PythonOperator(task_id="every", python_callable=use, op_kwargs=CONFIG)
    PythonOperator(task_id="filled", python_callable=use, op_args=[FILLED])
    PythonOperator(task_id="picked", python_callable=use, op_args=[FILLED["day"], FILLED["other"]])
    given = PythonOperator(task_id="given", python_callable=use)
    PythonOperator(task_id="taken", python_callable=use, op_kwargs=given.output)
    PythonOperator(task_id="how_many", python_callable=print, op_args=CONFIG)
    PythonOperator(task_id="how_many_taken", python_callable=print, op_args=given.output)
"""

EXPECTED = {
    "first": 'env={**os.environ, "MODE": "full"}',
    "last": 'env={"MODE": "full", **os.environ}',
    "copied": 'run(["bash", "-c", f"env {os.environ[\'HOUSE\']}"], check=True, env={**os.environ, "DAY": context.partition_key})',
    "updated": 'env={**os.environ, "MODE": "full"}',
    "whole": 'run(["bash", "-c", "env"], check=True)',
    "told": 'env=json.loads(os.environ["CONFIG"])',
    "inside": "env=dict(os.environ)",
    "some": 'use(**{**json.loads(os.environ["CONFIG"]), "mode": "full"})',
    "member": 'use(all={**json.loads(os.environ["CONFIG"]), "mode": "full"})',
    "every": 'use(**json.loads(os.environ["CONFIG"]))',
    "taken": "use(**given)",
    "filled": (
        'use({"late": 2, **json.loads(os.environ["FILLED"]), "day": context.partition_key,'
        ' "deep": {**json.loads(os.environ["FILLED"])["deep"], "x": 1}, "mode": "full"})'
    ),
    "picked": 'use(context.partition_key, json.loads(os.environ["FILLED"])["other"])',
}


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The generated function of each task, on one line; and the list of those that stay."""
    folder = tmp_path_factory.mktemp("dags")
    (folder / "envs.py").write_text(DAG)
    found = analyze(folder, Config())
    files = render_project(found.plan, found.project, "new")
    trees = [ast.parse(text) for name, text in files.items() if name.startswith("src/new/defs/envs/")]
    nodes = [node for tree in trees for node in tree.body]
    made = {node.name: ast.unparse(node) for node in nodes if isinstance(node, ast.FunctionDef)}
    return made | {"stays": next(text for text in map(ast.unparse, nodes) if text.startswith("airflow_tasks"))}


@pytest.mark.parametrize("task", EXPECTED)
def test_all_of_them_is_there(functions: dict[str, str], task: str) -> None:
    argument = ast.unparse(ast.parse(f"f({EXPECTED[task]})")).removeprefix("f(").removesuffix(")")
    assert argument in functions[task]


@pytest.mark.parametrize("task", ["how_many", "how_many_taken"])
def test_arguments_whose_number_is_not_known_stay_where_they_are(functions: dict[str, str], task: str) -> None:
    assert repr(task) in functions["stays"]
