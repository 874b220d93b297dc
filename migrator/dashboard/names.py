"""What the dashboard's definitions are called in a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrator.state.inventory import Inventory


@dataclass(frozen=True)
class Names:
    """All start with `prefix`, which no asset, job or schedule of the project's DAGs does."""

    prefix: str

    @classmethod
    def of(cls, inventory: Inventory) -> Names:
        taken = {key[0] for dag in inventory.dags for task in dag.tasks for key in task.assets if key}
        for dag in inventory.dags:
            taken |= {dag.job, *dag.schedules, *dag.sensors, *(task.node for task in dag.tasks)}
        prefix = "migration"
        while prefix in taken or any(name.startswith(f"{prefix}_status") for name in taken):
            prefix = f"airflow_{prefix}"
        return cls(prefix)

    @property
    def asset(self) -> str:
        return f"{self.prefix}_status"

    @property
    def job(self) -> str:
        return f"{self.prefix}_status_refresh"

    @property
    def schedule(self) -> str:
        return f"{self.prefix}_status_hourly"

    @property
    def sensor(self) -> str:
        return f"{self.prefix}_status_changes"

    @property
    def tags(self) -> Mapping[str, str]:
        return {"migration/role": "dashboard"}
