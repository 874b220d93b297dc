"""Functions that stand in a dictionary of the team's own and are called with Airflow's context; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

STEPS = """\
STEPS = {{}}

def step(function):
    STEPS[function.__name__] = function
    return function

@step
def load(rows, *, ds, **_):
    return [ds, *rows]

@step
def tell(rows, {taken}):
    {body}
{more}
"""
SHOP = """\
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG
from steps import STEPS

def run(name, **context):
    return STEPS[name]([], **context)

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="first", python_callable=run, op_args=["load"])
    PythonOperator(task_id="second", python_callable=run, op_args=["tell"])
"""


def of(tmp_path: Path, taken: str, body: str, more: str = "") -> tuple[list[str], dict[str, str]]:
    steps = STEPS.format(taken=taken, body=body, more=more)
    kinds, files = generated(tmp_path, {"steps.py": steps, "shop.py": SHOP})
    return [kind for kind, _ in kinds.values()], files


@pytest.mark.parametrize(
    ("taken", "body", "expected"),
    [
        ("**_", "return rows", "def tell(rows, **_):\n    return rows"),
        ("ti, **_", "return ti.task_id", "def tell(rows, task_id, **_):\n    return task_id"),
        (
            "**context",
            "return context['ti'].task_id",
            "def tell(rows, task_id, **context):\n    return task_id",
        ),
    ],
)
def test_all_take_what_they_use(tmp_path: Path, taken: str, body: str, expected: str) -> None:
    kinds, files = of(tmp_path, taken, body)
    assert set(kinds) <= {"asset", "step"}
    assert expected in files["src/steps.py"]
    given = "ds=ds, task_id=task_id" if "task_id" in body else "ds=ds"
    assert f"return STEPS[name]([], {given})" in files["src/shop/defs/shop/ops.py"]


@pytest.mark.parametrize(
    ("taken", "body", "more"),
    [
        ("ti", "return ti.task_id", ""),  # It does not take the rest, with which it fails in Airflow.
        ("*, dag_run, **_", "return dag_run.get_state()", ""),  # It asks for what only Airflow has.
        ("ti, **_", "return ti.task_id", "\n\ndef other():\n    return STEPS['load']([], ds='')"),
        ("ti, **_", "return ti.task_id", "\n\ndef other():\n    return tell([], ti=None)"),
    ],
)
def test_what_cannot_be_told_stays(tmp_path: Path, taken: str, body: str, more: str) -> None:
    kinds, _ = of(tmp_path, taken, body, more)
    assert set(kinds) <= {"airflow", "wrapped"}
