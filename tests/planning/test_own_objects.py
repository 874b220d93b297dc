"""Methods of objects that a DAG's file makes; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from dataclasses import dataclass
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator


@dataclass
class Table:
    name: str
    key: str = "id"


class Pipeline:
    def __init__(self, dag_id, folder="/data"):
        self.dag_id = dag_id
        self.folder = folder
        self.seen = []

    def load(self, table, ds, limit=10, **context):
        print(self._path(table), ds, limit, context["ti"].task_id)

    def _path(self, table):
        return f"{self.folder}/{table.name}"

    def build(self):
        with DAG(self.dag_id, schedule="@daily", start_date=dt.datetime(2026, 1, 1)) as dag:
            PythonOperator(task_id="load", python_callable=self.load, op_kwargs={"table": Table("orders")})
        return dag


pipeline = Pipeline("shop")
dag = pipeline.build()
"""


def test_a_method_is_called_on_an_object_made_like_the_dags(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"shop.py": DAG})
    assert kinds["load"][0] == "step"
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert 'Pipeline(dag_id="shop").load(' in code
    assert 'table=Table(name="orders")' in code
    assert "def load(self, table, ds, limit=10, *, task_id):" in code, "the context is replaced by what is used of it"
    assert "def build" not in code and "airflow.sdk" not in code, "what makes the DAG stays behind"
    assert code.count("class Table:") == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("pipeline = Pipeline", "pipeline = Pipeline.made", "is called on an object"),
        ("        with DAG", "        self.folder = '/other'\n        with DAG", "reads `folder` of an object, which was"),
        ("f\"{self.folder}", "f\"{self.seen.append(1)}{DAG}", "uses `airflow.sdk.DAG`"),
    ],
)  # fmt: skip
def test_an_object_that_cannot_be_made_again_stays(tmp_path: Path, old: str, new: str, reason: str) -> None:
    made = "    @staticmethod\n    def made(dag_id):\n        found = object.__new__(Pipeline)\n        found.__init__(dag_id)\n        return found\n\n"
    text = DAG.replace(old, new).replace("    def load(", f"{made}    def load(")
    kinds, _ = generated(tmp_path, {"shop.py": text})
    assert kinds["load"][0] == "airflow"
    assert reason in kinds["load"][1]


def test_an_object_is_made_by_place_where_its_class_takes_any_number(tmp_path: Path) -> None:
    text = DAG.replace('folder="/data"):', '*others, folder="/data"):').replace(
        'Pipeline("shop")', 'Pipeline("shop", 1, folder="/x")'
    )
    kinds, files = generated(tmp_path, {"shop.py": text})
    assert kinds["load"][0] == "step"
    assert 'Pipeline("shop", 1, folder="/x").load(' in "".join(files.values())


TWO_METHODS = """\
import datetime as dt
from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG


class Loader:
    def __init__(self, base):
        self.base = base

    def load(self, ds):
        if ds.endswith("01"):
            raise AirflowSkipException("the first day")
        print(self.base, ds)

    def report(self, ti):
        print(self.base, ti.run_id)

    def forget(self):
        raise AirflowSkipException("never called")


loader = Loader("/data")
with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    load = PythonOperator(task_id="load", python_callable=loader.load)
    load >> PythonOperator(task_id="report", python_callable=loader.report, trigger_rule="none_failed")
"""


def test_tasks_share_a_class_of_which_each_needs_another_method(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"shop.py": TWO_METHODS})
    assert {task_id: kind for task_id, (kind, _) in kinds.items()} == {"load": "step", "report": "step"}
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert code.count("class Loader:") == 1
    assert 'raise Skipped("the first day")' in code and "def report(self, run_id):" in code
    assert "def forget" not in code, "what nobody calls and needs Airflow stays behind"


def test_a_static_method_comes_without_what_makes_tasks_of_it(tmp_path: Path) -> None:
    text = """\
import datetime as dt
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator

class Loader:
    def __init__(self, name):
        self.name = name

    def task(self):
        return PythonOperator(task_id=self.name, python_callable=self.load)

    @staticmethod
    def load(ds):
        return Loader.label(ds)

    @staticmethod
    def label(ds):
        return ds

class Gate(ShortCircuitOperator):
    def __init__(self, days, **kwargs):
        super().__init__(python_callable=self.is_open, **kwargs)
        self.days = days

    def is_open(self, logical_date):
        return logical_date.day in self.days

with DAG("loads", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    Gate(task_id="gate", days=[1, 2]) >> Loader("load").task()
"""
    files = generated(tmp_path, {"loads.py": text})[1]
    code = "".join(text for path, text in files.items() if "/defs/loads/" in path)
    assert (
        """\
class Loader:
    @staticmethod
    def load(ds):
        return Loader.label(ds)

    @staticmethod
    def label(ds):
        return ds
"""
        in code
    )
    assert (
        """\
class Gate:
    def __init__(self, days):
        self.days = days

    def is_open(self, logical_date):
        return logical_date.day in self.days
"""
        in code
    )
    assert "if Gate(days=[1, 2]).is_open(logical_date=context.partition_time_window.start):" in code
