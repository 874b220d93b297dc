"""Keeps a shadow run from doing anything to what is real: refuses what Python does outside of its own folders.

An audit hook sees every file that Python opens, renames or removes, every program that it starts and every connection that it makes; it cannot
see what a library does below Python (Arrow, drivers in C, what SQL lets DuckDB do). What is refused fails there, and is kept, as the code may go on.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from migrator.bridge.shadow.sql import NotRedirected

_CHANGES = {
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.mkdir": (0,),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.chmod": (0,),
    "shutil.rmtree": (0,),
}
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile"}


class Guard:
    """`folders` may be written. `problems` are what was refused."""

    def __init__(self, folders: Iterable[Path], commands: bool, network: bool) -> None:
        self.folders = tuple(os.path.realpath(folder) for folder in folders)
        self.commands, self.network = commands, network
        self.problems: list[str] = []
        self.on = False

    def prepare(self) -> None:
        """Before the code is imported that is to be watched: it may take functions of libraries by name."""
        with contextlib.suppress(ImportError):
            duckdb: Any = importlib.import_module("duckdb")
            connect = duckdb.connect

            @functools.wraps(connect)
            def watched(database: Any = ":memory:", read_only: bool = False, *more: Any, **options: Any) -> Any:
                """DuckDB opens its files below Python, so that no event tells of it."""
                in_memory = str(database) in ("", ":memory:", ":default:")
                if self.on and not (read_only or in_memory or _through_sqlalchemy()):
                    self._written(database)
                return connect(database, read_only, *more, **options)

            duckdb.connect = watched

    def install(self) -> None:
        self.on = True
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            path, mode, flags = arguments
            if (isinstance(mode, str) and set(mode) & set("wax+")) or (
                mode is None and isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            ):
                self._written(path)
        elif event in _CHANGES:
            if event == "os.mkdir" and os.path.isdir(arguments[0]):  # noqa: PTH112  (it fails, as it is there)
                return
            for position in _CHANGES[event]:
                self._written(arguments[position])
        elif event == "sqlite3.connect" and arguments[0] != ":memory:" and not _through_sqlalchemy():
            self._written(arguments[0])
        elif event in _PROGRAMS and not self.commands:
            self._refuse(f"it starts a program: {str(arguments[0])[:80]}")
        elif event == "socket.connect" and not self.network and isinstance(arguments[1], tuple):
            self._refuse(f"it connects to {arguments[1][0]}")

    def _written(self, path: Any) -> None:
        if isinstance(path, int):
            return
        try:
            place = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return
        if place.startswith("/dev/"):
            return
        if not any(place == folder or place.startswith(f"{folder}{os.sep}") for folder in self.folders):
            self._refuse(f"it writes `{place}`")

    def _refuse(self, what: str) -> None:
        self.problems.append(what)
        raise NotRedirected(what)


def _through_sqlalchemy() -> bool:
    """Whether SQLAlchemy, whose statements are redirected, is what calls."""
    frame = sys._getframe()
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("sqlalchemy."):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
