"""What was planned for each DAG, as the living parts of a migration need it: `src/<package>/migration/inventory.json`.

`migrate generate` writes it from the plan; the bridge, the dashboard and `migrate promote`, `status` and `plan` read it. It holds
names, places and reasons, never code or a value that could be secret. `INVENTORY_VERSION` changes when a field changes its meaning.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from migrator.diagnostics import MigratorError

INVENTORY_VERSION = 1


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskEntry(_Entry):
    """One task. `disposition`, `code` and `reason` are those of the plan; `assets` the keys that it makes (in Dagster, or observed from
    Airflow); `node` the name of its function in `module`, the file in the project that holds it (empty where it stays)."""

    task_id: str
    operator: str
    disposition: str
    code: str = ""
    reason: str = ""
    line: int = 1
    mapped: bool = False
    group_id: str | None = None
    upstream: tuple[str, ...] = ()
    assets: tuple[tuple[str, ...], ...] = ()
    checks: tuple[str, ...] = ()
    """Names of the asset checks that it became, as `asset/key:check`."""
    node: str = ""
    module: str = ""
    partitioned: bool = False


class UnitEntry(_Entry):
    """Tasks that can only be proxied together; `why` says what binds them; `blocked` why they cannot be proxied (yet), else empty;
    `conditions` what must hold outside the code for it to be safe."""

    tasks: tuple[str, ...]
    why: str = ""
    blocked: str = ""
    conditions: tuple[str, ...] = ()


class DependentEntry(_Entry):
    """A DAG that, while it runs in Airflow, needs another one to run there; `how` goes on after its name."""

    dag_id: str
    how: str


class DagEntry(_Entry):
    """One DAG. `schedule` is for people; `schedules` and `sensors` are the names of what starts `job` in Dagster. `dimension` is what its partitions are by
    besides dates: then a run in Airflow is that of one date, for all keys, and a run in Dagster that of one key. `effort` is in hours,
    from and to. `deltas` are the differences to accept, `sources` are the files that hold it and its tasks,
    relative to the DAG folder; `fingerprint` is over them, as they were when the code was generated."""

    dag_id: str
    file: str
    line: int = 1
    form: str
    folder: str
    job: str = ""
    schedule: str = ""
    schedules: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    partitioned: bool = False
    dimension: str = ""
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    reason: str = ""
    wave: int = 0
    wave_why: str = ""
    effort: tuple[float, float] = (0.0, 0.0)
    upstream_dags: tuple[str, ...] = ()
    deltas: tuple[str, ...] = ()
    tasks: tuple[TaskEntry, ...] = ()
    units: tuple[UnitEntry, ...] = ()
    dependents: tuple[DependentEntry, ...] = ()
    sources: tuple[str, ...] = ()
    fingerprint: str = ""


class Inventory(_Entry):
    """All DAGs of a project, in the order of their ids."""

    inventory_version: int = INVENTORY_VERSION
    package: str
    airflow_version: str
    settings: tuple[tuple[str, str], ...] = ()
    """The environment variables that the project reads, with their defaults (empty where there is none)."""
    dags: tuple[DagEntry, ...] = ()

    def dag(self, dag_id: str) -> DagEntry:
        """The DAG of that id; KeyError if there is none."""
        for dag in self.dags:
            if dag.dag_id == dag_id:
                return dag
        raise KeyError(dag_id)


def unit_of(entry: DagEntry, task_id: str) -> UnitEntry:
    """The unit of a task; one of its own where the inventory tells none (it was written before there were units)."""
    return next((unit for unit in entry.units if task_id in unit.tasks), UnitEntry(tasks=(task_id,)))


def inventory_text(inventory: Inventory) -> str:
    """The inventory as the file holds it; fields that say nothing are left out."""
    document = {
        "inventory_version": inventory.inventory_version,
        **inventory.model_dump(mode="json", exclude_defaults=True),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def inventory_path(package: str) -> str:
    """Where the inventory stands in the project, relative to it."""
    return f"src/{package}/migration/inventory.json"


def find_migration_folder(project: Path) -> Path:
    """The folder `migration` of a generated project (the project's folder, or any folder inside its package).

    MigratorError MIG612 where there is none, or several.
    """
    found = sorted(project.glob("src/*/migration/inventory.json"))
    if len(found) != 1:
        what = "several" if found else "no"
        raise MigratorError("MIG612", f"`{project}` holds {what} `src/*/migration/inventory.json`")
    return found[0].parent


def read_inventory(migration: Path) -> Inventory:
    """The inventory in the folder `migration`. MigratorError MIG612 where it cannot be read or is of another version."""
    path = migration / "inventory.json"
    try:
        inventory = Inventory.model_validate_json(path.read_bytes())
    except OSError as error:
        raise MigratorError("MIG612", f"`{path}` cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MigratorError("MIG612", f"`{path}`: {f'`{place}`: ' if place else ''}{first['msg']}") from None
    if inventory.inventory_version != INVENTORY_VERSION:
        raise MigratorError("MIG612", f"`{path}` is of version {inventory.inventory_version}, not {INVENTORY_VERSION}")
    return inventory
