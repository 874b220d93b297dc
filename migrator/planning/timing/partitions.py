"""Which DAGs get time partitions: those that a clock starts and whose tasks use the date of their run or wait for the run before, unless it ticks every few minutes,
or at times that cron cannot say.

The invariant of the whole toolkit: the partition key is what `ds` was.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator

from dateutil.relativedelta import relativedelta

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.changed import replace
from migrator.model.durations import Months
from migrator.model.expressions import RunDate
from migrator.model.plan import Partitions
from migrator.model.walk import walk
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.forms import AIRFLOW, find_target, is_head, run_awaited
from migrator.planning.timing.asset_partitions import asset_partitions, partitioned
from migrator.planning.timing.key_partitions import at_run_time, followed_keys, is_followed, own_keys
from migrator.planning.timing.order import waiting
from migrator.planning.timing.timetable import Clock, next_tick, own_period, zone_name

UNKNOWN_START = "2024-01-01"
_MANY = dt.timedelta(minutes=10)
"""Runs that follow each other as closely make more than 50,000 partitions a year; Dagster advises to keep below 100,000 in all."""


def assign_partitions(draft: Draft) -> Draft:
    """Gives partitions to the DAGs that need them, and says where the start is not known."""
    found: list[Diagnostic] = []
    awaited = set(_awaited(draft))
    templated = {producer for asset in draft.project.assets if asset.templated for producer in asset.producers}

    def uses_date(dag: DagDraft) -> bool:
        return dag.dag_id in awaited or _uses_date(dag, templated)

    def change(dag: DagDraft) -> DagDraft:
        if dag.form == AIRFLOW:
            return dag
        if dag.clock.code and dag.dag.schedule.kind != "unknown":  # the interpreter reports that one
            found.append(diagnose(dag.clock.code, dag.dag.span, f"the DAG `{dag.dag_id}`: {dag.clock.problem}"))
        if at_run_time(dag.dag):
            asked = _asks_for_key(dag) or is_followed(dag.dag, draft.project)
            return replace(dag, keys=own_keys(dag.dag, draft.project)) if asked else dag
        followed = followed_keys(dag.dag, draft.project)
        if followed is not None:
            return replace(dag, keys=followed.partitions)
        if partitioned(dag.dag):
            follows = asset_partitions(dag.dag, draft.project)
            if follows is None:
                reason = "the keys for which its runs are made cannot be told"
                found.append(diagnose("MIG302", dag.dag.span, f"the DAG `{dag.dag_id}`: {reason}"))
                return dag
            return replace(dag, partitions=_reported(dag, follows.partitions, found))
        if dag.clock.grid is not None and not dag.clock.at_trigger_time and uses_date(dag):
            return replace(dag, interval=dt.timedelta(seconds=dag.clock.seconds))
        if dag.clock.lag and uses_date(dag):
            return replace(dag, interval=dag.clock.lag)
        if len(dag.clock.crons) != 1 or dag.clock.code or not uses_date(dag):
            return dag
        if too_often(dag.clock) and not any(is_head(task) for task in dag.tasks.values()):
            return dag if dag.clock.at_trigger_time else replace(dag, interval=dag.clock.step)
        return replace(dag, partitions=_reported(dag, _divided(dag, _partitions(dag)), found))

    done = draft.with_dags(change)
    return replace(done, diagnostics=(*draft.diagnostics, *found))


def _awaited(draft: Draft) -> Iterator[str]:
    """The DAGs for whose runs steps or sensors of others wait, each for that of a date."""
    for dag in draft.dags.values():
        for task in dag.tasks.values():
            target = find_target(task.lowering.target, draft.dags) if run_awaited(task) is not None else None
            if target is not None:
                yield target[0]


def _reported(dag: DagDraft, partitions: Partitions, found: list[Diagnostic]) -> Partitions:
    """The partitions; notes where their start is not known."""
    if not partitions.start_known:
        given = dag.dag.start_date
        what = f", {given.date()}, names no partition" if isinstance(given, dt.datetime) else " is not known"
        found.append(diagnose("MIG305", dag.dag.span, f"the start date of the DAG `{dag.dag_id}`{what}"))
    return partitions


def too_often(clock: Clock) -> bool:
    """Whether the clock ticks so often that a partition for each tick would be too many."""
    return dt.timedelta(0) < clock.step <= _MANY


def _uses_date(dag: DagDraft, templated: set[str]) -> bool:
    """Whether a task that moves uses its run's date, waits for its run of the date before, makes data that is named by its date, or is started by a
    sensor once per date."""
    if waiting(dag):
        return True
    for task in dag.tasks.values():
        if task.disposition in ("airflow", "folded"):
            continue
        if task.needs.uses_date or task.fan_needs.uses_date or task.task.id in templated or is_head(task):
            return True
    return False


def _asks_for_key(dag: DagDraft) -> bool:
    """Whether a task that moves asks for the key of the partition that its run is for."""
    lowerings = [task.lowering for task in dag.tasks.values() if task.disposition != "airflow"]
    return any(isinstance(part, RunDate) and part.field == "partition_key" for part in walk(lowerings))


def _partitions(dag: DagDraft) -> Partitions:
    clock = dag.clock
    own = zone_name(dag.dag.timezone) or "UTC"
    start = _local(dag.dag.start_date, clock.timezone, own)
    end = _local(dag.dag.end_date, clock.timezone, own)
    length = own_period(dag.dag, clock)
    if length is not None:
        # Both bound when runs start, which is a period after their dates.
        period = relativedelta(months=length.number) if isinstance(length, Months) else length
        start, end = start and start - period, end and end - period
    # Airflow still makes the run for the end date, Dagster's end is exclusive.
    end = next_tick(clock.crons[0], end) if end is not None else None
    return Partitions(
        cron=clock.crons[0],
        start=_text(start) if start is not None else UNKNOWN_START,
        timezone=clock.timezone,
        end=_text(end) if end is not None else None,
        end_offset=1 if clock.at_trigger_time else 0,
        start_known=start is not None,
    )


def _divided(dag: DagDraft, partitions: Partitions) -> Partitions:
    """The partitions, of which each date has one for each key of the DAG's dimension."""
    by = dag.dag.dimension
    return partitions if by is None else replace(partitions, dimension=by.name, keys=by.keys)


def _local(value: object, timezone: str, own: str) -> dt.datetime | None:
    """A known date, which is in the zone `own` if it names none, in the wall time of the timezone; None where it is not known, or names no partition: it is in no year of four digits, or in the
    last one (`datetime.min` and `datetime.max`, by which people say that there is no start, or no end)."""
    if not isinstance(value, dt.datetime) or not 1000 <= value.year < dt.MAXYEAR:
        return None
    aware = value if value.tzinfo is not None else value.replace(tzinfo=zoneinfo.ZoneInfo(own))
    return aware.astimezone(zoneinfo.ZoneInfo(timezone)).replace(tzinfo=None)


def _is_midnight(value: dt.datetime) -> bool:
    return value.time() == dt.time(0)


def _text(value: dt.datetime) -> str:
    return value.date().isoformat() if _is_midnight(value) else value.replace(microsecond=0).isoformat()
