"""Timetables of the team's own: the object moves over, and a sensor asks it when the next run is due.

Comes in: a DAG whose schedule is an object of a class of its files. Goes out: its clock with the object as an expression, or with the reason why it cannot
move: its class then needs more of Airflow than the words that `airflow.timetables.base` defines.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

from migrator.model.airflow import Dag
from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.values import ObjectValue
from migrator.operators.rule import Untranslatable
from migrator.planning.context import DagFacts, TaskContext
from migrator.planning.draft import Needs
from migrator.planning.timing.timetable import Clock, catches_up, zone_name


def own_clock(dag: Dag, facts: DagFacts) -> tuple[Clock, Needs]:
    """The clock of a DAG, with its own timetable if it has one, and what that needs of the environment."""
    clock, next_run, name = facts.clock, dag.schedule.next_run, dag.schedule.value
    if next_run is None or not clock.code or not dag.tasks:
        return clock, Needs()
    receiver, context = next_run.receiver, TaskContext(facts, dag.tasks[0])
    if not isinstance(receiver, ObjectValue) or receiver.made is None:
        why = "it is not known how it is made, or its class derives from one of Airflow's"
        return replace(clock, problem=f"its timetable `{name}` cannot move: {why}"), Needs()
    try:
        own = context.call(next_run)
    except Untranslatable as error:
        return replace(clock, problem=f"its timetable `{name}` cannot move: {error.reason}"), Needs()
    needs = context.needs()
    if _asks_for_more(needs):
        return replace(clock, problem=f"its timetable `{name}` asks for more than dates"), Needs()
    if not isinstance(dag.start_date, dt.datetime):
        return replace(clock, problem=f"the start date that its timetable `{name}` is told is not known"), Needs()
    by_hand, needs = _by_hand(dag, facts, needs)
    return Clock(timezone=zone_name(dag.timezone) or "UTC", own=own, by_hand=by_hand), needs


def _by_hand(dag: Dag, facts: DagFacts, needs: Needs) -> tuple[CallFunction | None, Needs]:
    """The method that says what a run is for that a person starts, if it can move, and what both methods need."""
    if dag.schedule.by_hand is None:
        return None, needs
    context = TaskContext(facts, dag.tasks[0])
    try:
        found = context.call(dag.schedule.by_hand)
    except Untranslatable:
        return None, needs
    own = context.needs()
    if _asks_for_more(own):
        return None, needs
    return found, replace(needs, settings=tuple(dict.fromkeys([*needs.settings, *own.settings])))


def _asks_for_more(needs: Needs) -> bool:
    """Whether a timetable's method asks for more than the dates that it is told."""
    return bool(needs.resources or needs.handovers or needs.params or needs.uses_date or needs.uses_conf)


def limits(dag: Dag) -> dict[str, dt.datetime | bool]:
    """What such a timetable is told of the DAG."""
    zone = zoneinfo.ZoneInfo(zone_name(dag.timezone) or "UTC")
    dates = {"start": dag.start_date, "end": dag.end_date}
    known = {name: date for name, date in dates.items() if isinstance(date, dt.datetime)}
    found = {name: date if date.tzinfo is not None else date.replace(tzinfo=zone) for name, date in known.items()}
    return {**found, **({"catchup": True} if catches_up(dag) else {})}
