"""Functions that a function keeps as the default of a parameter, from a loop around it."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

LOOP = """\
import datetime as dt

from airflow.sdk import DAG, task

def span(values):
    return max(values) - min(values)

with DAG("stats", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    for label, func in {"sum": sum, "count": len, "span": span}.items():

        @task(task_id=f"stat_{label}")
        def stat(values, func=func, label=label):
            return f"{label}={func(values)}"

        stat([1, 2])
"""


def test_a_function_that_is_the_default_of_a_parameter_is_given(tmp_path: Path) -> None:
    (tmp_path / "stats.py").write_text(LOOP)
    analysis = analyze(tmp_path, Config())
    kept = [(one.task_id, one.reason) for one in analysis.plan.dispositions if one.kind == "airflow"]
    assert not kept
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for path, text in files.items() if "/defs/stats" in path)
    assert "def stat(values, func=None, label=None):" in code
    for name in ("sum", "len", "span"):
        assert f"func={name}" in code or f'"func": {name}' in code, code
    assert "def span(values):" in code
