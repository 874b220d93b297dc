"""The project's classes that stand for errors of Airflow's: the module and name by kind (see `ErrorClass`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ERROR_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "elsewhere": ("exceptions", "Skipped"),
        "end": ("time_limits", "TimeIsUp"),
        "final": ("exceptions", "PermanentFailure"),
        "missing": ("exceptions", "NotFound"),
        "overtime": ("time_limits", "StepTimeout"),
        "skip": ("exceptions", "Skipped"),
        "timeout": ("exceptions", "SensorTimeout"),
    }
)
