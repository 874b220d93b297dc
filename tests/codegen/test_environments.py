"""The generated helper that runs functions in Python environments of their own."""

from __future__ import annotations

import base64
import importlib.util
import json
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from migrator.codegen import render_project
from migrator.codegen.resources.resources import template
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import sys
from datetime import datetime

from airflow.providers.standard.operators.python import PythonVirtualenvOperator
from airflow.sdk import DAG, task

PYTHON = sys.executable


def describe(day, numbers, *, factor=1):
    import os

    return {"total": sum(numbers) * factor, "day": day, "stage": os.environ.get("STAGE")}


@task.external_python(python=PYTHON)
def add(more):
    # Adds.
    return more["total"] + 1


@task.branch_external_python(python="/opt/{{ params.version }}/bin/python")
def choose(total):
    return "add" if total > 10 else "other"


with DAG("own", schedule="@daily", start_date=datetime(2024, 1, 1), params={"version": "3.11"}):
    described = PythonVirtualenvOperator(
        task_id="described",
        python_callable=describe,
        op_args=["{{ ds }}", [1, 2]],
        op_kwargs={"factor": 3},
        requirements=["polars==1.9.0"],
        env_vars={"STAGE": "{{ ds_nodash }}"},
        system_site_packages=False,
    )
    choose(add(described.output))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("dags")
    (folder / "own.py").write_text(DAG)
    analysis = analyze(folder, Config())
    assert not [found for found in analysis.plan.dispositions if found.kind == "airflow"]
    return render_project(analysis.plan, analysis.project, "shop")


@pytest.fixture
def environments(tmp_path: Path) -> ModuleType:
    place = tmp_path / "environments.py"
    place.write_text(template("environments.py"))
    spec = importlib.util.spec_from_file_location("environments", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_function_is_handed_to_the_other_python(project: dict[str, str]) -> None:
    code = "".join(text for path, text in project.items() if "/defs/own/" in path)
    assert "run_with_python(add, kwargs={" in code
    assert 'requirements=["polars==1.9.0"],' in code
    assert '"factor": 3}' in code
    assert "/bin/python" in code
    assert "polars" not in project["pyproject.toml"]


def describe(day: str, numbers: list[int], *, factor: int = 1):  # type: ignore[no-untyped-def]
    import os
    import sys

    return {"total": sum(numbers) * factor, "day": day, "stage": os.environ.get("STAGE"), "prefix": sys.prefix}


def fail():  # type: ignore[no-untyped-def]
    raise ValueError("no")


def test_arguments_and_results_come_and_go(environments: ModuleType) -> None:
    made = environments.run_in_virtualenv(
        describe, ["2024-01-05", [1, 2]], {"factor": 3}, env={"STAGE": "20240105"}, system_site_packages=False
    )
    assert made.pop("prefix") != sys.prefix
    assert made == {"total": 9, "day": "2024-01-05", "stage": "20240105"}
    given = environments.run_with_python(describe, kwargs={"day": "d", "numbers": []}, inherit_env=False)
    assert given == {"total": 0, "day": "d", "stage": None, "prefix": sys.prefix}
    with pytest.raises(subprocess.CalledProcessError):
        environments.run_with_python(fail)


def test_commands_of_containers_call_the_function(environments: ModuleType, tmp_path: Path) -> None:
    told = environments.python_command(describe, ["d"], {"numbers": [2]}, python=sys.executable, result="-")
    last = subprocess.run(told, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    assert pickle.loads(base64.b64decode(last))["total"] == 2
    left = tmp_path / "xcom" / "return.json"
    subprocess.run(
        environments.python_command(describe, ["d", []], python=sys.executable, result=str(left)), check=True
    )
    assert json.loads(left.read_text())["day"] == "d"
    silent = environments.python_command(describe, ["d", []])
    assert silent[0] == "python3" and silent[-1] == ""
