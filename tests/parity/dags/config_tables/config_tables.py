"""One task a table, configured by YAML, Variables and Params."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import yaml
from airflow.sdk import DAG, Param
from loaders.operators import ExportTableOperator, NotifyOperator

CONFIG = yaml.safe_load((Path(__file__).parent / "config" / "tables.yaml").read_text())
with open(os.path.join(os.path.dirname(__file__), "config", "teams.json")) as f:
    TEAMS = json.load(f)
DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
STAGE = os.getenv("STAGE", "dev")

with DAG(
    dag_id=CONFIG["dag_id"],
    schedule=CONFIG["schedule"],
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={
        "row_limit": Param(100, type="integer", minimum=1, maximum=1000, description="rows of each table"),
        "format": Param("csv", enum=["csv", "json"]),
        "note": Param(None, type=["null", "string"]),
        "tables": Param(["all"], type="array", items={"type": "string"}),
    },
    default_args={**CONFIG["default_args"], "out_dir": f"{DATA_DIR}/{STAGE}"},
    render_template_as_native_obj=False,
) as dag:
    notify = NotifyOperator(
        task_id="notify",
        message="{{ dag.dag_id }} of {{ ds }}: limit {{ params.row_limit }}, {{ var.value.report_title }}, {{ var.json.limits.label }}",
    )
    for table, spec in CONFIG["tables"].items():
        export = ExportTableOperator(
            task_id=f"export_{table}",
            table=table,
            columns=spec["columns"],
            filter=spec.get("filter", "1 = 1"),
            owner=TEAMS[spec["team"]]["owner"],
            limit="{{ params.row_limit }}",
        )
        export >> notify
