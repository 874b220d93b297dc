"""Findings about the unknown name what would resolve them."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.analyzers.interpreter import Interpreter
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile

HEAD = """
import os
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator

def task(name):
    return BashOperator(task_id=name, bash_command="true")

"""


def findings(tmp_path: Path, body: str, code: str) -> list[Diagnostic]:
    (tmp_path / "dag.py").write_text(HEAD + body)
    folder = Folder(tmp_path)
    source = folder.source("dag.py")
    assert isinstance(source, SourceFile)
    result = Interpreter(folder, Config()).file(source)
    return [finding for finding in result.diagnostics if finding.code == code]


@pytest.mark.parametrize(
    ("code", "body", "origins"),
    [
        ("MIG102", 'for x in Variable.get("regions"):\n        task(x)', ["variable:regions"]),
        (
            "MIG102",
            'import json\n    for x in json.loads(Variable.get("regions")):\n        task(x)',
            ["variable:regions"],
        ),
        (
            "MIG102",
            'cfg = Variable.get("cfg", deserialize_json=True)\n    tables = cfg["tables"]\n    for x in tables:\n        task(x)',
            ["variable:cfg"],
        ),
        ("MIG102", '[task(x) for x in os.environ["NAMES"].split(",")]', ["env:NAMES"]),
        ("MIG101", 'if os.environ["STAGE"] == "prod":\n        task("a")', ["env:STAGE"]),
        (
            "MIG101",
            'prod = os.environ["STAGE"] == "prod"\n    if prod and Variable.get("on"):\n        task("a")',
            ["env:STAGE", "variable:on"],
        ),
        ("MIG103", "task(f\"load_{os.environ['STAGE']}\")", ["env:STAGE"]),
        ("MIG103", 'task({"prod": "live", "dev": "test"}[os.getenv("STAGE")])', ["env:STAGE"]),
        ("MIG109", 'task(Variable.get("name", "load"))', ["variable:name"]),
        (
            "MIG109",
            'for x in Variable.setdefault("regions", ["eu"], deserialize_json=True):\n        task(x)',
            ["variable:regions"],
        ),
        ("MIG101", 'if os.path.exists("/x"):\n        task("a")', []),
    ],
)
def test_what_would_resolve_it(tmp_path: Path, code: str, body: str, origins: list[str]) -> None:
    found = findings(tmp_path, f'with DAG("d") as dag:\n    {body}\n', code)
    assert [list(finding.resolved_by) for finding in found] == [origins]


def test_an_unknown_schedule(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, 'dag = DAG("d", schedule=Variable.get("when"))\ntask("a")', "MIG301")
    assert found.resolved_by == ("variable:when",)


def test_the_help_says_what_to_type(tmp_path: Path) -> None:
    body = 'with DAG("d") as dag:\n    if os.environ["STAGE"] == Variable.get("live") and Variable.get("db_password"):\n        task("a")'
    (found,) = findings(tmp_path, body, "MIG101")
    assert found.help == (
        "give `live = ...` under `[variables]` in `migrator.toml`, or `--variables FILE`; give `--env STAGE=...`;"
        " the value of `db_password` is never read, because its name is that of a secret"
    )


def test_defaults_of_a_function_are_assumed_with_a_finding_where_unknown_arguments_are_unpacked(tmp_path: Path) -> None:
    body = 'import requests\n\ndef make(name, retries=3, *, pool=None):\n    task(name)\n\nwith DAG("d"):\n    make("a", **requests.get("x").json())'
    (finding,) = findings(tmp_path, body, "MIG109")
    assert finding.message.endswith("the defaults of `retries`, `pool` were assumed")
