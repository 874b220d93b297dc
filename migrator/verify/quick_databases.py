"""A plugin for pytest: Dagster's databases in memory are made without a look at all of its migrations.

Each context that a test builds has an instance with two new databases, and for each Dagster reads its eighty migrations, only to note the newest
one there. That is two thirds of the time that such an instance takes, and nobody migrates a database that lives as long as a test.
"""

from __future__ import annotations

import contextlib
import importlib


def make_quick() -> None:
    """Makes it so in this process. Where a Dagster to come does it in another way, instances are slower, not wrong."""
    for storage in ("event_log", "runs"):
        with contextlib.suppress(ImportError):
            importlib.import_module(f"dagster._core.storage.{storage}.in_memory").__dict__["stamp_alembic_rev"] = (
                lambda *_: None
            )


def pytest_configure() -> None:
    make_quick()
