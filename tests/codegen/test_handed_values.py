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
