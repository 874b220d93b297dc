"""The stages that a DAG goes through on its way from Airflow to Dagster, in order."""

from __future__ import annotations

from enum import Enum
from typing import Literal


class Stage(str, Enum):
    OBSERVED = "observed"
    PROXIED = "proxied"
    MIGRATED = "migrated"
    DECOMMISSIONED = "decommissioned"

    @property
    def owner(self) -> Literal["airflow", "dagster"]:
        """Whose schedule starts the DAG's runs."""
        return "airflow" if self in (Stage.OBSERVED, Stage.PROXIED) else "dagster"
