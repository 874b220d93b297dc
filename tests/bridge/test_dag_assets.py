"""To materialize the asset of a DAG is to start runs in Airflow: once for each date, some at once, recorded once."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from migrator.bridge import runs
from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient, Schedule
from migrator.bridge.dag_assets import dag_asset, partitions_of
from migrator.bridge.events import ended_in, recorded
from migrator.bridge.observe import Started
from migrator.bridge.observer import Cursor, Observer, Stream
from migrator.bridge.runs import AirflowRuns, Wanted, logical_date
from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry, TaskEntry
from migrator.state.stages import DagState, Stage, change_state
from tests.bridge.fake_airflow import START, FakeAirflow, serving

UTC = dt.timezone.utc
DAILY = dg.DailyPartitionsDefinition("2026-01-01", end_date="2027-01-01")
DAYS = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
ENTRY = DagEntry(dag_id="etl", file="etl.py", form="assets", folder="etl")


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[FakeAirflow]:
    with serving(FakeAirflow(request.param, dags={"etl": False})) as server:
        yield server


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(runs, "POLL", 0.0)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def client_of(airflow: FakeAirflow) -> AirflowClient:
    return AirflowClient(Settings(airflow.url, username="admin", password="admin"), sleep=lambda seconds: None)


def materialize(
    airflow: FakeAirflow,
    instance: dg.DagsterInstance,
    states: Path,
    days: list[str] | None = None,
    partitions: dg.PartitionsDefinition | None = DAILY,
    config: dict[str, object] | None = None,
) -> dg.ExecuteInProcessResult:
    asset = dag_asset(client_of(airflow), ENTRY, states, partitions)
    tags = (
        {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[-1]} if days else {}
    )
    run_config = {"ops": {"airflow__dag__etl": {"config": config}}} if config else None
    return dg.materialize([asset], instance=instance, tags=tags, run_config=run_config, raise_on_error=False)


def materialized(instance: dg.DagsterInstance) -> list[str | None]:
    found = instance.fetch_materializations(dg.AssetKey(["airflow", "dag", "etl"]), limit=100).records
    return sorted((record.asset_materialization.partition for record in found), key=str)


def dates(airflow: FakeAirflow) -> list[str]:
    name = "execution_date" if airflow.version == 2 else "logical_date"
    return sorted(row[name] for row in airflow.runs)


def problem(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = result.get_step_failure_events()
    return failure.event_specific_data.error.to_string()


def test_each_date_is_run_once_and_recorded_when_it_has_ended(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert materialize(airflow, instance, tmp_path, DAYS, config={"at_once": 2, "conf": {"full": True}}).success
    assert dates(airflow) == [f"{day}T00:00:00+00:00" for day in DAYS]
    assert materialized(instance) == DAYS
    assert airflow.most == 2
    assert all(row["conf"] == {"full": True} for row in airflow.runs)


def test_a_date_that_has_a_run_is_run_again_and_one_that_runs_is_waited_for(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    second = START + dt.timedelta(days=1)
    airflow.add_run("etl", "scheduled__1", START, state="failed")
    airflow.add_run("etl", "scheduled__2", second, state="running", logical_date=second)
    assert materialize(airflow, instance, tmp_path, DAYS[:2]).success
    assert [(row["dag_run_id"], row["state"]) for row in airflow.runs] == [
        ("scheduled__1", "success"),
        ("scheduled__2", "success"),
    ]
    assert [asked for asked in airflow.asked if asked.endswith("/clear")] == [
        f"POST {airflow.api}/dags/etl/dagRuns/scheduled__1/clear"
    ]


def test_a_date_that_fails_does_not_keep_the_others_from_running(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    airflow.failing = {DAYS[1]}
    result = materialize(airflow, instance, tmp_path, DAYS[:3], config={"at_once": 1})
    assert "1 of 3 runs in Airflow did not succeed: 2026-03-02" in problem(result)
    assert materialized(instance) == [DAYS[0], DAYS[2]]
    (failed,) = instance.fetch_observations(dg.AssetKey(["airflow", "dag", "etl"]), limit=9).records
    assert failed.asset_observation.partition == DAYS[1]


def test_a_dag_without_dates(airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    for _ in range(2):
        assert materialize(airflow, instance, tmp_path, partitions=None).success
    assert len({row["dag_run_id"] for row in airflow.runs}) == 2
    assert materialized(instance) == [None, None]


def test_a_partition_that_is_no_date_goes_with_the_configuration(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    shops = dg.StaticPartitionsDefinition(["de", "at"])
    assert materialize(airflow, instance, tmp_path, ["de", "at"], partitions=shops).success
    assert [row["conf"] for row in airflow.runs] == [{"dagster/partition": "de"}, {"dagster/partition": "at"}]
    assert materialized(instance) == ["at", "de"]


@pytest.mark.parametrize("stage", [Stage.MIGRATED, Stage.DECOMMISSIONED])
def test_a_dag_that_dagster_runs_is_not_run_in_airflow(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path, stage: Stage
) -> None:
    change_state(tmp_path, "etl", lambda state: DagState(dag_id="etl", stage=stage), what="test")
    assert "MIG622: Dagster's schedule runs `etl`" in problem(materialize(airflow, instance, tmp_path, DAYS))
    assert airflow.runs == []


def test_a_dag_that_would_not_run(airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    airflow.dags["etl"] = True
    assert "MIG622: `etl` is paused in Airflow" in problem(materialize(airflow, instance, tmp_path, DAYS))
    del airflow.dags["etl"]
    assert "MIG622: Airflow has no DAG `etl`" in problem(materialize(airflow, instance, tmp_path, DAYS))
    assert airflow.runs == []


def test_airflow_may_be_away_for_a_while(airflow: FakeAirflow) -> None:
    told: list[str] = []

    def away(seconds: float) -> None:
        if not told:
            airflow.faults = [(500, {"Content-Type": "application/json"}, "{}")]

    made = AirflowRuns(client_of(airflow), "etl", 1, {}, "x", told.append, sleep=away)
    wanted = [Wanted(DAYS[0], (START, START + dt.timedelta(days=1)))]
    assert [run.state for _, run in made.make(wanted)] == ["success"]
    assert len(airflow.runs) == 1
    assert told


def test_airflow_that_stays_away_is_given_up(airflow: FakeAirflow) -> None:
    times = iter(range(0, 10000, 400))

    def away(seconds: float) -> None:
        airflow.faults = [(500, {"Content-Type": "application/json"}, "{}")]

    made = AirflowRuns(
        client_of(airflow), "etl", 1, {}, "x", lambda line: None, sleep=away, clock=lambda: float(next(times))
    )
    with pytest.raises(MigratorError, match="HTTP 500"):
        list(made.make([Wanted(DAYS[0], (START, START + dt.timedelta(days=1)))]))


@pytest.mark.parametrize(
    ("details", "start", "interval"),
    [
        ({2: {"schedule_interval": {"value": "30 4 * * *"}, "timezone": "Timezone('Europe/Paris')"},
          3: {"timetable_summary": "30 4 * * *", "timezone": "Europe/Paris"}},
         "2026-03-01T03:30:00+00:00", {2: "2026-03-02T03:30:00+00:00"}),
        ({2: {"schedule_interval": {"value": "@daily"}, "timezone": "UTC"},
          3: {"timetable_summary": "@daily", "timezone": "UTC", "next_dagrun_data_interval_start": "a", "next_dagrun_data_interval_end": "b"}},
         "2026-03-01T00:00:00+00:00", {2: "2026-03-02T00:00:00+00:00", 3: "2026-03-02T00:00:00+00:00"}),
        ({2: {"schedule_interval": None, "timezone": "UTC"}, 3: {"timetable_summary": None, "timezone": "UTC"}},
         "2026-03-01T00:00:00+00:00", {}),
    ],
    ids=["at a time of day", "with intervals", "without a schedule"],
)  # fmt: skip
def test_the_logical_date_is_that_of_the_scheduled_run(
    airflow: FakeAirflow, details: dict[int, dict[str, object]], start: str, interval: dict[int, str]
) -> None:
    airflow.schedule = details[airflow.version]
    window = (START, START + dt.timedelta(days=1))
    date, data = logical_date(Wanted(DAYS[0], window), client_of(airflow).schedule("etl"))
    assert date is not None
    assert date.isoformat() == start
    assert (data and data[1].isoformat()) == interval.get(airflow.version)


def test_a_schedule_that_has_no_time_in_the_window() -> None:
    monday = dt.datetime(2026, 3, 2, tzinfo=UTC)
    saturday = (monday - dt.timedelta(days=2), monday - dt.timedelta(days=1))
    assert logical_date(Wanted("2026-02-28", saturday), Schedule("0 6 * * 1-5"))[0] == saturday[0]


# --- the sensor beside it ---------------------------------------------------------------------------------------------


def look(airflow: FakeAirflow, instance: dg.DagsterInstance, cursor: Cursor) -> tuple[list[str | None], Cursor]:
    client = client_of(airflow)
    client.dags()
    key = dg.AssetKey(["airflow", "dag", "etl"])
    watch = Observer(client, {}, {}, lambda run: False, Started(instance, client).told, {key: DAILY})
    events, cursor = watch.look(cursor)
    return [event.partition for event in events], cursor


def test_the_sensor_does_not_record_again_what_the_run_recorded(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    materialize(airflow, instance, tmp_path, DAYS[:2])
    airflow.add_run("etl", "by_hand", START + dt.timedelta(seconds=9), logical_date=START + dt.timedelta(days=5))
    found, cursor = look(airflow, instance, Cursor(Stream(START), Stream(START)))
    assert found == ["2026-03-06"]
    airflow.runs[0] |= {"end_date": (airflow.now + dt.timedelta(seconds=1)).isoformat()}  # run again by hand
    assert look(airflow, instance, cursor)[0] == [DAYS[0]]


def test_the_sensor_waits_for_a_run_that_is_about_to_record(airflow: FakeAirflow, instance: dg.DagsterInstance) -> None:
    airflow.add_run("etl", "dagster__1", airflow.now - dt.timedelta(seconds=5))
    run = instance.create_run_for_job(
        dg.define_asset_job("x").resolve(asset_graph=dg.Definitions().resolve_asset_graph()), tags={"airflow/starts_runs": "true"}
    )  # fmt: skip
    found, cursor = look(airflow, instance, Cursor(Stream(START), Stream(START)))
    assert found == []
    instance.report_run_canceled(run)
    assert look(airflow, instance, cursor)[0] == [DAYS[0]]


def test_what_is_recorded_is_told_by_run_and_end(
    airflow: FakeAirflow, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    materialize(airflow, instance, tmp_path, DAYS[:1])
    run = client_of(airflow).dag_run("etl", airflow.runs[0]["dag_run_id"])
    assert run is not None
    assert ended_in(run) in recorded(instance, "etl", 10)
    assert ended_in(replace(run, end=run.end + dt.timedelta(seconds=1))) not in recorded(instance, "etl", 10)


FACTORY = """
import dagster as dg


def build(shop):
    @dg.asset(name=f"stock_{shop}", partitions_def=dg.DailyPartitionsDefinition(DAYS[shop]), tags={"airflow/dag_id": f"stock_{shop}"})
    def stock(): ...

    @dg.asset(name=f"parts_{shop}", partitions_def=dg.MultiPartitionsDefinition({"date": dg.DailyPartitionsDefinition(DAYS[shop]), "by": KINDS}), tags={"airflow/dag_id": f"parts_{shop}"})
    def parts(): ...

    @dg.op(name=f"audit_{shop}__look")
    def look(): ...

    @dg.job(name=f"audit_{shop}", partitions_def=dg.DailyPartitionsDefinition(DAYS[shop]), tags={"airflow/dag_id": f"audit_{shop}"})
    def job():
        look()

    return dg.Definitions(assets=[stock, parts], jobs=[job])


KINDS = dg.StaticPartitionsDefinition(["old", "new"])
DAYS = {"north": "2026-01-01", "south": "2026-02-02"}


@dg.definitions
def defs():
    return dg.Definitions.merge(*map(build, DAYS))
"""


def test_the_partitions_of_each_dag_of_a_factory_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "src" / "factory_shop" / "defs" / "stock"
    folder.mkdir(parents=True)
    (folder / "definitions.py").write_text(FACTORY)
    monkeypatch.syspath_prepend(tmp_path / "src")

    def found(dag_id: str, path: str = "src/factory_shop/defs/stock/definitions.py") -> object:
        task = TaskEntry(task_id="look", operator="X", disposition="asset", module=path)
        return partitions_of(DagEntry(dag_id=dag_id, file="a.py", form="", folder="", partitioned=True, tasks=(task,)))

    assert found("stock_south") == dg.DailyPartitionsDefinition("2026-02-02")
    assert found("parts_south") == dg.DailyPartitionsDefinition("2026-02-02")
    assert found("audit_north") == dg.DailyPartitionsDefinition("2026-01-01")
    assert found("audit_north", "src/factory_shop/defs/moved/definitions.py") is None
