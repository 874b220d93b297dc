"""Dagster definitions that show how far a migration is: an asset for the whole and one for each DAG, and what refreshes them."""

import hashlib
import json
import logging
import os
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from migrator.dashboard import dag_page, status_page
from migrator.dashboard.facts import gather, state_of
from migrator.dashboard.names import Names
from migrator.dashboard.settings import Settings
from migrator.dashboard.sources import AirflowNow, DagsterNow, ask_airflow, ask_instance
from migrator.dashboard.texts import Links
from migrator.diagnostics import MigratorError
from migrator.state.inventory import Inventory, read_inventory
from migrator.state.stages import Stage

SECONDS = 30
"""Between two looks at the state files."""

WATCH_SECONDS = 300
"""Between two looks at whether Airflow runs a DAG that Dagster runs."""

FEW = 100
"""DAGs that are all refreshed every hour: each costs about five events, on SQLite a quarter of a second."""

ASKED = ""
"""In the sensor's cursor: when Airflow was asked, and the DAGs that both run. No DAG has this id."""

log = logging.getLogger(__name__)


def dashboard_definitions(migration: Path, environment: Mapping[str, str] = os.environ) -> dg.Definitions:
    """The dashboard of the project whose inventory is in the folder `migration`.

    Asks neither Airflow nor Dagster while the project loads. Gives no definitions, and logs why, where the inventory cannot be read.
    """
    settings = Settings.of(environment)
    if not settings.enabled:
        return dg.Definitions()
    try:
        inventory = read_inventory(migration)
    except MigratorError as error:
        log.warning("there is no dashboard of the migration: %s", error.message)
        return dg.Definitions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _definitions(migration, inventory, settings, environment)


def _definitions(
    migration: Path, inventory: Inventory, settings: Settings, environment: Mapping[str, str]
) -> dg.Definitions:
    names = Names.of(inventory)
    links = Links(settings.ui_url, names.prefix)
    loaded = gather(migration, inventory, AirflowNow(problem="not asked"), DagsterNow("not asked"), None)
    project = migration.absolute().parents[2]
    ids = {dag_page.dag_key(names.prefix, entry.dag_id): entry.dag_id for entry in inventory.dags}
    jobs = frozenset(entry.job for entry in inventory.dags if entry.job)
    status_key = dg.AssetKey([names.prefix, "status"])

    @dg.multi_asset(
        name=names.asset,
        specs=[
            status_page.status_spec(loaded, names.prefix, links),
            *(dag_page.dag_spec(dag.entry, dag.state, names.prefix, settings, links, project) for dag in loaded.dags),
        ],
        check_specs=[
            *status_page.status_checks(names.prefix),
            *(
                check
                for dag in loaded.dags
                for check in dag_page.check_specs(dag.entry, dag.state, dag.parity is not None, names.prefix, settings)
            ),
        ],
        can_subset=True,
        description="Reads the state files, asks Airflow and Dagster, and records how far each DAG is.",
    )
    def refresh(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        wanted = context.selected_asset_keys
        checks: dict[dg.AssetKey, set[str]] = {}
        for check in context.selected_asset_check_keys:
            checks.setdefault(check.asset_key, set()).add(check.name)
        chosen = [ids[key] for key in wanted if key in ids]
        status = gather(
            migration,
            inventory,
            ask_airflow(environment),
            ask_instance(context.instance, _location(context), jobs),
            settings.dags_folder,
            only=None if status_key in wanted else chosen,
        )
        for dag in status.dags:
            key = dag_page.dag_key(names.prefix, dag.dag_id)
            if key in wanted:
                yield dag_page.dag_result(dag, key, frozenset(checks.get(key, ())))
        if status_key in wanted:
            asked = frozenset(checks.get(status_key, ()))
            yield status_page.status_result(status, names.prefix, links, asked)

    job = dg.define_asset_job(
        names.job,
        dg.AssetSelection.assets(refresh),
        description="Refreshes the dashboard of the migration.",
        executor_def=dg.in_process_executor,
        tags=names.tags,
    )
    return dg.Definitions(
        assets=[refresh],
        jobs=[job],
        schedules=[_schedule(migration, inventory, names, job)],
        sensors=[_sensor(migration, inventory, names, job, environment)],
    )


def _schedule(migration: Path, inventory: Inventory, names: Names, job: Any) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=names.schedule,
        job=job,
        cron_schedule="5 * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Refreshes the dashboard every hour; of many DAGs those that Airflow still runs as ever only at midnight.",
        tags=names.tags,
    )
    def hourly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        if len(inventory.dags) <= FEW or context.scheduled_execution_time.hour == 0:
            return dg.RunRequest()
        states = (state_of(migration / "state", entry.dag_id)[0] for entry in inventory.dags)
        moving = [state.dag_id for state in states if state.stage in (Stage.PROXIED, Stage.MIGRATED)]
        return dg.RunRequest(asset_selection=_keys(names, moving))

    return hourly


def _keys(names: Names, dag_ids: Iterable[str]) -> list[dg.AssetKey]:
    """The page of the whole, and those of some DAGs."""
    return [dg.AssetKey([names.prefix, "status"]), *(dag_page.dag_key(names.prefix, dag_id) for dag_id in dag_ids)]


def _sensor(
    migration: Path, inventory: Inventory, names: Names, job: Any, environment: Mapping[str, str]
) -> dg.SensorDefinition:
    known = {entry.dag_id for entry in inventory.dags}

    @dg.sensor(
        name=names.sensor,
        job=job,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Refreshes the DAGs whose state has changed, or that Airflow runs as well; all of them the first time.",
        tags=names.tags,
    )
    def changes(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        before: dict[str, str] | None = json.loads(context.cursor) if context.cursor else None
        now = digests(migration)
        asked, twice = _run_by_both(migration, known, environment, (before or {}).get(ASKED, ""))
        for dag_id in twice:
            now[dag_id] = f"{now.get(dag_id, '')} on in Airflow"
        text = json.dumps({**now, ASKED: asked}, sort_keys=True)
        context.update_cursor(text)
        if before is None:
            return dg.RunRequest(run_key=hashlib.sha256(text.encode()).hexdigest())
        if {name: digest for name, digest in before.items() if name != ASKED} == now:
            return dg.SkipReason("nothing has changed")
        changed = sorted(name for name in {*before, *now} & known if before.get(name) != now.get(name))
        return dg.RunRequest(asset_selection=_keys(names, changed))

    return changes


def _run_by_both(
    migration: Path, known: Iterable[str], environment: Mapping[str, str], last: str
) -> tuple[str, Sequence[str]]:
    """The DAGs that Dagster's schedule runs and that are not paused in Airflow. `last` is the text that the last look gave, and is
    given again until it is time for another one."""
    moment, *twice = last.split() or ["0"]
    own = [dag_id for dag_id in known if state_of(migration / "state", dag_id)[0].stage.owner == "dagster"]
    if own and time.time() - float(moment) >= WATCH_SECONDS:
        airflow = ask_airflow(environment)
        if not airflow.problem:
            twice = sorted(dag_id for dag_id in own if not airflow.paused.get(dag_id, True))
        moment = f"{time.time():.0f}"
    return " ".join([moment, *twice]), [dag_id for dag_id in twice if dag_id in own]


def digests(migration: Path) -> dict[str, str]:
    """For each DAG that has a state file or results of comparisons, what tells whether they have changed."""
    found: dict[str, str] = {}
    for folder in ("state", "shadow"):
        for path in sorted((migration / folder).glob("[!.]*.json")):
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
            except OSError:
                digest = "unreadable"
            name = path.name.removesuffix(".json")
            found[name] = found.get(name, "") + digest
    return found


def _location(context: dg.AssetExecutionContext) -> str | None:
    """The name of the code location that this run belongs to, where it is known."""
    origin = context.run.remote_job_origin
    return origin.repository_origin.code_location_origin.location_name if origin else None
