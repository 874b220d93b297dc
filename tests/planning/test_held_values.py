"""Names at the top of a DAG file that code fills while the file is read, where what fills them makes tasks; that functions find in them what they found in
Airflow is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
import os
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

NAMES = {value}

def make(name):
    NAMES.append(name)
    return PythonOperator(task_id=name, python_callable=print)

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task
    def last():
        {code}
    [make("one"), make("two")] >> last()
"""


def kind_of_last(tmp_path: Path, value: str, code: str) -> tuple[str, str]:
    kinds, files = generated(tmp_path, {"shop.py": DAG.format(value=value, code=code)})
    kind = next(kind for task, (kind, _) in kinds.items() if task.endswith("last"))
    return kind, files.get("src/shop/defs/shop/ops.py", "")


def test_a_function_finds_what_was_filled_in(tmp_path: Path) -> None:
    kind, code = kind_of_last(tmp_path, "['zero']", "return ','.join(NAMES)")
    assert kind == "step"
    assert 'NAMES = ["zero", "one", "two"]\n' in code
    assert "PythonOperator" not in code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[]", "NAMES.append('three')\n        return len(NAMES)"),
        ("[os.environ['FIRST']]", "return ','.join(NAMES)"),
        ("[print]", "return len(NAMES)"),
    ],
)
def test_what_is_changed_or_not_known_stays(tmp_path: Path, value: str, code: str) -> None:
    kind, _ = kind_of_last(tmp_path, value, code)
    assert kind in ("airflow", "wrapped")


@pytest.mark.parametrize(
    ("value", "settings"),
    [
        ("[os.environ['FIRST']]", {"env": {"FIRST": "told"}}),
        ("[Variable.get('first')]", {"variables": {"first": "told"}}),
    ],
)
def test_what_the_settings_of_the_analysis_tell_is_not_written_down(
    tmp_path: Path, value: str, settings: dict[str, dict[str, str]]
) -> None:
    text = DAG.format(value=value, code="return ','.join(NAMES)")
    (tmp_path / "shop.py").write_text(f"from airflow.models import Variable\n{text}")
    analysis = analyze(tmp_path, Config.model_validate(settings))
    files = render_project(analysis.plan, analysis.project, "shop")
    assert not any("told" in str(code) for path, code in files.items() if path.startswith(("src/shop/defs", "tests/")))
