"""Helpers that pull what they are told: whoever calls them gives them the value; that such pulls give what they gave is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.sdk import get_current_context
from common import asked, newest, twice

def load():
    return 1

{code}

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    first = PythonOperator(task_id="first", python_callable=load)
    first >> PythonOperator(task_id="work", python_callable=work)
"""
COMMON = """\
from airflow.sdk import get_current_context

def newest(task_id, key="return_value", default=None):
    ti = get_current_context()["ti"]
    found = ti.xcom_pull(task_ids=task_id, key=key)
    return default if found is None else found

def twice(name):
    return [newest(name), newest(task_id=name, default=0)]

def asked(task_id):
    return task_id, get_current_context()["ti"].xcom_pull(task_ids=task_id)
"""


def of(tmp_path: Path, code: str) -> tuple[str, str]:
    kinds, made = generated(tmp_path, {"shop.py": DAG.format(code=code), "common.py": COMMON})
    return kinds["work"][0], "".join(text for path, text in made.items() if path.startswith("src/"))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("newest('first')", "newest(found="),
        ("newest('first', default=3)", "newest(default=3, found="),
        ("newest('first', 'return_value', 3)", "newest(3, found="),
        ("twice('first')", "twice('first', found="),
        ("asked('first')", "asked('first', pulled="),
    ],
)
def test_what_is_pulled_is_given(tmp_path: Path, call: str, expected: str) -> None:
    kind, code = of(tmp_path, f"def work():\n    return {call}")
    assert kind == "step"
    assert expected in code.replace('"', "'")
    assert "def newest(default=None, *, found):" in code
    assert "xcom_pull" not in code


@pytest.mark.parametrize(
    "code",
    [
        "def work(ds):\n    return newest(ds)",
        "def work():\n    return [newest(one) for one in ('first', 'other')]",
        "def work():\n    told = {'task_id': 'first'}\n    return newest(**told)",
        "def work():\n    return list(map(newest, ['first']))",
    ],
)
def test_what_is_not_known_stays_as_it_is(tmp_path: Path, code: str) -> None:
    kind, _ = of(tmp_path, code)
    assert kind in ("airflow", "wrapped")
