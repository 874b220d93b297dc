"""What is told of the DAGs themselves: new, gone, paused."""

from __future__ import annotations

import dagster as dg
import pytest

from migrator.bridge import dag_watch
from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient
from migrator.state.inventory import DagEntry, Inventory
from tests.bridge.fake_airflow import FakeAirflow, serving

INVENTORY = Inventory(
    package="shop",
    airflow_version="3",
    dags=tuple(DagEntry(dag_id=name, file="a.py", form="assets", folder=name) for name in ("etl", "gone", "paused")),
)


def told(client: AirflowClient, cursor: str | None) -> tuple[list[tuple[str, str]], str | None]:
    sensor = dag_watch.watch_sensor(client, INVENTORY, 300)
    result = sensor.evaluate_tick(dg.build_sensor_context(cursor=cursor))
    events = [(event.asset_key.path[-1], event.description) for event in result.asset_events]
    return events, result.cursor


@pytest.mark.parametrize("version", [2, 3])
def test_dags_that_are_new_gone_or_paused(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = FakeAirflow(version, dags={"etl": False, "paused": True})
    with serving(airflow):
        client = AirflowClient(Settings(airflow.url, username="admin", password="admin"), sleep=lambda seconds: None)
        events, cursor = told(client, None)
        assert events == [("gone", "Airflow does not have it (any more)"), ("paused", "Paused in Airflow")]
        assert told(client, cursor) == ([], cursor)
        airflow.dags = {"etl": True, "new.one": False}
        monkeypatch.setattr(dag_watch, "LIMIT", 2)
        first, cursor = told(client, cursor)
        rest, cursor = told(client, cursor)
        assert [*first, *rest] == [
            ("etl", "Paused in Airflow"),
            ("new_one", "On in Airflow"),
            ("paused", "Airflow does not have it (any more)"),
        ]
        airflow.faults = [(401, {}, "no")] * 2
        with pytest.raises(dg.Failure, match="MIG621"):
            told(client, cursor)
