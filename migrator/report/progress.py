"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

_DELAY = 0.3
"""Seconds of work after which the bar appears: most folders are done before."""

_TITLES = {
    "reading": "Reading files",
    "evaluating": "Evaluating DAG files",
    "assets": "Inferring assets",
    "planning": "Planning",
    "loading in Airflow": "Loading in Airflow",
}


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """A function to call with the stage, how much is done, and how much there is; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    started = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("", total=None, count="")

    def report(stage: str, done: int, total: int) -> None:
        if not bar.live.is_started:
            if time.monotonic() - started < _DELAY:
                return
            bar.start()
        many = total > 1
        count = f"{done:,}/{total:,}" if many else ""
        bar.update(
            task, description=_TITLES.get(stage, stage), completed=done, total=total if many else None, count=count
        )

    try:
        yield report
    finally:
        bar.stop()
