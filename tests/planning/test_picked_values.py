"""Values that a Variable or environment variable picks among those in the code, or that Python computes of it: told when the task runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import json
import os
from datetime import datetime, timedelta
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

def use(value):
    print(value)

CONFIG = Variable.get("config", deserialize_json=True)
PARSED = json.loads(Variable.get("parsed"))
E = os.environ["E"]
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
    {tasks}
"""

TEXTS = {
    "STAGE['bucket']": '{"dev": "b-dev", "prod": "b-prod"}[os.environ["STAGE"]]',
    "f\"{STAGE['n']}/x\"": '"{}/x".format({"dev": 1, "prod": 5}[os.environ["STAGE"]])',
    "STAGE['extra']": '{"prod": "x"}[os.environ["STAGE"]]',  # an error elsewhere, as in Airflow
    "STAGE.get('extra', 'none')": '{"dev": "none", "prod": "x"}[os.environ["STAGE"]]',
    "STAGE['bucket'].upper()": '{"dev": "B-DEV", "prod": "B-PROD"}[os.environ["STAGE"]]',
    "LABELS[UNSET]": '{"dev": "test", "prod": "real"}[os.environ["KIND"]]',
    "LABELS.get(os.environ['X'], 'other')": '{"d": "test", "p": "real"}.get(os.environ["X"], "other")',
    "HOUSE": '{"prod": f"house_{context.partition_key}", "load": "house_qa", "qa": "house_qa"}.get(os.environ["TEAM"], "house_dev")',
    "'a' if os.environ['X'] != 'y' else 'b'": '"b" if os.environ["X"] == "y" else "a"',
    "'a' if not os.environ['X'] == 'y' else 'b'": '"b" if os.environ["X"] == "y" else "a"',
    "E.upper()": 'os.environ["E"].upper()',
    "f'x_{E.lower()}'": "f\"x_{os.environ['E'].lower()}\"",
    "E.split(',')[0]": 'os.environ["E"].split(",")[0]',
    "E[:3]": 'os.environ["E"][:3]',
    "','.join(CONFIG['columns'])": '",".join(json.loads(os.environ["CONFIG"])["columns"])',
    "CONFIG.get('a', 'x')": 'json.loads(os.environ["CONFIG"]).get("a", "x")',
    "CONFIG.get('a', {}).get('b')": 'json.loads(os.environ["CONFIG"]).get("a", {}).get("b")',
    "PARSED['a']": 'json.loads(os.environ["PARSED"])["a"]',
    "json.loads(E)[0]": 'json.loads(os.environ["E"])[0]',
    "int(CONFIG['n']) * 60 + 1": 'int(json.loads(os.environ["CONFIG"])["n"]) * 60 + 1',
    "timedelta(minutes=int(E))": 'dt.timedelta(minutes=int(os.environ["E"]))',
    "E.lower() == 'true'": 'os.environ["E"].lower() == "true"',
    "Variable.get('flag') != 'on'": 'os.environ["FLAG"] != "on"',
    "not CONFIG['off']": 'not json.loads(os.environ["CONFIG"])["off"]',
    "E or 'x'": 'os.environ["E"] or "x"',
    "os.path.basename(E)": 'os.path.basename(os.environ["E"])',
}


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The code of the DAG with a task of each text, on one line."""
    return generated(tmp_path_factory.mktemp("stages"), *TEXTS)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_picked(code: str, text: str) -> None:
    assert f"use(value={ast.unparse(ast.parse(TEXTS[text], mode='eval'))})" in code


@pytest.mark.parametrize(("text", "value"), [("STAGE['zone']", "'eu'"), ("STAGE['more']", "'m'")])
def test_what_is_the_same_everywhere_is_known(tmp_path: Path, text: str, value: str) -> None:
    assert f"value = {value}" in generated(tmp_path, text)


@pytest.mark.parametrize("text", ["EITHER", "eval(E)", "E.encode()", "[part.strip() for part in E.split()]"])
def test_what_cannot_be_told_stays(tmp_path: Path, text: str) -> None:
    assert "airflow_tasks = [" in generated(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("eval(E)", "give `--env E=...`"),
        ("EITHER", "give `opaque = ...` under `[variables]` in `migrator.toml`, or `--variables FILE`"),
        ("*CONFIG", "give `config = ...` under `[variables]` in `migrator.toml`, or `--variables FILE`"),
    ],
)
def test_what_to_give_so_that_it_is_known(tmp_path: Path, text: str, help: str) -> None:
    generated(tmp_path, text)
    findings = analyze(tmp_path / "dags", Config()).plan.diagnostics
    assert [finding.help for finding in findings if finding.code == "MIG207"] == [help]


def generated(folder: Path, *texts: str) -> str:
    """The code of the DAG with a task that is given each text."""
    tasks = [
        f'PythonOperator(task_id="t{number}", python_callable=use, op_args=[{text}])'
        for number, text in enumerate(texts)
    ]
    (folder / "dags").mkdir()
    (folder / "dags" / "stages.py").write_text(DAG.replace("{tasks}", "\n    ".join(tasks)))
    found = analyze(folder / "dags", Config())
    files = render_project(found.plan, found.project, "new")
    code = [text for name, text in files.items() if name.startswith("src/new/defs/stages/")]
    return "\n".join(ast.unparse(ast.parse(text)) for text in code)
