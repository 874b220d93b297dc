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
