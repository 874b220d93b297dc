"""Operators that run inside of Dagster as they are, in a real Airflow's library: no scheduler, no database, no configuration."""

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

from airflow import DAG
from airflow.providers.common.sql.operators.generic_transfer import GenericTransfer

with DAG("copy_orders", schedule="@daily", start_date=dt.datetime(2026, 1, 1), default_args={"retries": 1}):
    GenericTransfer(
        task_id="copy",
        sql="SELECT id, '{{ ds }}' AS day FROM orders WHERE day = '{{ ds }}'",
        source_conn_id="shop",
        destination_conn_id="warehouse",
        destination_table="orders_copy",
        source_hook_params={"log_sql": False},
        preoperator=["DELETE FROM orders_copy WHERE day = '{{ ds }}'"],
    )
"""
RUN = """\
import sys

sys.path[:0] = [{source!r}]
sys.path.append({dagster!r})
import dagster as dg
from copying.definitions import defs

job = defs().resolve_job_def("copy_orders")
assert job.execute_in_process(partition_key="2026-01-02").success
"""


@pytest.mark.parametrize("version", [2, 3])
def test_an_operator_that_no_rule_translates_works_in_dagster(
    version: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "copy_orders.py").write_text(DAG)
    for name in ("shop", "warehouse"):
        with sqlite3.connect(tmp_path / f"{name}.db") as database:
            database.execute(f"CREATE TABLE orders{'_copy' if name == 'warehouse' else ''} (id INTEGER, day TEXT)")
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executemany(
            "INSERT INTO orders VALUES (?, ?)", [(1, "2026-01-01"), (2, "2026-01-02"), (3, "2026-01-02")]
        )
    command = [sys.executable, "-m", "migrator", "generate", "dags", "-o", "copying", "--wrap", "GenericTransfer"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "1 wrapped" in done.stdout) == (0, True), done.stdout + done.stderr
    script = RUN.format(source=str(tmp_path / "copying" / "src"), dagster=sysconfig.get_path("purelib"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DAGSTER"))}
    environment |= {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW_CONN_SHOP": json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "shop.db")}),
        "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "warehouse.db")}),
    }
    python = request.getfixturevalue(f"airflow{version}_python")
    for _ in range(2):  # its own `preoperator` makes it idempotent
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
    with sqlite3.connect(tmp_path / "warehouse.db") as database:
        assert database.execute("SELECT id, day FROM orders_copy ORDER BY id").fetchall() == [
            (2, "2026-01-02"),
            (3, "2026-01-02"),
        ]
