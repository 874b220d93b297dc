"""The examples of the rules, from DAG file to generated code."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.operators import builtin_rules, rule_for
from migrator.operators.rule import Example, Rule
from migrator.pipeline import analyze

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}: {example.title}")
    for rule in builtin_rules()
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example(rule: Rule, example: Example, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(example.dag.lstrip(), encoding="utf-8")
    analysis = analyze(tmp_path, Config())
    project, plan = analysis.project, analysis.plan
    ids = {(task.dag_id, task.task_id) for task in project.tasks() if rule_for(task) is rule}
    assert ids
    became = {(found.dag_id, found.task_id): found.kind for found in plan.dispositions}
    assert {became[task] for task in ids} == {example.disposition}
    codes = {found.code for found in (*project.diagnostics, *plan.diagnostics)}
    assert set(example.codes) <= codes
    if example.disposition != "airflow":
        assert not codes & {"MIG105", "MIG201", "MIG203", "MIG205", "MIG207", "MIG504"}
    files = render_project(plan, project, "example")
    code = "\n".join(text for path, text in sorted(files.items()) if path.endswith(".py"))
    for text in example.expected:
        assert text in code
