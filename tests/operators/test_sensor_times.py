"""The times of sensors whose tasks give none."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.model.airflow import Task
from migrator.model.bodies import PollUntil
from migrator.model.changed import replace
from migrator.operators import rule_for
from migrator.operators.sensor_times import DEFERRED_INTERVALS, INTERVAL, INTERVALS, TIMEOUT, TIMEOUTS, default_times
from tests.operators.fake import FakeContext, lower, make_dag, make_task

PARTITIONS = "airflow.providers.apache.hive.sensors.hive_partition.HivePartitionSensor"
PULL = "airflow.providers.google.cloud.sensors.pubsub.PubSubPullSensor"
DBT = "airflow.providers.dbt.cloud.sensors.dbt.DbtCloudJobRunSensor"


def test_the_tables_are_those_of_the_providers() -> None:
    """By the recorded defaults."""
    rows = Path("tests/operators/sensor_times.txt").read_text().splitlines()
    recorded = [row.split(" ") for row in rows if not row.startswith("#")]
    for column, table in enumerate((INTERVALS, DEFERRED_INTERVALS, TIMEOUTS), start=1):
        assert dict(table) == {row[0]: float(row[column]) for row in recorded if row[column] != "-"}


@pytest.mark.parametrize(
    ("task", "times"),
    [
        (make_task(PULL), (10.0, TIMEOUT)),
        (make_task("dags.waits.WaitForPartition", bases=(PARTITIONS,)), (180.0, TIMEOUT)),
        (make_task(DBT), (INTERVAL, TIMEOUT)),
        (make_task(DBT, {"deferrable": True}), (5.0, TIMEOUT)),
        (make_task("airflow.providers.databricks.sensors.databricks.DatabricksSQLStatementsSensor"), (60.0, 3600.0)),
    ],
)
def test_times_come_from_the_class_or_its_base(task: Task, times: tuple[float, float]) -> None:
    assert default_times(task) == times


@pytest.mark.parametrize(
    ("version", "given", "interval"),
    [
        ("3", {"poll_interval": 5}, 5.0),
        ("3", {"poll_interval": 5, "poke_interval": 30}, 30.0),
        ("2", {"poll_interval": 5}, 60.0),
        ("2", {"poll_interval": 5, "deferrable": True}, 5.0),
    ],
)
def test_the_interval_of_a_wait_for_another_dag(version: str, given: dict[str, object], interval: float) -> None:
    operator = "airflow.providers.standard.sensors.external_task.ExternalTaskSensor"
    task = make_task(operator, {"external_dag_id": "other", **given})
    rule = rule_for(task)
    assert rule is not None
    waits = rule.lower(task, FakeContext(task, replace(make_dag(task), airflow_version=version))).waits
    assert waits is not None and waits.interval == interval


def test_a_sensor_looks_as_often_as_its_class_says() -> None:
    given = {"project_id": "acme", "subscription": "orders"}
    plain, own = (lower(make_task(PULL, more))[0].body for more in (given, {**given, "poke_interval": 30}))
    assert isinstance(plain, PollUntil) and isinstance(own, PollUntil)
    assert (plain.interval, own.interval) == (10.0, 30.0)
