"""What a DAG's file does to the environment of its tasks."""

from __future__ import annotations

from pathlib import Path

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

{statement}

with DAG("shell", start_date=datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id="run", bash_command="echo $STAGE > /data/stage.txt")
"""


@pytest.mark.parametrize(
    "statement",
    ['os.environ["STAGE"] = "dev"', 'os.environ.setdefault("STAGE", "dev")', 'os.putenv("STAGE", "dev")'],
)
def test_a_statement_that_changes_it_stands_in_the_module_of_the_dag(tmp_path: Path, statement: str) -> None:
    files = _project(tmp_path, statement)[0]
    assert f"\n{statement}\n" in files["src/acme/defs/shell/assets.py"]


@pytest.mark.parametrize("statement", ['print(os.environ["STAGE"])', 'STAGE = os.environ.get("STAGE")', "os.getcwd()"])
def test_a_statement_that_only_reads_it_is_not_kept(tmp_path: Path, statement: str) -> None:
    files = _project(tmp_path, statement)[0]
    assert statement not in files["src/acme/defs/shell/assets.py"]


def test_one_that_asks_airflow_is_a_difference(tmp_path: Path) -> None:
    files, deltas = _project(tmp_path, 'os.environ["STAGE"] = Variable.get("stage")')
    assert "os.environ" not in files["src/acme/defs/shell/assets.py"]
    assert [text for text in deltas if "line 7 of its file changes the environment" in text]


def _project(folder: Path, statement: str) -> tuple[dict[str, str], list[str]]:
    (folder / "shell.py").write_text(DAG.replace("{statement}", statement))
    analysis = analyze(folder, Config())
    files = render_project(analysis.plan, analysis.project, "acme")
    return {path: str(text) for path, text in files.items()}, [delta.airflow for delta in analysis.plan.deltas]
