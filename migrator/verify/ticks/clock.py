"""When Airflow's own timetables start runs, and for which logical date: a small model of them.

Comes in: a `Question`. Goes out: its ticks within the window, as they come when the DAG is on all the time since the window began. Compared with
Airflow 2.11 and 3 by `tests/verify/test_ticks.py`. The rules are those of `airflow.timetables.{_cron,_delta,interval,trigger}`.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from croniter import croniter  # type: ignore[import-untyped]
from dateutil.relativedelta import relativedelta

UTC = dt.timezone.utc
_SECOND = dt.timedelta(seconds=1)
LIMIT = 1500
"""Ticks of one schedule that are looked at; what comes after them is left out."""


@dataclass(frozen=True)
class Question:
    """A schedule: by `crons` in `timezone`, or every `seconds` or `months`; `lag` is the seconds from a run's date to its start, or `lag_months` the months. Dates are ISO texts in UTC; the window is [`begin`, `end`).

    `at_trigger_time`: the logical date is when a run starts, not when its data interval began.
    """

    dag_id: str
    crons: tuple[str, ...]
    seconds: float
    timezone: str
    at_trigger_time: bool
    catchup: bool
    start: str
    last: str
    begin: str
    end: str
    months: int = 0
    lag: float = 0
    lag_months: int = 0
    dates: tuple[str, ...] = ()
    """The moments at which runs start, where they are listed."""


@dataclass(frozen=True)
class Tick:
    """A run: when it starts, and its logical date, as ISO texts in UTC."""

    at: str
    date: str


def model_ticks(question: Question) -> list[Tick]:
    """The ticks of a schedule. Raises ValueError for a cron expression that cannot be read."""
    begin, end = moment(question.begin), moment(question.end)
    start = moment(question.start) if question.start else begin
    last = moment(question.last) if question.last else None
    found: dict[dt.datetime, dt.datetime] = {}
    for date in map(moment, question.dates):
        if start <= date and begin <= date < end and (last is None or date <= last):
            found[date] = date
    for step in _steps(question):
        for at, date in _runs(step, question, start, begin):
            if at >= end or (last is not None and date > last):
                break
            if at >= begin:
                found.setdefault(at, date)
            if len(found) >= LIMIT:
                break
    months, lag = relativedelta(months=question.lag_months), dt.timedelta(seconds=question.lag)
    return [Tick(text(at), text(found[at] - months - lag)) for at in sorted(found)][:LIMIT]


def moment(value: str) -> dt.datetime:
    return dt.datetime.fromisoformat(value).astimezone(UTC)


def text(value: dt.datetime) -> str:
    return value.astimezone(UTC).isoformat()


def ticks_before(cron: str, timezone: str, begin: dt.datetime) -> dt.datetime:
    """The last but one time of a schedule before a moment: runs that start from there on are those that start from it on in any case.

    `begin` itself where the expression cannot be read.
    """
    try:
        step = _cron_step(cron, zoneinfo.ZoneInfo(timezone))
        return step.align_back(step.align_back(begin - _SECOND) - _SECOND)
    except ValueError:
        return begin


@dataclass(frozen=True)
class _Step:
    """How a schedule goes on from a moment, and the moments of it that are not before, or not after, another one."""

    after: Callable[[dt.datetime], dt.datetime]
    align: Callable[[dt.datetime], dt.datetime]
    align_back: Callable[[dt.datetime], dt.datetime]


def _runs(
    step: _Step, question: Question, start: dt.datetime, begin: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """When runs start, with their logical dates."""
    first = step.align(start)
    if question.seconds and not question.catchup:
        # Without catchup an interval is not counted from the start date: where runs are for intervals, from the epoch; else from the
        # moment at which the DAG is switched on.
        since = begin.timestamp() - begin.timestamp() % question.seconds - question.seconds
        first = max(start, begin if question.at_trigger_time else dt.datetime.fromtimestamp(since, UTC))
    elif not question.seconds and not question.months and start < begin:
        first = max(first, step.align(begin) if question.at_trigger_time else step.align_back(begin - _SECOND))
    while True:
        following = step.after(first)
        yield (first, first) if question.at_trigger_time else (following, first)
        first = following if question.at_trigger_time else step.align_back(following)


def _steps(question: Question) -> list[_Step]:
    if question.seconds:
        delta = dt.timedelta(seconds=question.seconds)
        return [_Step(lambda current: current + delta, lambda current: current, lambda current: current)]
    if question.months:
        step = relativedelta(months=question.months)
        return [_Step(lambda current: current + step, lambda current: current, lambda current: current)]
    return [_cron_step(cron, zoneinfo.ZoneInfo(question.timezone)) for cron in question.crons]


def _cron_step(cron: str, zone: zoneinfo.ZoneInfo) -> _Step:
    every_hour = croniter(cron).expanded[1] == ["*"]

    def move(current: dt.datetime, back: bool) -> dt.datetime:
        local = current.astimezone(zone)
        naive = local.replace(tzinfo=None, fold=0)
        due = croniter(cron, start_time=naive)
        moved: dt.datetime = due.get_prev(dt.datetime) if back else due.get_next(dt.datetime)
        if every_hour:
            return current + (moved - naive)
        return _aware(moved, zone)

    def align(current: dt.datetime) -> dt.datetime:
        following = move(current, back=False)
        return current if move(following, back=True) == current else following

    def align_back(current: dt.datetime) -> dt.datetime:
        before = move(current, back=True)
        return current if move(before, back=False) == current else before

    return _Step(lambda current: move(current, back=False), align, align_back)


def _aware(naive: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The later one of two moments of that wall time; where there is none, as much later as the clocks were put on."""
    earlier, later = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    exists = earlier.astimezone(zone).replace(tzinfo=None) == naive
    return later if exists else earlier
