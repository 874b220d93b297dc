"""Definitions that show an Airflow, 2 or 3, in Dagster: an asset per DAG, and a sensor that reports what succeeded there.

The assets that tasks make stand elsewhere in the code location: the sensor finds them by their tag `airflow/dag_id` and their metadata
`airflow/task_id`. Nothing is asked of Airflow while the project loads.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster._core.definitions.repository_definition import RepositoryDefinition

from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient, DagRun, TaskInstance
from migrator.bridge.dag_assets import STARTS, dag_asset, partitions_of
from migrator.bridge.dag_watch import watch_sensor
from migrator.bridge.events import Targets, dag_key, ended_in, recorded, targets_of
from migrator.bridge.observer import Cursor, Observer
from migrator.bridge.values import AirflowValues
from migrator.diagnostics import MigratorError
from migrator.state.inventory import Inventory, read_inventory
from migrator.state.stages import DagState, read_states

SENSOR = "airflow_observer"
Partitions = Mapping[dg.AssetKey, dg.PartitionsDefinition[str]]
STARTED_SINCE = dt.timedelta(days=1)
"""How far back runs are looked for that started runs in Airflow."""
SOON = dt.timedelta(minutes=1)
"""Within this a run of Dagster has recorded the end of a run that it waits for."""
INTERVAL = 30
"""Seconds between two looks at Airflow."""
WATCH = 10
"""At so many looks one is at the list of all DAGs."""
DAG_TAG = "dagster-airlift/airflow-dag-id"
RUN_TAG = "dagster-airlift/airflow-dag-run-id"
TASK_TAG = "dagster-airlift/airflow-task-id"
"""Tags of the runs that proxied tasks launch."""


def airflow_definitions(
    migration: Path, environment: Mapping[str, str] = os.environ, io_manager: bool = True
) -> dg.Definitions:
    """What shows Airflow in a generated project. `migration` is the project's folder of that name.

    Settings: AIRFLOW_URL, AIRFLOW_USERNAME, AIRFLOW_PASSWORD, AIRFLOW_TOKEN, AIRFLOW_AUTH (see `migrator.bridge.auth`),
    AIRFLOW_OBSERVE_SECONDS (between two looks), and MIGRATION_STATE_DIR where the state files are not in `migration/state`. `io_manager`: whether to define one (see
    `migrator.bridge.values`); a project that has one of its own says no, and wraps that. No definitions where AIRFLOW_URL is not set. Raises MigratorError
    MIG612 where the inventory cannot be read.
    """
    settings = Settings.of(environment)
    if settings is None:
        return dg.Definitions()
    inventory = read_inventory(migration)
    states, client = state_folder(migration, environment), AirflowClient(settings)
    return dg.Definitions(
        assets=[dag_asset(client, entry, states, partitions_of(entry)) for entry in inventory.dags],
        sensors=[
            observer_sensor(client, inventory, states, _interval(environment)),
            watch_sensor(client, inventory, WATCH * _interval(environment)),
        ],
        resources={"io_manager": AirflowValues()} if io_manager else {},
    )


def state_folder(migration: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the state files are."""
    given = environment.get("MIGRATION_STATE_DIR", "")
    return Path(given) if given else migration / "state"


def _interval(environment: Mapping[str, str]) -> int:
    text = environment.get("AIRFLOW_OBSERVE_SECONDS", "")
    return max(int(text), 1) if text.isdigit() else INTERVAL


def observer_sensor(
    client: AirflowClient, inventory: Inventory, states: Path, interval: int = INTERVAL
) -> dg.SensorDefinition:
    """The sensor. It is on from the start, and its tick fails, with the reason, where Airflow cannot be asked."""
    found: dict[int, tuple[Targets, Partitions]] = {}

    def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        repository = context.repository_def
        assert repository is not None
        if id(repository) not in found:
            specs = list(_specs(repository))
            defined = {spec.key: spec.partitions_def for spec in specs if spec.partitions_def is not None}
            found[id(repository)] = targets_of(specs, inventory), defined
        targets, partitions = found[id(repository)]
        read, problems = read_states(states)
        for problem in problems:
            context.log.warning(f"{problem.code}: {problem.message}")
        known: dict[str, DagState | None] = {path.stem: None for path in states.glob("*.json")}
        observer = Observer(
            client,
            targets,
            {**known, **read},
            lambda instance: _launched(context, instance),
            Started(context.instance, client).told,
            partitions,
        )
        try:
            cursor = Cursor.parse(context.cursor, client.server_time())
            events, cursor = observer.look(cursor)
        except MigratorError as error:
            raise dg.Failure(f"{error.code}: {error.message}{f' ({error.help})' if error.help else ''}") from error
        return dg.SensorResult(asset_events=events, cursor=cursor.text())

    return dg.SensorDefinition(
        name=SENSOR,
        evaluation_fn=evaluate,
        minimum_interval_seconds=interval,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports the tasks and DAG runs that ended in Airflow.",
    )


def _specs(repository: RepositoryDefinition) -> Iterator[dg.AssetSpec]:
    for assets in repository.assets_defs_by_key.values():
        yield from assets.specs


def _launched(context: dg.SensorEvaluationContext, instance: TaskInstance) -> bool:
    """Whether a run of Dagster that succeeded did the work of a task."""
    tags = {DAG_TAG: instance.dag_id, RUN_TAG: instance.run_id, TASK_TAG: instance.task_id}
    wanted = dg.RunsFilter(tags=tags, statuses=[dg.DagsterRunStatus.SUCCESS])
    return bool(context.instance.get_runs(wanted, limit=1))


@dataclass
class Started:
    """The DAG runs that runs of Dagster started lately. Each is recorded by the one that waits for it, if that lives so long."""

    instance: dg.DagsterInstance
    client: AirflowClient
    _starters: list[dg.DagsterRun] | None = None
    _recorded: dict[str, set[tuple[str, float | None]]] = field(default_factory=dict)

    def told(self, run: DagRun) -> bool | None:
        """As `Observer.told`."""
        if self._starters is None:
            since = dt.datetime.now(dt.timezone.utc) - STARTED_SINCE
            wanted = dg.RunsFilter(tags={STARTS: "true"}, updated_after=since)
            self._starters = list(self.instance.get_runs(wanted, limit=1000))
        key = dag_key(run.dag_id)
        starters = [item for item in self._starters if not item.asset_selection or key in item.asset_selection]
        if not starters:
            return False
        if run.dag_id not in self._recorded:
            self._recorded[run.dag_id] = recorded(self.instance, run.dag_id, limit=1000)
        if ended_in(run) in self._recorded[run.dag_id]:
            return True
        fresh = run.end is not None and run.end > self.client.server_time() - SOON
        return None if fresh and not all(item.is_finished for item in starters) else False
