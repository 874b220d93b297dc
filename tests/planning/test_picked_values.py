"""Values that a Variable or environment variable picks among those in the code: they are picked when the task runs."""

from __future__ import annotations

import ast
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

STAGES = {"dev": {"bucket": "b-dev", "n": 1, "zone": "eu"}, "prod": {"bucket": "b-prod", "n": 5, "zone": "eu", "extra": "x"}}
STAGE = STAGES[os.environ["STAGE"]]
STAGE["more"] = "m"
UNSET = {"dev": "d", "prod": "p"}[os.getenv("KIND")]
LABELS = {"d": "test", "p": "real"}
if Variable.get("team") == "prod":
    HOUSE = "house_{{ ds }}"
elif Variable.get("team") in ("qa", "load"):
    HOUSE = "house_qa"
else:
    HOUSE = "house_dev"
SCHEMA = Variable.get("schema", default_var="s")
if Variable.get("opaque").startswith("x"):
    EITHER = "a"
else:
    EITHER = "b"

with DAG("stages", start_date=datetime(2024, 1, 1), schedule="@daily"):
    for number, text in enumerate([{texts}]):
        BashOperator(task_id=f"t{number}", bash_command=text)
"""

TEXTS = {
    "STAGE['bucket']": '{"dev": "b-dev", "prod": "b-prod"}[os.environ["STAGE"]]',
    "f\"{STAGE['n']}/x\"": '"{}/x".format({"dev": 1, "prod": 5}[os.environ["STAGE"]])',
    "STAGE['zone']": '"eu"',  # the same everywhere
    "STAGE['extra']": '{"prod": "x"}[os.environ["STAGE"]]',  # an error elsewhere, as in Airflow
    "STAGE.get('extra', 'none')": '{"dev": "none", "prod": "x"}[os.environ["STAGE"]]',
    "STAGE['bucket'].upper()": '{"dev": "B-DEV", "prod": "B-PROD"}[os.environ["STAGE"]]',
    "STAGE['more']": '"m"',
    "LABELS[UNSET]": '{"dev": "test", "prod": "real"}[os.environ["KIND"]]',
    "LABELS.get(os.environ['X'], 'other')": '{"d": "test", "p": "real"}.get(os.environ["X"], "other")',
    "HOUSE": '{"prod": f"house_{context.partition_key}", "load": "house_qa", "qa": "house_qa"}.get(os.environ["TEAM"], "house_dev")',
    "'a' if os.environ['X'] != 'y' else 'b'": '"b" if os.environ["X"] == "y" else "a"',
    "'a' if not os.environ['X'] == 'y' else 'b'": '"b" if os.environ["X"] == "y" else "a"',
}


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The code of the DAG with a task of each text, on one line."""
    return generated(tmp_path_factory.mktemp("stages"), ", ".join(TEXTS))


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_picked(code: str, text: str) -> None:
    assert ast.unparse(ast.parse(TEXTS[text], mode="eval")) in code


def test_what_cannot_be_told_stays(tmp_path: Path) -> None:
    assert "airflow_tasks = [" in generated(tmp_path, "EITHER")


def generated(folder: Path, texts: str) -> str:
    (folder / "dags").mkdir()
    (folder / "dags" / "stages.py").write_text(DAG.replace("{texts}", texts))
    found = analyze(folder / "dags", Config())
    files = render_project(found.plan, found.project, "new")
    code = [text for name, text in files.items() if name.startswith("src/new/defs/stages/")]
    return "\n".join(ast.unparse(ast.parse(text)) for text in code)
