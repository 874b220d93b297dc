"""Definitions that show an Airflow, 2 or 3, in Dagster: an asset per DAG, and a sensor that reports what succeeded there.

The assets that tasks make stand elsewhere in the code location: the sensor finds them by their tag `airflow/dag_id` and their metadata
`airflow/task_id`. Nothing is asked of Airflow while the project loads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
from dagster._core.definitions.repository_definition import RepositoryDefinition

from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient, TaskInstance, dag_link
from migrator.bridge.events import Targets, dag_key, dag_tag, targets_of
from migrator.bridge.observer import Cursor, Observer
from migrator.bridge.values import AirflowValues
from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry, Inventory, read_inventory
from migrator.state.stages import DagState, read_states

SENSOR = "airflow_observer"
GROUP = "airflow"
INTERVAL = 30
"""Seconds between two looks at Airflow."""
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
    states = state_folder(migration, environment)
    return dg.Definitions(
        assets=[dag_asset(settings.url, entry) for entry in inventory.dags],
        sensors=[observer_sensor(AirflowClient(settings), inventory, states, _interval(environment))],
        resources={"io_manager": AirflowValues()} if io_manager else {},
    )


def state_folder(migration: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the state files are."""
    given = environment.get("MIGRATION_STATE_DIR", "")
    return Path(given) if given else migration / "state"


def _interval(environment: Mapping[str, str]) -> int:
    text = environment.get("AIRFLOW_OBSERVE_SECONDS", "")
    return max(int(text), 1) if text.isdigit() else INTERVAL


def dag_asset(url: str, entry: DagEntry) -> dg.AssetSpec:
    """The asset that stands for a DAG: materialized whenever a run of it succeeds in Airflow."""
    return dg.AssetSpec(
        dag_key(entry.dag_id),
        deps=[dg.AssetKey(list(key)) for key in last_assets(entry)],
        description=f"The DAG `{entry.dag_id}` in Airflow. A materialization is a successful run of it.",
        metadata={
            "Dag ID": entry.dag_id,
            "Schedule": entry.schedule,
            "Link to DAG": dg.MetadataValue.url(dag_link(url, entry.dag_id)),
        },
        group_name=GROUP,
        kinds={"airflow", "dag"},
        tags={"airflow/dag_id": dag_tag(entry.dag_id)},
    )


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


def observer_sensor(
    client: AirflowClient, inventory: Inventory, states: Path, interval: int = INTERVAL
) -> dg.SensorDefinition:
    """The sensor. It is on from the start, and its tick fails, with the reason, where Airflow cannot be asked."""
    found: dict[int, Targets] = {}

    def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        repository = context.repository_def
        assert repository is not None
        targets = found.setdefault(id(repository), targets_of(_specs(repository), inventory))
        read, problems = read_states(states)
        for problem in problems:
            context.log.warning(f"{problem.code}: {problem.message}")
        known: dict[str, DagState | None] = {path.stem: None for path in states.glob("*.json")}
        observer = Observer(client, targets, {**known, **read}, lambda instance: _launched(context, instance))
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
