"""The asset that stands for a DAG: materialized by every run of it that succeeds in Airflow, and to materialize it is to start runs there.

Its partitions are those of the DAG's assets. A backfill of it makes a run in Airflow for each partition, some at once, in one run of Dagster
which waits for them and records each as it ends; what the runs' tasks made is observed as that of any other run.
"""

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster.components.definitions import LazyDefinitions
from pydantic import Field

from migrator.bridge.client import AirflowClient, AirflowError, dag_link
from migrator.bridge.events import Event, dag_event, dag_key, dag_tag, ended_in, recorded
from migrator.bridge.runs import AirflowRuns, Wanted
from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry
from migrator.state.stages import read_state

GROUP = "airflow"
STARTS = "airflow/starts_runs"
"""Tag of the runs of Dagster that start runs in Airflow; its value is `true`."""
AT_ONCE = 4


class AirflowRunConfig(dg.Config):
    """How runs are started in Airflow."""

    at_once: int = Field(
        default=AT_ONCE, ge=1, description="How many runs of the DAG are started before the first has ended."
    )
    conf: dict[str, Any] = Field(default_factory=dict, description="The configuration (`dag_run.conf`) of the runs.")


def dag_asset(
    client: AirflowClient, entry: DagEntry, states: Path, partitions: dg.PartitionsDefinition[str] | None
) -> dg.AssetsDefinition:
    """The asset of a DAG. `partitions` are those of what its tasks make; `states` is the folder of the state files."""
    spec = dg.AssetSpec(
        dag_key(entry.dag_id),
        deps=[dg.AssetKey(list(key)) for key in last_assets(entry)],
        description=(
            f"The DAG `{entry.dag_id}` in Airflow. A materialization is a successful run of it; to materialize it starts runs in Airflow."
        ),
        metadata={
            "Dag ID": entry.dag_id,
            "Schedule": entry.schedule,
            "Link to DAG": dg.MetadataValue.url(dag_link(client.settings.url, entry.dag_id)),
        },
        group_name=GROUP,
        kinds={"airflow", "dag"},
        tags={"airflow/dag_id": dag_tag(entry.dag_id)},
        partitions_def=partitions,
        skippable=True,  # each run is recorded when it ends, not all of them when the last has
    )

    @dg.multi_asset(
        name="__".join(dag_key(entry.dag_id).path),
        specs=[spec],
        backfill_policy=dg.BackfillPolicy.single_run() if partitions else None,
        pool=GROUP,
        description=f"Starts runs of `{entry.dag_id}` in Airflow.",
    )
    def runs_in_airflow(context: dg.AssetExecutionContext, config: AirflowRunConfig) -> Iterator[Event]:
        yield from _make_runs(context, config, client, entry.dag_id, states, partitions)

    return runs_in_airflow


def _make_runs(
    context: dg.AssetExecutionContext,
    config: AirflowRunConfig,
    client: AirflowClient,
    dag_id: str,
    states: Path,
    partitions: dg.PartitionsDefinition[str] | None,
) -> Iterator[Event]:
    context.instance.add_run_tags(context.run.run_id, {STARTS: "true"})
    try:
        _refuse_what_airflow_does_not_run(client, dag_id, states)
        wanted = [_wanted(partitions, key) for key in context.partition_keys] if partitions else [Wanted()]
        failed = []
        runs = AirflowRuns(client, dag_id, config.at_once, config.conf, context.run.run_id, context.log.info)
        for number, (item, run) in enumerate(runs.make(wanted), start=1):
            state = run.state if run else "deleted"
            context.log.info(f"{number} of {len(wanted)} ended: {item.key or dag_id}: {state}")
            if state != "success":
                failed.append(item.key or dag_id)
            if run and ended_in(run) not in recorded(context.instance, dag_id, limit=20):
                yield dag_event(client, run, partitions, item.key)
    except MigratorError as error:
        raise dg.Failure(f"{error.code}: {error.message}{f' ({error.help})' if error.help else ''}") from error
    if failed:
        raise dg.Failure(
            f"{len(failed)} of {len(wanted)} runs in Airflow did not succeed: {', '.join(failed[:20])}",
            metadata={"DAG in Airflow": dg.MetadataValue.url(client.dag_link(dag_id))},
            allow_retries=False,
        )


def _refuse_what_airflow_does_not_run(client: AirflowClient, dag_id: str, states: Path) -> None:
    if read_state(states, dag_id).stage.owner == "dagster":
        raise MigratorError(
            "MIG622",
            f"Dagster's schedule runs `{dag_id}`: Airflow must not",
            "materialize the assets of the DAG instead",
        )
    dag = client.dag(dag_id)
    if dag is None:
        raise AirflowError(
            "MIG622", f"Airflow has no DAG `{dag_id}`", "generate the project again from the DAGs of today"
        )
    if dag.paused:
        raise AirflowError("MIG622", f"`{dag_id}` is paused in Airflow: its runs would not start", "unpause it there")


def _wanted(partitions: dg.PartitionsDefinition[str], key: str) -> Wanted:
    if isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        window = partitions.time_window_for_partition_key(key)
        return Wanted(key, (window.start, window.end))
    return Wanted(key)


def partitions_of(entry: DagEntry) -> dg.PartitionsDefinition[str] | None:
    """The partitions of what the DAG became (its assets, or its job of ops), those of dates first: a run of the DAG is for a date.

    None where the code has none, or is not where the inventory says. It is found by the tag `airflow/dag_id`, as a module may hold
    several DAGs.
    """
    found: list[dg.PartitionsDefinition[str]] = []
    tag = dag_tag(entry.dag_id)
    for folder in sorted({path.rpartition("/")[0] for task in entry.tasks if (path := task.module)}):
        for tags, partitions in _partitioned(folder) if entry.partitioned else ():
            if tags.get("airflow/dag_id") == tag:
                found.append(_of_dates(partitions))
    dates = [item for item in found if isinstance(item, dg.TimeWindowPartitionsDefinition)]
    return next(iter(dates or found), None)


def _of_dates(partitions: dg.PartitionsDefinition[str]) -> dg.PartitionsDefinition[str]:
    """The partitions, without what they are by besides dates."""
    if isinstance(partitions, dg.MultiPartitionsDefinition):
        return partitions.time_window_dimension.partitions_def
    return partitions


@functools.cache
def _partitioned(folder: str) -> list[tuple[Mapping[str, str], dg.PartitionsDefinition[str]]]:
    """Tags and partitions of the assets and jobs in a folder of generated code, given as its path in the project."""
    parts = PurePosixPath(folder).parts
    package = _module(".".join(parts[1:] if parts[:1] == ("src",) else parts))
    if package is None:
        return []
    names = sorted(name for _, name, is_package in pkgutil.iter_modules(package.__path__) if not is_package)
    found: list[tuple[Mapping[str, str], dg.PartitionsDefinition[str]]] = []
    for module in [importlib.import_module(f"{package.__name__}.{name}") for name in names]:
        for item in vars(module).values():
            definitions = item() if isinstance(item, LazyDefinitions) and not item.has_context_arg else item
            jobs = definitions.jobs or () if isinstance(definitions, dg.Definitions) else (item,)
            found += [
                (job.tags or {}, job.partitions_def)
                for job in jobs
                if isinstance(job, dg.JobDefinition | UnresolvedAssetJobDefinition) and job.partitions_def is not None
            ]
            assets = definitions.assets or () if isinstance(definitions, dg.Definitions) else ()
            found += [spec for asset in assets for spec in _specs_in(asset)]
        found += [spec for asset in dg.load_assets_from_modules([module]) for spec in _specs_in(asset)]
    return found


def _module(name: str) -> ModuleType | None:
    """A module of generated code; None where people have moved or deleted it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        return None


def _specs_in(item: object) -> Iterator[tuple[Mapping[str, str], dg.PartitionsDefinition[str]]]:
    specs = item.specs if isinstance(item, dg.AssetsDefinition) else [item] if isinstance(item, dg.AssetSpec) else ()
    for spec in specs:
        if spec.partitions_def is not None:
            yield spec.tags, spec.partitions_def


def last_assets(entry: DagEntry) -> list[tuple[str, ...]]:
    """The keys of the assets of a DAG that no later task of it follows that makes assets as well."""
    tasks = {task.task_id: task for task in entry.tasks}
    followed: set[str] = set()

    def follow(task_id: str) -> None:
        for upstream in tasks[task_id].upstream:
            if upstream in tasks and upstream not in followed:
                followed.add(upstream)
                follow(upstream)

    for task in entry.tasks:
        if task.assets:
            follow(task.task_id)
    return sorted({key for task in entry.tasks if task.task_id not in followed for key in task.assets})
