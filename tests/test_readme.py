"""The README's example is what a reader finds in the sample DAGs and in the project made of them."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

ROOT = Path(__file__).parent.parent
SAMPLE_DAGS = ROOT / "sample_dags"


def test_the_example_is_true() -> None:
    section = (ROOT / "README.md").read_text().partition("## From tasks to assets")[2].partition("\n## ")[0]
    airflow, dagster = (block.partition("\n```")[0] for block in section.split("```python\n")[1:])
    analysis = analyze(SAMPLE_DAGS, Config())
    files = render_project(analysis.plan, analysis.project, "demo_project")
    text = (SAMPLE_DAGS / "web_events_daily.py").read_text()
    assert [piece for piece in airflow.split("\n...\n") if piece not in text] == []
    assert dagster in files["src/demo_project/defs/web_events_daily/assets.py"]
