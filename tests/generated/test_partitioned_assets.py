"""Sensors of jobs whose partitions follow from those of assets, or from one another, on what Dagster's own instance knows."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test, freeze_time

from migrator.verify.probe import load
from tests.generated.projects import migrate, output_of

DAGS = """
from pendulum import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import (
    DAG, Asset, CronPartitionTimetable, DayWindow, FanOutMapper, PartitionedAssetTimetable, QuarterWindow, RollupMapper, StartOfDayMapper,
    StartOfHourMapper, StartOfQuarterMapper, StartOfWeekMapper, WeekWindow, MinimumCount, Window,
)

clicks, views, models, bills = Asset("s3://web/clicks"), Asset("s3://web/views"), Asset("s3://ml/models"), Asset("s3://web/bills")


def make(name, schedule, outlets=()):
    with DAG(name, schedule=schedule, catchup=False):
        BashOperator(task_id="run", bash_command="echo run {{ partition_key }}", outlets=list(outlets))


make("get_clicks", CronPartitionTimetable("0 * * * *", timezone="UTC"), [clicks])
make("get_views", CronPartitionTimetable("15 * * * *", timezone="UTC"), [views])
make("train", CronPartitionTimetable("0 3 * * 1", timezone="Europe/Berlin"), [models])
make("both", PartitionedAssetTimetable(assets=clicks & views, default_partition_mapper=StartOfHourMapper()))
make("get_bills", CronPartitionTimetable("0 0 1 * *", timezone="UTC"), [bills])
make(
    "quarter",
    PartitionedAssetTimetable(
        assets=bills, default_partition_mapper=RollupMapper(upstream_mapper=StartOfQuarterMapper(), window=QuarterWindow())
    ),
)
make(
    "day",
    PartitionedAssetTimetable(
        assets=clicks, default_partition_mapper=RollupMapper(upstream_mapper=StartOfDayMapper(), window=DayWindow())
    ),
)
make(
    "score",
    PartitionedAssetTimetable(
        assets=models, default_partition_mapper=FanOutMapper(upstream_mapper=StartOfWeekMapper(), window=WeekWindow())
    ),
)

make(
    "most_of_day",
    PartitionedAssetTimetable(
        assets=Asset.ref(uri="s3://web/clicks"),
        default_partition_mapper=RollupMapper(upstream_mapper=StartOfDayMapper(), window=DayWindow(), wait_policy=MinimumCount(-2)),
    ),
)
make(
    "score_again",
    PartitionedAssetTimetable(
        assets=Asset.ref(name="s3://ml/models"),
        default_partition_mapper=FanOutMapper(upstream_mapper=StartOfWeekMapper(), window=WeekWindow(direction=Window.Direction.BACKWARD)),
    ),
)

with DAG("ledger", schedule="30 6 * * *", start_date=datetime(2024, 1, 1, tz="Europe/Berlin"), default_args={"depends_on_past": True}):
    BashOperator(task_id="post", bash_command="post {{ ds }}") >> BashOperator(task_id="close", bash_command="close")
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("partitioned")
    (folder / "dags").mkdir()
    (folder / "dags/web.py").write_text(DAGS)
    done = migrate("generate", folder / "dags", "-o", folder / "project", "--name", "partitioned_web")
    assert done.returncode == 0, output_of(done)
    sys.path.insert(0, str(folder / "project/src"))
    try:
        yield load("partitioned_web").get_repository_def()
    finally:
        sys.path.remove(str(folder / "project/src"))


class Sensor:
    """A sensor that is asked again and again, with the cursor that it set."""

    def __init__(self, repository: Any, instance: dg.DagsterInstance, name: str) -> None:
        self.repository, self.instance = repository, instance
        self.definition = repository.get_sensor_def(name)
        self.cursor: str | None = None

    def asked(self) -> list[str | None]:
        context = dg.build_sensor_context(self.instance, self.cursor, repository_def=self.repository)
        result = self.definition.evaluate_tick(context)
        self.cursor = result.cursor
        return [request.partition_key for request in result.run_requests or ()]


def made(instance: dg.DagsterInstance, key: str, *partitions: str) -> None:
    for partition in partitions:
        event = dg.AssetMaterialization(dg.AssetKey(key.split("/")), partition=partition)
        instance.report_runless_asset_event(event)


def hours(day: str, first: int = 0, end: int = 24) -> list[str]:
    return [f"{day}T{hour:02}:00:00" for hour in range(first, end)]


def test_a_day_runs_when_all_its_hours_have_come(repository: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        day = Sensor(repository, instance, "day_on_update")
        made(instance, "web/clicks", *hours("2026-01-01"), *hours("2026-01-02", end=20))
        assert day.asked() == [], "what had come before asks for no run"
        made(instance, "web/clicks", *hours("2026-01-02", 20, 23), *hours("2026-01-03", end=5))
        assert day.asked() == []
        made(instance, "web/clicks", *hours("2026-01-02", 23))
        assert day.asked() == ["2026-01-02"]
        made(instance, "web/clicks", "2026-01-02T05:00:00")
        assert day.asked() == [], "as in Airflow, all hours have to come again"
        made(instance, "web/clicks", *hours("2026-01-02"))
        assert day.asked() == ["2026-01-02"]


def test_a_quarter_runs_when_its_months_have_come(repository: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        quarter = Sensor(repository, instance, "quarter_on_update")
        assert quarter.asked() == []
        made(instance, "web/bills", "2026-03-01T00:00:00", "2026-04-01T00:00:00", "2026-05-01T00:00:00")
        assert quarter.asked() == []
        made(instance, "web/bills", "2026-06-01T00:00:00")
        assert quarter.asked() == ["2026-04-01"]
        assert repository.get_job("quarter").execute_in_process(instance=instance, partition_key="2026-04-01").success
        assert "run 2026-Q2" in capfd.readouterr().out


def test_hours_of_two_assets_meet(repository: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        both = Sensor(repository, instance, "both_on_update")
        assert both.asked() == []
        made(instance, "web/clicks", "2026-01-02T05:00:00", "2026-01-02T06:00:00")
        made(instance, "web/views", "2026-01-02T06:15:00", "2026-01-02T07:15:00")
        assert both.asked() == ["2026-01-02T06"]
        made(instance, "web/views", "2026-01-02T05:15:00")
        assert both.asked() == ["2026-01-02T05"]


def test_a_week_leads_to_its_days(repository: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        score = Sensor(repository, instance, "score_on_update")
        assert score.asked() == []
        made(instance, "ml/models", "2026-01-05T03:00:00")
        assert score.asked() == [f"2026-01-{day:02}" for day in range(5, 12)]
        assert score.asked() == []


def test_a_day_runs_when_most_of_its_hours_have_come(repository: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        day = Sensor(repository, instance, "most_of_day_on_update")
        assert day.asked() == []
        made(instance, "web/clicks", *hours("2026-01-02", end=21))
        assert day.asked() == []
        made(instance, "web/clicks", *hours("2026-01-02", 22, 23))
        assert day.asked() == ["2026-01-02"]


def test_a_week_leads_to_the_days_before_it(repository: Any) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        score = Sensor(repository, instance, "score_again_on_update")
        assert score.asked() == []
        made(instance, "ml/models", "2026-01-12T03:00:00")
        assert score.asked() == [f"2026-01-{day:02}" for day in range(6, 13)]


def ended(instance: dg.DagsterInstance, key: str, status: dg.DagsterRunStatus) -> None:
    create_run_for_test(instance, job_name="ledger", status=status, tags={"dagster/partition": key})


def test_a_run_waits_until_the_one_before_succeeded(repository: Any) -> None:
    """It is due at 6:30 in Berlin."""
    status = dg.DagsterRunStatus
    sensor_name, first, second, third = "ledger_sensor", "2024-05-08", "2024-05-09", "2024-05-10"
    with dg.DagsterInstance.ephemeral() as instance:
        sensor = Sensor(repository, instance, sensor_name)
        with freeze_time(dt.datetime(2024, 5, 10, 4, 29, tzinfo=dt.timezone.utc)):
            assert sensor.asked() == sensor.asked() == [], "what was due before it was started is not run"
            assert sensor.cursor == second
            sensor.cursor = first
            ended(instance, first, status.FAILURE)
            assert sensor.asked() == []
            ended(instance, first, status.SUCCESS)
            assert sensor.asked() == [second]
            ended(instance, second, status.STARTED)
            assert sensor.asked() == []
            ended(instance, second, status.SUCCESS)
            assert sensor.asked() == [], "the next one is not due"
        with freeze_time(dt.datetime(2024, 5, 12, 4, 30, tzinfo=dt.timezone.utc)):
            assert sensor.asked() == [third], "in order, though there are newer ones"
