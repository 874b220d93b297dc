"""The comparison itself, on figures that can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.budget import Budget
from tests.conformance.score import compare, schedule


def dag(file: str, dag_id: str, edges: dict[str, list[str]], **options: Any) -> dict[str, Any]:
    tasks = [
        {
            "task_id": task_id,
            "operator": "EmptyOperator",
            "mapped": False,
            "trigger_rule": "all_success",
            "retries": options.get("retries", 0),
            "pool": "default_pool",
            "group_id": None,
            "upstream": upstream,
        }
        for task_id, upstream in edges.items()
    ]
    return {"file": file, "dag_id": dag_id, "schedule": None, "tasks": tasks}


def truth(*dags: dict[str, Any]) -> dict[str, Any]:
    files = sorted({dag["file"] for dag in dags})
    return {
        "files": [
            {"file": file, "loaded": file != "broken.py", "dags": [dag for dag in dags if dag["file"] == file]}
            for file in files
        ]
    }


def test_what_is_missed_invented_and_wrong_is_counted() -> None:
    wanted = truth(
        dag("a.py", "a", {"x": [], "y": ["x"], "z": ["y"]}),
        dag("b.py", "b", {"x": []}),
        dag("broken.py", "c", {"x": []}),
    )
    found = {
        "dags": [dag("a.py", "a", {"x": [], "y": ["x"], "w": ["x"]}, retries=2), dag("b.py", "b", {"x": []})],
        "diagnostics": [{"file": "b.py"}],
    }
    score = compare(wanted, found)
    assert (score.files, score.silent_files) == (2, 1)
    assert (score.hits["tasks"], score.truth["tasks"], score.found["tasks"]) == (3, 4, 4)
    assert (score.hits["edges"], score.truth["edges"], score.found["edges"]) == (1, 2, 2)
    assert score.f1("dags") == 1.0
    assert score.f1("tasks") == 0.75
    assert score.share_right("retries") == pytest.approx(1 / 3)
    assert score.wrong[0].missed == ("a y z", "a z")
    assert score.wrong[0].invented == ("a w", "a x w")


def test_nothing_found_scores_nothing() -> None:
    score = compare(truth(dag("a.py", "a", {"x": []})), {"dags": [], "diagnostics": []})
    assert score.f1("tasks") == 0.0


@pytest.mark.parametrize(
    ("airflow", "analyzer"),
    [
        (None, {"kind": "none", "value": None}),
        ("0 0 * * *", {"kind": "preset", "value": "@daily"}),
        ("5 4 * * *", {"kind": "cron", "value": "5 4 * * *"}),
        ("timedelta:3600", {"kind": "timedelta", "value": 3600.0}),
        ("@once", {"kind": "once", "value": None}),
        ("assets:s3://a,s3://b", {"kind": "assets", "value": ["s3://b", "s3://a"]}),
        ("timetable:Workday", {"kind": "timetable", "value": "Workday"}),
    ],
)
def test_schedules_have_one_spelling(airflow: str | None, analyzer: dict[str, Any]) -> None:
    assert schedule(airflow) == schedule(analyzer)


def test_the_budget_names_what_is_worse() -> None:
    budget = Budget({"examples": {"tasks_f1": 0.9, "edges_f1": 0.9, "silent_files": 1}})
    figures = {"tasks_f1": 0.89, "edges_f1": 0.95, "silent_files": 2}
    assert list(budget.shortfalls("examples", figures)) == [
        "examples: tasks_f1 is 0.89, the budget is 0.9",
        "examples: silent_files is 2, the budget is 1",
    ]
