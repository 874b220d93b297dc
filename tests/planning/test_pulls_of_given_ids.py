"""Pulls whose ids the code makes of what the task gives its function; that such pulls give what they gave is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

SHOP = """\
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def load():
    return 1

def other(row):
    return row

def work(row, ti, ds):
    {body}

class Shop:
    def __init__(self, spec):
        self.spec = spec

    def work(self, ti, ds):
        {body}

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    loads = [PythonOperator(task_id=name, python_callable=load) for name in ("first", "second", "third")]
    loads >> PythonOperator(task_id="taking", python_callable={given})
    loads >> PythonOperator(task_id="again", python_callable={given})
"""


def of(tmp_path: Path, body: str, given: str) -> tuple[str, str]:
    kinds, files = generated(tmp_path, {"shop.py": SHOP.format(body=body, given=given)})
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    return kinds["taking"][0], code


@pytest.mark.parametrize(
    ("ids", "row", "expected"),
    [
        ("row.get('after') or []", {"after": ["first"]}, "[first]"),
        ("row.get('after') or []", {}, "[]"),
        ("row.get('after') or 'second'", {"after": None}, "second"),
        ("row['after'] if 'after' in row else 'second'", {"after": "first"}, "first"),
        ("row['after'] if 'after' in row else 'second'", {}, "second"),
        ("row['after'] and row['after'][0]", {"after": ["third"]}, "third"),
        ("row['of'] + row.get('more', [])", {"of": ["first"], "more": ["third"]}, "[first, third]"),
        ("row['after'][-1]", {"after": ["first", "third"]}, "third"),
        ("row['after'] or []", {"after": ["second"], "sql": "{{ ds }}"}, "[second]"),
    ],
)
def test_ids_that_are_chosen(tmp_path: Path, ids: str, row: object, expected: str) -> None:
    kind, code = of(tmp_path, f"print(ti.xcom_pull(task_ids={ids}))", f"work, op_kwargs={{'row': {row}}}")
    assert kind == "step"
    assert f"value={expected})" in code


@pytest.mark.parametrize(
    ("ids", "row", "expected"),
    [
        ("sorted(row['of'])", {"of": ["second", "first"]}, '{"first": first, "second": second}'),
        ("list(row['of'])", {"of": {"second": 1}}, '{"second": second}'),
        ("[*row['of'], 'first']", {"of": ["third"]}, '{"third": third, "first": first}'),
        (
            "[o['id'] for o in row['of'] if o.get('on', True)]",
            {"of": [{"id": "first"}, {"id": "third", "on": 0}]},
            '{"first": first}',
        ),
        ("[a + b for a in row['of'] for b in ('st',)]", {"of": ["fir"]}, '{"first": first}'),
        (
            "(k for k, v in row['of'].items() if v != 2 and not k.startswith('s'))",
            {"of": {"first": 1, "third": 2}},
            '{"first": first}',
        ),
    ],
)
def test_ids_of_lists(tmp_path: Path, ids: str, row: object, expected: str) -> None:
    kind, code = of(tmp_path, f"print(ti.xcom_pull(task_ids={ids}))", f"work, op_kwargs={{'row': {row}}}")
    assert kind == "step"
    assert f"pulled={expected})" in code
    assert "pulled.get(task_id)" in code


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("ids = [f'{n}{self.spec[\"end\"]}' for n in self.spec['of']]; print(ti.xcom_pull(task_ids=ids))", True),
        ("for n in self.spec['of']: print(ti.xcom_pull(task_ids=n))", True),
        ("self.spec['of'].append('third'); print(ti.xcom_pull(task_ids=[n for n in self.spec['of']]))", False),
        ("print(other(self.spec), ti.xcom_pull(task_ids=[n for n in self.spec['of']]))", False),
    ],
)
def test_ids_of_an_object(tmp_path: Path, body: str, expected: bool) -> None:
    kind, code = of(tmp_path, body, "Shop({'of': ['first', 'second'], 'end': ''}).work")
    assert kind == ("step" if expected else "airflow")
    assert ('pulled={"first": first, "second": second}' in code) is expected


@pytest.mark.parametrize(
    "body",
    [
        "row = other(row); print(ti.xcom_pull(task_ids=row.get('after') or []))",
        "other(row); print(ti.xcom_pull(task_ids=row.get('after') or []))",
        "row['after'] = ['first']; print(ti.xcom_pull(task_ids=row.get('after') or []))",
        "print(ti.xcom_pull(task_ids=row.get('after') or ds))",
        "print(ti.xcom_pull(task_ids=[ds for _ in row]))",
    ],
)
def test_ids_that_are_not_known(tmp_path: Path, body: str) -> None:
    kind, _ = of(tmp_path, body, "work, op_kwargs={'row': {'of': ['first']}}")
    assert kind in ("airflow", "wrapped")
