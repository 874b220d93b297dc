"""Objects of the team's own that keep Airflow's context: they keep what their methods use of it; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from dataclasses import asdict, dataclass
from airflow import DAG
from airflow.operators.python import PythonOperator

{code}

def before(ti):
    ti.xcom_push(key="count", value=3)

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    first = PythonOperator(task_id="before", python_callable=before)
    first >> PythonOperator(task_id="work", python_callable=work)
    PythonOperator(task_id="apart", python_callable=apart)
"""
KEEPER = """\
class Keeper:
    def __init__(self, ti, name="x"):
        self.ti = ti
        self.name = name

    def label(self):
        return f"{self.ti.task_id} {self.name}"

    def count(self):
        return self.ti.xcom_pull(task_ids="before", key="count")
"""
APART = "\n\ndef apart(ti):\n    return Keeper(ti).label()\n"


def of(tmp_path: Path, code: str) -> tuple[dict[str, tuple[str, str]], str]:
    kinds, made = generated(tmp_path, {"shop.py": DAG.format(code=code)})
    return kinds, "".join(text for path, text in made.items() if "/defs/shop/" in path)


def test_an_object_keeps_what_its_methods_use(tmp_path: Path) -> None:
    kinds, code = of(tmp_path, KEEPER + APART + "\ndef work(ti):\n    keeper = Keeper(ti)\n    return keeper.count()")
    assert kinds["work"][0] == "step"
    assert 'def __init__(self, name="x", *, task_id, run_count):' in code
    assert "        self.task_id = task_id\n        self.run_count = run_count\n" in code


def test_what_is_not_called_pulls_nothing(tmp_path: Path) -> None:
    _, code = of(tmp_path, KEEPER + APART + "\ndef work(ti):\n    return Keeper(ti, 'y').label()")
    assert "before.get(" not in code
    assert "before[" not in code


def test_fields_of_data_classes(tmp_path: Path) -> None:
    keeper = """\
@dataclass
class Keeper:
    ti: object
    name: str
    more: str = ""

    def label(self):
        return f"{self.ti.task_id} {self.name}"
"""
    work = "\n\ndef apart(ti):\n    return Keeper(ti, 'a').label()\n\ndef work(ti):\n    return Keeper(name='b', ti=ti).label()"
    kinds, code = of(tmp_path, keeper + work)
    assert {kind for kind, _ in kinds.values()} == {"step"}
    assert '    name: str\n    task_id: str\n    more: str = ""\n' in code


@pytest.mark.parametrize(
    ("keeper", "work"),
    [
        (KEEPER, "return Keeper(ti).ti.task_id"),
        (KEEPER.replace("def count(self)", "def count(self, ti)").replace("return self.ti.x", "self.ti = ti\n        return ti.x"), "return Keeper(ti).label()"),
        (KEEPER.replace("self.ti.task_id", "getattr(self, 'ti').task_id"), "return Keeper(ti).label()"),
        (KEEPER.replace("self.ti.task_id", "self.ti"), "return Keeper(ti).label()"),
        (KEEPER + "\nclass Below(Keeper):\n    pass\n", "return Keeper(ti).label()"),
        (
            "@dataclass\nclass Keeper:\n    ti: object\n    name: str\n    more: str = ''\n\n"
            "    def label(self):\n        return self.ti.task_id\n",
            "return Keeper(ti, 'a', 'b').label()",
        ),
        (
            "@dataclass\nclass Keeper:\n    ti: object\n\n    def label(self):\n        return asdict(self)\n",
            "return Keeper(ti).label()",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_told_stays_as_it_is(tmp_path: Path, keeper: str, work: str) -> None:
    kinds, _ = of(tmp_path, f"{keeper}\n\ndef work(ti):\n    {work}\n\ndef apart(ds):\n    return ds\n")
    assert kinds["work"][0] in ("airflow", "wrapped")
