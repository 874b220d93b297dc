"""What the bridge shows of an Airflow that answers, of one that does not, and of one that it cannot observe."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping

import dagster as dg
import pytest

from migrator.bridge.events import partition_at
from migrator.bridge.observe import airflow_definitions
from tests.bridge.fake_airflow import FakeAirflow, serving

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

DAILY = dg.DailyPartitionsDefinition("2026-01-01")
DAGS = {"nightly": [["totals"]], "gone": []}


def mapped(key: str, task_id: str, dag_id: str = "nightly", **options: object) -> dg.AssetSpec:
    """An asset as a generated project declares it for a task that stays in Airflow."""
    mapping = [{"dag_id": dag_id, "task_id": task_id}]
    return dg.AssetSpec(key, metadata={"dagster-airlift/task-mapping": mapping}, **options)


OWN = [
    mapped("regions", "list_regions", partitions_def=DAILY),
    mapped("exports", "export", deps=["regions"]),
    mapped("totals", "publish", deps=["exports"]),
    mapped("no_such_task", "deleted"),
    mapped("no_such_dag", "any", dag_id="gone"),
]


@pytest.fixture
def airflow() -> Iterator[FakeAirflow]:
    with serving(FakeAirflow()) as server:
        yield server


def environment(url: str) -> Mapping[str, str]:
    return {"AIRFLOW_URL": url, "AIRFLOW_USERNAME": "admin", "AIRFLOW_PASSWORD": "admin"}


def tick(definitions: dg.Definitions) -> list[tuple[str, str, str | None, str]]:
    """One tick of the sensor: what it records, as (what, asset, partition, Airflow run id)."""
    repository = dg.Definitions.merge(definitions, dg.Definitions(assets=OWN)).get_repository_def()
    (sensor,) = repository.sensor_defs
    with dg.DagsterInstance.ephemeral() as instance:
        result = sensor(dg.build_sensor_context(instance=instance, repository_def=repository))
    return sorted(
        (
            type(event).__name__,
            event.asset_key.to_user_string(),
            event.partition,
            event.metadata["Airflow Run ID"].value,
        )
        for event in result.asset_events
    )


ALIGNED, BY_HAND = "manual__2026-11-20T00:00:00+00:00", "manual__2026-11-20T10:30:00+00:00"


def test_a_run_is_shown_with_its_partition_and_mapped_tasks_once(airflow: FakeAirflow) -> None:
    airflow.recorded["dag_runs"] = airflow.recorded["dag_runs"][:1]
    assert tick(airflow_definitions(DAGS, environment(airflow.url))) == [
        ("AssetMaterialization", "airflow/dag/nightly", None, ALIGNED),
        ("AssetMaterialization", "exports", None, ALIGNED),
        ("AssetMaterialization", "regions", "2026-11-20", ALIGNED),
        ("AssetMaterialization", "totals", None, ALIGNED),
    ]


def test_a_run_by_hand_is_observed_without_a_partition(airflow: FakeAirflow) -> None:
    airflow.recorded["dag_runs"] = airflow.recorded["dag_runs"][1:]
    assert tick(airflow_definitions(DAGS, environment(airflow.url))) == [
        ("AssetMaterialization", "airflow/dag/nightly", None, BY_HAND),
        ("AssetMaterialization", "exports", None, BY_HAND),
        ("AssetMaterialization", "totals", None, BY_HAND),
        ("AssetObservation", "regions", None, BY_HAND),
    ]


def test_a_mapped_task_with_a_failed_element_is_not_shown(airflow: FakeAirflow) -> None:
    airflow.recorded["dag_runs"] = airflow.recorded["dag_runs"][:1]
    for instance in airflow.recorded["task_instances"]:
        if instance["task_id"] == "export":
            instance["state"] = ["success", "skipped", "failed"][instance["map_index"]]
    shown = [asset for _, asset, _, _ in tick(airflow_definitions(DAGS, environment(airflow.url)))]
    assert shown == ["airflow/dag/nightly", "regions", "totals"]


def test_what_a_person_marked_as_success_is_shown(airflow: FakeAirflow) -> None:
    airflow.recorded["dag_runs"] = airflow.recorded["dag_runs"][:1]
    for ended in [*airflow.recorded["dag_runs"], *airflow.recorded["task_instances"]]:
        ended["start_date"] = None
    assert len(tick(airflow_definitions(DAGS, environment(airflow.url)))) == 4


def test_without_a_url_there_is_nothing() -> None:
    assert airflow_definitions(DAGS, {}).get_repository_def().sensor_defs == []


def test_airflow_3_is_refused_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with serving(FakeAirflow(major=3)) as airflow, caplog.at_level(logging.WARNING):
        definitions = airflow_definitions(DAGS, environment(airflow.url))
    assert list(definitions.resolve_all_asset_specs()) == []
    assert "Airflow 3, which this version cannot observe yet" in caplog.text


def test_an_airflow_that_comes_up_later_is_observed_without_a_reload(
    airflow: FakeAirflow, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise OSError("connection refused")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr("socket.create_connection", down)
        patch.setattr("urllib3.util.connection.create_connection", down)
        definitions = airflow_definitions(DAGS, environment(airflow.url))
    assert "does not answer now" in caplog.text
    assert airflow.asked == []
    assert len(tick(definitions)) == 8


@pytest.mark.parametrize("url", ["no url", "ftp://airflow", "http://"])
def test_a_url_that_cannot_be_used_is_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        definitions = airflow_definitions(DAGS, environment(url))
    assert list(definitions.resolve_all_asset_specs()) == []
    assert "AIRFLOW_URL cannot be used" in caplog.text


def test_the_password_is_in_no_definition_and_no_log(airflow: FakeAirflow, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        definitions = airflow_definitions(DAGS, {**environment(airflow.url), "AIRFLOW_PASSWORD": "s3cret"})
        tick(definitions)
    assert "s3cret" not in caplog.text + repr(list(definitions.resolve_all_asset_specs()))


@pytest.mark.parametrize(
    ("partitions", "date", "key"),
    [
        (DAILY, "2026-11-20T00:00:00+00:00", "2026-11-20"),
        (DAILY, "2026-11-20T00:00:01+00:00", None),
        (DAILY, "2025-12-31T00:00:00+00:00", None),
        (DAILY, "2999-01-01T00:00:00+00:00", None),
        (
            dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Paris"),
            "2026-11-19T23:00:00+00:00",
            "2026-11-20",
        ),
        (dg.HourlyPartitionsDefinition("2026-01-01-00:00"), "2026-11-20T07:00:00+00:00", "2026-11-20-07:00"),
    ],
)
def test_a_partition_is_known_by_the_moment_it_starts(
    partitions: dg.TimeWindowPartitionsDefinition, date: str, key: str | None
) -> None:
    assert partition_at(partitions, dt.datetime.fromisoformat(date).timestamp()) == key
