"""What the sensor reports: everything, once, of what Airflow did itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest

from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient, TaskInstance
from migrator.bridge.dag_assets import last_assets
from migrator.bridge.events import Event, partition_of, targets_of
from migrator.bridge.observe import airflow_definitions
from migrator.bridge.observer import Cursor, Observer, Stream
from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry, TaskEntry
from migrator.state.stages import DagState, Move, Stage
from tests.bridge.fake_airflow import START, FakeAirflow, serving

DAILY = dg.DailyPartitionsDefinition("2026-01-01", end_date="2027-01-01")


def made_by(key: str, task_id: str, **options: object) -> dg.AssetSpec:
    return dg.AssetSpec(key, tags={"airflow/dag_id": "etl"}, metadata={"airflow/task_id": task_id}, **options)


SPECS = [
    made_by("raw", "extract"),
    made_by("clean", "group.transform", partitions_def=DAILY),
    made_by("parts", "mapped"),
]
BY_REGION = dg.MultiPartitionsDefinition({"date": DAILY, "region": dg.StaticPartitionsDefinition(["us", "eu"])})
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[FakeAirflow]:
    with serving(FakeAirflow(request.param)) as server:
        yield server


def observer(airflow: FakeAirflow, **changes: object) -> Observer:
    client = AirflowClient(Settings(airflow.url, username="admin", password="admin"), sleep=lambda seconds: None)
    return replace(Observer(client, targets_of(SPECS), {}, lambda instance: False), **changes)


def start() -> Cursor:
    return Cursor(Stream(START), Stream(START))


def shown(events: list[Event]) -> list[tuple[str, str, str | None]]:
    return [
        (type(event).__name__.removeprefix("Asset"), event.asset_key.to_user_string(), event.partition)
        for event in events
    ]


def test_a_run_is_reported_once_however_often_one_looks(airflow: FakeAirflow) -> None:
    airflow.add_task("etl", "r1", "extract", START + SECOND)
    airflow.add_task("etl", "r1", "group.transform", START + 2 * SECOND)
    airflow.add_task("etl", "r1", "of_no_asset", START + 2 * SECOND)
    airflow.add_run("etl", "r1", START + 3 * SECOND)
    watch = observer(airflow)
    events, cursor = watch.look(start())
    assert shown(events) == [
        ("Materialization", "raw", None),
        ("Materialization", "clean", "2026-03-01"),
        ("Materialization", "airflow/dag/etl", None),
    ]
    again, cursor = watch.look(Cursor.parse(cursor.text(), START))
    assert again == []
    airflow.add_task("etl", "r2", "extract", START + 2 * SECOND)  # written late
    again, _ = watch.look(cursor)
    assert shown(again) == [("Materialization", "raw", None)]


def test_a_failed_run_is_an_observation_and_its_succeeded_tasks_are_materializations(airflow: FakeAirflow) -> None:
    airflow.add_task("etl", "r1", "extract", START + SECOND)
    airflow.add_task("etl", "r1", "group.transform", START + SECOND, state="failed")
    airflow.add_run("etl", "r1", START + 3 * SECOND, state="failed")
    events, _ = observer(airflow).look(start())
    assert shown(events) == [("Materialization", "raw", None), ("Observation", "airflow/dag/etl", None)]


def test_a_run_without_a_date_is_observed_on_partitioned_assets() -> None:
    with serving(FakeAirflow(3)) as airflow:
        airflow.add_task("etl", "r1", "group.transform", START + SECOND, logical_date=None)
        airflow.add_task("etl", "r2", "extract", START + SECOND, logical_date=None)
        events, _ = observer(airflow).look(start())
    assert shown(events) == [("Observation", "clean", None), ("Materialization", "raw", None)]


def test_a_mapped_task_is_reported_when_all_of_it_has_ended(airflow: FakeAirflow) -> None:
    watch = observer(airflow)
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=0)
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=1, state="running")
    events, cursor = watch.look(start())
    assert events == []
    airflow.tasks[-1] |= {"state": "skipped", "end_date": (START + 5 * SECOND).isoformat()}
    events, cursor = watch.look(cursor)
    assert shown(events) == [("Materialization", "parts", None)]
    assert events[0].metadata["Mapped instances"].value == 2
    assert watch.look(cursor)[0] == []


def test_a_mapped_task_that_failed_in_part_is_not_reported(airflow: FakeAirflow) -> None:
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=0)
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=1, state="failed")
    assert observer(airflow).look(start())[0] == []


def test_each_copy_of_a_task_makes_its_part_of_an_asset(airflow: FakeAirflow) -> None:
    watch = observer(airflow, targets=targets_of([made_by("sales", "mapped", partitions_def=BY_REGION)]))
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=0, state="failed")
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=1)
    airflow.add_task("etl", "r1", "mapped", START + SECOND, map_index=2)
    events, _ = watch.look(start())
    assert shown(events) == [("Materialization", "sales", "2026-03-01|eu"), ("Observation", "sales", None)]


def test_each_task_of_a_loop_makes_its_part_of_an_asset(airflow: FakeAirflow) -> None:
    spec = made_by("sales", {"us": "load_us", "eu": "load_eu", "asia": "load_asia"}, partitions_def=BY_REGION)
    watch = observer(airflow, targets=targets_of([spec]))
    airflow.add_task("etl", "r1", "load_eu", START + SECOND)
    airflow.add_task("etl", "r1", "load_us", START + SECOND, state="failed")
    airflow.add_task("etl", "r1", "load_asia", START + SECOND)
    events, _ = watch.look(start())
    assert sorted(shown(events)) == [("Materialization", "sales", "2026-03-01|eu"), ("Observation", "sales", None)]


def test_what_dagster_did_is_not_reported_again(airflow: FakeAirflow) -> None:
    def launched(instance: TaskInstance) -> bool:
        return instance.run_id == "r2"

    for run_id in ("r1", "r2"):
        airflow.add_task("etl", run_id, "extract", START + SECOND)
    proxied = DagState(dag_id="etl", stage=Stage.PROXIED, proxied_tasks=("extract",))
    events, _ = observer(airflow, states={"etl": proxied}, launched=launched).look(start())
    assert [event.metadata["Airflow Run ID"].value for event in events] == ["r1"]


def test_a_migrated_dag_is_not_reported_from_then_on(airflow: FakeAirflow) -> None:
    airflow.add_task("etl", "before", "extract", START + SECOND)
    airflow.add_task("etl", "after", "extract", START + 9 * SECOND)
    airflow.add_run("etl", "after", START + 9 * SECOND)
    migrated = DagState(dag_id="etl", stage=Stage.MIGRATED, history=(Move(at=START + 5 * SECOND),))
    events, _ = observer(airflow, states={"etl": migrated}).look(start())
    assert [event.metadata["Airflow Run ID"].value for event in events] == ["before"]


def test_an_airflow_that_is_down_costs_no_event(airflow: FakeAirflow) -> None:
    watch = observer(airflow)
    _, cursor = watch.look(start())
    airflow.add_task("etl", "r1", "extract", START + SECOND)
    airflow.faults = [(500, {"Content-Type": "application/json"}, "{}")]
    with pytest.raises(MigratorError):
        watch.look(cursor)
    assert shown(watch.look(cursor)[0]) == [("Materialization", "raw", None)]


def test_a_clock_that_is_fast_hides_nothing(airflow: FakeAirflow) -> None:
    """A worker whose clock is a day fast reports an end in the future; what the others report then is not older than the cursor."""
    watch = observer(airflow)
    airflow.add_task("etl", "r1", "extract", airflow.now + dt.timedelta(days=1))
    events, cursor = watch.look(start())
    assert len(events) == 1
    airflow.add_task("etl", "r2", "extract", airflow.now)
    events, _ = watch.look(cursor)
    assert [event.metadata["Airflow Run ID"].value for event in events] == ["r2"]


def test_a_cleared_task_is_reported_again(airflow: FakeAirflow) -> None:
    watch = observer(airflow)
    airflow.add_task("etl", "r1", "extract", START + SECOND)
    _, cursor = watch.look(start())
    airflow.tasks[0]["end_date"] = (START + 60 * SECOND).isoformat()
    assert shown(watch.look(cursor)[0]) == [("Materialization", "raw", None)]


@pytest.mark.parametrize("text", [None, "", "no json", "[]", '{"tasks": 3}', '{"tasks": {"since": "x", "seen": []}}'])
def test_a_cursor_that_is_none_starts_anew(text: str | None) -> None:
    assert Cursor.parse(text, START) == Cursor(*(Stream(START - dt.timedelta(hours=1)) for _ in range(2)))


def test_500_dags_with_20_runs_are_observed_within_the_time_of_a_tick() -> None:
    """10,000 runs and 20,000 tasks that ended while nobody looked, read in parts of at most twice 4,000."""
    with serving(FakeAirflow(3, now=START + dt.timedelta(days=1))) as airflow:
        specs = []
        for dag in range(500):
            for run in range(20):
                end = START + dt.timedelta(minutes=run, seconds=dag / 10)
                for task in range(2):
                    airflow.add_task(f"dag{dag}", f"r{run}", f"t{task}", end + task * SECOND)
                airflow.add_run(f"dag{dag}", f"r{run}", end + 2 * SECOND)
            specs.append(
                dg.AssetSpec(f"a{dag}", tags={"airflow/dag_id": f"dag{dag}"}, metadata={"airflow/task_id": "t1"})
            )
        airflow.still = True
        watch = observer(airflow, targets=targets_of(specs))
        watch = replace(watch, clock=iter(range(0, 10**9, 20)).__next__)  # two parts of a backlog at each look
        found: list[tuple[str, str]] = []
        cursor, looks = start(), 0
        while len(found) < 20_000 and looks < 60:
            events, cursor = watch.look(Cursor.parse(cursor.text(), START))
            found += [
                (event.asset_key.to_user_string(), str(event.metadata["Airflow Run ID"].value)) for event in events
            ]
            looks += 1
        assert len(found) == len(set(found)) == 20_000
        assert watch.client.requests_made < 700
        assert watch.look(cursor)[0] == []


@pytest.mark.parametrize(
    ("partitions", "date", "key"),
    [
        (DAILY, "2026-03-01T00:00:00+00:00", "2026-03-01"),
        (DAILY, "2026-03-01T05:30:00+00:00", "2026-03-01"),
        (DAILY, "2025-03-01T00:00:00+00:00", None),
        (dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin"), "2026-02-28T23:00:00+00:00", "2026-03-01"),
        (dg.HourlyPartitionsDefinition("2026-01-01-00:00"), "2026-03-01T05:00:00+00:00", "2026-03-01-05:00"),
        (dg.HourlyPartitionsDefinition("2026-01-01-00:00"), "2026-03-01T05:17:00+00:00", None),
        (dg.WeeklyPartitionsDefinition("2026-01-01"), "2026-03-01T00:00:00+00:00", "2026-03-01"),
        (dg.WeeklyPartitionsDefinition("2026-01-01"), "2026-03-02T00:00:00+00:00", None),
        (dg.StaticPartitionsDefinition(["2026-03-01"]), "2026-03-01T00:00:00+00:00", None),
    ],
)  # fmt: skip
def test_the_partition_is_what_ds_was(partitions: dg.PartitionsDefinition, date: str, key: str | None) -> None:
    assert partition_of(partitions, dt.datetime.fromisoformat(date)) == key


def test_the_last_assets_of_a_dag() -> None:
    def task(task_id: str, *upstream: str, assets: tuple[tuple[str, ...], ...] = ()) -> TaskEntry:
        return TaskEntry(task_id=task_id, operator="X", disposition="asset", upstream=upstream, assets=assets)

    tasks = (
        task("a", assets=(("raw",),)),
        task("b", "a", assets=(("clean",),)),
        task("end", "b"),
        task("c", assets=(("x",),)),
    )
    assert last_assets(DagEntry(dag_id="d", file="d.py", form="assets", folder="d", tasks=tasks)) == [
        ("clean",),
        ("x",),
    ]


def test_nothing_is_defined_without_a_url(tmp_path) -> None:
    assert not list(airflow_definitions(tmp_path, {}).resolve_all_asset_specs())
