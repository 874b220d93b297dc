"""What a function pushes to XCom, as the value that its asset or op returns."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
from datetime import datetime
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def count(ti):
    {body}

def show(ti):
    print(ti.xcom_pull(task_ids="count", key="rows"))

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="count", python_callable=count) >> PythonOperator(task_id="show", python_callable=show)
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'rows = 1\n    ti.xcom_push(key="rows", value=rows)\n    ti.xcom_push(key="day", value="x")',
            'def count() -> dict[str, Any]:\n    rows = 1\n    return {"rows": rows, "day": "x"}\n',
        ),
        (
            'ti.xcom_push(key="rows", value=1)\n    print("done")',
            'def count() -> dict[str, Any]:\n    outputs: dict[str, Any] = {}\n    outputs["rows"] = 1\n    print("done")\n    return outputs\n',
        ),
        # It has a result besides: the function is called.
        ('ti.xcom_push(key="rows", value=1)\n    return 2', '    outputs["return_value"] = count(outputs=outputs)\n'),
    ],
)
def test_values_that_are_handed_over(tmp_path: Path, body: str, expected: str) -> None:
    (tmp_path / "d.py").write_text(DAG.replace("{body}", body))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    assert expected in files["src/shop/defs/d/assets.py"]


def test_a_branch_that_pushes_keeps_its_ways_apart(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator\n"
        "from airflow.sdk import DAG, TaskGroup\n\n"
        "def pick(ti):\n"
        '    ti.xcom_push(key="why", value="x")\n'
        '    return "g.a"\n\n'
        "def show(ti):\n"
        '    print(ti.xcom_pull(task_ids="pick", key="why"))\n\n'
        'with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):\n'
        '    picked = BranchPythonOperator(task_id="pick", python_callable=pick)\n'
        '    with TaskGroup("g"):\n'
        '        a = PythonOperator(task_id="a", python_callable=show)\n'
        '    picked >> [a, BashOperator(task_id="b", bash_command="echo")]\n'
    )
    analysis = analyze(tmp_path, Config())
    ops = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    assert '    yield dg.Output({**outputs, "return_value": None}, "value")\n    output_names = {' in ops
    assert "    yield dg.Output(None, output_names[chosen])\n" in ops
