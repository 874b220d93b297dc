"""The dashboard as Dagster loads and refreshes it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migrator.dashboard.definitions import dashboard_definitions
from migrator.dashboard.texts import bullets, escaped, key_part, owner, prose
from tests.bridge.fake_airflow import FakeAirflow, serving
from tests.dashboard.worlds import dag, stays, task, write, write_state

HOSTILE = '<img src=x onerror="alert(1)">](http://evil) | **bold**\n# title\u202e'


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def load(migration: Path, **environment: str) -> dg.Definitions:
    definitions = dashboard_definitions(migration, environment)
    dg.Definitions.validate_loadable(definitions)
    return definitions


def refresh(definitions: dg.Definitions, instance: dg.DagsterInstance, *keys: str) -> dict[str, dict[str, Any]]:
    """The metadata that a refresh records, by asset; of all assets, or of some."""
    job = definitions.resolve_job_def("migration_status_refresh")
    selection = [dg.AssetKey.from_user_string(key) for key in keys] or None
    assert job.execute_in_process(instance=instance, asset_selection=selection).success
    found = {}
    for spec in definitions.resolve_all_asset_specs():
        event = instance.get_latest_materialization_event(spec.key)
        if event and event.asset_materialization:
            found[spec.key.to_user_string()] = dict(event.asset_materialization.metadata)
    return found


def outcomes(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dict[str, tuple[bool, str, str]]:
    job = definitions.resolve_job_def("migration_status_refresh")
    done = job.execute_in_process(instance=instance)
    return {
        f"{item.asset_key.to_user_string()}:{item.check_name}": (
            item.passed,
            item.severity.value,
            item.description or "",
        )
        for item in done.get_asset_check_evaluations()
    }


def test_a_refresh_records_numbers_and_checks(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    migration = write(tmp_path, dag("d"), stays("stuck"), states={"d": {"stage": "migrated"}})
    definitions = load(migration, AIRFLOW_URL="")
    found = refresh(definitions, instance)
    page = found["migration/status"]
    assert page["% DAGs off Airflow"].value == 50.0
    assert page["DAGs blocked"].value == 1
    assert "AIRFLOW\\_URL is not set" in page["sources"].value
    assert page["progress"].value.startswith("![progress](data:image/svg+xml,")
    assert len(page["progress"].value) < 1000
    assert found["migration/d"]["tasks in Dagster"].value == 2
    checks = outcomes(definitions, instance)
    assert checks["migration/d:not_orphaned"][:2] == (False, "ERROR")
    assert checks["migration/stuck:nothing_blocks"] == (False, "ERROR", "- t: no rule translates `HttpSensor`")
    assert checks["migration/status:airflow_reachable"][:2] == (False, "WARN")
    assert "migration/stuck:parity" not in checks


def test_the_work_that_is_left_and_the_blocked_dags_are_told(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    dags = (dag("a", effort=(1, 3)), dag("b", effort=(2, 6)), stays("stuck", effort=(2.5, 8), owners=("ops",)))
    definitions = load(write(tmp_path, *dags, states={"a": {"stage": "migrated"}}))
    page = refresh(definitions, instance, "migration/status")["migration/status"]
    assert page["work left"].value == "4.5-14 h"
    assert page["hours of work left (middle)"].value == 9.2
    assert page["blocked DAGs"].value == "- [stuck](/assets/migration/stuck): no rule translates `HttpSensor`"
    rows = {record.data["team"]: record.data["left"] for record in page["by team"].records}
    assert rows == {"ops": "2.5-8 h", "sales": "2-6 h"}
    assert {record.data["off Airflow"] for record in page["by team"].records} == {"0/1", "1/2"}
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert specs["migration/b"].metadata["effort to move it"] == "2-6 h"


def test_the_catalog_can_be_filtered_by_state(tmp_path: Path) -> None:
    migration = write(
        tmp_path, dag("d"), stays("stuck", owners=("a b", "c@d.org")), states={"d": {"stage": "migrated"}}
    )
    specs = {spec.key.to_user_string(): spec for spec in load(migration).resolve_all_asset_specs()}
    assert specs["migration/d"].tags["migration/state"] == "migrated"
    assert specs["migration/d"].kinds == {"airflow", "migrated"}
    assert specs["migration/d"].group_name == "migration/3_migrated"
    assert not any(list(spec.deps) for spec in specs.values())
    assert specs["migration/d"].metadata["makes in the end"].value == "- [d/b](/assets/d/b)"
    assert specs["migration/stuck"].owners == ["c@d.org", "team:a_b"]
    assert specs["migration/stuck"].description == "BLOCKED · wave 1 · 0/1 tasks in Dagster · 1 blocker"
    description = specs["migration/status"].description or ""
    assert "/assets?asset-selection=tag%3A%22migration%2Fstate%22%3D%22blocked%22" in description


def test_hostile_and_odd_names_load_and_stay_text(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    odd = ["x" * 250, "a.b", "a-b", "status", "d/é", HOSTILE]
    dags = [dag(name, task("t", "airflow", code="X", reason=HOSTILE), owners=(HOSTILE,), schedules=()) for name in odd]
    definitions = load(write(tmp_path, *dags, dag("none", owners=())))
    found = refresh(definitions, instance)
    assert len(found) == len(odd) + 2
    for page in found.values():
        for value in page.values():
            if isinstance(value, dg.MarkdownMetadataValue):
                outside_of_code = re.sub(r"`[^`]*`", "", value.value or "")
                assert "<img" not in outside_of_code
                assert "](http://evil)" not in outside_of_code.replace("\\](", "")
    for spec in definitions.resolve_all_asset_specs():
        assert "<img" not in (spec.description or "")
        assert "\u202e" not in (spec.description or "")


@pytest.mark.parametrize("text", ["", "{", '{"inventory_version": 99, "package": "p", "airflow_version": "3"}'])
def test_an_unreadable_inventory_gives_no_dashboard(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    migration = write(tmp_path)
    (migration / "inventory.json").write_text(text)
    assert list(load(migration).resolve_all_asset_specs()) == []
    assert "there is no dashboard" in caplog.text


def test_no_dag_and_no_state_is_said(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    definitions = load(write(tmp_path))
    assert "The inventory holds no DAG." in (next(iter(definitions.resolve_all_asset_specs())).description or "")
    assert refresh(definitions, instance)["migration/status"]["% DAGs off Airflow"].value == 0


def test_airflow_that_is_down_is_said(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    definitions = load(write(tmp_path, dag("d")), AIRFLOW_URL="http://127.0.0.1:9")
    checks = outcomes(definitions, instance)
    assert checks["migration/status:airflow_reachable"][:2] == (False, "ERROR")
    assert checks["migration/d:not_scheduled_twice"][:2] == (False, "WARN")
    assert "Airflow was not reached" in checks["migration/d:not_scheduled_twice"][2]


def test_twice_and_orphaned_are_told_apart(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    from migrator.dashboard import dag_page
    from migrator.dashboard.facts import gather
    from migrator.dashboard.sources import AirflowNow, DagsterNow
    from migrator.state.inventory import read_inventory

    migration = write(tmp_path, dag("d"), states={"d": {"stage": "migrated"}})

    def outcome(paused: bool, running: bool) -> dict[str, bool]:
        airflow = AirflowNow("http://a", "", {"d": paused})
        dagster = DagsterNow("", frozenset({"d_schedule"} if running else set()))
        (status,) = gather(migration, read_inventory(migration), airflow, dagster, None).dags
        names = frozenset({"not_scheduled_twice", "not_orphaned"})
        result = dag_page.dag_result(status, dg.AssetKey(["migration", "d"]), names)
        return {str(item.check_name): item.passed for item in result.check_results}

    assert outcome(paused=False, running=True) == {"not_scheduled_twice": False, "not_orphaned": True}
    assert outcome(paused=True, running=False) == {"not_scheduled_twice": True, "not_orphaned": False}
    assert outcome(paused=False, running=False) == {"not_scheduled_twice": True, "not_orphaned": False}
    assert outcome(paused=True, running=True) == {"not_scheduled_twice": True, "not_orphaned": True}


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    assert list(load(write(tmp_path, dag("d")), MIGRATION_DASHBOARD="off").resolve_all_asset_specs()) == []


def test_names_of_the_projects_own_things_are_left_alone(tmp_path: Path) -> None:
    definitions = load(write(tmp_path, dag("migration", task("t", assets=(("migration", "status"),)))))
    keys = {
        spec.key.to_user_string()
        for spec in definitions.get_repository_def().assets_defs_by_key.values()
        for spec in spec.specs
    }
    assert keys == {"airflow_migration/status", "airflow_migration/migration"}


def test_the_sensor_refreshes_all_at_first_and_then_what_changed(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    migration = write(tmp_path, dag("d"), dag("e"))
    definitions = load(migration)
    sensor = definitions.get_repository_def().get_sensor_def("migration_status_changes")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING

    def tick(cursor: str | None) -> Any:
        with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions) as context:
            return sensor.evaluate_tick(context)

    first = tick(None)
    assert [request.asset_selection for request in first.run_requests] == [None]
    second = tick(first.cursor)
    assert not second.run_requests
    write_state(migration, "e", {"stage": "migrated"})
    third = tick(second.cursor)
    assert [key.to_user_string() for key in third.run_requests[0].asset_selection] == [
        "migration/status",
        "migration/e",
    ]
    found = refresh(definitions, instance, "migration/status", "migration/e")
    assert set(found) == {"migration/status", "migration/e"}
    assert found["migration/status"]["DAGs migrated"].value == 1


def test_a_dag_that_is_switched_on_in_airflow_again_is_noticed_soon(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = write(tmp_path, dag("d"), dag("e"), states={"d": {"stage": "migrated"}})
    with serving(FakeAirflow(3, dags={"d": True, "e": False})) as airflow:
        definitions = load(migration, AIRFLOW_URL=airflow.url, AIRFLOW_USERNAME="admin", AIRFLOW_PASSWORD="admin")
        sensor = definitions.get_repository_def().get_sensor_def("migration_status_changes")
        now = 1e9
        monkeypatch.setattr("migrator.dashboard.definitions.time.time", lambda: now)
        cursor = None

        def ticks(seconds: float) -> list[str]:
            """The DAGs that are refreshed after so many seconds."""
            nonlocal cursor, now
            now += seconds
            with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions) as context:
                result = sensor.evaluate_tick(context)
            cursor = result.cursor
            return [key.path[-1] for request in result.run_requests or () for key in request.asset_selection or ()]

        ticks(0)
        asked = len(airflow.asked)
        airflow.dags["d"] = False
        assert (ticks(30), len(airflow.asked)) == ([], asked)
        assert ticks(300) == ["status", "d"]
        assert ticks(30) == []
        airflow.faults = [(404, {}, "")] * 20
        assert ticks(300) == []
        airflow.faults = []
        airflow.dags["d"] = True
        assert ticks(300) == ["status", "d"]


def test_of_many_dags_the_hourly_refresh_takes_those_that_move(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    import datetime as dt

    dags = [dag(f"d{number}") for number in range(101)]
    definitions = load(write(tmp_path, *dags, states={"d7": {"stage": "migrated"}}))
    schedule = definitions.get_repository_def().get_schedule_def("migration_status_hourly")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING

    def selected(hour: int) -> Any:
        at = dt.datetime(2026, 11, 22, hour, 5, tzinfo=dt.timezone.utc)
        with dg.build_schedule_context(instance=instance, scheduled_execution_time=at) as context:
            return schedule.evaluate_tick(context).run_requests[0].asset_selection

    assert selected(0) is None
    assert [key.to_user_string() for key in selected(7)] == ["migration/status", "migration/d7"]


def test_loading_gives_no_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(write(tmp_path, dag("d"), stays("e")), MIGRATION_DAGS_FOLDER="/dags", MIGRATION_CODE_URL="https://x/y")


def test_texts() -> None:
    assert escaped("a|b\n[c](d)") == "a\\|b \\[c\\](d)"
    assert prose("no rule translates `A|B` <b>") == "no rule translates `A|B` &lt;b&gt;"
    assert prose("an `odd one") == "an \\`odd one"
    assert key_part("a.b") != key_part("a-b")
    assert key_part("orders_daily") == "orders_daily"
    assert owner("data platform!") == "team:data_platform"
    assert owner("!!") == "team:unnamed"
    assert bullets(["x" * 600, "y" * 600]).endswith("- … and 1 more")


def test_five_hundred_dags_load_soon(tmp_path: Path) -> None:
    """Processor time that the dashboard adds to loading a project of 500 DAGs with 3,000 assets. docs/dashboard.md has the seconds of an idle
    machine; this bound tells a dashboard that has become slow, not a machine that is busy."""
    import time

    from tests.dashboard.worlds import task as entry

    ids = [f"d{number:03}" for number in range(500)]
    dags, assets = [], []
    for dag_id in ids:
        names = [f"a{number}" for number in range(6)]
        dags.append(
            dag(
                dag_id,
                *(entry(name, assets=((dag_id, name),), upstream=names[:n][-1:]) for n, name in enumerate(names)),
            )
        )

        @dg.multi_asset(name=dag_id, specs=[dg.AssetSpec([dag_id, name]) for name in names])
        def own(): ...

        assets.append(own)
    migration = write(tmp_path, *dags, states={"d007": {"stage": "migrated"}})

    def seconds(*more: dg.Definitions) -> float:
        begun = time.process_time()
        dg.Definitions.validate_loadable(dg.Definitions.merge(dg.Definitions(assets=assets), *more))
        return time.process_time() - begun

    seconds()
    alone = seconds()
    begun = time.process_time()
    dashboard = dashboard_definitions(migration, {})
    added = time.process_time() - begun + seconds(dashboard) - alone
    print(f"{alone:.1f} s without the dashboard, which adds {added:.1f} s")
    assert added < 3
