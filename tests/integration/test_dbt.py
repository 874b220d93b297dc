"""A dbt project of the DAG folder in the new project: loaded and run by dagster-dbt, with real dbt and DuckDB."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.generated.projects import migrate, output_of

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURE = REPOSITORY / "tests" / "fixtures" / "dbt_shop"
RUN = """
import json, sys, dagster as dg
from shop.definitions import defs
job = defs().resolve_job_def("shop_daily")
with dg.DagsterInstance.ephemeral() as instance:
    run = job.execute_in_process(partition_key="2025-01-02", instance=instance, raise_on_error=False)
made = [event.asset_key.to_user_string() for event in run.get_asset_materialization_events()]
checks = [f"{one.asset_key.to_user_string()} {one.check_name} {one.passed}" for one in run.get_asset_check_evaluations()]
import duckdb
rows = duckdb.connect("shop.duckdb").execute("FROM daily_sales").fetchall()
print(json.dumps([run.success, made, checks, [[str(day), int(total)] for day, total in rows]]))
"""


def find_dbt_python() -> Path:
    """The Python of the environment that holds dagster-dbt; a test that needs it fails when it isn't there."""
    python = Path(os.environ.get("MIGRATOR_DBT_PYTHON", REPOSITORY / ".venv-dbt" / "bin" / "python")).absolute()
    if not python.is_file():
        pytest.fail(f"no dbt environment: {python} does not exist; run `make dbt`", pytrace=False)
    return python


def test_dbt_makes_the_assets_of_a_run(tmp_path: Path) -> None:
    python = find_dbt_python()
    shutil.copytree(FIXTURE, tmp_path / "dags")
    done = migrate("generate", tmp_path / "dags", "-o", tmp_path / "shop")
    assert done.returncode == 0, output_of(done)

    environment = {
        **os.environ,
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(tmp_path / "shop" / "src"),
        "SHOP_DB": str(tmp_path / "shop" / "shop.duckdb"),
        "DAGSTER_HOME": str(tmp_path),
        "MIGRATION_DASHBOARD": "off",
        "DO_NOT_TRACK": "1",
    }

    def run(*command: str) -> str:
        result = subprocess.run(
            [str(python), *command], cwd=tmp_path / "shop", env=environment, capture_output=True, text=True, timeout=600
        )
        assert result.returncode == 0, output_of(result)
        return result.stdout

    # The manifest is made without a warehouse: nothing has run yet.
    run("-m", "pytest", "-q", "tests")
    assert not (tmp_path / "shop" / "shop.duckdb").exists()

    success, made, checks, rows = json.loads(run("-c", RUN).splitlines()[-1])
    assert success
    assert made == [
        "shop_daily/tell",
        "duckdb/raw_orders",
        "duckdb/stg_orders",
        "duckdb/daily_sales",
        "shop_daily/check",
    ]
    assert checks == ["duckdb/daily_sales not_null_daily_sales_day True"]
    assert rows == [["2025-01-02", 9]]
