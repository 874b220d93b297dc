"""What is right and wrong with a DAG, and what is counted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from migrator.dashboard import verdicts
from migrator.dashboard.facts import Status, by_team, gather, numbers, reasons
from migrator.dashboard.sources import AirflowNow, DagsterNow
from migrator.dashboard.verdicts import Level
from migrator.state.fingerprint import fingerprint
from migrator.state.inventory import read_inventory
from migrator.state.shadow import ShadowResult, add_result
from migrator.state.stages import Stage
from tests.dashboard.worlds import dag, stays, task, write

NO_AIRFLOW = AirflowNow(problem="AIRFLOW_URL is not set")
NO_DAGSTER = DagsterNow("DAGSTER_URL is not set")
RUNS, PAUSED, GONE = (AirflowNow("http://a", "", paused) for paused in ({"d": False}, {"d": True}, {}))
ON, OFF = DagsterNow("", frozenset({"d_schedule"})), DagsterNow("", frozenset({"another_schedule"}))


@pytest.mark.parametrize(
    ("stage", "airflow", "dagster", "level", "told"),
    [
        ("observed", RUNS, OFF, "ok", "Airflow starts it"),
        ("observed", RUNS, ON, "wrong", "scheduled twice"),
        ("observed", PAUSED, OFF, "warn", "scheduled by nobody"),
        ("observed", GONE, OFF, "wrong", "scheduled by nobody: Airflow has no such DAG"),
        ("observed", PAUSED, ON, "wrong", "so Airflow should start it"),
        ("proxied", RUNS, OFF, "ok", "Airflow starts it"),
        ("proxied", PAUSED, OFF, "wrong", "scheduled by nobody"),
        ("migrated", PAUSED, ON, "ok", "Dagster starts it"),
        ("migrated", RUNS, ON, "wrong", "scheduled twice"),
        ("migrated", RUNS, OFF, "wrong", "so Dagster should start it"),
        ("migrated", PAUSED, OFF, "wrong", "scheduled by nobody"),
        ("decommissioned", GONE, ON, "ok", "Dagster starts it"),
        ("observed", NO_AIRFLOW, OFF, "unknown", "Airflow was not reached"),
        ("observed", NO_AIRFLOW, ON, "wrong", "so Airflow should start it"),
        ("migrated", NO_AIRFLOW, OFF, "wrong", "so Dagster should start it"),
        ("migrated", NO_AIRFLOW, ON, "unknown", "Airflow was not reached"),
        ("observed", RUNS, NO_DAGSTER, "unknown", "Dagster was not reached"),
        ("migrated", RUNS, NO_DAGSTER, "wrong", "so Dagster should start it"),
        ("proxied", PAUSED, NO_DAGSTER, "wrong", "so Airflow should start it"),
        ("observed", NO_AIRFLOW, NO_DAGSTER, "unknown", "not all is known"),
    ],
)
def test_exactly_one_scheduler(stage: str, airflow: AirflowNow, dagster: DagsterNow, level: str, told: str) -> None:
    verdict = verdicts.scheduler(dag("d"), Stage(stage), airflow, dagster)
    assert verdict.level.value == level, verdict.text
    assert told in verdict.text


def test_a_dag_without_schedule_is_nobodys() -> None:
    entry = dag("d", schedule="none", sensors=("d_after_e",))
    assert verdicts.scheduler(entry, Stage.MIGRATED, RUNS, ON).level is Level.OK


def test_a_dag_without_code_in_dagster_is_known_to_be_airflows() -> None:
    assert verdicts.scheduler(stays("d"), Stage.OBSERVED, RUNS, NO_DAGSTER).level is Level.OK


@pytest.mark.parametrize(
    ("stage", "text", "level"),
    [("observed", "same", "ok"), ("observed", "new", "warn"), ("proxied", "new", "wrong"), ("decommissioned", "new", "ok")],
)  # fmt: skip
def test_code_is_compared_with_the_dag_file(tmp_path: Path, stage: str, text: str, level: str) -> None:
    (tmp_path / "d.py").write_text(text)
    entry = dag("d", sources=("d.py",), fingerprint=fingerprint({"d.py": "same"}))
    assert verdicts.code(entry, Stage(stage), tmp_path).level.value == level


def test_code_is_not_judged_without_the_dag_files(tmp_path: Path) -> None:
    assert verdicts.code(dag("d"), Stage.OBSERVED, None).level is Level.UNKNOWN
    assert verdicts.code(dag("d"), Stage.OBSERVED, tmp_path).level is Level.UNKNOWN


def status(migration: Path, **fields: Any) -> Status:
    given: dict[str, Any] = {"airflow": NO_AIRFLOW, "dagster": NO_DAGSTER, "dags_folder": None}
    return gather(migration, read_inventory(migration), **{**given, **fields})


def test_labels_and_numbers(tmp_path: Path) -> None:
    half = dag("half", task("a"), task("b", "airflow", code="MIG203", reason="uses a hook"))
    found = status(
        write(
            tmp_path, dag("done"), half, stays("stuck", owners=()), dag("todo", wave=2), dag("later", wave=3),
            states={"done": {"stage": "migrated"}, "half": {"stage": "proxied", "proxied_tasks": ["a"]}},
        )
    )  # fmt: skip
    assert {item.dag_id: item.label for item in found.dags} == {
        "done": "migrated", "half": "proxied", "stuck": "blocked", "todo": "observed", "later": "observed",
    }  # fmt: skip
    counted = numbers(found)
    assert counted["% DAGs off Airflow"] == 20.0
    assert counted["% tasks in Dagster"] == round(100 * 3 / 9, 1)
    assert counted["DAGs observed"] == 2
    assert counted["open blockers"] == 2
    assert [item.dag_id for item in found.next_dags()] == ["todo"]
    assert reasons(found) == [("no rule translates `HttpSensor`", ["stuck"]), ("uses a hook", ["half"])]
    assert list(by_team(found)) == ["sales", "(no owner)"]


def test_bad_state_files_are_told_and_stop_nothing(tmp_path: Path) -> None:
    migration = write(
        tmp_path, dag("a"), dag("b"), dag("../c"),
        states={"a": "{", "gone": {"stage": "observed"}, "b": {"stage": "nonsense"}},
    )  # fmt: skip
    found = status(migration)
    assert found.problems == ("`state/gone.json` is of a DAG that is not in the inventory",)
    told = dict(found.wrong)
    assert told["a"].startswith("`state/a.json`: Invalid JSON")
    assert told["b"].startswith("`state/b.json`: `stage`")
    assert "cannot be the id of a DAG" in told["../c"]


def test_the_last_comparison_of_each_task_counts(tmp_path: Path) -> None:
    migration = write(tmp_path, dag("d"))
    assert status(migration).dags[0].parity is None
    for day, task_id, equal in ((1, "a", False), (2, "a", True), (3, "b", False)):
        at = dt.datetime(2026, 11, day, tzinfo=dt.timezone.utc)
        add_result(migration, "d", ShadowResult(at=at, task_id=task_id, equal=equal, what="3 of 9 rows differ"))
    verdict = status(migration).dags[0].parity
    assert verdict is not None
    assert verdict.level is Level.WRONG
    assert verdict.text == "differs from Airflow: `b` (2026-11-03): 3 of 9 rows differ"
    add_result(
        migration, "d", ShadowResult(at=dt.datetime(2026, 11, 4, tzinfo=dt.timezone.utc), task_id="b", equal=True)
    )
    verdict = status(migration).dags[0].parity
    assert verdict is not None
    assert verdict.level is Level.OK
    (migration / "shadow" / "d.json").write_text("[]")
    verdict = status(migration).dags[0].parity
    assert verdict is not None
    assert verdict.level is Level.WARN
