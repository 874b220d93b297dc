"""Operators that the team's code makes and executes itself: of its own classes, which become plain ones, and of those that a resource stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.providers.google.cloud.operators.gcs import GCSListObjectsOperator
from airflow_clickhouse_plugin.operators.clickhouse_operator import ClickHouseOperator
from own import Insert, More

def use(**kwargs):
    {body}

with DAG("executing", start_date=datetime(2024, 1, 1), schedule="@daily", params={"table": "t"}):
    PythonOperator(task_id="t", python_callable=use)
"""
OWN = """\
from airflow.models import BaseOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook

class Insert(BaseOperator):
    template_fields = ("table",)

    def __init__(self, *, conn_id, table, **kwargs):
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.table = table

    def execute(self, context):
        self.log.info("into %s", self.table)
        PostgresHook(postgres_conn_id=self.conn_id).run(f"INSERT INTO {self.table} VALUES ('{context['ds']}')")
        return self.table

class More(Insert):
    def __init__(self, region, **kwargs):
        super().__init__(**kwargs)
        self.region = region
"""


def generated(path: Path, body: str) -> str:
    """The code of a project of a task whose function has this body."""
    (path / "dags").mkdir()
    (path / "dags" / "own.py").write_text(OWN, encoding="utf-8")
    text = DAG.replace("{body}", body.replace("\n", "\n    "))
    (path / "dags" / "d.py").write_text(text, encoding="utf-8")
    found = analyze(path / "dags", Config())
    files = render_project(found.plan, found.project, "acme")
    return "\n".join(text for name, text in files.items() if name.endswith(".py") and "bridge" not in name)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'Insert(task_id="x", conn_id="pg", table="a").execute(kwargs)',
            'Insert(conn_id="pg", table="a").execute(ds=ds)',
        ),
        (
            'op = Insert(task_id="x", conn_id="pg", table="a")\nop.execute(kwargs)',
            'op = Insert(conn_id="pg", table="a")\n    op.execute(ds=ds)',
        ),
        (
            'return Insert(conn_id="pg", table="a", task_id="x", retries=2).execute(context=kwargs)',
            'return Insert(conn_id="pg", table="a").execute(ds=ds)',
        ),
        (
            'for i in range(2):\n    op = Insert(task_id=f"x_{i}", conn_id="pg", table=kwargs["params"]["table"])\n    op.execute(kwargs)',
            'op = Insert(conn_id="pg", table=table)\n        op.execute(ds=ds)',
        ),
    ],
)
def test_an_operator_of_a_class_of_its_own_is_a_plain_object(tmp_path: Path, body: str, expected: str) -> None:
    found = generated(tmp_path, body)
    assert expected in found
    assert "class Insert:\n" in found
    assert "PostgresHook(postgres_conn_id=self.conn_id)" in found
    assert "run_function(" not in found


def test_what_only_its_constructor_can_say_is_not_cut(tmp_path: Path) -> None:
    """`conn_id` and `table` go on to the class above."""
    found = generated(tmp_path, 'More(task_id="x", region="eu", conn_id="pg", table="a").execute(kwargs)')
    assert 'More(region="eu", conn_id="pg", table="a").execute(ds=ds)' in found or "airflow_task" in found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'op = ClickHouseOperator(task_id="x", clickhouse_conn_id="events", sql=["INSERT INTO a.b SELECT 1"])\nop.execute(context=kwargs)',
            '    events.run(["INSERT INTO a.b SELECT 1"])\n',
        ),
        (
            'db = kwargs["params"]["table"]\nop = ClickHouseOperator(task_id="x", clickhouse_conn_id="events", database=db, sql="SELECT 1")\nop.execute(context=kwargs)',
            'def t(events: SqlDatabase) -> None:\n    events.run("SELECT 1")\n',
        ),
        (
            'op = ClickHouseOperator(task_id="x", clickhouse_conn_id="events", sql="SELECT 1")\nreturn op.execute(kwargs)[0][0]',
            'op = events.run("SELECT 1")\n    return op[0][0]',
        ),
        (
            'op = ClickHouseOperator(task_id="x", clickhouse_conn_id="events", sql="SELECT 1")\nreturn op.execute(kwargs)',
            'return events.run("SELECT 1")',
        ),
        (
            'op = ClickHouseOperator(task_id="x", clickhouse_conn_id="events", sql="SELECT 1")\nprint("now")\nop.execute(kwargs)',
            'op = partial(events.run, "SELECT 1")\n    print("now")\n    op()',
        ),
        (
            'keys = GCSListObjectsOperator(task_id="x", bucket="b", prefix="p", delimiter=".gz")\nfound = keys.execute(kwargs)\nprint(found)',
            'found = google_cloud_default.list_ending(bucket="b", prefix="p", ending=".gz")\n    print(found)',
        ),
        (
            'return GCSListObjectsOperator(task_id="x", bucket="b", prefix="p").execute(kwargs)',
            'google_cloud_default.list_keys(bucket="b", prefix="p")',
        ),
        (
            'return GCSListObjectsOperator(task_id="x", bucket="b", prefix="p", delimiter="/").execute(kwargs)',
            "run_function(",
        ),
    ],
)
def test_a_resource_does_what_an_operator_would(tmp_path: Path, body: str, expected: str) -> None:
    assert expected in generated(tmp_path, body)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [('database="a"', "they run where the URL of the resource says"), ("", "")],
)
def test_what_a_resource_does_in_another_way_is_told(tmp_path: Path, arguments: str, expected: str) -> None:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    body = f'ClickHouseOperator(task_id="x", clickhouse_conn_id="events", sql="SELECT 1", {arguments}).execute(kwargs)'
    (tmp_path / "d.py").write_text(DAG.replace("{body}", body), encoding="utf-8")
    told = [delta.dagster for delta in analyze(tmp_path, Config()).plan.deltas if "URL" in delta.dagster]
    assert told == ([expected] if expected else [])


def test_a_file_that_no_other_imports_is_not_carried_whole(tmp_path: Path) -> None:
    """Its functions stay as they are, though they hand on the context to a method that others hand it on to as well."""
    making = "from airflow import DAG\ndef make(name):\n    return DAG(name, schedule='@daily')\n"
    (tmp_path / "making.py").write_text(making, encoding="utf-8")
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    head = "from airflow.operators.python import PythonOperator\nfrom own import Insert\n"
    use = '    Insert(task_id="x", conn_id="pg", table="a").execute(kwargs)\n'
    other = f"{head}from making import make\ndag = make('one')\ndef first(**kwargs):\n    print(kwargs['other'])\n{use}"
    other += 'PythonOperator(task_id="t", python_callable=first, op_kwargs={"other": 1}, dag=dag)\n'
    (tmp_path / "one.py").write_text(other, encoding="utf-8")
    this = f"{head}from airflow import DAG\ndef second(**kwargs):\n{use}with DAG('two', schedule='@daily'):\n"
    this += '    PythonOperator(task_id="t", python_callable=second)\n'
    this = "RUNS_AFTER = 'one'\n" + this
    (tmp_path / "two.py").write_text(this, encoding="utf-8")
    found = analyze(tmp_path, Config()).plan.dispositions
    assert {one.dag_id: one.kind for one in found if one.kind in ("airflow", "wrapped")} == {}
