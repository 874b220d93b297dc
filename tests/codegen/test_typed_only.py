"""Blocks under `if TYPE_CHECKING:` within functions: what they say of Airflow's objects is not needed any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
import typing
from typing import TYPE_CHECKING
from airflow.sdk import DAG, task

with DAG("d", schedule=None):

    @task
    def show(dag_run=None):
        {body}

    show()
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "if TYPE_CHECKING:\n            assert dag_run\n        print(dag_run.run_id)",
            "-> None:\n    run_id = context.run.run_id\n    print(run_id)\n",
        ),
        (
            "if typing.TYPE_CHECKING:\n            assert dag_run\n        print(1)",
            "def show() -> None:\n    print(1)\n",
        ),
        # Nothing else would be left of the function, or another branch does something.
        ("if TYPE_CHECKING:\n            assert dag_run", "    if TYPE_CHECKING:\n        assert True\n"),
        (
            "if TYPE_CHECKING:\n            assert dag_run\n        else:\n            print(1)",
            "    else:\n        print(1)\n",
        ),
        # It says nothing of Airflow.
        ("if TYPE_CHECKING:\n            assert DAG\n        print(1)", "    print(1)\n"),
    ],
)
def test_what_only_types_need_is_cut_out(tmp_path: Path, body: str, expected: str) -> None:
    (tmp_path / "d.py").write_text(DAG.replace("{body}", body))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    text = files["src/shop/defs/d/ops.py"] if "src/shop/defs/d/ops.py" in files else files["src/shop/defs/d/assets.py"]
    assert expected in text
