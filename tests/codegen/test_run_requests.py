"""The helper module by which generated code starts runs that tasks ask for, and waits for them."""

import types

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from migrator.codegen.resources.resources import template

ASKED = dg.AssetKey(["night", "load"])


@pytest.fixture
def helper() -> types.ModuleType:
    module = types.ModuleType("run_requests")
    exec(template("run_requests.py"), module.__dict__)
    return module


DAILY = dg.DailyPartitionsDefinition("2024-01-01", hour_offset=3)


@pytest.mark.parametrize(
    ("partitions", "date", "key"),
    [
        (dg.DailyPartitionsDefinition("2024-01-01"), "2024-03-05", "2024-03-05"),
        (dg.DailyPartitionsDefinition("2024-01-01"), "2024-03-05T17:30:00+00:00", "2024-03-05"),
        (DAILY, "2024-03-05T03:00:00+00:00", "2024-03-05"),
        (DAILY, "2024-03-05", "2024-03-05"),
        (DAILY, "20240305", "2024-03-05"),
        (dg.HourlyPartitionsDefinition("2024-01-01-00:00"), "2024-03-05 17:30:00+00:00", "2024-03-05-17:00"),
        (dg.WeeklyPartitionsDefinition("2024-01-01", day_offset=1), "2024-03-06", "2024-03-04"),
        (dg.WeeklyPartitionsDefinition("2024-01-01", day_offset=1, hour_offset=5), "2024-03-04", "2024-03-04"),
        (dg.DailyPartitionsDefinition("2024-01-01", timezone="Asia/Tokyo"), "2024-03-05T16:00:00+00:00", "2024-03-06"),
    ],
)
def test_the_partition_for_a_date(
    helper: types.ModuleType, partitions: dg.TimeWindowPartitionsDefinition, date: str, key: str
) -> None:
    assert helper.partition_for(partitions, date) == key


@pytest.mark.parametrize(
    ("status", "fails", "ends"),
    [
        (dg.DagsterRunStatus.SUCCESS, True, True),
        (dg.DagsterRunStatus.FAILURE, True, False),
        (dg.DagsterRunStatus.FAILURE, False, True),
    ],
)
def test_a_step_waits_for_the_run_that_it_asked_for(
    helper: types.ModuleType, status: dg.DagsterRunStatus, fails: bool, ends: bool
) -> None:
    """The run is made while the step pauses; runs that others asked for do not count."""

    @dg.op
    def ask(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization(ASKED, metadata={"airflow/logical_date": "2024-03-05"}))
        helper.wait_for_run(context, ASKED, every=7, fails=fails)

    @dg.job
    def night() -> None:
        ask()

    pauses: list[float] = []
    with dg.DagsterInstance.ephemeral() as instance:

        def pause(length: float) -> None:
            pauses.append(length)
            (record, *_) = instance.fetch_materializations(ASKED, limit=1).records
            tags = helper.tags_of(record)
            assert tags["airflow/logical_date"] == helper.date_of(record) == "2024-03-05"
            if len(pauses) > 1:
                create_run_for_test(instance, job_name="load", status=status, tags=tags)

        helper.time = types.SimpleNamespace(sleep=pause)
        other = {"airflow/requested_by": "night/load:0"}
        create_run_for_test(instance, job_name="load", status=dg.DagsterRunStatus.SUCCESS, tags=other)
        assert night.execute_in_process(instance=instance, raise_on_error=False).success is ends
    assert pauses == [7, 7]
