"""Which tasks can be proxied alone, together, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.moving import Unit
from migrator.model.plan import DagPlan
from migrator.pipeline import analyze

HEAD = """
import datetime as dt
import os
import pandas as pd
from airflow.sdk import DAG, dag, task, task_group, Asset
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
START = dict(start_date=dt.datetime(2026, 1, 1), schedule="@daily", catchup=False)

def work():
    return pd.read_csv("/srv/shop/orders.csv")
"""


def plans(folder: Path, text: str) -> dict[str, DagPlan]:
    (folder / "dags.py").write_text(HEAD + text)
    return {dag.dag_id: dag for dag in analyze(folder, Config(airflow_version="3")).plan.dags}


def units(folder: Path, body: str) -> dict[str, Unit]:
    """The units of the DAG `d`, by the tasks' ids joined with a blank."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return {" ".join(unit.tasks): unit for unit in plans(folder, f'with DAG("d", **START):\n{lines}\n')["d"].units}


def test_every_task_is_in_one_unit() -> None:
    samples = Path(__file__).parents[2] / "sample_dags"
    analysis = analyze(samples, Config())
    tasks = {dag.dag_id: sorted(task.task_id for task in dag.tasks) for dag in analysis.project.dags}
    assert {dag.dag_id: sorted(t for unit in dag.units for t in unit.tasks) for dag in analysis.plan.dags} == tasks
    staying = {(found.dag_id, found.task_id) for found in analysis.plan.dispositions if found.kind == "airflow"}
    free = {(dag.dag_id, t) for dag in analysis.plan.dags for unit in dag.units if not unit.blocked for t in unit.tasks}
    assert free
    assert not free & staying


@pytest.mark.parametrize(
    ("annotation", "bound"),
    [
        ("dict[str, int]", False),
        ("list", False),
        ("pd.DataFrame", True),
        ("set[str]", True),
        ("dt.datetime | None", True),
    ],
)
def test_values_that_are_no_json_bind(tmp_path: Path, annotation: str, bound: bool) -> None:
    found = units(
        tmp_path,
        f"""
@task
def make() -> {annotation}:
    return work()
@task
def use(given):
    print(given)
use(make())
""",
    )
    assert list(found) == (["make use"] if bound else ["make", "use"])
    assert bound == ("which is no JSON" in found[next(iter(found))].why)
    assert not any(unit.blocked or unit.conditions for unit in found.values())


def test_a_value_of_an_unknown_type_is_a_condition(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        """
@task
def make():
    return work()
@task
def use(given):
    print(given)
use(make())
""",
    )
    assert {name: unit.conditions for name, unit in found.items()} == dict.fromkeys(
        ("make", "use"), ("what `make` returns for `use` is JSON",)
    )


def test_values_by_keys_bind(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        """
@task
def make(ti=None):
    ti.xcom_push(key="rows", value=len(work()))
@task
def use(ti=None):
    print(ti.xcom_pull(task_ids="make", key="rows"))
make() >> use()
""",
    )
    assert list(found) == ["make use"]
    assert "by keys" in found["make use"].why


def test_a_temporary_file_binds_and_another_local_file_is_a_condition(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        """
a = BashOperator(task_id="a", bash_command="date > /tmp/day.txt")
b = BashOperator(task_id="b", bash_command="cat /tmp/day.txt > /srv/shop/day.txt")
c = BashOperator(task_id="c", bash_command="cp /srv/shop/day.txt /srv/shop/copy.txt")
a >> b >> c
""",
    )
    assert list(found) == ["a b", "c"]
    assert "local disk" in found["a b"].why
    assert found["c"].conditions == ("Airflow's workers and Dagster see the same `/srv/shop/day.txt`",)


def test_setup_work_and_teardown_are_one_unit(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        """
before = BashOperator(task_id="before", bash_command="true")
up = BashOperator(task_id="up", bash_command="cluster create").as_setup()
work = BashOperator(task_id="work", bash_command="cluster run")
down = BashOperator(task_id="down", bash_command="cluster delete").as_teardown(setups=up)
before >> up >> work >> down
""",
    )
    assert list(found) == ["before", "up work down"]
    assert "sets up" in found["up work down"].why


def test_branches_mapped_tasks_and_groups(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        """
@task.branch
def choose() -> str:
    return "left.a"
@task
def numbers() -> list[int]:
    return [1, 2]
@task
def square(n: int) -> int:
    return n * n
@task_group
def left():
    @task
    def a() -> None: ...
    a()
made = numbers()
choose() >> left()
square.expand(n=made)
""",
    )
    assert sorted(found) == ["choose", "left.a", "numbers", "square"]
    assert "decides" in found["choose"].blocked
    assert not any(found[name].blocked for name in ("left.a", "numbers", "square"))


def test_what_airflow_needs_of_a_dag(tmp_path: Path) -> None:
    found = plans(
        tmp_path,
        """
with DAG("load", **START):
    BashOperator(task_id="t", bash_command="load > /srv/x.csv", outlets=[Asset("s3://lake/orders")])
with DAG("wait", **START):
    ExternalTaskSensor(task_id="wait", external_dag_id="load", external_task_id="t")
with DAG("start", **START):
    TriggerDagRunOperator(task_id="go", trigger_dag_id="load")
with DAG("listen", schedule=[Asset("s3://lake/orders")], start_date=dt.datetime(2026, 1, 1)):
    EmptyOperator(task_id="x")
""",
    )
    assert {(other.dag_id, other.how) for other in found["load"].dependents} == {
        ("wait", "its task `wait` waits for it"),
        ("start", "its task `go` starts it"),
        ("listen", "its schedule waits for `s3://lake/orders`, which it updates"),
    }
    assert not found["wait"].dependents
    (start,) = found["start"].units
    assert "`load` in Dagster" in start.blocked or "moves with the whole DAG" in start.blocked


COPIES = """
@task
def extract(region):
    open(f"/srv/raw/{region}.csv", "w").write(region)
    return len(region)

@task
def clean(size):
    return size + 1

@task
def total(sizes):
    open("/srv/total.txt", "w").write(str(sum(sizes)))

total(clean.expand(size=extract.expand(region=["eu", "us"])))
"""


def test_copies_that_are_assets_of_their_own_move_with_the_dag(tmp_path: Path) -> None:
    found = units(tmp_path, COPIES)
    assert sorted(task for unit in found.values() for task in unit.tasks) == ["clean", "extract", "total"]
    assert all("moves with the whole DAG" in unit.blocked for unit in found.values())
