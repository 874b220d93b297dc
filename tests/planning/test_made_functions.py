"""Functions that other code makes, and that are handed Airflow's context, take what they use of it; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from common.wrap import Stamped, counted, noted
from common.work import lines, names, rows

{code}
with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="first", python_callable=first)
    PythonOperator(task_id="second", python_callable=second)
"""
WRAP = """\
import functools


def counted(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        ti = kwargs.pop("ti")
        found = list(fn(*args, **kwargs))
        ti.xcom_push(key="count", value=len(found))
        return found

    return inner


def noted(fn):
    def call(*args, **context):
        print(context["ti"].task_id)
        return fn(*args, **context)

    return call


class Stamped:
    def __init__(self, fn):
        self.fn = fn

    def __call__(self, **context):
        return context["ds"], self.fn(**context)
"""
WORK = """\
from common.wrap import noted


def lines(day):
    yield from day


def rows(day, **_):
    yield from day


@noted
def names(name, logical_date, **_):
    return f"{name} {logical_date:%j}"
"""
FIRST = """
def first(ds, ti):
    return counted(lines)(ds, ti=ti)
"""
MOVED = """\
def counted(fn):
    @functools.wraps(fn)
    def inner(*args, outputs, **kwargs):
        found = list(fn(*args, **kwargs))
        outputs["count"] = len(found)
        return found

    return inner


def noted(fn):
    def call(*args, task_id, **context):
        print(task_id)
        return fn(*args, **context)

    return call


class Stamped:
    def __init__(self, fn):
        self.fn = fn

    def __call__(self, **context):
        return context["ds"], self.fn(**context)
"""


def of(tmp_path: Path, second: str) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    code = f"{FIRST}\n{second}\n"
    files = {"common/wrap.py": WRAP, "common/work.py": WORK, "shop.py": DAG.format(code=code)}
    return generated(tmp_path, files)


def test_each_takes_what_it_uses_and_hands_the_rest_on(tmp_path: Path) -> None:
    kinds, files = of(tmp_path, 'def second(**context):\n    return names("a", **context)')
    assert [kind for kind, _ in kinds.values()] == ["step", "step"]
    assert files["src/common/wrap.py"] == f"import functools\n\n\n{MOVED}"
    assert "def names(name, logical_date):" in files["src/common/work.py"]
    ops = files["src/shop/defs/shop/ops.py"]
    assert "counted(lines)(ds, outputs=outputs)" in ops
    assert 'names("a", logical_date=logical_date, task_id="second")' in ops


@pytest.mark.parametrize(
    "second",
    [
        "def second(**context):\n    return Stamped(counted(rows))(day='x', **context)",
        "def second(**context):\n    told = noted(counted(rows))\n    return told('x', **context)",
    ],
)
def test_several_stand_around_each_other(tmp_path: Path, second: str) -> None:
    kinds, _ = of(tmp_path, second)
    assert [kind for kind, _ in kinds.values()] == ["step", "step"]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("def second(ds):\n    return counted(lines)(ds, ti=None)", "another task hands Airflow's context on"),
        ("def second(fn=rows, **context):\n    return noted(fn)(**context)", "it hands Airflow's context on to"),
        ("def second(ti):\n    return [counted(lines)('x', ti=ti), counted(print)(ti=1)]", "context and without"),
        ("def second(day, ti):\n    return noted(rows)(day, ti=ti)", "it hands Airflow's context on to"),
    ],
)
def test_what_cannot_be_told_stays_as_it_is(tmp_path: Path, second: str, why: str) -> None:
    kinds, _ = of(tmp_path, second)
    assert kinds["first"][0] == "step"
    assert kinds["second"][0] in ("airflow", "wrapped")
    assert why in kinds["second"][1]


def test_what_a_helper_is_given_beside_the_context_goes_on_into_its_rest(tmp_path: Path) -> None:
    helper = "def told(name, ds, **more):\n    return f\"{name} {ds} {more['day']}\"\n"
    kinds, files = of(tmp_path, f'{helper}\ndef second(**context):\n    return told("a", day=1, **context)')
    assert kinds["second"][0] == "step"
    assert "def told(name, ds, **more):" in files["src/shop/defs/shop/ops.py"]


PRICES = """
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

class Prices:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, ds, extra=0, **context):
        return {{"tea": self.factor + extra, "day": ds}}

    def cheapest(self, ti):
        return ti.xcom_pull(task_ids="prices")["tea"]{more}

prices = Prices(2)
with DAG("d", start_date=dt.datetime(2026, 1, 1), schedule="@daily"):
    made = PythonOperator(task_id="prices", python_callable=prices, op_kwargs={{"extra": 1}})
    made >> PythonOperator(task_id="cheapest", python_callable=prices.cheapest)
"""


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ("", "step"),
        (" + self('')['tea']", "airflow"),
        (" + max(map(self, 'a'))", "airflow"),
        (" + prices('')['tea']", "airflow"),
    ],
)
def test_an_object_and_a_method_of_it_are_two_tasks(tmp_path: Path, more: str, kind: str) -> None:
    kinds, files = generated(tmp_path, {"d.py": PRICES.format(more=more)})
    assert kinds["cheapest"][0] == kind
    if kind == "step":
        code = "\n".join(files.values())
        assert "def __call__(self, ds, extra=0):" in code and "def cheapest(self, prices):" in code
