"""Durations in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Months:
    """So many months of the calendar."""

    number: int


Length = dt.timedelta | Months
"""How long a data interval is."""

_DAY = 86400
_UNITS = ((_DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def pendulum_length(amounts: Mapping[str, float]) -> dt.timedelta:
    """The length of time that pendulum gives a duration, of which a month has 30 days and a year 365.

    >>> pendulum_length({"years": 1, "months": 1, "hours": 2})
    datetime.timedelta(days=395, seconds=7200)
    """
    given = dict(amounts)
    days = 365 * given.pop("years", 0) + 30 * given.pop("months", 0)
    return dt.timedelta(days=days) + dt.timedelta(**given)


def in_words(duration: Length | float) -> str:
    """A duration, or so many seconds, in the largest unit of which it is a whole number; one of more than two days with its days first.

    >>> in_words(dt.timedelta(weeks=2)), in_words(dt.timedelta(hours=36)), in_words(60), in_words(0.5)
    ('14 days', '36 hours', '1 minute', '0.5 seconds')
    >>> in_words(dt.timedelta(days=4, hours=9))
    '4 days 9 hours'
    """
    if isinstance(duration, Months):
        return f"{duration.number} month{'s' if duration.number > 1 else ''}"
    seconds = duration.total_seconds() if isinstance(duration, dt.timedelta) else duration
    if seconds > 2 * _DAY and seconds % _DAY:
        return f"{in_words(seconds // _DAY * _DAY)} {in_words(seconds % _DAY)}"
    for size, unit in _UNITS:
        if seconds >= size and not seconds % size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return f"{seconds:g} seconds"


def every(duration: dt.timedelta | float) -> str:
    """How often something happens that happens once in such a time.

    >>> every(86400), every(dt.timedelta(hours=2))
    ('every day', 'every 2 hours')
    """
    return f"every {in_words(duration).removeprefix('1 ')}"
