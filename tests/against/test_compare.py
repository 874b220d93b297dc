"""What counts as a difference between Airflow and the analysis."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.against.compare import UNTOLD, compare
from migrator.against.rest import schedule_of
from migrator.report.against import document, headline, render


def task(task_id: str, *upstream: str, **changed: Any) -> dict[str, Any]:
    record = {
        "task_id": task_id,
        "operator": "BashOperator",
        "mapped": False,
        "trigger_rule": "all_success",
        "retries": 0,
        "pool": "default_pool",
        "group_id": None,
        "upstream": list(upstream),
    }
    return {**record, **changed}


def truth(*tasks: dict[str, Any], schedule: str | None = "0 0 * * *") -> dict[str, Any]:
    dag = {"dag_id": "d", "schedule": schedule, "catchup": False, "tasks": list(tasks)}
    return {"airflow": "3.3.2", "files": [{"file": "d.py", "loaded": True, "error": None, "dags": [dag]}]}


def found(*tasks: dict[str, Any], kind: str = "preset", value: Any = "@daily", dag_id: str = "d") -> dict[str, Any]:
    schedule = {"kind": kind, "value": value}
    return {"dag_id": dag_id, "file": "d.py", "schedule": schedule, "catchup": False, "tasks": list(tasks)}


def test_nothing_differs() -> None:
    comparison = compare(truth(task("a"), task("b", "a")), [found(task("a"), task("b", "a"))])
    assert comparison.differences == ()
    assert comparison.same == {"dags": 1, "tasks": 2, "edges": 1}
    assert headline(comparison) == "Airflow 3.3.2 and the analysis agree on 1 DAG, 2 tasks and 1 edge. No difference."


def test_tasks_and_edges_on_one_side_only() -> None:
    comparison = compare(truth(task("a"), task("b", "a")), [found(task("a"), task("c", "a"))])
    assert [(item.what, item.name, item.airflow, item.analysis) for item in comparison.differences] == [
        ("edge", "a -> b", "a -> b", None),
        ("edge", "a -> c", None, "a -> c"),
        ("task", "b", "b", None),
        ("task", "c", None, "c"),
    ]


@pytest.mark.parametrize("name", ["operator", "mapped", "trigger_rule", "retries", "pool", "group_id"])
def test_each_field_is_compared(name: str) -> None:
    comparison = compare(truth(task("a", **{name: "other"})), [found(task("a"))])
    assert [(item.what, item.name, item.airflow) for item in comparison.differences] == [(name, "a", "other")]


def test_what_the_api_does_not_tell_is_not_compared() -> None:
    theirs = task("a", retries=UNTOLD)
    del theirs["group_id"]
    comparison = compare(truth(theirs, schedule=UNTOLD), [found(task("a", retries=3, group_id="g"))])
    assert comparison.differences == ()


def test_what_is_reported_as_unknown_is_no_wrong_answer() -> None:
    ours = found(task("a", pool="{var:pool}"), task("load_{env:STAGE}"), kind="unknown", value="Variable.get('x')")
    comparison = compare(truth(task("a", pool="small")), [ours])
    assert comparison.wrong == ()
    assert [item.what for item in comparison.differences] == ["pool", "schedule", "task"]


def test_tasks_that_only_airflow_has_may_be_those_that_are_not_known() -> None:
    theirs = truth(task("a"), task("load_1", "a"), task("load_2", "a"))
    comparison = compare(theirs, [found(task("a"), task("load_{?}", "a"))])
    assert comparison.wrong == ()
    assert len(comparison.differences) == 6


def test_dags_on_one_side_only_and_files_that_airflow_refuses() -> None:
    theirs = truth(task("a"))
    theirs["files"].append(
        {"file": "bad.py", "loaded": False, "error": "Traceback\nValueError: at x://u:hunter2@h/", "dags": []}
    )
    comparison = compare(theirs, [found(task("a"), dag_id="other"), {**found(), "dag_id": "bad", "file": "bad.py"}])
    assert [(item.what, item.airflow, item.analysis) for item in comparison.differences] == [
        ("dag", "d", None),
        ("dag", None, "other"),
    ]
    assert [(item.file, item.error) for item in comparison.refused] == [("bad.py", "ValueError: at x://u:***@h/")]


@pytest.mark.parametrize(
    ("theirs", "kind", "value", "same"),
    [
        ("0 0 * * *", "preset", "@daily", True),
        ("timedelta:21600", "timedelta", 21600.0, True),
        ("@once", "once", "@once", True),
        (None, "none", None, True),
        ("assets:a,b", "assets", ["b", "a"], True),
        ("assets:", "assets", ["b"], True),
        ("timetable:Mine", "timetable", "Mine", True),
        ("0 1 * * *", "cron", "0 2 * * *", False),
        (None, "cron", "0 2 * * *", False),
    ],
)
def test_schedules(theirs: str | None, kind: str, value: Any, same: bool) -> None:
    comparison = compare(truth(schedule=theirs), [found(kind=kind, value=value)])
    assert (comparison.differences == ()) is same


@pytest.mark.parametrize(
    ("dag", "schedule"),
    [
        ({"schedule_interval": {"__type": "CronExpression", "value": "0 5 * * *"}}, "0 5 * * *"),
        ({"schedule_interval": {"__type": "TimeDelta", "days": 1, "seconds": 60}}, "timedelta:86460"),
        ({"timetable_summary": "0 5 * * 1-5"}, "0 5 * * 1-5"),
        ({"timetable_summary": "@once"}, "@once"),
        ({"timetable_summary": "Asset"}, "assets:"),
        ({"timetable_summary": None}, None),
        ({"timetable_summary": "1 day, 0:00:00"}, UNTOLD),
        ({"timetable_summary": "Every weekday but holidays"}, UNTOLD),
    ],
)
def test_schedules_of_the_api(dag: dict[str, Any], schedule: str | None) -> None:
    assert schedule_of(dag) == schedule


def test_reports() -> None:
    comparison = compare(truth(task("a"), task("b", "a")), [found(task("a", pool="{var:p}"))], "http://airflow")
    assert document(comparison)["summary"] == {"edge": 1, "task": 1}
    assert document(comparison)["unknown"] == {"pool": 1}
    markdown = render(comparison, "markdown", terminal=False, width=80)
    assert "- task b: only in Airflow" in markdown
    assert "## `d.py`" in markdown
    text = render(comparison, "rich", terminal=False, width=80)
    assert "  d\n    - edge a -> b: only in Airflow\n" in text
    assert "? pool of a: default_pool in Airflow, {var:p} in the analysis" in text
