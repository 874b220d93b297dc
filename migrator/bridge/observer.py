"""What has happened in Airflow since the last look: nothing missing, nothing twice.

Each look asks for the task instances and DAG runs that ended since the last one. It reads the last minutes once more, as workers' clocks
differ and the end of a task is written later than it is, and the cursor tells what of them has been reported. So an Airflow that is down
costs failed looks and no event, and a restart repeats none. Moments are those of Airflow's clocks, never of this machine's.

What Dagster did itself is not reported again: tasks that the bridge proxies, and DAGs from when they were migrated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import dagster as dg

from migrator.bridge.client import AirflowClient, DagRun, TaskInstance, Window
from migrator.bridge.events import Event, Targets, dag_event, dag_key, dag_tag, task_events
from migrator.diagnostics import MigratorError
from migrator.state.stages import DagState, Stage

FIRST_LOOK = dt.timedelta(hours=1)
"""How far back the first look goes."""
OVERLAP = dt.timedelta(minutes=5)
"""What is read once more at each look."""
LIMIT = 2000
"""Task instances, and DAG runs, that are read at once."""
LOOK_SECONDS = 30.0
"""After this no further part of a backlog is read; Dagster gives up on a tick after sixty."""

Ended = TypeVar("Ended", DagRun, TaskInstance)


@dataclass
class Stream:
    """How far one list has been read: all that ended before `since`, and of what ended later what is in `seen` (hashes)."""

    since: dt.datetime
    seen: set[str] = field(default_factory=set)


@dataclass
class Cursor:
    """What is remembered between looks."""

    tasks: Stream
    runs: Stream

    @classmethod
    def parse(cls, text: str | None, now: dt.datetime) -> Cursor:
        """The cursor that a look left; a new one where there is none, or where it is none of this module."""
        first = now - FIRST_LOOK
        try:
            stored = json.loads(text or "{}")
            streams = [
                Stream(dt.datetime.fromisoformat(part["since"]), set(part["seen"]))
                for part in map(stored.get, ("tasks", "runs"))
            ]
            return cls(*streams)
        except (ValueError, AttributeError, TypeError, KeyError):
            return cls(Stream(first), Stream(first))

    def text(self) -> str:
        """The cursor as text, for the next look."""
        parts = {"tasks": self.tasks, "runs": self.runs}
        return json.dumps(
            {name: {"since": part.since.isoformat(), "seen": sorted(part.seen)} for name, part in parts.items()}
        )


@dataclass
class Observer:
    """Makes the events of a look. `launched` tells whether a run of Dagster did a task's work."""

    client: AirflowClient
    targets: Targets
    states: Mapping[str, DagState | None]
    """The DAGs that have a state file; None where it cannot be read."""
    launched: Callable[[TaskInstance], bool]
    told: Callable[[DagRun], bool | None] = lambda run: False
    """Whether the run of Dagster that started a DAG run has recorded it; None where it still may."""
    partitions: Mapping[dg.AssetKey, dg.PartitionsDefinition[str]] = field(default_factory=dict)
    """The partitions of the assets that stand for DAGs."""
    clock: Callable[[], float] = time.monotonic

    def look(self, cursor: Cursor) -> tuple[list[Event], Cursor]:
        """What happened since the cursor, and the new cursor.

        A backlog is read in parts, as many as there is time for. MigratorError where Airflow cannot be asked: then nothing has
        moved.
        """
        start = self.clock()
        events: list[Event] = []
        while True:
            try:
                tasks, task_stream, task_end = self._read(self.client.ended_tasks, cursor.tasks)
                runs, run_stream, run_end = self._read(self.client.ended_runs, cursor.runs)
                events += self._task_events(tasks)
            except MigratorError:
                if not events:
                    raise
                return events, cursor  # what was read before the error is complete
            events += self._dag_events(runs, run_stream)
            cursor = Cursor(task_stream, run_stream)
            if (task_end and run_end) or len(events) >= LIMIT or self.clock() - start > LOOK_SECONDS:
                return events, cursor

    def _read(self, ask: Callable[..., Window[Ended]], stream: Stream) -> tuple[list[Ended], Stream, bool]:
        """What is new in a list, how far it has been read with that, and whether that is its end."""
        window = ask(stream.since, limit=LIMIT + len(stream.seen))
        new = [item for item in window if _hash(item) not in stream.seen]
        # What ended longer ago than the overlap has been written by now, however wrong a worker's clock is.
        settled = self.client.server_time() - OVERLAP
        since = max(stream.since, min(window.until or settled, settled))
        seen = {_hash(item) for item in window if item.end and item.end >= since}
        return new, Stream(since, seen), window.until is None

    def _dag_events(self, runs: Sequence[DagRun], stream: Stream) -> Iterator[Event]:
        for run in runs:
            if self._moved(run.dag_id, run.end):
                continue
            told = self.told(run)
            if told is None:
                stream.seen.discard(_hash(run))  # it is looked at again
            elif not told:
                yield dag_event(self.client, run, self.partitions.get(dag_key(run.dag_id)))

    def _task_events(self, instances: Sequence[TaskInstance]) -> Iterator[Event]:
        mapped: dict[tuple[str, str, str], list[TaskInstance]] = {}
        for instance in instances:
            targets = self.targets.get((dag_tag(instance.dag_id), instance.task_id))
            if not targets or self._done_by_dagster(instance):
                continue
            in_parts = any(isinstance(target.partitions, dg.MultiPartitionsDefinition) for target in targets)
            if instance.map_index >= 0 and not in_parts:
                mapped.setdefault((instance.dag_id, instance.run_id, instance.task_id), []).append(instance)
            elif instance.state == "success":
                yield from task_events(self.client, instance, targets)
        for (dag_id, run_id, task_id), new in mapped.items():
            group = self.client.task_instances(dag_id, [run_id], [task_id])
            last = _last_of(group)
            # the one that ended last reports for all; it may be new only at a later look
            if last is not None and any(last.identity == instance.identity for instance in new):
                yield from task_events(self.client, last, self.targets[dag_tag(dag_id), task_id], len(group))

    def _done_by_dagster(self, instance: TaskInstance) -> bool:
        if instance.dag_id not in self.states:
            return False
        return self._moved(instance.dag_id, instance.end) or self.launched(instance)

    def _moved(self, dag_id: str, end: dt.datetime | None) -> bool:
        """Whether Dagster's schedule ran the DAG when something of it ended."""
        state = self.states.get(dag_id)
        if state is None or state.stage not in (Stage.MIGRATED, Stage.DECOMMISSIONED):
            return False
        promoted = state.history[-1].at if state.history else None
        return promoted is None or end is None or end >= promoted


def _last_of(group: Sequence[TaskInstance]) -> TaskInstance | None:
    """Of the instances of a mapped task the one that ended last; None unless all have ended, well or skipped, and one well."""
    states = {instance.state for instance in group}
    if "success" not in states or not states <= {"success", "skipped", "removed"}:
        return None
    return max(
        (instance for instance in group if instance.end and instance.state != "removed"),
        key=lambda instance: (instance.end, instance.map_index),
        default=None,
    )


def _hash(item: Any) -> str:
    return hashlib.blake2b("\0".join(item.identity).encode(), digest_size=8).hexdigest()
