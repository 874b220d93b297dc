"""The findings for code scanning, checked with models that were made from the schema of SARIF 2.1.0."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif
from typer.testing import CliRunner

from migrator.cli import app
from migrator.diagnostics import diagnose
from migrator.model.source import Span
from migrator.report.sarif import document, render
from tests.report.build import Analysis, analysis, span


def results(found: Analysis) -> list[dict[str, Any]]:
    made = document(found)
    Sarif.model_validate(made)
    listed: list[dict[str, Any]] = made["runs"][0]["results"]
    return listed


def within(found: Analysis, root: Path) -> Analysis:
    return replace(found, project=replace(found.project, root=str(root)))


def test_it_is_valid_and_complete() -> None:
    found = analysis()
    made = json.loads(render(found))
    Sarif.model_validate(made)
    listed = made["runs"][0]["results"]
    assert [item["ruleId"] for item in listed] == [finding.code for finding in found.diagnostics]
    rules = made["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[item["ruleIndex"]]["id"] == item["ruleId"] for item in listed)
    first = listed[0]["locations"][0]["physicalLocation"]
    assert first["artifactLocation"] == {"uri": "team/orders.py"}
    assert first["region"] == {"startLine": 3, "startColumn": 12, "endLine": 3, "endColumn": 28}
    assert {item["level"] for item in listed} <= {"error", "warning", "note"}


def test_the_models_refuse_what_is_wrong() -> None:
    made = document(analysis())
    made["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(ValidationError):
        Sarif.model_validate(made)


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "etl" / "my dags").mkdir(parents=True)
    found = within(analysis(diagnostics=(diagnose("MIG201", Span("a#b.py", 1), "x"), diagnose("MIG201", Span("../lib/c.py", 2), "y"))), tmp_path / "etl" / "my dags")  # fmt: skip
    uris = [item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in results(found)]
    assert uris == ["etl/my%20dags/a%23b.py", "etl/lib/c.py"]


def test_a_finding_stays_the_same_when_it_moves() -> None:
    def prints(line: int) -> list[str]:
        same = (diagnose("MIG201", span(line), "x"), diagnose("MIG201", span(line + 1), "x"))
        return [item["partialFingerprints"]["finding/v1"] for item in results(analysis(diagnostics=same))]

    assert prints(3) == prints(30)
    assert len(set(prints(3))) == 2


def test_hostile_text_and_secrets() -> None:
    odd = diagnose("MIG201", Span("a\udc80.py", 1), "x\x1b[31m\udc80 postgres://bob:hunter2@host")
    text = render(analysis(diagnostics=(odd,)))
    assert text.isascii()
    assert "hunter2" not in text
    assert "\x1b" not in text
    results(analysis(diagnostics=(odd,)))


def test_no_findings_are_an_empty_list() -> None:
    assert results(analysis(diagnostics=())) == []


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from airflow import DAG\nwith DAG('x':\n")
    target = tmp_path / "out.sarif"
    done = CliRunner().invoke(app, ["analyze", str(tmp_path), "--format", "sarif", "-o", str(target), "--no-cache"])
    assert done.exit_code == 1, done.output
    made = json.loads(target.read_text())
    Sarif.model_validate(made)
    assert made["runs"][0]["results"][0]["level"] == "error"
