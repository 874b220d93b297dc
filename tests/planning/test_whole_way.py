"""All DAG files of the pairs as one project: generated, loaded by Dagster and verified."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze
from migrator.verify import verify

FOLDER = Path(__file__).parent.parent / "fixtures" / "planning"


def test_what_is_planned_loads_and_keeps_every_order(tmp_path: Path) -> None:
    analysis = analyze(FOLDER, Config())
    assert not [finding for finding in analysis.diagnostics if finding.code == "MIG106"]
    write_project(render_project(analysis.plan, analysis.project, "pairs"), tmp_path / "pairs")
    assert [
        f"{found.code} {found.message}" for found in verify(analysis.project, analysis.plan, tmp_path / "pairs")
    ] == []
