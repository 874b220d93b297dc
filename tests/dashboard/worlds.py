"""Inventories and state files that tests write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from migrator.state.inventory import DagEntry, Inventory, TaskEntry, inventory_text


def task(task_id: str, disposition: str = "asset", **fields: Any) -> TaskEntry:
    return TaskEntry(task_id=task_id, operator="PythonOperator", disposition=disposition, **fields)


def dag(dag_id: str, *tasks: TaskEntry, **fields: Any) -> DagEntry:
    given: dict[str, Any] = {
        "schedule": "@daily",
        "schedules": (f"{dag_id}_schedule",),
        "owners": ("sales",),
        "wave": 1,
    }
    return DagEntry(
        dag_id=dag_id,
        file=f"{dag_id}.py",
        form="assets",
        folder=dag_id,
        job=dag_id,
        tasks=tasks or (task("a", assets=((dag_id, "a"),)), task("b", upstream=("a",), assets=((dag_id, "b"),))),
        **{**given, **fields},
    )  # fmt: skip


def stays(dag_id: str, reason: str = "no rule translates `HttpSensor`", **fields: Any) -> DagEntry:
    return dag(dag_id, task("t", "airflow", code="MIG201", reason=reason), schedules=(), **fields)


def write(root: Path, *dags: DagEntry, states: dict[str, Any] | None = None) -> Path:
    """The folder `migration` of a project with these DAGs; `states` are what the state files hold, text or JSON."""
    migration = root / "src" / "shop" / "migration"
    migration.mkdir(parents=True, exist_ok=True)
    inventory = Inventory(package="shop", airflow_version="3", dags=dags)
    (migration / "inventory.json").write_text(inventory_text(inventory), encoding="utf-8")
    for name, state in (states or {}).items():
        write_state(migration, name, state)
    return migration


def write_state(migration: Path, name: str, state: Any) -> None:
    (migration / "state").mkdir(exist_ok=True)
    if not isinstance(state, str):
        state = json.dumps({"schema_version": 1, "dag_id": name, **state})
    (migration / "state" / f"{name}.json").write_text(state, encoding="utf-8")
