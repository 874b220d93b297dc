"""Which partition of another DAG a task waits for, where the run that it waits for has another date than its own (`execution_delta`)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator

from migrator.model.plan import Partitions
from migrator.planning.timing.timetable import Clock, next_tick

_SAMPLE = dt.datetime(2024, 3, 14)
_SEASONS = (*(dt.datetime(year, month, 9) for year in (2020, 2024, 2029) for month in (1, 7)), _SAMPLE)
"""In summer time and out of it, and where only some of the zones that have one are in it; also before and after zones gave it up."""
_RUNS = 12
"""So many dates of a schedule are looked at."""
_FURTHEST = 400


def partitions_before(own: Partitions | None, other: Partitions | None, shift: dt.timedelta) -> int | None:
    """How many partitions before that of the same place the partition of `other` lies whose date is `shift` before that of one of `own`.

    None where that is not always the same, or no run of the other has such a date. Where the partitions of both begin once in the same days
    (weeks, months), those of the same days have the same place.

    >>> one, other = Partitions("30 2 * * *", "2024-01-01"), Partitions("0 1 * * *", "2024-01-01")
    >>> partitions_before(one, other, dt.timedelta(minutes=90)), partitions_before(one, other, dt.timedelta(hours=25, minutes=30))
    (0, 1)
    >>> partitions_before(one, other, dt.timedelta(hours=1)) is None
    True
    """
    if own is None or other is None or own.fmt or other.fmt or own.keys or other.keys or own.timezone != other.timezone:
        return None
    found = set()
    date: dt.datetime | None = _SAMPLE
    for _ in range(_RUNS):
        date = next_tick(own.cron, date) if date is not None else None
        place = _place(own, other, date) if date is not None else None
        if date is None or place is None:
            return None
        found.add(_between(other.cron, date - shift, place))
    return found.pop() if len(found) == 1 else None


def meets(own: Clock, other: Clock, shift: dt.timedelta) -> bool:
    """Whether the date that is `shift` before each of one clock is one of another; so it is thought to be where either has no one cron expression.

    >>> meets(Clock(("30 2 * * *",)), Clock(("0 1 * * *",)), dt.timedelta(minutes=90))
    True
    >>> meets(Clock(("30 2 * * *",)), Clock(("30 1 * * *",), timezone="Europe/Paris"), dt.timedelta(0))
    False
    """
    if len(own.crons) != 1 or len(other.crons) != 1:
        return True
    return _has_dates(other, [date - shift for date in _in_utc(own)])


def _has_dates(clock: Clock, dates: Iterable[dt.datetime]) -> bool:
    """Whether all of some dates, in UTC, are those of a clock that has one cron expression."""
    zone = zoneinfo.ZoneInfo(clock.timezone)
    wanted = [date.astimezone(zone).replace(tzinfo=None) for date in dates]
    return all(next_tick(clock.crons[0], date - dt.timedelta(seconds=1)) == date for date in wanted)


def days_before(own: Clock, other: Clock, shift: dt.timedelta) -> int | None:
    """How many days of UTC before that of a run of one clock the day of the run of another lies whose date is `shift` earlier.

    None where that is not always the same, no run of the other has such a date, or either has several runs on a day; or where the days of UTC and those of
    its time zone, of which either may be the keys of the other's partitions, are not always as far from each other.

    >>> days_before(Clock(("30 2 * * *",)), Clock(("0 23 * * *",)), dt.timedelta(hours=3, minutes=30))
    1
    >>> days_before(Clock(("0 0 * * 1",)), Clock(("0 0 * * *",)), dt.timedelta(days=1))
    1
    >>> days_before(Clock(("30 2 * * *",)), Clock(("0 * * * *",)), dt.timedelta(minutes=30)) is None
    True
    >>> tokyo, utc = Clock(("30 9 * * *",), timezone="Asia/Tokyo"), Clock(("0 23 * * *",))
    >>> days_before(tokyo, utc, dt.timedelta(minutes=90)), days_before(utc, tokyo, dt.timedelta(hours=22, minutes=30))
    (1, 0)
    """
    if not (once_a_day(own) and once_a_day(other)):
        return None
    dates = [date for start in _SEASONS for date in _in_utc(own, start)]
    ahead = {
        (tick.date() - date.date()).days
        for start in _SEASONS
        for tick, date in zip(_ticks(other, start), _in_utc(other, start), strict=True)
    }
    days = {(date.date() - (date - shift).date()).days for date in dates}
    sure = len(days) == len(ahead) == 1 and _has_dates(other, [date - shift for date in dates])
    return days.pop() if sure else None


def once_a_day(clock: Clock) -> bool:
    """Whether a clock has one cron expression, and no two of its dates are on one day."""
    dates = list(_ticks(clock))
    return 0 < len(dates) == len({date.date() for date in dates})


def dates_in_utc(clock: Clock) -> list[dt.datetime]:
    """Some dates, in UTC, of a clock that has one cron expression; none where its time zone has summer time, which changes how long before them others are."""
    zone = zoneinfo.ZoneInfo(clock.timezone)
    offsets = {zone.utcoffset(dt.datetime(2024, month, 15)) for month in (1, 7)}
    return _in_utc(clock) if len(offsets) == 1 else []


def _in_utc(clock: Clock, start: dt.datetime = _SAMPLE) -> list[dt.datetime]:
    """The dates of `_ticks`, in UTC."""
    zone = zoneinfo.ZoneInfo(clock.timezone)
    return [date.replace(tzinfo=zone).astimezone(dt.timezone.utc) for date in _ticks(clock, start)]


def _ticks(clock: Clock, start: dt.datetime = _SAMPLE) -> Iterator[dt.datetime]:
    """Some dates of a clock that has one cron expression, in its time zone."""
    date: dt.datetime | None = start
    for _ in range(_RUNS if len(clock.crons) == 1 else 0):
        date = next_tick(clock.crons[0], date) if date is not None else None
        if date is None:
            return
        yield date


def _place(own: Partitions, other: Partitions, date: dt.datetime) -> dt.datetime | None:
    """The date of `other` that has the same place as one of `own`: it itself, or the only one of that day where each has but one a day."""
    if own.cron == other.cron:
        return date
    if own.cron.split()[2:] != other.cron.split()[2:]:
        return None
    midnight = dt.datetime.combine(date, dt.time()) - dt.timedelta(seconds=1)
    same_day = next_tick(other.cron, midnight)
    following = next_tick(other.cron, same_day) if same_day is not None else None
    alone = following is not None and following.date() > date.date()
    own_alone = next_tick(own.cron, midnight) == date
    return same_day if alone and own_alone and same_day is not None and same_day.date() == date.date() else None


def _between(cron: str, first: dt.datetime, last: dt.datetime) -> int | None:
    """How many ticks after `first`, which is one, `last` is; None where it is none, or comes before."""
    if next_tick(cron, first - dt.timedelta(seconds=1)) != first:
        return None
    tick: dt.datetime | None = first
    for count in range(_FURTHEST):
        if tick == last:
            return count
        tick = next_tick(cron, tick) if tick is not None else None
    return None
