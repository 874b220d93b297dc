"""A team's named dictionary of settings keeps its name in generated code."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

COMMON = """
import os

ENV = {
    "API_URL": os.environ["API_URL"],
    "API_USER": os.environ["API_USER"],
    "API_PASSWORD": os.environ["API_PASSWORD"],
    "STAGE": os.environ.get("STAGE", "dev"),
}
FEW = {"A": os.environ["A"]}
"""
DAG = """
from common import ENV, FEW
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("{dag}", schedule=None):
    BashOperator(task_id="run", bash_command="run {dag}", env={env})
"""


def generated(folder: Path, **dags: str) -> dict[str, str]:
    (folder / "common.py").write_text(COMMON)
    for dag, env in dags.items():
        (folder / f"{dag}.py").write_text(DAG.replace("{dag}", dag).replace("{env}", env))
    analysis = analyze(folder, Config())
    return render_project(analysis.plan, analysis.project, "shop")


def test_settings_of_several_dags_have_one_function(tmp_path: Path) -> None:
    files = generated(tmp_path, a="ENV", b='{**ENV, "MORE": "1"}', c="FEW")
    assert files["src/shop/shared_settings.py"].endswith(
        "def env() -> dict[str, str]:\n"
        "    return {\n"
        '        "API_URL": os.environ["API_URL"],\n'
        '        "API_USER": os.environ["API_USER"],\n'
        '        "API_PASSWORD": os.environ["API_PASSWORD"],\n'
        '        "STAGE": os.getenv("STAGE", "dev"),\n'
        "    }\n"
    )
    assert "env=env())" in files["src/shop/defs/a/ops.py"]
    assert 'env={**env(), "MORE": "1"}' in files["src/shop/defs/b/ops.py"]
    assert "shared_settings" not in files["src/shop/defs/c/ops.py"]
    assert "API_USER=" in files[".env.example"]


@pytest.mark.parametrize("other", ['{**ENV, "STAGE": "prod"}', "FEW"])
def test_what_one_task_has_alone_stands_with_it(tmp_path: Path, other: str) -> None:
    files = generated(tmp_path, a="ENV", b=other)
    assert "src/shop/shared_settings.py" not in files
    assert 'os.environ["API_PASSWORD"]' in files["src/shop/defs/a/ops.py"]
