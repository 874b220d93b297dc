"""Which DAGs Airflow has and which of them are paused: a change is recorded as an observation of the asset that stands for the DAG.

So a DAG that is new, is gone, or is paused shows in Dagster without a new deployment. A sensor of its own and not a part of `observe`, because
it asks for all DAGs, a request for each hundred of them, and needs to do so less often.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import dagster as dg

from migrator.bridge.client import AirflowClient, dag_link
from migrator.bridge.events import dag_key
from migrator.diagnostics import MigratorError
from migrator.state.inventory import Inventory

SENSOR = "airflow_dags"
LIMIT = 2000
"""Changes that are recorded in one tick."""

Dags = Mapping[str, bool]
"""The ids of DAGs, and whether each is paused."""


def watch_sensor(client: AirflowClient, inventory: Inventory, interval: int) -> dg.SensorDefinition:
    """The sensor; its tick fails, with the reason, where Airflow cannot be asked. `interval` is in seconds."""

    def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            now = {dag.dag_id: dag.paused for dag in client.dags()}
        except MigratorError as error:
            raise dg.Failure(f"{error.code}: {error.message}{f' ({error.help})' if error.help else ''}") from error
        known = _parsed(context.cursor, inventory)
        changed = list(changes(known, now))[:LIMIT]
        for dag_id in changed:
            if dag_id in now:
                known[dag_id] = now[dag_id]
            else:
                del known[dag_id]
        events = [_event(client, dag_id, now.get(dag_id)) for dag_id in changed]
        return dg.SensorResult(asset_events=events, cursor=json.dumps(known, sort_keys=True))

    return dg.SensorDefinition(
        name=SENSOR,
        evaluation_fn=evaluate,
        minimum_interval_seconds=interval,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports DAGs that are new in Airflow, gone, paused or unpaused.",
    )


def changes(before: Dags, now: Dags) -> Iterator[str]:
    """The ids of the DAGs that are new, gone, paused or unpaused, in their order."""
    for dag_id in sorted({*before, *now}):
        if before.get(dag_id) != now.get(dag_id):
            yield dag_id


def _parsed(cursor: str | None, inventory: Inventory) -> dict[str, bool]:
    """What the last look left. At the first one the project's DAGs count as there and not paused, so that what is otherwise is told."""
    try:
        found = json.loads(cursor or "")
        return {str(dag_id): bool(paused) for dag_id, paused in found.items()}
    except (ValueError, AttributeError):
        return {entry.dag_id: False for entry in inventory.dags}


def _event(client: AirflowClient, dag_id: str, paused: bool | None) -> dg.AssetObservation:
    """`paused` is None where Airflow has no such DAG (any more)."""
    told = (
        "Airflow does not have it (any more)" if paused is None else "Paused in Airflow" if paused else "On in Airflow"
    )
    metadata: dict[str, dg.MetadataValue | str | bool] = {
        "DAG ID": dag_id,
        "In Airflow": paused is not None,
        "Link to DAG": dg.MetadataValue.url(dag_link(client.settings.url, dag_id)),
    }
    if paused is not None:
        metadata["Paused"] = paused
    return dg.AssetObservation(dag_key(dag_id), description=told, metadata=metadata)
