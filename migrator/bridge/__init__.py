"""The living part of a migration: a generated project shows what still runs in Airflow.

`render_bridge` adds a folder to a generated project, `observe` is what that folder calls when the project is loaded. The folder is
the only place in a generated project that knows this package, and is deleted when no DAG is left in Airflow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources

from migrator.model.plan import DagPlan, KeepInAirflow, MigrationPlan

FOLDER = "airflow_bridge"


def render_bridge(plan: MigrationPlan, package: str) -> dict[str, str]:
    """The files that observe Airflow, path to text; none where no task stays in Airflow.

    `package` is the import name of the generated project. `dags.json` lists the DAGs to observe, each with the keys of the assets
    that come last in it.
    """
    dags = {dag.dag_id: _last_keys(dag) for dag in plan.dags if dag.form == "airflow" or any(_kept(dag))}
    if not dags:
        return {}
    folder = f"src/{package}/defs/{FOLDER}"
    module = resources.files(__package__).joinpath("templates/observe.py.txt").read_text(encoding="utf-8")
    listing = json.dumps(dict(sorted(dags.items())), indent=2, ensure_ascii=False)
    return {f"{folder}/observe.py": module, f"{folder}/dags.json": f"{listing}\n"}


def _kept(dag: DagPlan) -> Iterable[KeepInAirflow]:
    return (operation for operation in dag.operations if isinstance(operation, KeepInAirflow))


def _last_keys(dag: DagPlan) -> list[list[str]]:
    """Keys that tasks of the DAG make in Airflow and that no other such task reads."""
    made = {output.key for task in _kept(dag) for output in task.outputs}
    read = {key for task in _kept(dag) for key in task.deps}
    return [list(key) for key in sorted(made - read)]
