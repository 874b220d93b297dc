"""Runs of a DAG that Dagster starts in Airflow: one for each date, so many at once, and each is waited for.

A date that Airflow has a run for already is run anew by clearing that run, as a person does it in Airflow's UI; one that is running is waited
for. So asking again after a crash starts nothing twice. Airflow may be away for a while; the other side of the same coin is
that a refusal (no such DAG, not allowed) ends it at once.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from migrator.bridge.client import AirflowClient, AirflowError, DagRun, Schedule

POLL = 5.0
"""Seconds between two looks at the runs."""
PATIENCE = 600.0
"""Seconds that Airflow may be away before it is given up."""
ACTIVE = ("queued", "running", "restarting")
PARTITION = "dagster/partition"
"""In a run's configuration: the key of the partition that it is for, where that is no date."""
PREFIX = "dagster__"
"""What the ids of the runs begin with."""


@dataclass(frozen=True)
class Wanted:
    """A run to make: of the partition `key` (None where there are none), whose `window` is None where its key is no date."""

    key: str | None = None
    window: tuple[dt.datetime, dt.datetime] | None = None


@dataclass
class AirflowRuns:
    """The runs of one DAG. `at_once`: how many it starts before the first has ended. `tell` takes a line on what happens."""

    client: AirflowClient
    dag_id: str
    at_once: int
    conf: Mapping[str, Any]
    name: str
    """What makes the ids of runs without a date unique."""
    tell: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _schedule: Schedule = field(default_factory=Schedule)

    def make(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, DagRun | None]]:
        """Each run as it has ended (None where it was deleted meanwhile). MigratorError where Airflow refuses, or is away for long."""
        self._schedule = self.client.schedule(self.dag_id)
        waiting, running = deque(wanted), dict[str, Wanted]()
        answered = self.clock()
        while waiting or running:
            ended: list[tuple[Wanted, DagRun | None]] = []
            try:
                while waiting and len(running) < self.at_once:
                    running[self._start(waiting[0])] = waiting[0]
                    waiting.popleft()
                for run_id in list(running):
                    run = self.client.dag_run(self.dag_id, run_id)
                    if run is None or run.state not in ACTIVE:
                        ended.append((running.pop(run_id), run))
                answered = self.clock()
            except AirflowError as error:
                if not error.temporary or self.clock() - answered > PATIENCE:
                    raise
                self.tell(f"Airflow does not answer, trying again: {error.message}")
            yield from ended
            if running or waiting:
                self.sleep(0.0 if ended and waiting else POLL)

    def _start(self, wanted: Wanted) -> str:
        """The id of the run that does the work of a date."""
        date, interval = logical_date(wanted, self._schedule)
        run_id = PREFIX + (date.isoformat() if date else _name_of(wanted.key or self.name))
        found = self.client.run_of(self.dag_id, date) if date else self.client.dag_run(self.dag_id, run_id)
        if found is not None and found.state in ACTIVE:
            self.tell(f"{wanted.key or 'The run'} is {found.state} already: {self._link(found.run_id)}")
            return found.run_id
        if found is not None:
            self.client.clear_run(self.dag_id, found.run_id)
            self.tell(f"{wanted.key or 'The run'} is run again: {self._link(found.run_id)}")
            return found.run_id
        conf = {**self.conf, **({PARTITION: wanted.key} if wanted.key and not date else {})}
        self.client.trigger(self.dag_id, date, conf, run_id, interval)
        self.tell(f"{wanted.key or 'The run'} is started: {self._link(run_id)}")
        return run_id

    def _link(self, run_id: str) -> str:
        return self.client.run_link(self.dag_id, run_id)


def logical_date(
    wanted: Wanted, schedule: Schedule
) -> tuple[dt.datetime | None, tuple[dt.datetime, dt.datetime] | None]:
    """The logical date that the scheduled run of a partition has, and the data interval to give with it (None: as Airflow thinks).

    It is the first time of the schedule in the partition's window; the window's start where the schedule is no cron expression, or has no
    time in it.
    """
    if wanted.window is None:
        return None, None
    start, end = wanted.window
    if schedule.cron:
        times = dg.TimeWindowPartitionsDefinition(
            start=start, cron_schedule=schedule.cron, timezone=schedule.timezone, fmt="%Y-%m-%d-%H:%M:%S"
        )
        first = times.get_next_partition_window(start - dt.timedelta(seconds=1), respect_bounds=False)
        if first is not None and first.start.timestamp() < end.timestamp():
            start, end = first.start, first.end
    zone = dt.timezone.utc
    start, end = start.astimezone(zone), end.astimezone(zone)
    return start, (start, end) if schedule.intervals else None


def _name_of(text: str) -> str:
    """The text as a part of a run's id (`[core] allowed_run_id_pattern`)."""
    return re.sub(r"[^A-Za-z0-9_.~:+-]", "_", text)
