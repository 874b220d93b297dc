from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator.config import Config
from migrator.diagnostics import MigratorError
from migrator.pipeline import analyze
from migrator.state.build import build_inventory
from migrator.state.inventory import (
    Inventory,
    find_migration_folder,
    inventory_path,
    inventory_text,
    read_inventory,
)

SAMPLES = Path(__file__).parents[2] / "sample_dags"


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    analysis = analyze(SAMPLES, Config())
    return build_inventory(analysis.project, analysis.plan, "shop")


def test_every_dag_and_task_is_listed(inventory: Inventory) -> None:
    project = analyze(SAMPLES, Config()).project
    assert {dag.dag_id: [task.task_id for task in dag.tasks] for dag in inventory.dags} == {
        dag.dag_id: [task.task_id for task in dag.tasks] for dag in project.dags
    }


def test_a_task_tells_where_its_code_is(inventory: Inventory) -> None:
    orders = inventory.dag("orders_daily")
    moved = [task for task in orders.tasks if task.disposition == "asset"]
    assert moved
    for task in moved:
        assert task.assets
        assert task.node
        assert task.module == f"src/shop/defs/{orders.folder}/assets.py"


def test_it_survives_its_file(inventory: Inventory, tmp_path: Path) -> None:
    path = tmp_path / inventory_path("shop")
    path.parent.mkdir(parents=True)
    path.write_text(inventory_text(inventory), encoding="utf-8")
    assert read_inventory(find_migration_folder(tmp_path)) == inventory


def test_a_changed_file_changes_the_fingerprint_of_its_dags_alone(tmp_path: Path) -> None:
    text = (
        "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\n"
        "with DAG('{}'):\n    BashOperator(task_id='t', bash_command='{}')\n"
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(text.format(name, "date"))
    before = analyze(tmp_path, Config())
    (tmp_path / "a.py").write_text(text.format("a", "df"))
    after = analyze(tmp_path, Config())
    old, new = (build_inventory(analysis.project, analysis.plan, "p") for analysis in (before, after))
    assert old.dag("a").fingerprint != new.dag("a").fingerprint
    assert old.dag("b").fingerprint == new.dag("b").fingerprint


@pytest.mark.parametrize(
    "text", ["", "[]", '{"package": "x"}', '{"inventory_version": 9, "package": "x", "airflow_version": "3"}']
)
def test_nonsense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "inventory.json").write_text(text)
    with pytest.raises(MigratorError) as caught:
        read_inventory(tmp_path)
    assert caught.value.code == "MIG612"


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(MigratorError) as caught:
        find_migration_folder(tmp_path)
    assert caught.value.code == "MIG612"


def test_it_is_plain_json(inventory: Inventory) -> None:
    document = json.loads(inventory_text(inventory))
    assert document["inventory_version"] == 1
    assert all("reason" in dag for dag in document["dags"] if dag["form"] == "airflow")
