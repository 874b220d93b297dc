"""The project's helpers that say which partitions a schedule or sensor asks for."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.resources import template

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_offset=1)


@pytest.fixture
def helpers() -> Any:
    namespace: dict[str, Any] = {}
    exec(template("partition_runs.py"), namespace)
    return SimpleNamespace(**namespace)


def test_a_schedule_runs_the_partition_that_is_the_newest_at_its_tick(helpers: Any) -> None:
    def at(day: int) -> dg.RunRequest | dg.SkipReason:
        tick = dt.datetime(2026, 1, day, 6, tzinfo=dt.timezone.utc)
        with dg.build_schedule_context(scheduled_execution_time=tick) as context:
            found: dg.RunRequest | dg.SkipReason = helpers.newest_partition(context, DAYS)
            return found

    run = at(10)
    assert isinstance(run, dg.RunRequest) and run.partition_key == run.run_key == "2026-01-10"
    later = dg.DailyPartitionsDefinition("2026-02-01")
    with dg.build_schedule_context(scheduled_execution_time=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)) as context:
        assert isinstance(helpers.newest_partition(context, later), dg.SkipReason)


def test_a_sensor_waits_for_no_partition_from_before_it_was_started(helpers: Any) -> None:
    context = dg.build_sensor_context()

    def on(day: int) -> list[str]:
        with dg.partition_loading_context(effective_dt=dt.datetime(2026, 1, day, 12, tzinfo=dt.timezone.utc)):
            keys: list[str] = helpers.awaited_partitions(context, DAYS)
            return keys

    assert on(5) == ["2026-01-05"]
    assert on(7) == ["2026-01-05", "2026-01-06", "2026-01-07"]
    # Airflow's sensors give up after seven days.
    assert on(20) == [f"2026-01-{day}" for day in range(14, 21)]


def test_a_sensor_waits_until_a_partition_is_due(helpers: Any) -> None:
    def at(day: int, hour: int, minute: int = 0) -> list[str]:
        moment = dt.datetime(2026, 3, day, hour, minute, tzinfo=dt.timezone.utc)
        with dg.partition_loading_context(effective_dt=moment):
            keys: list[str] = helpers.awaited_partitions(dg.build_sensor_context(), DAYS, "30 5 * * *", "Europe/Berlin")
            return keys

    assert (at(27, 4, 29), at(27, 4, 30)) == (["2026-03-26"], ["2026-03-27"])
    # In summer time.
    assert (at(30, 3, 29), at(30, 3, 30)) == (["2026-03-29"], ["2026-03-30"])


STARTED = {
    "by a person": ({}, True),
    "by a backfill": ({"dagster/backfill": "b"}, False),
    "by the clock": ({"dagster/schedule_name": "s"}, False),
    "by a sensor": ({"dagster/sensor_name": "s"}, False),
}


@pytest.mark.parametrize(("tags", "goes_on"), STARTED.values(), ids=STARTED)
@pytest.mark.parametrize("several", [False, True])
def test_what_is_for_the_latest_date_only_is_left_out_of_older_runs(
    helpers: Any, tags: dict[str, str], goes_on: bool, several: bool
) -> None:
    """As by Airflow's `LatestOnlyOperator`: whatever starts the run, but for a person."""
    days = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")
    regions = dg.StaticPartitionsDefinition(["north", "south"])
    partitions = dg.MultiPartitionsDefinition({"date": days, "region": regions}) if several else days

    @dg.op
    def ask(context) -> bool:  # type: ignore[no-untyped-def]
        return bool(helpers.is_newest(context, partitions))

    @dg.job(partitions_def=partitions)
    def asking() -> None:
        ask()

    def asked(day: str) -> bool:
        key = str(dg.MultiPartitionKey({"date": day, "region": "north"})) if several else day
        return bool(asking.execute_in_process(partition_key=key, tags=tags).output_for_node("ask"))

    assert (asked("2026-01-02"), asked("2026-01-03")) == (goes_on, True)


def test_runs_of_other_dags_may_count_as_those_of_a_person(helpers: Any) -> None:
    @dg.op
    def ask(context) -> bool:  # type: ignore[no-untyped-def]
        return bool(helpers.is_newest(context, DAYS, by_sensor=True))

    @dg.job(partitions_def=DAYS)
    def asking() -> None:
        ask()

    found = asking.execute_in_process(partition_key="2026-01-02", tags={"dagster/sensor_name": "s"})
    assert found.output_for_node("ask") is True
