"""The cache on disk: entries by key, bounded in size. It can be lost, damaged or locked at any time: then it is as if nothing had been kept.

One sqlite file in the user's own cache folder that nobody else can read. What is kept was computed from the files under analysis; secrets
that the user tells are dropped before (see `secrets.masking`), and keys are hashes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

MAX_BYTES = 256_000_000
"""Entries beyond this size together are dropped, those first that were not used for the longest time."""

_FILE = "analysis-1.sqlite3"
_SCHEMA = "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, data BLOB NOT NULL, size INTEGER NOT NULL, used INTEGER NOT NULL)"
_SECONDS = 2.0
"""To wait for another run that writes."""
_BATCH = 500


def cache_folder() -> Path | None:
    """The user's cache folder for this tool, by the platform's convention; it need not exist. None if the user has no home."""
    name = "airflow-dagster-migrator"
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / name
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / name
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / name
    return home / ".cache" / name


class Store:
    """Entries of one cache folder. No method raises for anything that is wrong with it."""

    def __init__(self, folder: Path | None, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._file = None if folder is None else folder / _FILE
        self._connection = self._open()
        self._used: set[str] = set()
        self._new: dict[str, bytes] = {}

    def get(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The entries that are there, by key."""
        wanted = list(keys)
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            for key, data in self._run(f"SELECT key, data FROM entry WHERE key IN ({marks})", part):
                with contextlib.suppress(zlib.error, TypeError):
                    found[key] = zlib.decompress(data)
        self._used |= found.keys()
        return found

    def put(self, key: str, data: bytes) -> None:
        """Keeps an entry; written with others, at the latest by `close`."""
        self._new[key] = zlib.compress(data, 1)
        if len(self._new) >= _BATCH:
            self._write()

    def close(self) -> None:
        """Writes what is new, drops what is too old, and lets go of the file."""
        self._write()
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    # ------------------------------------------------------------------------------------------------------------- inside

    def _open(self) -> sqlite3.Connection | None:
        file = self._file
        if file is None:
            return None
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
            return self._connect(file, "rwc")
        except (OSError, sqlite3.Error):
            pass
        try:
            return self._connect(file, "ro")
        except (OSError, sqlite3.Error):
            return None

    def _connect(self, file: Path, mode: str) -> sqlite3.Connection | None:
        status = file.stat()
        if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
            return None  # what others can write is not read
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=_SECONDS, check_same_thread=False
        )
        if mode == "ro":
            return connection
        try:
            with connection:
                connection.execute(_SCHEMA)
            return connection
        except sqlite3.OperationalError:  # locked, or on a file system that is full or read-only
            return connection
        except sqlite3.DatabaseError:
            connection.close()
            self._remove()
            return None

    def _run(self, statement: str, values: Iterable[object] = ()) -> list[tuple[str, bytes]]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(statement, tuple(values)).fetchall()
        except sqlite3.OperationalError:
            return []
        except sqlite3.Error:
            self._give_up()
            return []

    def _write(self) -> None:
        new, self._new = self._new, {}
        used, self._used = self._used - new.keys(), set()
        if self._connection is None or not (new or used):
            return
        now = int(time.time())
        try:
            with self._connection as connection:
                rows = [(key, data, len(data), now) for key, data in new.items() if len(data) <= self._max_bytes // 2]
                connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)
                connection.executemany("UPDATE entry SET used = ? WHERE key = ?", [(now, key) for key in used])
                self._shrink(connection)
        except sqlite3.OperationalError:
            return
        except sqlite3.Error:
            self._give_up()

    def _shrink(self, connection: sqlite3.Connection) -> None:
        (total,) = connection.execute("SELECT COALESCE(SUM(size), 0) FROM entry").fetchone()
        if total <= self._max_bytes:
            return
        excess = total - self._max_bytes * 3 // 4
        old = []
        for key, size in connection.execute("SELECT key, size FROM entry ORDER BY used, key"):
            if excess <= 0:
                break
            old.append((key,))
            excess -= size
        connection.executemany("DELETE FROM entry WHERE key = ?", old)

    def _give_up(self) -> None:
        """The file is damaged: the next run begins a new one."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
        self._remove()

    def _remove(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()
