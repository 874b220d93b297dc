"""Lambdas in generated code: their expression where that can stand, a function with a telling name where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.codegen.carried import lambdas
from migrator.config import Config
from migrator.model.source import SourceFile, Span
from migrator.pipeline import analyze


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('wait(task_id="ready", response_check=lambda r: r.ok)', "response_check"),
        ('do(task_id="group.pick one", python_callable=lambda: 1)', "pick_one_function"),
        ('DAG(filters={"week": lambda d: d, "day": 1})', "week"),
        ("run.expand(command=names.map(lambda n: n))", "to_command"),
        ("ready = lambda r: r.ok", "ready"),
        ("wait(lambda r: r.ok)", "pick_one_function"),
        ("@task.run_if(lambda context: context)\n@task\ndef f(): ...", "run_if"),
        ('do(op_kwargs={"é": 1}, response_filter=lambda r: r)', "response_filter"),
    ],
)
def test_what_a_lambda_is_called(text: str, name: str) -> None:
    start = text.index("lambda")
    span = Span("dag.py", 1, start + 1, 1, start + 2, start, start + 6)
    assert lambdas.name_of(SourceFile("dag.py", text), span, "group.pick one") == name


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("lambda: True", "True"),
        ("lambda r: r.json()['x'] == 1", "(r.json()['x'] == 1)"),
        ("lambda a, b={1: lambda: 2}: f(a)[b]", "f(a)[b]"),
        ("lambda: (\n    1 + 2\n)", "((\n    1 + 2\n))"),
        ("lambda: (x := 1)", ""),
    ],
)
def test_the_expression_of_a_lambda(text: str, expression: str) -> None:
    assert lambdas.as_expression(text) == expression


HEAD = """
import json
import random
from datetime import datetime
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

context = "a"
choices = ["a", "b"]

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
"""


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            'pick = BranchPythonOperator(task_id="pick", python_callable=lambda: random.choice(choices))\n'
            '    pick >> [PythonOperator(task_id=name, python_callable=lambda: print("x")) for name in ("a", "b")]',
            ["    chosen = random.choice(choices)\n", '    return print("x")\n'],
        ),
        (
            'gate = ShortCircuitOperator(task_id="gate", python_callable=lambda: random.random() > 0.5)\n'
            '    gate >> PythonOperator(task_id="work", python_callable=lambda: print("x"))',
            ["    if random.random() > 0.5:\n"],
        ),
        # `context` is the op's own parameter there.
        (
            'PythonOperator(task_id="say", python_callable=lambda: print(context))',
            ["    return say_function()\n"],
        ),
        (
            'PythonOperator(task_id="say", python_callable=lambda x: print(x), op_args=["hello"])',
            ["def say_function(x):\n    return print(x)\n", '    return say_function(x="hello")\n'],
        ),
    ],
)
def test_lambdas_of_a_dag(tmp_path: Path, body: str, lines: list[str]) -> None:
    (tmp_path / "d.py").write_text(f"{HEAD}    {body}\n")
    analysis = analyze(tmp_path, Config())
    ops = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    for line in lines:
        assert line in ops


def test_a_filter_that_is_called_like_the_parameter_it_fills(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.python import PythonOperator\n"
        "from airflow.sdk import DAG\n\n\n"
        "def send(week):\n    print(week)\n\n\n"
        'with DAG("d", schedule="@weekly", start_date=datetime(2024, 1, 1), user_defined_filters={"week": lambda m: f"{m:%V}"}):\n'
        '    PythonOperator(task_id="send", python_callable=send, op_kwargs={"week": "{{ logical_date | week }}"})\n'
    )
    analysis = analyze(tmp_path, Config())
    ops = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    assert "    week = " not in ops
    assert "send(week=str(week(context.partition_time_window.start)))" in ops


SENSOR = """
from datetime import datetime
from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    up = HttpSensor(task_id="up", http_conn_id="api", endpoint="x", response_check=lambda response: "a" in response.text)
    up >> BashOperator(task_id="work", bash_command="work")
"""


def test_a_lambda_whose_expression_stands_in_a_sensor_is_no_function_besides(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(SENSOR)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    assert '("a" in response.text)' in files["src/shop/defs/d/automation.py"]
    assert not [path for path, text in files.items() if "def response_check" in text]
