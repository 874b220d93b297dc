"""What codegen has to know of cron expressions of five fields: their shape, and the times at which they are due.

Times are wall clock times (naive datetimes); daylight saving is not looked at here.
"""

from __future__ import annotations

import datetime as dt

from migrator.model.frozen import dataclass

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
_RANGES: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 7, _DAYS),
)
_HORIZON = dt.timedelta(days=366 * 9)
"""Farther than any expression that is due at all (29 February, over a century's end)."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression. `every_day` and `every_weekday` tell whether a day field begins with `*`: then the other one decides alone."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    every_day: bool
    every_weekday: bool

    @property
    def once_a_day(self) -> bool:
        """Due at one time of day at most."""
        return len(self.minutes) == 1 and len(self.hours) == 1

    @property
    def time(self) -> dt.time:
        """The first time of day at which it is due."""
        return dt.time(min(self.hours), min(self.minutes))

    @property
    def cadence(self) -> str:
        """`hourly`, `daily`, `weekly` or `monthly`, where it is due once per such period; else `other`."""
        every_month = len(self.months) == 12
        if not every_month or len(self.minutes) != 1:
            return "other"
        all_days, all_weekdays = len(self.days) == 31, len(self.weekdays) == 7
        if all_days and all_weekdays:
            return "hourly" if len(self.hours) == 24 else "daily" if len(self.hours) == 1 else "other"
        if len(self.hours) != 1:
            return "other"
        if all_days and len(self.weekdays) == 1:
            return "weekly"
        if all_weekdays and len(self.days) == 1 and max(self.days) <= 28:
            return "monthly"
        return "other"

    def due_on(self, day: dt.date) -> bool:
        """Whether it is due at any time of that day."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.every_day or self.every_weekday:
            return in_month and in_week
        return in_month or in_week

    def at_or_after(self, moment: dt.datetime) -> dt.datetime | None:
        """The first due time that is not before `moment`; None if there is none in the years to come."""
        day = moment.date()
        while day - moment.date() < _HORIZON:
            if self.due_on(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        due = dt.datetime.combine(day, dt.time(hour, minute))
                        if due >= moment:
                            return due
            day += dt.timedelta(days=1)
        return None

    def after(self, moment: dt.datetime) -> dt.datetime | None:
        """The first due time after `moment`."""
        return self.at_or_after(moment + dt.timedelta(microseconds=1))


def parse(text: str) -> Cron | None:
    """The expression, or None where it has more than the five plain fields that cron defines."""
    fields = text.split()
    if len(fields) != 5:
        return None
    sets = [_field(field.lower(), *bounds) for field, bounds in zip(fields, _RANGES, strict=True)]
    if any(not values for values in sets):
        return None
    minutes, hours, days, months, weekdays = sets
    return Cron(
        text,
        minutes,
        hours,
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        every_day=fields[2].startswith("*"),
        every_weekday=fields[4].startswith("*"),
    )


def _field(text: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    """The values of a field; empty if it is not understood."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step_text = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start_text, dash, end_text = span.partition("-")
            start, end = _number(start_text, names), _number(end_text, names) if dash else None
            if start is None or (dash and end is None):
                return frozenset()
            first, last = start, end if end is not None else high if step_text else start
        if (step_text and not step_text.isdigit()) or step_text == "0" or not low <= first <= last <= high:
            return frozenset()
        found.update(range(first, last + 1, int(step_text or 1)))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int | None:
    return int(text) if text.isdigit() else names.get(text)
