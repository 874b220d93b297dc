"""Functions that use Airflow as a library, in steps of Dagster: no scheduler, no database, no configuration."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from .worlds import TIMEOUT_SECONDS

pytestmark = pytest.mark.integration

DAG = """\
import datetime as dt
from airflow.decorators import dag, task
from airflow.models import Variable
from airflow.operators.python import PythonOperator, get_current_context
from common.shop import LIMIT, rows

CONN = "shop"


def day_of():
    return get_current_context()["ds"]


def report(prefix, **kwargs):
    found = kwargs["ti"].xcom_pull(task_ids="load")
    rows(f"insert into seen values ('{prefix}', '{kwargs['ds']}', {found}, '{kwargs['suffix']}', 0)", handler=None)


@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1), params={"region": "eu"})
def orders():
    @task
    def limit():
        return LIMIT + 1

    @task
    def load(n, region="x", ti=None, **context):
        from common.shop import rows as fetch

        found = len(fetch("select id from orders"))
        name = Variable.get("name")
        next_day = context["logical_date"].add(days=1).format("DD")
        values = f"('{day_of()}', '{name}', {found + n}, '{context['params']['region'] + region + next_day}', {ti.try_number})"
        fetch(f"insert into seen values {values}", handler=None)
        return found

    load(limit()) >> PythonOperator(
        task_id="report", python_callable=report, op_args=["day"], op_kwargs={"suffix": "{{ ds_nodash }}"}
    )


orders()
"""
SHOP = """\
from airflow.hooks.base import BaseHook
from airflow.utils.strings import to_boolean

from common.names import CONN

LIMIT = 3


def rows(sql, handler=list):
    assert to_boolean("yes")
    return BaseHook.get_connection(CONN).get_hook().run(sql, handler=handler)
"""
RUN = """\
import sys

sys.path[:0] = [{source!r}]
sys.path.append({dagster!r})
import dagster as dg
from moved.definitions import defs

definitions = defs()
assert "airflow" not in sys.modules
assert definitions.resolve_job_def("orders").execute_in_process(partition_key="2026-01-02").success
"""


@pytest.mark.parametrize("version", [2, 3])
def test_functions_with_hooks_work_in_dagster(version: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    (tmp_path / "dags" / "common").mkdir(parents=True)
    for name, text in (("orders", DAG), ("common/shop", SHOP), ("common/names", 'CONN = "shop"\n')):
        (tmp_path / "dags" / f"{name}.py").write_text(text)
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
        database.execute("CREATE TABLE seen (day TEXT, name TEXT, n INTEGER, region TEXT, tries INTEGER)")
        database.executemany("INSERT INTO orders VALUES (?)", [(1,), (2,)])
    command = [sys.executable, "-m", "migrator", "generate", "dags", "-o", "moved", "--airflow-version", "3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "2 wrapped" in done.stdout) == (0, True), done.stdout + done.stderr
    script = RUN.format(source=str(tmp_path / "moved" / "src"), dagster=sysconfig.get_path("purelib"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DAGSTER"))}
    environment |= {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW_CONN_SHOP": json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "shop.db")}),
        "AIRFLOW_VAR_NAME": "Ann",
    }
    python = request.getfixturevalue(f"airflow{version}_python")
    ran = subprocess.run(
        [python, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    with sqlite3.connect(tmp_path / "shop.db") as database:
        assert database.execute("SELECT * FROM seen ORDER BY day").fetchall() == [
            ("2026-01-02", "Ann", 6, "eux03", 1),
            ("day", "2026-01-02", 2, "20260102", 0),
        ]
