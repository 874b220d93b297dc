"""One reference of one task, and what its name means: what the passes over the whole project work on."""

from __future__ import annotations

from migrator.analyzers.lineage.identity import Identity
from migrator.model.assets import AssetRef
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """One reference of one task; `task_id` is `dag_id.task_id`, empty for a DAG's schedule."""

    task_id: str
    ref: AssetRef
    identity: Identity
