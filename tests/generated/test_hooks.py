"""Functions that used Airflow's hooks, run as Dagster's assets on DuckDB and folders."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import dagster as dg
import pytest

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze

FIXTURE = Path(__file__).parent.parent / "fixtures" / "planning" / "hooks.py"

pytestmark = pytest.mark.integration


def test_resources_do_what_the_hooks_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import duckdb

    analysis = analyze(FIXTURE, Config())
    write_project(render_project(analysis.plan, analysis.project, "hooked"), tmp_path / "hooked")
    monkeypatch.syspath_prepend(str(tmp_path / "hooked" / "src"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_URL", f"duckdb:///{tmp_path}/warehouse.duckdb")
    monkeypatch.setenv("CRM_URL", "https://me:s%40lt@crm.example:8443/v2?region=eu")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute("CREATE TABLE orders (day VARCHAR); INSERT INTO orders VALUES ('2024-01-01'), ('2024-01-02')")
        warehouse.execute("CREATE TABLE stats (day VARCHAR, number INT)")
    definitions = importlib.import_module("hooked.definitions").defs()
    assets = importlib.import_module("hooked.defs.hooks.assets")
    chosen = [assets.count, assets.frame, assets.call, assets.backup, assets.rows_warehouse]
    result = dg.materialize(
        chosen, partition_key="2024-01-02", resources={**definitions.resources, "io_manager": dg.mem_io_manager}
    )
    assert result.success
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        assert warehouse.execute("SELECT * FROM stats").fetchall() == [("2024-01-02", 1)]
    assert (tmp_path / "data/aws_default/lake/orders.csv").read_text() == ",day\n0,2024-01-01\n1,2024-01-02\n"
    assert (tmp_path / "data/google_cloud_default/mirror/a/b.json").read_text() == '{"x": 1}'
    assert result.output_for_node("hooks__rows_warehouse") == [("2024-01-01",), ("2024-01-02",)]
    assert "https://crm.example:8443/v2 me s@lt" in capsys.readouterr().out
    for name in [name for name in sys.modules if name.partition(".")[0] == "hooked"]:
        del sys.modules[name]
