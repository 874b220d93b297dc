"""Tasks that only the latest run passes, where each run is the latest one."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.latest_only import LatestOnlyOperator

with DAG("nightly", schedule="@daily", start_date=datetime(2026, 1, 1)):
    LatestOnlyOperator(task_id="latest") >> BashOperator(task_id="publish", bash_command="{command}"{rule})
"""


@pytest.mark.parametrize(
    ("command", "rule", "kind"),
    [
        ("publish", "", "folded"),
        ("publish {{ ds }}", "", "step"),
        ("publish", ', trigger_rule="none_failed"', "step"),
    ],
)
def test_a_gate_that_lets_every_run_go_on_dissolves(tmp_path: Path, command: str, rule: str, kind: str) -> None:
    (tmp_path / "nightly.py").write_text(DAG.format(command=command, rule=rule))
    analysis = analyze(tmp_path, Config())
    assert {item.task_id: item.kind for item in analysis.plan.dispositions} == {"latest": kind, "publish": "step"}
