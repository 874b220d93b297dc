"""The comparison itself, on figures that can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.budget import Budget
from tests.conformance.page import page
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


def test_an_id_that_an_earlier_file_has_is_not_asked_for() -> None:
    wanted = truth(dag("a.py", "a", {"x": []}), dag("b.py", "a", {"x": []}))
    score = compare(wanted, {"dags": [dag("a.py", "a", {"x": []})], "diagnostics": []})
    assert (score.files, score.truth["dags"], score.wrong) == (2, 1, [])


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


def test_what_is_wrong_is_silent_unless_a_finding_about_structure_announces_it() -> None:
    wanted = truth(dag("a/x.py", "a", {"x": []}), dag("b/y.py", "b", {"x": [], "y": ["x"]}, retries=3))
    found = {
        "dags": [dag("a/x.py", "a", {}), dag("b/y.py", "b", {"x": [], "y": ["x"]})],
        "diagnostics": [{"file": "a/x.py", "code": "MIG105"}, {"file": "b/y.py", "code": "MIG401"}],
    }

    score = compare(wanted, found)

    assert [(file.file, file.told, file.lines()) for file in score.wrong] == [
        ("a/x.py", True, ["-a x"]),
        ("b/y.py", False, ["retries of b x: 3 in Airflow, 0 here", "retries of b y: 3 in Airflow, 0 here"]),
    ]
    assert score.silent_share == pytest.approx(2 / 20)
    assert compare(wanted, found, below="a/").files == 1


def test_the_page_shows_figures_and_what_is_wrong() -> None:
    wanted = truth(dag("system/http/x.py", "a", {"x": [], "y": []}))
    found = {"dags": [dag("system/http/x.py", "a", {"x": []})], "diagnostics": []}

    text = page({"providers": compare(wanted, found)}, (wanted, found))

    assert "| providers | 1 | 1 | 2 | 0 | 100.00 | 66.67 |" in text
    assert "| http | 1 |" in text
    assert "- system/http/x.py (silent)\n  - `-a y`" in text
