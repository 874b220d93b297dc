"""Runs at listed moments (`EventsTimetable`): a schedule by cron expressions that hit them all, which starts a run at these alone."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from migrator.model.airflow import Dag

NAME = "EventsTimetable"
_LISTED = 6
"""Days or months of one expression that are listed; of more it names none."""
_TIMES = 4
"""Times of day that have an expression each; where there are more, minutes and hours are put together."""


def event_dates(dag: Dag, timezone: str) -> tuple[dt.datetime, ...]:
    """The moments at which a DAG runs, in their order, in UTC; empty where they are not all known, or not at full minutes.

    Those before the start date are left out, as Airflow does; `timezone` is that of moments that have none.
    """
    given = dag.schedule.arguments.get("event_dates", dag.schedule.arguments.get("arg0"))
    found = [_utc(value, timezone) for value in given] if isinstance(given, (list, tuple, set)) else []
    known = [value for value in found if value is not None and not value.second and not value.microsecond]
    start = _utc(dag.start_date, timezone)
    kept = {value for value in known if start is None or value >= start}
    return tuple(sorted(kept)) if len(known) == len(found) else ()


def event_zone(dag: Dag) -> str:
    """The timezone in which all of the moments are given; UTC where that is none with a name, or not the same."""
    given = dag.schedule.arguments.get("event_dates", dag.schedule.arguments.get("arg0"))
    dates = (
        [value for value in given if isinstance(value, dt.datetime)] if isinstance(given, (list, tuple, set)) else []
    )
    zones = {str(getattr(value.tzinfo, "key", "")) for value in dates}
    return zones.pop() or "UTC" if len(zones) == 1 else "UTC"


def event_crons(dates: Iterable[dt.datetime], timezone: str) -> tuple[str, ...]:
    """Cron expressions that are due at each of these moments, and seldom else: one for each time of day, where there are few.

    >>> dates = [dt.datetime(2024, 4, day, 8, 27, tzinfo=dt.timezone.utc) for day in (5, 17)]
    >>> event_crons(dates, "UTC")
    ('27 8 5,17 4 *',)
    """
    local = [date.astimezone(zoneinfo.ZoneInfo(timezone)) for date in dates]
    times = sorted({(date.hour, date.minute) for date in local})
    if len(times) > _TIMES:
        minutes, hours = _listed((date.minute for date in local), 60), _listed((date.hour for date in local), 24)
        return (f"{minutes} {hours} {_days(local)}",)
    at = {time: [date for date in local if (date.hour, date.minute) == time] for time in times}
    return tuple(f"{minute} {hour} {_days(at[hour, minute])}" for hour, minute in times)


def _days(dates: list[dt.datetime]) -> str:
    days, months = _listed((date.day for date in dates), _LISTED), _listed((date.month for date in dates), _LISTED)
    return f"{days} {months} *"


def _listed(numbers: Iterable[int], most: int) -> str:
    found = sorted(set(numbers))
    return ",".join(map(str, found)) if len(found) <= most else "*"


def _utc(value: object, timezone: str) -> dt.datetime | None:
    if not isinstance(value, dt.datetime):
        return None
    value = value if value.tzinfo is not None else value.replace(tzinfo=zoneinfo.ZoneInfo(timezone))
    return value.astimezone(dt.timezone.utc)
