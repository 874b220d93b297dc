"""Airflow and Dagster side by side, over a project that `migrate generate` wrote, and the scenarios that both versions go through."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient
from migrator.bridge.observe import DAG_TAG, RUN_TAG, SENSOR, TASK_TAG
from migrator.diagnostics import MigratorError
from migrator.state.stages import DagState, Stage, change_state, read_state

from .servers import USER, Airflow, Dagster, Event, airflow, dagster, free_port, until

DAGS = Path(__file__).with_name("bridge_dags")
DAY = "2026-03-01"
EXECUTOR = "import dagster as dg\n\ndefs = dg.Definitions(executor=dg.in_process_executor)\n"
"""Each run in one process instead of two or more: half the work of a scenario."""
RETURNS = """from datetime import datetime

from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2026, 1, 1))
def returns():
    @task
    def count() -> int:
        return 3

    count()


returns()
"""


@dataclass
class World:
    """`data` is where the tasks note what they did."""

    airflow: Airflow
    dagster: Dagster
    data: Path
    states: Path
    dags: Path

    def migrate(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command over the project, as a person does who has both addresses in the environment."""
        login = {"AIRFLOW_USERNAME": USER, "AIRFLOW_PASSWORD": USER}
        return subprocess.run(
            [sys.executable, "-m", "migrator", verb, str(self.dagster.project), *arguments],
            env={**os.environ, **login, "AIRFLOW_URL": self.airflow.url, "DAGSTER_URL": self.dagster.url},
            cwd=DAGS.parents[2],
            capture_output=True,
            text=True,
            check=False,
        )

    def moved(self, verb: str, *arguments: str) -> str:
        """What a command tells that moves something."""
        done = self.migrate(verb, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stage(self, dag_id: str) -> str:
        """The stage of a DAG."""
        return read_state(self.states, dag_id).stage.value

    def checked(self, dag_id: str, check: str) -> bool | None:
        """Whether a check of the DAG's page passed when the dashboard was refreshed last."""
        return self.dagster.check(f"migration/{dag_id}", check)

    def refresh(self) -> None:
        """Refreshes the dashboard, as its schedule does every hour."""
        run_id = self.dagster.launch("migration_status_refresh")
        until(lambda: self.dagster.run_status(run_id) == "SUCCESS", "the dashboard")

    def made(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / name).read_text())
        return found

    def proxy(self, dag_id: str, *task_ids: str) -> None:
        """Lets Dagster do these tasks of a DAG, and Airflow all others."""
        stage = Stage.PROXIED if task_ids else Stage.OBSERVED
        change_state(
            self.states,
            dag_id,
            lambda state: DagState(dag_id=dag_id, stage=stage, proxied_tasks=task_ids, history=state.history),
            what="test",
        )

    def launched(self, run_id: str, task_id: str) -> list[dict[str, Any]]:
        """The runs that Dagster did for a task of a run of Airflow."""
        runs = self.dagster.runs(**{RUN_TAG.replace("/", "__"): run_id, TASK_TAG.replace("/", "__"): task_id})
        assert all(run["tags"][DAG_TAG] for run in runs)
        return runs

    def observed(self, key: str, run_id: str) -> list[Event]:
        """What the sensor recorded for an asset of a run of Airflow."""
        return [event for event in self.dagster.events(key) if event.metadata.get("Airflow Run ID") == run_id]

    def told(self, dag_id: str) -> dict[str, bool]:
        """What was told last of the DAG itself."""
        events = [event.metadata for event in self.dagster.events(f"airflow/dag/{dag_id}")]
        last = next((metadata for metadata in events if "In Airflow" in metadata), {})
        return {name: last[name] for name in ("In Airflow", "Paused") if name in last}

    def waits(self) -> bool:
        """Whether the task that waits for the truck has begun."""
        return (self.data / "waiting.json").exists()

    def key(self, name: str) -> str:
        """The key of the asset that stands for a file of the data folder."""
        return "/".join(re.sub(r"[^A-Za-z0-9]", "_", part) for part in (*self.data.parts[1:], name))


def generate(version: int, root: Path, dags: Path, data: Path) -> Path:
    """The project that `migrate generate` makes of the DAGs of `bridge_dags`, which are copied to `dags` and write to `data`."""
    project = root / "project"
    for folder in (dags, data):
        folder.mkdir(parents=True)
    for path in DAGS.glob("*.py"):
        (dags / path.name).write_text(path.read_text().replace("/srv/shop", str(data)))
    command = [sys.executable, "-m", "migrator", "generate", str(dags), "-o", str(project), "--name", f"shop{version}"]
    subprocess.run(
        [*command, "--airflow-version", str(version)], cwd=DAGS.parents[2], check=True, stdout=subprocess.DEVNULL
    )
    (project / "src" / f"shop{version}" / "defs" / "executor.py").write_text(EXECUTOR)
    return project


@contextmanager
def world(version: int, python: Path, root: Path, deferrable: bool = False) -> Iterator[World]:
    """Both servers, with the DAGs of `bridge_dags`; who does a task's work is in the environment variable WORKER."""
    dags, data = root / "dags", root / "data"
    (root / "airflow").mkdir(parents=True)
    project = generate(version, root, dags, data)
    states = project / "src" / f"shop{version}" / "migration" / "state"
    config = root / "airflow" / "home" / "config"
    config.mkdir(parents=True)
    for name in ("dagster_proxy.py", "airflow_local_settings.py"):
        (config / name).write_text((project / "for_airflow" / name).read_text())
    port = free_port()
    environment = {
        "WORKER": "airflow",
        "DAGSTER_URL": f"http://127.0.0.1:{port}",
        "MIGRATION_STATE_DIR": str(states),
        "DAGSTER_PROXY_POLL_SECONDS": "1",
        "DAGSTER_PROXY_RETRY_SECONDS": "900",
        "DAGSTER_PROXY_DEFERRABLE": "1" if deferrable else "",
    }
    with airflow(version, python, root / "airflow", dags, environment, triggerer=deferrable) as left:
        settings = {
            "WORKER": "dagster",
            "AIRFLOW_URL": left.url,
            "AIRFLOW_USERNAME": USER,
            "AIRFLOW_PASSWORD": USER,
            "AIRFLOW_OBSERVE_SECONDS": "2",
        }
        with dagster(project, root / "dagster", settings, port) as right:
            right.start_daemon()
            for dag_id in ("audit_north", "orders", "prices", "stock", "wait"):
                left.wait_for_dag(dag_id)
            yield World(left, right, data, states, dags)


def pid_of(it: World, run_id: str) -> int:
    """The process that runs the task (not the one that watches over it)."""
    with suppress(KeyError):
        found = it.airflow.get(f"/dags/wait/dagRuns/{requests.utils.quote(run_id, safe='')}/taskInstances")
        return int(found["task_instances"][0]["pid"])
    raise AssertionError("the task has no process")


class Scenarios:
    """What a team does with the bridge, in this order. A subclass has the fixture `it`."""

    def test_a_run_is_observed(self, it: World) -> None:
        run_id, state = it.airflow.run("orders", f"{DAY}T00:00:00+00:00")
        assert state == "success"
        assert it.made("loaded.json") == {"clean": {"rows": 6, "by": "airflow"}, "by": "airflow"}
        until(lambda: it.observed("airflow/dag/orders", run_id), "the run in Dagster")
        for name in ("raw", "clean", "loaded"):
            (event,) = until(lambda name=name: it.observed(it.key(name), run_id), f"{name} in Dagster")
            assert (event.materialized, event.partition) == (True, DAY)
            link = event.metadata["View Task"] or ""
            assert requests.get(link, timeout=30).status_code == 200

    def test_tasks_that_succeeded_before_a_failure_are_observed(self, it: World) -> None:
        (it.data / "no_rates").touch()
        run_id, state = it.airflow.run("orders", "2026-03-02T00:00:00+00:00")
        (it.data / "no_rates").unlink()
        assert state == "failed"
        (dag,) = until(lambda: it.observed("airflow/dag/orders", run_id), "the run in Dagster")
        assert (dag.materialized, dag.metadata["State"]) == (False, "failed")
        (raw,) = until(lambda: it.observed(it.key("raw"), run_id), "raw in Dagster")
        assert raw.partition == "2026-03-02"
        assert not it.observed(it.key("clean"), run_id)

    def test_dagster_does_a_task_and_values_cross_both_ways(self, it: World) -> None:
        assert "work of transform" in it.moved("promote", "orders.transform")
        run_id, state = it.airflow.run("orders", "2026-03-03T00:00:00+00:00")
        assert state == "success", it.airflow.log_of("orders", run_id, "transform")
        assert it.made("raw.json")["by"] == "airflow"
        assert it.made("clean.json") == {
            "day": "2026-03-03",
            "raw": {"day": "2026-03-03", "rows": 3},
            "by": "dagster",
        }
        assert it.made("loaded.json") == {"clean": {"rows": 6, "by": "dagster"}, "by": "airflow"}
        (run,) = it.launched(run_id, "transform")
        assert (run["status"], run["tags"]["dagster/partition"]) == ("SUCCESS", "2026-03-03")
        assert run["tags"]["airflow/logical_date"].startswith("2026-03-03T00:00:00")
        until(lambda: it.observed("airflow/dag/orders", run_id), "the run in Dagster")
        until(lambda: it.observed(it.key("loaded"), run_id), "loaded in Dagster")
        own = [event for event in it.dagster.events(it.key("clean")) if event.run_id == run["runId"]]
        assert len(own) == 1
        assert not it.observed(it.key("clean"), run_id), "Dagster did it, so it is not observed again"

    def test_a_failure_in_dagster_fails_the_task_and_says_why(self, it: World) -> None:
        it.proxy("orders", "transform")
        (it.data / "no_rates").touch()
        run_id, state = it.airflow.run("orders", "2026-03-04T00:00:00+00:00")
        (it.data / "no_rates").unlink()
        assert state == "failed"
        assert it.airflow.tasks("orders", run_id) == {
            "extract": "success",
            "transform": "failed",
            "load": "upstream_failed",
        }
        (run,) = it.launched(run_id, "transform")
        log = it.airflow.log_of("orders", run_id, "transform")
        assert "no exchange rates" in log
        assert f"/runs/{run['runId']}" in log

    def test_rollback_is_the_next_run(self, it: World) -> None:
        it.proxy("orders", "transform")
        it.moved("rollback", "orders.transform")
        assert it.stage("orders") == "observed"
        run_id, state = it.airflow.run("orders", "2026-03-05T00:00:00+00:00")
        assert state == "success"
        assert it.made("clean.json")["by"] == "airflow"
        assert it.launched(run_id, "transform") == []

    def test_tasks_in_groups_and_mapped_ones(self, it: World) -> None:
        it.proxy("stock", "count", "reports.figures")
        run_id, state = it.airflow.run("stock")
        assert state == "success", it.airflow.tasks("stock", run_id)
        assert [it.made(f"shelf_{shelf}.json")["by"] for shelf in (1, 2, 3)] == ["dagster"] * 3
        assert it.made("total.json") == {"total": 600, "by": "airflow"}
        assert it.made("figures.json") == {"value": 600, "by": "dagster"}
        assert it.made("published.json") == {"half": 300.0, "by": "airflow"}
        assert len(it.launched(run_id, "count")) == 3
        it.proxy("stock")

    def test_a_mapped_op_of_a_factory_has_partitions_and_params(self, it: World) -> None:
        it.proxy("audit_north", "look")
        run_id, state = it.airflow.run("audit_north", "2026-03-08T00:00:00+00:00", {"most": 7})
        assert state == "success", it.airflow.tasks("audit_north", run_id)
        assert it.made("north_room_2.json") == {"day": "2026-03-08", "most": 7, "by": "dagster"}
        assert it.made("north_verdict.json") == {"day": "2026-03-08", "found": 30, "by": "airflow"}
        assert [run["tags"]["dagster/partition"] for run in it.launched(run_id, "look")] == ["2026-03-08"] * 2
        (event,) = until(lambda: it.observed("airflow/dag/audit_north", run_id), "the run in Dagster")
        assert (event.materialized, event.partition) == (True, "2026-03-08")
        it.proxy("audit_north")

    def test_a_shadow_run_is_compared_with_what_airflow_returned(self, it: World) -> None:
        wanted = ("promote", "prices.convert", "--shadow-runs", "1")
        refused = it.migrate(*wanted)
        assert (refused.returncode, it.stage("prices")) == (2, "observed")
        assert "shadow" in refused.stderr, refused.stderr
        assert it.airflow.run("prices", f"{DAY}T00:00:00+00:00")[1] == "success"
        told = it.moved("shadow", "prices.convert", "--partition", DAY)
        assert f"prices.convert {DAY}: equal" in told
        it.moved(*wanted)
        assert it.stage("prices") == "proxied"
        it.moved("rollback", "prices.convert")

    def test_logins_and_addresses_that_are_wrong(self, it: World) -> None:
        right = Settings(it.airflow.url, username=USER, password=USER)
        client = AirflowClient(right)
        dags = client.dags()
        assert "orders" in {dag.dag_id for dag in dags}
        if it.airflow.version == 3:
            token = str(client._session.headers["Authorization"]).removeprefix("Bearer ")
            assert AirflowClient(Settings(it.airflow.url, token=token)).dags() == dags
            client._session.headers["Authorization"] = "Bearer one.that.ended"
            assert client.dags() == dags, "a token that is refused is renewed"
        for change, code in (
            ({"password": "wrong"}, "MIG621"),
            ({"auth": "token", "token": "wrong"}, "MIG621"),
            ({"url": it.dagster.url}, "MIG620"),
            ({"url": f"{it.airflow.url}/home"}, "MIG620"),
        ):
            with pytest.raises(MigratorError) as caught:
                AirflowClient(replace(right, **change)).dags()
            assert caught.value.code == code, caught.value.message

    def test_a_broken_state_file_fails_the_task(self, it: World) -> None:
        path = it.states / "wait.json"
        path.write_text('{"stage": "proxied"')
        try:
            run_id, state = it.airflow.run("wait")
        finally:
            path.unlink()
        assert state == "failed"
        assert "is not a state file" in it.airflow.log_of("wait", run_id, "wait_for_truck")
        assert not (it.data / "waiting.json").exists()

    def test_a_retry_waits_for_the_run_that_the_lost_try_launched(self, it: World) -> None:
        it.proxy("wait", "wait_for_truck")
        run_id = it.airflow.trigger("wait")
        until(lambda: it.waits(), "the work in Dagster")
        os.kill(pid_of(it, run_id), signal.SIGKILL)
        until(lambda: it.airflow.try_number("wait", run_id, "wait_for_truck") == 2, "the second try")
        until(lambda: it.airflow.tasks("wait", run_id)["wait_for_truck"] == "running", "the second try running")
        (it.data / "truck").touch()
        assert it.airflow.wait("wait", run_id) == "success"
        assert [run["status"] for run in it.launched(run_id, "wait_for_truck")] == ["SUCCESS"]
        (it.data / "truck").unlink()

    def test_a_task_killed_in_airflow_cancels_the_run(self, it: World) -> None:
        it.proxy("wait", "wait_for_truck")
        (it.data / "waiting.json").unlink(missing_ok=True)
        run_id = it.airflow.trigger("wait")
        until(lambda: it.waits(), "the work in Dagster")
        it.airflow.fail_task("wait", run_id, "wait_for_truck")
        until(
            lambda: [run["status"] for run in it.launched(run_id, "wait_for_truck")] == ["CANCELED"],
            "the cancelled run",
        )
        assert it.airflow.tasks("wait", run_id)["wait_for_truck"] == "failed"

    def test_dagster_away_when_a_task_starts(self, it: World) -> None:
        it.proxy("orders", "transform")
        it.dagster.stop()
        run_id = it.airflow.trigger("orders", "2026-03-06T00:00:00+00:00")
        until(lambda: "trying again" in it.airflow.log_of("orders", run_id, "transform"), "a first attempt")
        it.dagster.start()
        assert it.airflow.wait("orders", run_id) == "success"
        assert len(it.launched(run_id, "transform")) == 1
        it.proxy("orders")

    def test_dagster_restarts_in_the_middle_of_a_run(self, it: World) -> None:
        it.proxy("wait", "wait_for_truck")
        (it.data / "waiting.json").unlink(missing_ok=True)
        run_id = it.airflow.trigger("wait")
        until(lambda: it.waits(), "the work in Dagster")
        it.dagster.stop_webserver()
        until(lambda: "trying again" in it.airflow.log_of("wait", run_id, "wait_for_truck"), "a look in vain")
        (it.data / "truck").touch()
        it.dagster.start()
        assert it.airflow.wait("wait", run_id) == "success"
        (it.data / "truck").unlink()
        assert [run["status"] for run in it.launched(run_id, "wait_for_truck")] == ["SUCCESS"]
        assert it.airflow.try_number("wait", run_id, "wait_for_truck") == 1
        it.proxy("wait")

    def test_a_backfill_in_dagster_runs_three_dates_in_airflow(self, it: World) -> None:
        days = ["2026-04-01", "2026-04-02", "2026-04-03"]
        earlier, state = it.airflow.run("orders", f"{days[1]}T00:00:00+00:00")
        assert state == "success"
        until(lambda: it.observed("airflow/dag/orders", earlier), "the earlier run in Dagster")
        config = {"ops": {"airflow__dag__orders": {"config": {"at_once": 2}}}}
        backfill = it.dagster.backfill("airflow/dag/orders", days, config)
        status, counts = until(
            lambda: (
                found if (found := it.dagster.backfill_state(backfill))[0] not in ("REQUESTED", "STARTED") else None
            ),
            "the backfill",
        )
        assert (status, counts["Materialized"], counts["Failed"]) == ("COMPLETED_SUCCESS", 3, 0)
        found = it.airflow.get("/dags/orders/dagRuns?limit=100&order_by=-start_date")["dag_runs"]
        runs = {run["logical_date"][:10]: run for run in found if run["logical_date"][:10] in days}
        assert {day: run["state"] for day, run in runs.items()} == dict.fromkeys(days, "success")
        assert runs[days[1]]["dag_run_id"] == earlier, "a date that has a run is run again, not twice"
        assert it.dagster.runs(dagster__backfill=backfill), "its runs carry its id"
        for day, run in runs.items():
            times = 2 if day == days[1] else 1
            for name in ("raw", "clean", "loaded"):
                key = it.key(name)
                until(lambda key=key, run=run, times=times: len(it.observed(key, run["dag_run_id"])) == times, name)
            dag = it.observed("airflow/dag/orders", run["dag_run_id"])
            assert [(event.materialized, event.partition) for event in dag] == [(True, day)] * times

    def test_nothing_is_missing_and_nothing_twice_after_airflow_was_away(self, it: World) -> None:
        until(lambda: it.dagster.ticks(SENSOR), "a first tick")
        it.dagster.stop_daemon()
        run_id, state = it.airflow.run("orders", "2026-03-07T00:00:00+00:00")
        assert state == "success"
        it.airflow.stop_api()
        it.dagster.start_daemon()
        until(lambda: it.dagster.ticks(SENSOR)[0]["status"] == "FAILURE", "a tick that fails")
        assert "cannot be reached" in str(it.dagster.ticks(SENSOR)[0]["error"])
        it.airflow.start_api()
        names = [it.key(name) for name in ("raw", "clean", "loaded")]
        until(lambda: all(it.observed(name, run_id) for name in names), "the assets in Dagster")
        until(lambda: it.observed("airflow/dag/orders", run_id), "the run in Dagster")
        succeeded = {tick["timestamp"] for tick in it.dagster.ticks(SENSOR) if tick["status"] != "FAILURE"}
        until(
            lambda: (
                len({tick["timestamp"] for tick in it.dagster.ticks(SENSOR) if tick["status"] != "FAILURE"} - succeeded)
                > 1
            ),
            "two more ticks",
        )
        for name in [*names, "airflow/dag/orders"]:
            found = [
                (event.metadata["Airflow Run ID"], event.metadata["Ended"])
                for event in it.dagster.events(name)
                if event.metadata.get("Airflow Run ID")
            ]
            assert len(found) == len(set(found)), name

    def test_a_dag_that_is_new_and_one_that_is_paused_and_gone(self, it: World) -> None:
        path = it.dags / "returns.py"
        path.write_text(RETURNS)
        it.airflow.wait_for_dag("returns")
        run_id, state = it.airflow.run("returns")
        assert state == "success"
        until(lambda: it.observed("airflow/dag/returns", run_id), "the run of a DAG that the project does not have")
        assert until(lambda: it.told("returns"), "that it is there") == {"In Airflow": True, "Paused": False}
        it.airflow.pause("returns")
        until(lambda: it.told("returns") == {"In Airflow": True, "Paused": True}, "that it is paused")
        path.unlink()
        it.airflow.delete("returns")
        until(lambda: it.told("returns") == {"In Airflow": False}, "that it is gone")

    def test_a_whole_dag_moves_to_dagster_and_back(self, it: World) -> None:
        refused = it.migrate("promote", "orders", "--to", "migrated")
        assert (refused.returncode, it.stage("orders")) == (2, "observed")
        assert "not paused in Airflow" in refused.stderr, refused.stderr
        waiting = it.airflow.trigger("wait")
        refused = it.migrate("promote", "wait", "--to", "migrated", "--pause-airflow")
        assert (refused.returncode, it.stage("wait"), it.airflow.paused("wait")) == (2, "observed", False)
        assert "not ended" in refused.stderr, refused.stderr
        (it.data / "truck").touch()
        assert it.airflow.wait("wait", waiting) == "success"
        it.moved("promote", "orders", "--to", "migrated", "--pause-airflow", "--start-schedule")
        assert (it.stage("orders"), it.airflow.paused("orders")) == ("migrated", True)
        assert it.dagster.is_on("orders")
        run_id = it.dagster.launch("orders", "2026-05-01")
        until(lambda: it.dagster.run_status(run_id) == "SUCCESS", "the run in Dagster")
        assert it.made("loaded.json") == {"clean": {"rows": 6, "by": "dagster"}, "by": "dagster"}
        assert it.made("raw.json") == {"day": "2026-05-01", "by": "dagster"}
        backfill = it.dagster.backfill("airflow/dag/orders", ["2026-05-02"])
        until(lambda: it.dagster.backfill_state(backfill)[0].startswith("COMPLETED"), "a backfill that is refused")
        assert it.dagster.backfill_state(backfill)[1]["Failed"] == 1
        it.refresh()
        assert it.checked("orders", "not_scheduled_twice") is True
        it.airflow.pause("orders", False)  # by hand, in Airflow's UI
        it.refresh()
        assert it.checked("orders", "not_scheduled_twice") is False
        refused = it.migrate("rollback", "orders", "--to", "observed", "--unpause-airflow")
        assert (refused.returncode, it.stage("orders")) == (2, "migrated")
        it.moved("rollback", "orders", "--to", "observed", "--stop-schedule", "--unpause-airflow")
        assert (it.stage("orders"), it.airflow.paused("orders"), it.dagster.is_on("orders")) == (
            "observed",
            False,
            False,
        )
        it.refresh()
        assert it.checked("orders", "not_scheduled_twice") is True
        run_id, state = it.airflow.run("orders", "2026-05-04T00:00:00+00:00")
        assert (state, it.made("loaded.json")["by"]) == ("success", "airflow")

    def test_a_whole_dag_leaves_airflow(self, it: World) -> None:
        it.moved("promote", "orders", "--to", "migrated", "--pause-airflow", "--start-schedule")
        it.moved("promote", "orders")
        assert it.stage("orders") == "decommissioned"
        path = it.dags / "shop.py"  # were it still there, Airflow would make the DAG anew, and not paused
        path.write_text(path.read_text().replace("\norders()\n", "\n"))
        it.airflow.delete("orders")
        until(lambda: it.told("orders") == {"In Airflow": False}, "that it is gone")
        before = {tick["timestamp"] for tick in it.dagster.ticks(SENSOR)}
        until(lambda: len({tick["timestamp"] for tick in it.dagster.ticks(SENSOR)} - before) > 1, "two more looks")
        assert it.dagster.ticks(SENSOR)[0]["status"] != "FAILURE"
        run_id = it.dagster.launch("orders", "2026-05-03")
        until(lambda: it.dagster.run_status(run_id) == "SUCCESS", "the run in Dagster without Airflow")
        assert it.made("raw.json") == {"day": "2026-05-03", "by": "dagster"}


class InTheTriggerer:
    """A task that waits for Dagster without a worker. A subclass has the fixture `it`."""

    def test_the_task_is_deferred_until_the_run_has_ended(self, it: World) -> None:
        run_id = self._deferred(it)
        (it.data / "truck").touch()
        assert it.airflow.wait("wait", run_id) == "success"
        (it.data / "truck").unlink()
        assert [run["status"] for run in it.launched(run_id, "wait_for_truck")] == ["SUCCESS"]
        assert it.made("arrived.json")["by"] == "dagster"

    def test_a_deferred_task_that_is_marked_as_failed_cancels_the_run(self, it: World) -> None:
        run_id = self._deferred(it)
        it.airflow.fail_task("wait", run_id, "wait_for_truck")
        until(
            lambda: [run["status"] for run in it.launched(run_id, "wait_for_truck")] == ["CANCELED"],
            "the cancelled run",
        )

    def _deferred(self, it: World) -> str:
        it.proxy("wait", "wait_for_truck")
        (it.data / "waiting.json").unlink(missing_ok=True)
        run_id = it.airflow.trigger("wait")
        until(lambda: it.waits(), "the work in Dagster")
        until(lambda: it.airflow.tasks("wait", run_id)["wait_for_truck"] == "deferred", "the task without a worker")
        return run_id
