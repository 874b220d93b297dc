"""The JSON report: what stands in it, that the schema holds it, and that the schema would not hold something else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import migrator.report
from migrator.model.airflow import Dag, Schedule
from migrator.model.source import SourceFile
from migrator.model.values import Symbolic
from migrator.report.json import document, render
from tests.report.build import analysis, span, task

SCHEMA = json.loads(Path(migrator.report.__file__).with_name("schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def errors(report: dict[str, Any]) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(report)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_report_is_as_published() -> None:
    text = render(analysis())
    expected = Path(__file__).with_name("expected") / "report.json"
    assert text == expected.read_text(encoding="utf-8")
    assert errors(json.loads(text)) == []


def test_empty_report() -> None:
    report = document(analysis(dags=(), assets=(), diagnostics=(), dispositions=(), deltas=(), waves=(), files=()))
    assert errors(report) == []


def test_defaults_are_airflows() -> None:
    (dag,) = document(analysis())["dags"]
    load, wait = dag["tasks"]
    assert (load["retries"], load["pool"], load["trigger_rule"]) == (0, "default_pool", "all_success")
    assert (wait["retries"], wait["pool"]) == (2, "{var:P}")
    assert dag["catchup"] is True, "Airflow 2 catches up"
    other = Dag("d", span(), Schedule("none"), "3", catchup=None)
    assert document(analysis(dags=(other,)))["dags"][0]["catchup"] is False


@pytest.mark.parametrize(
    ("schedule", "value"),
    [
        (Schedule("preset", "@daily"), "@daily"),
        (Schedule("timedelta", 3600.0), 3600.0),
        (Schedule("assets", ["s3://a", "b"]), ["s3://a", "b"]),
        (Schedule("timetable", "AfterWorkday"), "AfterWorkday"),
        (Schedule("once", "@once"), "@once"),
        (Schedule("continuous"), None),
        (Schedule("none"), None),
        (Schedule("unknown", "Variable.get('s')"), "Variable.get('s')"),
    ],
)
def test_schedules(schedule: Schedule, value: object) -> None:
    report = document(analysis(dags=(Dag("d", span(), schedule, "3"),)))
    assert report["dags"][0]["schedule"] == {"kind": schedule.kind, "value": value}
    assert errors(report) == []


def test_secrets_are_not_shown() -> None:
    dag = Dag(
        "d",
        span(),
        Schedule("none"),
        "3",
        arguments={
            "default_args": {"conn": "postgres://user:hunter2@host/db", "smtp": {"password": "hunter2"}},
            "api_key": "hunter2",
            "user_defined_macros": {"tokens": ["hunter2"]},
            "auth_token": Symbolic("variable", "", name="TOKEN"),
        },
    )
    report = document(analysis(dags=(dag,)))
    assert "hunter2" not in json.dumps(report)
    settings = report["dags"][0]["settings"]
    assert settings["default_args"]["conn"] == "postgres://user:***@host/db"
    assert settings["auth_token"] == "{var:TOKEN}", "the name of a Variable is no secret"


def test_what_json_cannot_say() -> None:
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested]
    values = {"a": float("nan"), "b": {3, 1}, "c": b"xx", "d": {1: 2}, "e": nested, "f": "\udc80\x1b", "g": 10**400}
    dag = Dag("d\udc80", span(), Schedule("none"), "3", arguments=values)
    text = render(analysis(dags=(dag,), files=(SourceFile("a\\udcff.py", ""),)))
    assert text.isascii()
    report = json.loads(text)
    assert errors(report) == []
    assert report["dags"][0]["dag_id"] == "d\\udc80"
    assert report["dags"][0]["settings"]["b"] == [1, 3]
    assert report["dags"][0]["settings"]["a"] == "nan"


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(report: dict[str, Any]) -> None:
        place: Any = report
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(report: dict[str, Any]) -> None:
        place: Any = report
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


@pytest.mark.parametrize(
    "change",
    [
        put("schema_version", value=2),
        put("airflow_version", value="2.11"),
        put("surprise", value=1),
        drop("deltas"),
        put("files", 0, "status", value="fine"),
        put("files", 0, "path", value="/absolute.py"),
        put("files", 0, "path", value="a\nb.py"),
        drop("dags", 0, "tasks", 0, "upstream"),
        put("dags", 0, "tasks", 0, "disposition", value="gone"),
        put("dags", 0, "tasks", 0, "retries", value=None),
        put("dags", 0, "tasks", 0, "reason", value="because"),
        put("dags", 0, "tasks", 0, "outputs", 0, "confidence", value="sure"),
        put("dags", 0, "tasks", 0, "outputs", 0, "evidence", "line", value=0),
        put("dags", 0, "schedule", value={"kind": "cron", "value": None}),
        put("dags", 0, "schedule", value={"kind": "assets", "value": "x"}),
        put("dags", 0, "schedule", value={"kind": "sometimes", "value": None}),
        put("assets", 0, "key", value=[]),
        put("assets", 0, "key", value=["sales.orders"]),
        put("assets", 0, "producers", value=["no_dag"]),
        put("diagnostics", 0, "code", value="X1"),
        put("diagnostics", 0, "severity", value="fatal"),
    ],
)
def test_the_schema_refuses_what_is_wrong(change: Callable[[dict[str, Any]], None]) -> None:
    report = copy.deepcopy(document(analysis()))
    assert errors(report) == []
    change(report)
    assert errors(report) != []


def test_upstream_and_refs_keep_their_order() -> None:
    dag = Dag("d", span(), Schedule("none"), "3", tasks=(task("a"), task("b", upstream=("a", "c"))))
    assert document(analysis(dags=(dag,)))["dags"][0]["tasks"][1]["upstream"] == ["a", "c"]
