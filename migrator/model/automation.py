"""The operations that start work: jobs, schedules and sensors. `plan` has them among its operations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction, Condition, Notify, RequestRun
from migrator.model.durations import Length
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class CreateJob:
    """The DAG's job: over its assets and checks (`form="assets"`) or of its ops (`form="ops"`). `max_steps`: so many of a run go on at once; 0 for as
    many as the executor takes."""

    dag_id: str
    name: str
    form: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    partitioned: bool = False
    max_steps: int = 0


@dataclass(frozen=True, slots=True)
class CreateSchedule:
    """Runs the job by the clock. Stopped until a person starts it, so that Airflow and Dagster never both own a DAG.

    `until` is the last moment, as ISO text in UTC, at which it starts a run; `interval` how long before its start the date of a run is that has no
    partition; `tells_interval`: the run is told when its data interval ends, which is its start. Where cron cannot say the schedule, `every` is the time between two runs, counted from `since`, or `dates` are the moments at which they
    start, as ISO texts in UTC: at other ticks none is started.
    """

    dag_id: str
    name: str
    job: str
    crons: tuple[str, ...]
    timezone: str = "UTC"
    partitioned: bool = False
    until: str = ""
    interval: Length = dt.timedelta(0)
    tells_interval: bool = False
    every: dt.timedelta = dt.timedelta(0)
    since: str = ""
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetExpression:
    """Which of several assets have to be updated: all (`all`) or one (`any`) of the members."""

    kind: str
    members: tuple[AssetKey | AssetExpression, ...]


@dataclass(frozen=True, slots=True)
class KeyPart:
    """What becomes of a part of a partition's key: the text `fixed`; a moment that is read by one pattern of strftime and written by another; else what it is."""

    read: str = ""
    write: str = ""
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class CreateSensor:
    """Runs the job when a condition is met (an Airflow sensor at the head of its DAG), once per partition where there are any.

    `task_ids` are the Airflow sensors it stands for. With `assets` instead of `conditions`: when these assets were updated
    (`all_of`: all of them since the last run; else any of them; `expression`: as it says). With `cron` (in `timezone`), which says when a partition is
    due, and neither of them: one partition after the other, each when the one before it succeeded. With a `timetable` of the team's own: when that says so. With none of these: whenever
    no run is in progress.
    """

    dag_id: str
    name: str
    job: str
    task_ids: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    assets: tuple[AssetKey, ...] = ()
    all_of: bool = True
    interval: int = 60
    partitioned: bool = False
    follows: str = ""
    """How partitions follow from those of `assets`: `whole` (all that begin within one), `any` (one of them), `spread` (one leads to several),
    `trailing` (to several of the period before), where they are no dates: `key` (that of the same key), `each` (one leads to all). Where the keys are those of no
    asset (`adds`), the sensor adds them."""
    adds: bool = False
    parts: tuple[KeyPart, ...] = ()
    """What becomes of the parts of a key, where it leads to another one."""
    among: tuple[str, ...] = ()
    """The only keys that start a run; none if all do."""
    needs: tuple[str, ...] = ()
    """Partitions of the assets of which all have to come, where they are no dates."""
    enough: int = 0
    """So many of the `whole` suffice (less than zero: so many may be missing); 0: all have to come."""
    tells: bool = False
    """It tells the run which materializations of `assets` started it."""
    description: str = ""
    expression: AssetExpression | None = None
    cron: str = ""
    timezone: str = "UTC"
    timetable: CallFunction | None = None
    """The method by which an object of the team's own says it."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """What a timetable is told of the DAG: its `start` and `end`, as moments, and whether it makes up for missed runs (`catchup`)."""


@dataclass(frozen=True, slots=True)
class CreateRunSensor:
    """Acts when a run of the job ends: starts another job (`triggers`) or sends a message (`notify`).

    `on` is `success`, `failure` or `done` (either).
    """

    dag_id: str
    task_id: str | None
    name: str
    job: str
    on: str
    triggers: str | None = None
    request: RequestRun | None = None
    """What run of the job `triggers` it starts."""
    notify: Notify | None = None
    callback: CallFunction | None = None
    steps: str = ""
    """It acts once for each step that ended so (`success`, `failure`), not once for the run."""
    task_ids: tuple[str, ...] = ()
    """Tasks whose steps these are; all of the DAG if there are none."""
    even_skipped: tuple[str, ...] = ()
    """Of these tasks, steps that skip themselves count as such that succeeded."""
    description: str = ""
    asked_by: AssetKey = ()
    """Where a task within the run asks for a run of the job `triggers` (`RequestRun`): what that task materializes. The sensor then
    looks for this instead of the end of a run."""
