"""A migration that is half done, for the tests of its dashboard: the project of the sample DAGs, an Airflow, a Dagster, and some history."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bridge.fake_airflow import FakeAirflow, serving
from tests.integration.servers import Dagster, dagster, free_port

DONE = ("orders_daily", "web_events_daily")
MOVED = ("stock_replenishment", "loyalty_points", "country_report_de", "country_report_at", "invoice_reminders")
PROXIED = {"marts_daily": ("build_daily_revenue",), "customer_features": (), "shop_kpis": ()}
TWICE = "country_report_at"
"""Moved, but nobody paused it in Airflow."""
ORPHAN = "invoice_reminders"
"""Moved, but its sensor in Dagster is off."""
LONG = "long_" + "x" * 245
MARKUP = '<img src=x onerror="alert(1)">'

_REFRESH = """
import datetime as dt, json, sys
from contextlib import nullcontext
from pathlib import Path
import dagster as dg
from dagster._core.test_utils import freeze_time
from {package}.definitions import defs
for days, step in json.loads(sys.argv[1]):
    for path, text in step.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
    at = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=days)
    # Loaded anew as *Reload definitions* does: which checks a DAG has is part of its definitions.
    definitions = defs() if callable(defs) and not isinstance(defs, dg.Definitions) else defs
    job = definitions.resolve_job_def("migration_status_refresh")
    with dg.DagsterInstance.get() as instance, freeze_time(at) if days else nullcontext():
        assert job.execute_in_process(instance=instance).success
"""


@dataclass
class World:
    project: Path
    dagster: Dagster
    airflow: FakeAirflow

    @property
    def migration(self) -> Path:
        (found,) = self.project.glob("src/*/migration")
        return found

    def inventory(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.migration / "inventory.json").read_text())
        return found


def state_text(dag_id: str, stage: str, tasks: tuple[str, ...] = (), days: int = 3) -> str:
    at = (dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=days)).isoformat(timespec="seconds")
    what = f"promote {dag_id} --to {stage}"
    return json.dumps(
        {
            "schema_version": 1,
            "dag_id": dag_id,
            "stage": stage,
            "proxied_tasks": list(tasks),
            "history": [{"at": at, "by": "ada", "what": what, "forced": False}],
        }
    )


@contextmanager
def half_done(sample: Path, root: Path, odd: bool = True) -> Iterator[World]:
    """The migration after the refreshes of three weeks: before the first move, after some, and now. `odd`: with names, and a state file, that
    are not as they should be."""
    project = root / "project"
    shutil.copytree(sample, project)
    (migration,) = project.glob("src/*/migration")
    package = migration.parent.name
    if odd:
        _add_odd_dags(migration)
    inventory = json.loads((migration / "inventory.json").read_text())
    ids = [dag["dag_id"] for dag in inventory["dags"]]
    airflow = FakeAirflow(3, dags={dag_id: dag_id in (*DONE, *MOVED) and dag_id != TWICE for dag_id in ids})
    with serving(airflow) as served:
        env = {
            "AIRFLOW_URL": served.url,
            "AIRFLOW_USERNAME": "admin",
            "AIRFLOW_PASSWORD": "admin",
            "MIGRATION_DAGS_URL": "https://github.com/fernwood/dags/blob/main",
        }
        with dagster(project, root / "home", env, free_port()) as server:
            _switch_on(server, inventory)
            steps = _steps(migration, inventory, odd)
            command = [sys.executable, "-c", _REFRESH.replace("{package}", package), json.dumps(steps)]
            done = subprocess.run(command, env=server.env, cwd=project, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-4000:]
            yield World(project, server, served)


def _add_odd_dags(migration: Path) -> None:
    """One whose id is as long as Airflow allows, and one that has markup in every name and no owner."""
    path = migration / "inventory.json"
    inventory = json.loads(path.read_text())
    for dag_id, owners in ((LONG, ["sales"]), ("markup", [])):
        inventory["dags"].append(
            {
                "dag_id": dag_id,
                "file": f"{MARKUP}.py",
                "form": "airflow",
                "folder": "odd",
                "schedule": "@daily",
                "reason": f"{MARKUP} [x](http://evil)",
                "owners": owners,
                "tasks": [{"task_id": MARKUP, "operator": "O", "disposition": "airflow", "code": "MIG201", "reason": f"no rule translates `{MARKUP}`"}],
            }
        )  # fmt: skip
    path.write_text(json.dumps(inventory))


def _steps(migration: Path, inventory: dict[str, Any], odd: bool) -> list[tuple[int, dict[str, str]]]:
    """How many days ago something was changed, and the files that then were there."""
    tasks = {
        dag["dag_id"]: [task["task_id"] for task in dag["tasks"] if task["disposition"] == "asset"]
        for dag in inventory["dags"]
    }
    folder = migration / "state"

    def states(stage: str, ids: tuple[str, ...], days: int) -> dict[str, str]:
        return {str(folder / f"{dag_id}.json"): state_text(dag_id, stage, (), days) for dag_id in ids}

    proxied = {
        str(folder / f"{dag_id}.json"): state_text(dag_id, "proxied", tuple(tasks[dag_id][:2]), 2) for dag_id in PROXIED
    }
    shadow = {
        "schema_version": 1,
        "dag_id": "marts_daily",
        "results": [
            {
                "at": "2026-11-22T08:00:00+00:00",
                "task_id": tasks["marts_daily"][0],
                "partition": "2026-11-21",
                "equal": False,
                "what": "`warehouse.mart_daily_revenue` differs in 3 of 1,204 rows",
                "rows_airflow": 1204,
                "rows_dagster": 1204,
            }
        ],
    }
    last = {str(migration / "shadow" / "marts_daily.json"): json.dumps(shadow)}
    gone = {str(folder / "gone.json"): state_text("gone", "migrated", (), 30)} if odd else {}
    return [
        (21, {}),
        (14, states("migrated", DONE, 14)),
        (6, {**states("decommissioned", DONE, 6), **states("migrated", MOVED[:3], 6)}),
        (0, {**states("migrated", MOVED[3:], 2), **proxied, **last, **gone}),
    ]


def _switch_on(server: Dagster, inventory: dict[str, Any]) -> None:
    """Starts in Dagster what starts the DAGs that have moved, but for one."""
    query = "{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}"
    (node,) = server.query(query)["repositoriesOrError"]["nodes"]
    place = {"repositoryName": node["name"], "repositoryLocationName": node["location"]["name"]}
    for dag in inventory["dags"]:
        if dag["dag_id"] in (*DONE, *MOVED) and dag["dag_id"] != ORPHAN:
            for name in dag.get("schedules", ()):
                text = "mutation($s:ScheduleSelector!){startSchedule(scheduleSelector:$s){__typename}}"
                server.query(text, s={**place, "scheduleName": name})
            for name in dag.get("sensors", ()):
                text = "mutation($s:SensorSelector!){startSensor(sensorSelector:$s){__typename}}"
                server.query(text, s={**place, "sensorName": name})


def promote(world: World, *arguments: str) -> str:
    """`migrate promote`, as a person types it who has both addresses; what it says."""
    command = [sys.executable, "-m", "migrator", "promote", str(world.project), *arguments]
    env = {**world.dagster.env, "DAGSTER_URL": world.dagster.url}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def reload(world: World) -> None:
    """What *Reload definitions* does."""
    place = world.dagster.query("{repositoriesOrError{... on RepositoryConnection{nodes{location{name}}}}}")
    (node,) = place["repositoriesOrError"]["nodes"]
    text = "mutation($n:String!){reloadRepositoryLocation(repositoryLocationName:$n){__typename}}"
    found = world.dagster.query(text, n=node["location"]["name"])
    assert found["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry", found
