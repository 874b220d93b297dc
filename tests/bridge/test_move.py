"""`migrate promote` and `migrate rollback`, as a user runs them, with stand-ins for Airflow and Dagster."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from migrator.bridge import client
from migrator.cli import app
from migrator.state import stages
from migrator.state.inventory import (
    DagEntry,
    DependentEntry,
    Inventory,
    TaskEntry,
    UnitEntry,
    inventory_path,
    inventory_text,
)
from migrator.state.shadow import ShadowResult, add_result
from migrator.state.stages import DagState, Stage, read_state

from . import fake_airflow, fake_dagster
from .fake_airflow import START, FakeAirflow
from .fake_dagster import FakeDagster


def task(task_id: str, disposition: str = "asset", **more: object) -> TaskEntry:
    node = "" if disposition in ("airflow", "folded", "hook") else task_id.replace(".", "_")
    return TaskEntry(
        task_id=task_id, operator="PythonOperator", disposition=disposition, node=node, assets=((task_id,),), **more
    )


ORDERS = DagEntry(
    dag_id="orders",
    file="orders.py",
    form="assets",
    folder="orders",
    job="orders",
    schedule="@daily",
    schedules=("orders_schedule",),
    sensors=("orders_alert",),
    tasks=(task("extract"), task("clean"), task("load.rows"), task("done", "folded"), task("mail", "hook")),
    units=(
        UnitEntry(tasks=("extract", "clean"), why="`extract` hands a DataFrame to `clean`"),
        UnitEntry(tasks=("load.rows",), conditions=("both see `/srv/x`",)),
        UnitEntry(tasks=("done",), blocked="it has no work that could move"),
        UnitEntry(tasks=("mail",), blocked="it became a sensor"),
    ),
)
STAYS = DagEntry(
    dag_id="sta.ys",
    file="stays.py",
    form="assets",
    folder="stays",
    job="stays",
    schedule="@daily",
    tasks=(task("a"), task("b", "airflow", code="MIG203", reason="it uses a hook")),
    units=(UnitEntry(tasks=("a",)), UnitEntry(tasks=("b",), blocked="it uses a hook")),
    dependents=(DependentEntry(dag_id="orders", how="its task `wait` waits for it"),),
)


class Shop:
    """A project, an Airflow and a Dagster."""

    def __init__(self, root: Path, airflow: FakeAirflow, dagster: FakeDagster) -> None:
        self.root, self.airflow, self.dagster = root, airflow, dagster
        self.migration = root / "src/shop/migration"
        self.migration.mkdir(parents=True)
        inventory = Inventory(package="shop", airflow_version="3", dags=(ORDERS, STAYS))
        (root / inventory_path("shop")).write_text(inventory_text(inventory))

    def run(self, *arguments: str) -> Result:
        verb, *rest = arguments
        return CliRunner().invoke(app, [verb, str(self.root), *rest])

    def state(self, dag_id: str = "orders") -> DagState:
        return read_state(self.migration / "state", dag_id)

    @property
    def files(self) -> dict[str, bytes]:
        """What is on disk, to see that nothing changed. A lock is no state."""
        found = (self.migration / "state").glob("*")
        return {path.name: path.read_bytes() for path in found if not path.name.endswith(".lock")}

    def refused(self, *arguments: str, code: str = "MIG630") -> str:
        """What is told; nothing has changed anywhere."""
        before = self.files, dict(self.airflow.dags), dict(self.dagster.schedules), dict(self.dagster.sensors)
        done = self.run(*arguments)
        assert (done.exit_code, done.stderr.partition("]")[0]) == (2, f"error[{code}"), done.output
        assert "Traceback" not in done.output
        now = self.files, dict(self.airflow.dags), dict(self.dagster.schedules), dict(self.dagster.sensors)
        assert now == before
        return done.stderr

    def done(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout


@pytest.fixture(params=[2, 3])
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    airflow = FakeAirflow(version=request.param, dags={"orders": False, "sta.ys": False})
    airflow.task_ids = {entry.dag_id: [item.task_id for item in entry.tasks] for entry in (ORDERS, STAYS)}
    dagster = FakeDagster({"orders_schedule": False}, {"orders_alert": False})
    with fake_airflow.serving(airflow), fake_dagster.serving(dagster):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("AIRFLOW_URL", airflow.url)
        monkeypatch.setenv("AIRFLOW_USERNAME", "admin")
        monkeypatch.setenv("AIRFLOW_PASSWORD", "admin")
        monkeypatch.setenv("DAGSTER_URL", dagster.url)
        monkeypatch.delenv("MIGRATION_DAGS_FOLDER", raising=False)
        monkeypatch.setattr(client.AirflowClient, "sleep", lambda self, seconds: None, raising=False)
        monkeypatch.setattr(client.time, "sleep", lambda seconds: None)
        yield Shop(tmp_path / "project", airflow, dagster)


def test_a_task_moves_and_moves_back(shop: Shop) -> None:
    told = shop.done("promote", "orders.load.rows", "--why", "equal for a week")
    assert "work of load.rows" in told
    assert "Dagster, in Airflow's run" in told
    assert "both see `/srv/x`" in told
    state = shop.state()
    assert (state.stage, state.proxied_tasks) == (Stage.PROXIED, ("load.rows",))
    (move,) = state.history
    assert (move.what, move.before, move.after, move.why) == (
        "promote orders.load.rows",
        Stage.OBSERVED,
        Stage.PROXIED,
        "equal for a week",
    )
    assert shop.airflow.dags["orders"] is False
    assert "nothing was changed" in shop.done("promote", "orders.load.rows")
    shop.done("rollback", "orders.load.rows")
    state = shop.state()
    assert (state.stage, [move.what.split()[0] for move in state.history]) == (Stage.OBSERVED, ["promote", "rollback"])


def test_a_unit_moves_as_a_whole(shop: Shop) -> None:
    told = shop.refused("promote", "orders.clean")
    assert "together with `extract`" in told
    assert "orders.clean --unit" in told
    shop.done("promote", "orders.clean", "--unit")
    assert shop.state().proxied_tasks == ("extract", "clean")
    assert "roll them back together" in shop.refused("rollback", "orders.extract")
    shop.done("promote", "orders.load.rows")
    shop.done("rollback", "orders.extract", "--unit")
    assert shop.state().proxied_tasks == ("load.rows",)


def test_a_whole_dag_moves_to_the_end_and_back(shop: Shop) -> None:
    shop.done("promote", "orders")
    assert shop.state().proxied_tasks == ("extract", "clean", "load.rows")
    told = shop.refused("promote", "orders")
    assert "not paused in Airflow, so both would start it" in told
    told = shop.done("promote", "orders", "--pause-airflow", "--start-schedule")
    assert shop.airflow.dags["orders"] is True
    assert (shop.dagster.schedules, shop.dagster.sensors) == ({"orders_schedule": True}, {"orders_alert": True})
    assert shop.state().stage is Stage.MIGRATED
    assert "delete `orders.py`" in shop.done("promote", "orders")
    assert shop.state().stage is Stage.DECOMMISSIONED
    shop.done("rollback", "orders")
    told = shop.refused("rollback", "orders")
    assert "is on in Dagster, so both would start it" in told
    shop.done("rollback", "orders", "--stop-schedule", "--unpause-airflow")
    state = shop.state()
    assert (state.stage, state.proxied_tasks) == (Stage.PROXIED, ("extract", "clean", "load.rows"))
    assert shop.airflow.dags["orders"] is False
    assert not any([*shop.dagster.schedules.values(), *shop.dagster.sensors.values()])
    assert [(move.before, move.after) for move in state.history][-1] == (Stage.MIGRATED, Stage.PROXIED)
    shop.done("rollback", "orders")
    assert shop.state().stage is Stage.OBSERVED


def test_without_the_switches_the_user_is_told_what_to_do(shop: Shop) -> None:
    shop.airflow.dags["orders"] = True
    told = shop.done("promote", "orders", "--to", "migrated")
    assert "switch on `orders_schedule`, `orders_alert` in Dagster" in told
    assert not any(shop.dagster.schedules.values())
    told = shop.done("rollback", "orders", "--to", "observed")
    assert "unpause it in Airflow" in told
    assert shop.airflow.dags["orders"] is True


def test_a_dry_run_changes_nothing(shop: Shop) -> None:
    before = shop.files
    told = shop.run("promote", "orders", "--to", "migrated", "--pause-airflow", "--dry-run")
    assert told.exit_code == 0
    assert "not paused" in told.stdout
    told = shop.run("promote", "orders", "--to", "migrated", "--dry-run")
    assert told.exit_code == 1
    assert "both would start it" in told.stdout
    assert (shop.files, shop.airflow.dags["orders"]) == (before, False)
    assert not (shop.migration / "state").exists()


def test_what_is_not_translated_or_needed_in_airflow_stays(shop: Shop) -> None:
    shop.airflow.dags["sta.ys"] = True
    told = shop.refused("promote", "sta.ys", "--to", "migrated")
    for reason in (
        "`b` stays in Airflow: it uses a hook",
        "`orders` still runs in Airflow",
        "nothing in Dagster starts",
    ):
        assert reason in told
    assert "cannot be proxied: it uses a hook" in shop.refused("promote", "sta.ys.b")
    shop.done("promote", "sta.ys", "--to", "migrated", "--force")
    (move,) = shop.state("sta.ys").history
    assert move.forced
    assert any("uses a hook" in reason for reason in move.overridden)


def test_force_does_not_proxy_what_dagster_has_not(shop: Shop) -> None:
    shop.refused("promote", "sta.ys.b", "--force")


def test_runs_that_have_not_ended_hold_it_back(shop: Shop) -> None:
    shop.airflow.add_run("orders", "r1", START, state="running")
    shop.airflow.runs[-1]["end_date"] = None
    told = shop.refused("promote", "orders", "--to", "migrated", "--pause-airflow")
    assert "1 run of it in Airflow has not ended" in told


def test_dagster_may_not_start_what_airflow_starts(shop: Shop) -> None:
    shop.dagster.schedules["orders_schedule"] = True
    assert "is on in Dagster" in shop.refused("promote", "orders")


def test_shadow_runs_may_be_asked_for(shop: Shop) -> None:
    def compared(equal: bool) -> None:
        add_result(shop.migration, "orders", ShadowResult(at=START, task_id="load.rows", equal=equal))

    compared(True)
    compared(False)
    compared(True)
    (shop.root / "migrator.toml").write_text("shadow_runs = 2\n")
    assert "the last 1 shadow runs were equal to Airflow, 2 are asked for" in shop.refused(
        "promote", "orders.load.rows"
    )
    compared(True)
    shop.done("promote", "orders.load.rows")
    assert "3 are asked for" in shop.refused("promote", "orders", "--to", "proxied", "--shadow-runs", "3")


def test_changed_dag_files_hold_it_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop.root / "dags").mkdir()
    (shop.root / "dags/orders.py").write_text("changed")
    monkeypatch.setenv("MIGRATION_DAGS_FOLDER", str(shop.root / "dags"))
    assert "changed since its code was generated: orders.py" in shop.refused("promote", "orders.load.rows")


@pytest.mark.parametrize("target", ["nothing", "orders.nothing", "sta.ys.", "orders.", ".", "../orders"])
def test_what_the_project_has_not(shop: Shop, target: str) -> None:
    shop.refused("promote", target, code="MIG631")
    shop.refused("rollback", target, code="MIG631")


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "orders.clean", "--to", "migrated"),
        ("promote", "orders", "--to", "observed"),
        ("rollback", "orders", "--to", "migrated"),
        ("rollback", "orders.clean", "--to", "proxied"),
    ],
)
def test_stages_that_make_no_sense(shop: Shop, arguments: tuple[str, ...]) -> None:
    shop.refused(*arguments)


HTML = "<html>Sign in</html>"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ((401, {"Content-Type": "application/json"}, "{}"), "MIG621"),
        ((403, {"Content-Type": "application/json"}, "{}"), "MIG621"),
        ((429, {"Retry-After": "0"}, ""), "MIG620"),
        ((500, {"Content-Type": "application/json"}, '{"detail": "broken"}'), "MIG620"),
        ((200, {"Content-Type": "text/html"}, HTML), "MIG620"),
        ((200, {"Content-Type": "application/json"}, '{"unexpected": 1}'), "MIG620"),
        ((200, {"Content-Type": "application/json"}, '{"cut'), "MIG620"),
    ],
)
@pytest.mark.parametrize(
    "arguments", [("promote", "orders"), ("promote", "orders", "--to", "migrated", "--pause-airflow")]
)
def test_an_airflow_that_does_not_answer_well(
    shop: Shop, fault: tuple[int, dict[str, str], str], code: str, arguments: tuple[str, ...]
) -> None:
    shop.airflow.dag_faults = [fault] * 9
    shop.refused(*arguments, code=code)


def test_an_airflow_that_is_away_or_not_known(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_URL", "http://127.0.0.1:9")
    shop.refused("promote", "orders", code="MIG620")
    monkeypatch.delenv("AIRFLOW_URL")
    assert "AIRFLOW_URL is not set" in shop.refused("promote", "orders", "--to", "migrated")


def test_a_dag_or_task_that_airflow_has_not(shop: Shop) -> None:
    shop.airflow.task_ids["orders"] = ["extract", "clean"]
    assert "Airflow has no task `load.rows` in it" in shop.refused("promote", "orders.load.rows")
    del shop.airflow.dags["orders"]
    assert "Airflow has no such DAG" in shop.refused("promote", "orders", code="MIG632")
    assert "Airflow has no such DAG" in shop.refused("promote", "orders", "--to", "migrated", code="MIG632")


@pytest.mark.parametrize(
    "answer",
    [
        (200, "text/html", HTML),
        (401, "application/json", "{}"),
        (500, "text/plain", "broken"),
        (200, "application/json", '{"errors": [{"message": "no such field"}]}'),
        (200, "application/json", '{"data": {"workspaceOrError": {"__typename": "PythonError", "message": "x"}}}'),
        (200, "application/json", '{"data": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": []}}}'),
        (200, "application/json", "[]"),
    ],
)
def test_a_dagster_that_does_not_answer_well(shop: Shop, answer: tuple[int, str, str]) -> None:
    shop.airflow.dags["orders"] = True
    shop.dagster.answer = answer
    shop.refused("promote", "orders", "--to", "migrated", code="MIG633")


def test_a_dagster_that_refuses_to_stop_its_schedule(shop: Shop) -> None:
    shop.airflow.dags["orders"] = True
    shop.done("promote", "orders", "--to", "migrated", "--start-schedule")
    shop.dagster.refuse = "you may not"
    assert "you may not" in shop.refused("rollback", "orders", "--stop-schedule", code="MIG633")


def test_a_dagster_that_refuses_to_start_leaves_the_dag_to_nobody(shop: Shop) -> None:
    shop.dagster.refuse = "you may not"
    done = shop.run("promote", "orders", "--to", "migrated", "--pause-airflow", "--start-schedule")
    assert done.exit_code == 2
    assert "nothing starts it yet" in done.stderr
    assert (shop.state().stage, shop.airflow.dags["orders"]) == (Stage.MIGRATED, True)


def test_airflow_goes_on_when_the_state_cannot_be_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise stages.MigratorError("MIG610", "no space left on device")

    monkeypatch.setattr(stages, "_write", full)
    shop.refused("promote", "orders", "--to", "migrated", "--pause-airflow", code="MIG610")
    assert "PATCH" in " ".join(shop.airflow.asked)


@pytest.mark.parametrize("text", ["{", "[]", '{"dag_id": "orders", "stage": "done"}', '{"dag_id": "other"}'])
def test_a_state_edited_into_nonsense(shop: Shop, text: str) -> None:
    (shop.migration / "state").mkdir()
    (shop.migration / "state/orders.json").write_text(text)
    shop.refused("promote", "orders", code="MIG610")
    shop.refused("rollback", "orders", code="MIG610")


def test_a_state_with_tasks_that_are_gone(shop: Shop) -> None:
    (shop.migration / "state").mkdir()
    state = {"schema_version": 1, "dag_id": "orders", "stage": "proxied", "proxied_tasks": ["old"]}
    (shop.migration / "state/orders.json").write_text(json.dumps(state))
    assert "tasks that it does not have: `old`" in shop.refused("promote", "orders.load.rows")
    shop.done("rollback", "orders")
    assert shop.state().stage is Stage.OBSERVED


def test_two_people_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "PATIENCE", 0.2)
    folder = shop.migration / "state"
    folder.mkdir()
    handle = os.open(folder / ".orders.json.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        assert "someone else" in shop.refused("promote", "orders", code="MIG611")
    finally:
        os.close(handle)
    shop.done("promote", "orders")
