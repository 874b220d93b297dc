"""DAG files and what is planned for them: `tests/fixtures/planning/<feature>.py` and `<feature>.json`.

`UPDATE_PAIRS=1 pytest tests/planning/test_pairs.py` writes the expected files anew; read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze
from migrator.planning import plan
from tests.planning.summary import summary

FOLDER = Path(__file__).parent.parent / "fixtures" / "planning"
PAIRS = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_plan_is_as_expected(path: Path) -> None:
    analysis = analyze(path, Config())
    found = json.loads(json.dumps(summary(analysis.plan)))
    expected = path.with_suffix(".json")
    if os.environ.get("UPDATE_PAIRS"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))
    assert "MIG105" not in {finding.code for finding in analysis.plan.diagnostics}


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_every_task_is_accounted_for_once(path: Path) -> None:
    analysis = analyze(path, Config())
    accounts = [(found.dag_id, found.task_id) for found in analysis.plan.dispositions]
    assert sorted(accounts) == sorted((task.dag_id, task.task_id) for task in analysis.project.tasks())


def test_the_same_project_gives_the_same_plan() -> None:
    project = analyze(FOLDER, Config()).project
    assert plan(project, Config()) == plan(project, Config())
