"""Pulls whose ids stand in what the task gives its function; that such pulls give what they gave is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

SHOP = """\
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.sdk import DAG

def first():
    return 1

def change(row):
    row["after"] = "second"

def work(row, ti, ds):
    {body}

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    wait = FileSensor(task_id="wait", filepath="/data/in.csv")
    one = PythonOperator(task_id="first", python_callable=first)
    [wait, one] >> PythonOperator(task_id="taking", python_callable=work, {given})
    one >> PythonOperator(task_id="again", python_callable=work, op_args=[{{"after": "first", "of": {{"after": "first"}}}}])
"""


def of(tmp_path: Path, body: str, given: str) -> tuple[str, str]:
    kinds, files = generated(tmp_path, {"shop.py": SHOP.format(body=body, given=given)})
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    return kinds["taking"][0], code.partition("def taking(")[2].partition("\n\n")[0]


@pytest.mark.parametrize(
    ("ids", "row", "expected"),
    [
        ("row['after']", {"after": ["first"]}, "[first]"),
        ("row.get('after')", {"after": "first"}, "first"),
        ("row.get('after', [])", {"name": "taking"}, "[]"),
        ("row.get('after', 'first')", {}, "first"),
        ("row['of']['after']", {"of": {"after": "first"}}, "first"),
        ("row['after']", {"after": ["wait", "first"]}, "[None, first]"),
    ],
)
def test_ids_of_a_row(tmp_path: Path, ids: str, row: object, expected: str) -> None:
    kind, code = of(tmp_path, f"print('of' in row, ti.xcom_pull(task_ids={ids}))", f"op_kwargs={{'row': {row}}}")
    assert kind == "step"
    assert f"value={expected}" in code


@pytest.mark.parametrize(
    "body",
    [
        "change(row); print(ti.xcom_pull(task_ids=row['after']))",
        "row['after'] = 'wait'; print(ti.xcom_pull(task_ids=row['after']))",
        "row.pop('after'); print(ti.xcom_pull(task_ids=row.get('after', [])))",
        "print(row.pop('after'), ti.xcom_pull(task_ids=row.get('after', [])))",
        "for _ in range(2): print(ti.xcom_pull(task_ids=row['after'])); change(row)",
        "[print(ti.xcom_pull(task_ids=row['after'])) or change(row) for _ in range(2)]",
    ],
)
def test_ids_of_a_row_that_may_have_changed(tmp_path: Path, body: str) -> None:
    kind, _ = of(tmp_path, body, "op_kwargs={'row': {'after': 'first'}}")
    assert kind in ("airflow", "wrapped")


@pytest.mark.parametrize("given", ["{'after': '{{ params.name }}'}", "{'after': ['{{ params.name }}']}"])
def test_ids_that_a_template_makes(tmp_path: Path, given: str) -> None:
    kind, _ = of(tmp_path, "print(ti.xcom_pull(task_ids=row['after']))", f"op_kwargs={{'row': {given}}}")
    assert kind in ("airflow", "wrapped")
