"""DAGs that wait for other DAGs: a sensor starts their runs when the runs of these for the date that is meant are done.

Comes in: DAGs whose forms are decided. Goes out: the same, with what the sensor asks for as the work of the tasks that wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from migrator.analyzers.source import Folder
from migrator.model.bodies import Condition, RunOfDate
from migrator.model.changed import replace
from migrator.model.expressions import RunDate
from migrator.model.source import SourceFile
from migrator.model.values import CallableValue
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.skipping import done_without
from migrator.planning.forms import AIRFLOW, OPS, find_target, is_head
from migrator.planning.timing.asset_partitions import members, partitioned
from migrator.planning.timing.date_functions import shift_of
from migrator.planning.timing.key_partitions import outlets_of
from migrator.planning.timing.shifts import dates_in_utc, days_before, meets, once_a_day
from migrator.planning.timing.timetable import Clock

StartsAfter = Mapping[str, set[str]]


def wait_at_start(draft: Draft) -> Draft:
    """Tells the tasks that a sensor stands for, in DAGs all of which move and which a clock starts, what that sensor asks for."""
    starts_after = _starts_after(draft)
    return draft.with_dags(lambda dag: _waiting(draft, dag, starts_after) if _can_wait(dag) else dag)


def _waiting(draft: Draft, dag: DagDraft, starts_after: StartsAfter) -> DagDraft:
    asking = dag.with_tasks(lambda task: _asking(draft, dag, task, starts_after))
    # What starts a job of ops otherwise stands for all that it waits for.
    if dag.form == OPS and any(task.role == "await" and not is_head(task) for task in asking.tasks.values()):
        return dag
    return asking


def _can_wait(dag: DagDraft) -> bool:
    return dag.form != AIRFLOW and not _stays_in_part(dag) and _has_dates(dag)


def _stays_in_part(dag: DagDraft) -> bool:
    return dag.form == AIRFLOW or any(task.disposition == "airflow" for task in dag.tasks.values())


def _has_dates(dag: DagDraft) -> bool:
    """Whether each run of a DAG is for a date that one cron expression names."""
    plain = dag.dag.dimension is None and not partitioned(dag.dag) and not dag.clock.lag
    return plain and len(dag.clock.crons) == 1 and not dag.clock.code and dag.clock.grid is None


def _asking(draft: Draft, dag: DagDraft, task: TaskDraft, starts_after: StartsAfter) -> TaskDraft:
    waits, target = task.lowering.waits, find_target(task.lowering.target, draft.dags)
    if task.role != "await" or task.disposition != "sensor" or waits is None or target is None:
        return task
    other = draft.dags[target[0]]
    asked = _of_date(draft.folder, dag.clock, other.clock, waits.condition) if _has_dates(other) else None
    if asked is None or _stays_in_part(other) or done_without(dag, task):
        return task
    if dag.dag_id in _all_before(other.dag_id, starts_after):
        return task  # Each would wait for the other.
    return replace(task, lowering=replace(task.lowering, body=replace(waits, condition=asked), deltas=()))


def _of_date(folder: Folder | None, own: Clock, other: Clock, asked: Condition) -> RunOfDate | None:
    """What a sensor asks for a date; None where no run is for that, or the time of day would have to be part of the keys of partitions of days."""
    if not isinstance(asked, RunOfDate):
        return None
    if asked.computed is not None:
        function = asked.computed.callable
        body = _body(folder, function) if not (function.args or function.kwargs) else ""
        shift = shift_of(function, body, dates_in_utc(own))
        if shift is None:
            return None
        asked = replace(asked, computed=None, shift=shift)
    # A run that failed may be made again: the sensor goes on looking.
    asked = replace(asked, refused=())
    days = days_before(own, other, asked.shift)
    if days is not None:
        return replace(asked, date=RunDate("ds", days=-days), shift=dt.timedelta(0))
    return asked if not once_a_day(own) and meets(own, other, asked.shift) else None


def _body(folder: Folder | None, function: CallableValue) -> str:
    span = function.body_span
    source = folder.source(span.file) if folder is not None and span is not None else None
    return source.text[span.start : span.end] if span is not None and isinstance(source, SourceFile) else ""


def _starts_after(draft: Draft) -> StartsAfter:
    """The DAGs after which the runs of each start: that it waits for, that start it, that make the assets for which it is started."""
    found: dict[str, set[str]] = {dag_id: set() for dag_id in draft.dags}
    makers = _makers(draft)
    for dag_id, dag in draft.dags.items():
        for task in dag.tasks.values():
            target = find_target(task.lowering.target, draft.dags)
            if target is not None and task.lowering.role == "trigger":
                found[target[0]].add(dag_id)
            elif target is not None:
                found[dag_id].add(target[0])
            for started in task.needs.requests:
                found.setdefault(started, set()).add(dag_id)
        for asset in members(dag.dag.schedule.assets):
            found[dag_id] |= makers.get(asset.name, set()) | makers.get(asset.uri or "", set())
    return found


def _makers(draft: Draft) -> Mapping[str, set[str]]:
    """The DAGs whose tasks make an asset, by its name and by its URI."""
    found: dict[str, set[str]] = {}
    for dag_id, dag in draft.dags.items():
        for asset in (one for task in dag.dag.tasks for one in outlets_of(task)):
            for name in filter(None, (asset.name, asset.uri)):
                found.setdefault(name, set()).add(dag_id)
    return found


def _all_before(dag_id: str, starts_after: StartsAfter) -> set[str]:
    found, front = {dag_id}, [dag_id]
    while front:
        new = starts_after.get(front.pop(), set()) - found
        found |= new
        front += new
    return found
