"""What is recorded in Dagster for what ended in Airflow."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import dagster as dg

from migrator.bridge.client import AirflowClient, DagRun, TaskInstance
from migrator.state.inventory import Inventory

Event = dg.AssetMaterialization | dg.AssetObservation


@dataclass(frozen=True)
class Target:
    """An asset that a task makes; where it has partitions in two dimensions, of which other tasks make those of other keys, with the `part` of this one."""

    key: dg.AssetKey
    partitions: dg.PartitionsDefinition[str] | None
    part: str | None = None


Targets = Mapping[tuple[str, str], Sequence[Target]]
"""The assets of a task: (tag of its DAG, task id) to them."""


def dag_tag(dag_id: str) -> str:
    """The value of the tag `airflow/dag_id` of what a DAG became."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", dag_id)[:63]


def dag_key(dag_id: str) -> dg.AssetKey:
    """The asset that stands for a DAG."""
    return dg.AssetKey(["airflow", "dag", re.sub(r"[^A-Za-z0-9_]", "_", dag_id)])


def targets_of(
    specs: Iterable[dg.AssetSpec], inventory: Inventory | None = None
) -> dict[tuple[str, str], list[Target]]:
    """The assets of a code location by the task that makes them.

    The assets' tag `airflow/dag_id` and metadata `airflow/task_id` tell it, by the key of the partition where they are several; the inventory where a job
    of ops makes them.
    """
    found: dict[tuple[str, str], list[Target]] = {}
    known: dict[dg.AssetKey, Target] = {}
    for spec in sorted(specs, key=lambda item: item.key):
        known[spec.key] = target = Target(spec.key, spec.partitions_def)
        dag, task = spec.tags.get("airflow/dag_id"), spec.metadata.get("airflow/task_id")
        task = getattr(task, "value", task)
        if dag and isinstance(task, str):
            found.setdefault((dag, task), []).append(target)
        elif dag and isinstance(task, Mapping):
            for part, task_id in task.items():
                found.setdefault((dag, str(task_id)), []).append(replace(target, part=str(part)))
    for entry in inventory.dags if inventory else ():
        for item in entry.tasks:
            place = (dag_tag(entry.dag_id), item.task_id)
            keys = [dg.AssetKey(list(key)) for key in item.assets]
            if place not in found and any(key in known for key in keys):
                found[place] = [known[key] for key in keys if key in known]
    return found


def task_events(
    client: AirflowClient, instance: TaskInstance, targets: Iterable[Target], elements: int = 0
) -> Iterator[Event]:
    """What a task that succeeded did to its assets. `elements`: how many instances it had, where it is mapped.

    A partitioned asset is materialized in the partition whose key is the run's `ds`. Where there is none (a run by hand in
    Airflow 3 has no logical date; keys may be no dates) the task may have made a part of one, or all of it: that is an observation.
    """
    metadata = _metadata(instance.run_id, instance.dag_id, instance.start, instance.end, instance.logical_date)
    metadata |= {
        "Task ID": instance.task_id,
        "View Run": dg.MetadataValue.url(client.run_link(instance.dag_id, instance.run_id)),
        "View Task": dg.MetadataValue.url(client.task_link(instance)),
        "View Log": dg.MetadataValue.url(client.log_link(instance)),
        "Try": max(instance.try_number, 1),
        **({"Mapped instances": elements} if elements else {}),
    }
    for target in targets:
        if target.partitions is None:
            yield dg.AssetMaterialization(target.key, metadata=metadata)
            continue
        key = partition_of(target.partitions, instance.logical_date, instance.map_index, target.part)
        if key is None:
            yield dg.AssetObservation(target.key, description="The run's date is no partition", metadata=metadata)
        else:
            yield dg.AssetMaterialization(target.key, partition=key, metadata=metadata)


def dag_event(
    client: AirflowClient, run: DagRun, partitions: dg.PartitionsDefinition[str] | None = None, key: str | None = None
) -> Event:
    """A run of a DAG: a materialization of the DAG's asset if it succeeded, else an observation.

    Where the asset has `partitions`: of the partition `key`, else of the one that the run's key or `ds` is; a run of none is an observation.
    """
    metadata = _metadata(run.run_id, run.dag_id, run.start, run.end, run.logical_date)
    metadata |= {
        "View Run": dg.MetadataValue.url(client.run_link(run.dag_id, run.run_id)),
        "State": run.state,
        "Run type": run.run_type,
    }
    if partitions is not None and key is None:
        given = run.partition_key if run.partition_key and _has_key(partitions, run.partition_key) else None
        key = given or partition_of(partitions, run.logical_date)
    if run.state != "success":
        told = "The run failed"
    elif partitions is not None and key is None:
        told = "The run's date is no partition"
    else:
        return dg.AssetMaterialization(dag_key(run.dag_id), partition=key, metadata=metadata)
    return dg.AssetObservation(dag_key(run.dag_id), description=told, partition=key, metadata=metadata)


def _has_key(partitions: dg.PartitionsDefinition[str], key: str) -> bool:
    return not isinstance(partitions, dg.DynamicPartitionsDefinition) and partitions.has_partition_key(key)


def ended_in(run: DagRun) -> tuple[str, float | None]:
    """What tells the end of a run from that of others, and from its own when it is run again; `recorded` finds the same in Dagster."""
    return run.run_id, run.end.timestamp() if run.end else None


def recorded(instance: dg.DagsterInstance, dag_id: str, limit: int) -> set[tuple[str, float | None]]:
    """The runs of a DAG that are recorded in Dagster, of the last ones so many: their ids and when they ended (seconds since the epoch)."""
    key = dag_key(dag_id)
    events: list[dg.AssetMaterialization | dg.AssetObservation | None] = [
        *(record.asset_materialization for record in instance.fetch_materializations(key, limit=limit).records),
        *(record.asset_observation for record in instance.fetch_observations(key, limit=limit).records),
    ]
    found = set()
    for event in events:
        if event is not None and "Airflow Run ID" in event.metadata:
            ended = event.metadata.get("Ended")
            found.add((str(event.metadata["Airflow Run ID"].value), float(ended.value) if ended else None))  # type: ignore[arg-type]
    return found


def partition_of(
    partitions: dg.PartitionsDefinition[str],
    logical_date: dt.datetime | None,
    number: int = -1,
    part: str | None = None,
) -> str | None:
    """The key of the partition that is a logical date's, None if there is none: the key is what `ds` was. Of partitions in two dimensions, that for the
    other key `part`, or for that of this `number`."""
    if isinstance(partitions, dg.MultiPartitionsDefinition):
        dates = partitions.time_window_dimension
        date = partition_of(dates.partitions_def, logical_date)
        (other,) = (dimension for dimension in partitions.partitions_defs if dimension.name != dates.name)
        keys = other.partitions_def.get_partition_keys()
        if part is None and 0 <= number < len(keys):
            part = keys[number]
        if date is None or part is None or part not in keys:
            return None
        return dg.MultiPartitionKey({dates.name: date, other.name: part})
    if logical_date is None or not isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        return None
    import zoneinfo

    key = logical_date.astimezone(zoneinfo.ZoneInfo(partitions.timezone)).strftime(partitions.fmt)
    if not partitions.has_partition_key(key):
        return None
    return key if key == partitions.get_partition_key_for_timestamp(logical_date.timestamp()) else None


def _metadata(
    run_id: str, dag_id: str, start: dt.datetime | None, end: dt.datetime | None, logical_date: dt.datetime | None
) -> dict[str, dg.MetadataValue | str | int | float]:
    metadata: dict[str, dg.MetadataValue | str | int | float] = {"Airflow Run ID": run_id, "DAG ID": dag_id}
    if logical_date is not None:
        metadata["Logical date"] = logical_date.isoformat()
    for name, moment in (("Started", start), ("Ended", end)):
        if moment is not None:
            metadata[name] = dg.MetadataValue.timestamp(moment)
    if start is not None and end is not None:
        metadata["Seconds"] = round((end - start).total_seconds(), 3)
    return metadata
