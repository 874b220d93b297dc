"""The connections that code names where it makes hooks of classes of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze
from migrator.planning.callables.named_connections import connections_of_hooks

CLASSES = """
class Rates(SqliteHook):
    def rate(self): ...

class Cached(Rates): ...

class Other(Rates):
    default_conn_name = "other_db"

class Named(PostgresHook):
    def __init__(self, table, store="stores", **kwargs):
        super().__init__(postgres_conn_id=store, **kwargs)

class Fixed(MySqlHook):
    def __init__(self, table):
        super().__init__("fixed_db")

class Files(BaseHook):
    def __init__(self, folder, file_conn="files"):
        self.path = self.get_connection(file_conn).host

class Later(BaseHook):
    def __init__(self, place):
        self.place = place

    def get_conn(self):
        return self.get_connection(self.place)

class Handing(SqliteHook):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('Rates("warehouse")', {"warehouse"}),
        ('hooks.Cached(sqlite_conn_id="lake").rate()', {"lake"}),
        ("Rates(DB)", {"of_a_constant"}),
        ("Rates(conn)", {"given"}),
        ("Rates(found())", set()),
        ("Rates()", {"sqlite_default"}),
        ('Named("orders")', {"stores"}),
        ("Other()", {"other_db"}),
        ('Named("orders", "shop")', {"shop"}),
        ('Named("orders", store="shop")', {"shop"}),
        ('Named("orders", postgres_conn_id="pg")', {"pg"}),
        ('Handing("warehouse")', {"warehouse"}),
        ('Files("in")', {"files"}),
        ('Files("in", "archive")', {"archive"}),
        ('Later("far")', {"far"}),
        ('Plain("warehouse")', set()),
        ('        @task\n        def work():\n            return Rates("indented")', {"indented"}),
    ],
)
def test_hooks_of_own_classes_tell_their_connections(code: str, expected: set[str]) -> None:
    found = connections_of_hooks([CLASSES, 'DB = "of_a_constant"', code], {"conn": "given"})
    assert found == expected | {"fixed_db"}


DAG = """
import os
from datetime import datetime
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG, Variable

STAGE = os.environ["STAGE"]
with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    SQLExecuteQueryOperator(task_id="a", conn_id={conn_id}, sql="DELETE FROM t")
    SQLExecuteQueryOperator(task_id="b", conn_id="crm_stage", sql="DELETE FROM u")
"""


def test_a_resource_stands_for_a_connection_whose_id_the_environment_tells(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DAG.format(conn_id='f"crm_{STAGE}"'))
    analysis = analyze(tmp_path, Config())
    assert {row.kind for row in analysis.plan.dispositions} == {"asset"}
    files = render_project(analysis.plan, analysis.project, "acme")
    resources = files["src/acme/defs/resources.py"]
    assert "CRM__STAGE_URL" in resources and '"crm_stage"' in resources
    assert "Connection crm_{env:STAGE}" in files["README.md"]


@pytest.mark.parametrize("conn_id", ["f\"crm_{Variable.get('stage')}\"", 'f"crm_{datetime.now()}"', '""'])
def test_a_connection_that_changes_from_run_to_run_stays_in_airflow(tmp_path: Path, conn_id: str) -> None:
    (tmp_path / "d.py").write_text(DAG.format(conn_id=conn_id))
    plan = analyze(tmp_path, Config()).plan
    assert {row.task_id: row.kind for row in plan.dispositions} == {"a": "airflow", "b": "asset"}


BY_DEFAULT = """
import os
from datetime import datetime
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def load():
    return SqliteHook(os.getenv("ARCHIVE_CONN", "archive")).get_records("SELECT 1")

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    SQLExecuteQueryOperator(task_id="a", conn_id={conn_id}, sql="DELETE FROM t")
    SQLExecuteQueryOperator(task_id="b", conn_id="crm_dev", sql="DELETE FROM u")
    PythonOperator(task_id="load", python_callable=load)
"""


@pytest.mark.parametrize("conn_id", ["f\"crm_{os.environ.get('STAGE', 'dev')}\"", 'os.getenv("STAGE", "crm_dev")'])
def test_the_default_names_the_connection_where_the_environment_says_nothing(tmp_path: Path, conn_id: str) -> None:
    (tmp_path / "d.py").write_text(BY_DEFAULT.format(conn_id=conn_id))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "acme")
    resources = files["src/acme/defs/resources.py"]
    assert '"CRM_DEV_URL"' in resources and "STAGE" not in resources
    assert "ARCHIVE_URL=" in files[".env.example"]
    told = [(delta.airflow, delta.dagster) for delta in analysis.plan.deltas if "`STAGE`" in delta.airflow]
    assert told == [
        (
            "`a` uses the connection that `STAGE` in the environment names, `crm_dev` where nothing is set",
            "always the resource of `crm_dev`",
        )
    ]
