"""A plugin for pytest: Dagster's databases in memory are quick.

Each context that a test builds has an instance with two new databases. For each Dagster reads its eighty migrations, only to note the newest one
there, which is two thirds of the time that such an instance takes; and it opens a connection for each event, and asks which columns its tables
have. Nobody migrates a database that lives as long as a test: it has the columns that it was made with.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Iterator
from typing import Any


def make_quick() -> None:
    """Makes it so in this process. Where a Dagster to come does it in another way, instances are slower, not wrong."""
    for storage in ("event_log", "runs"):
        with contextlib.suppress(ImportError):
            module = importlib.import_module(f"dagster._core.storage.{storage}.in_memory")
            module.__dict__["stamp_alembic_rev"] = lambda *_: None
            if storage == "event_log" and hasattr(module, "InMemoryEventLogStorage"):
                _make_events_quick(module.InMemoryEventLogStorage)


def _make_events_quick(kind: Any) -> None:
    """Lets the storages of events write on the connection that each holds as long as it lives, in the thread that made it."""
    made, connect = kind.__init__, getattr(kind, "_connect", None)
    if connect is None or hasattr(kind, "_is_quick"):
        return

    def init(self: Any, *arguments: Any, **options: Any) -> None:
        self._thread = threading.get_ident()
        made(self, *arguments, **options)

    @contextlib.contextmanager
    def connection(self: Any) -> Iterator[Any]:
        held, lock = getattr(self, "_held_conn", None), getattr(self, "_db_lock", None)
        if held is None or lock is None or threading.get_ident() != self._thread:
            with connect(self) as new:
                yield new
        else:
            with lock, held.begin():
                yield held

    kind.__init__, kind._connect, kind._is_quick = init, connection, True
    kind.has_table = kind._has_asset_key_col_on_connection = lambda *_: True


def pytest_configure() -> None:
    make_quick()
