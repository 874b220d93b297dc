"""What is recorded in Dagster for a task that succeeded in Airflow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import dagster as dg
from dagster_airlift.constants import AIRFLOW_TASK_INSTANCE_LOGICAL_DATE_METADATA_KEY

if TYPE_CHECKING:
    from dagster_airlift.core import AirflowDefinitionsData


def partitioned_events(
    context: dg.SensorEvaluationContext,
    airflow: AirflowDefinitionsData,
    materializations: Sequence[dg.AssetMaterialization],
) -> Iterable[dg.AssetMaterialization | dg.AssetObservation]:
    """The materializations, with the partition of the run's logical date where the asset has time partitions.

    A run by hand has a logical date that starts no partition: it may have made a part of one, or all of it, so it is recorded as
    an observation. The function that dagster-airlift has for this raises instead, and the sensor stands still for ever.
    """
    specs = airflow.airflow_mapped_asset_specs
    for event in materializations:
        partitions = specs[event.asset_key].partitions_def
        if not isinstance(partitions, dg.TimeWindowPartitionsDefinition):
            yield event
            continue
        date = event.metadata[AIRFLOW_TASK_INSTANCE_LOGICAL_DATE_METADATA_KEY].value
        key = partition_at(partitions, float(date)) if isinstance(date, float) else None
        if key is None:
            yield dg.AssetObservation(event.asset_key, event.description, metadata=event.metadata)
        else:
            yield event._replace(partition=key)


def partition_at(partitions: dg.TimeWindowPartitionsDefinition, timestamp: float) -> str | None:
    """The key of the partition that starts exactly then, None if there is none."""
    key = partitions.get_partition_key_for_timestamp(timestamp)
    if not partitions.has_partition_key(key):
        return None
    return key if partitions.time_window_for_partition_key(key).start.timestamp() == timestamp else None
