"""The source of dates, times and time zones.

In: a `datetime`, `date`, `time`, `timedelta` or `tzinfo`. Out: an expression of Python's `datetime`, which is imported as `dt`.
"""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from functools import singledispatch

from migrator.codegen.python.code import Code

DT = frozenset({"import datetime as dt"})


@singledispatch
def moment_code(value: object) -> Code:
    """The source of a moment, a span of time or a time zone. TypeError for anything else, and for a zone that has no name and no offset."""
    raise TypeError(f"no source for a {type(value).__name__}")


@moment_code.register
def _datetime(value: dt.datetime) -> Code:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 3 and parts[-1] == 0:
        parts.pop()
    arguments = [str(part) for part in parts]
    imports = set(DT)
    if value.fold:
        arguments.append("fold=1")
    if value.tzinfo is not None:
        zone = _timezone(value.tzinfo, value)
        arguments.append(f"tzinfo={zone.text}")
        imports |= zone.imports
    return Code(f"dt.datetime({', '.join(arguments)})", frozenset(imports))


@moment_code.register
def _date(value: dt.date) -> Code:
    return Code(f"dt.date({value.year}, {value.month}, {value.day})", DT)


@moment_code.register
def _time(value: dt.time) -> Code:
    parts = [value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 2 and parts[-1] == 0:
        parts.pop()
    arguments = [str(part) for part in parts]
    imports = set(DT)
    if value.tzinfo is not None:
        zone = _timezone(value.tzinfo, None)
        arguments.append(f"tzinfo={zone.text}")
        imports |= zone.imports
    return Code(f"dt.time({', '.join(arguments)})", frozenset(imports))


@moment_code.register
def _timedelta(value: dt.timedelta) -> Code:
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = {
        "days": value.days,
        "hours": hours,
        "minutes": minutes,
        "seconds": seconds,
        "microseconds": value.microseconds,
    }
    shown = ", ".join(f"{name}={amount}" for name, amount in parts.items() if amount)
    return Code(f"dt.timedelta({shown or '0'})", DT)


@moment_code.register
def _tzinfo(value: dt.tzinfo) -> Code:
    return _timezone(value, None)


def _timezone(zone: dt.tzinfo, at: dt.datetime | None) -> Code:
    """UTC, a named zone (also pendulum's), or else the fixed offset that it has at that time."""
    if zone is dt.timezone.utc:
        return Code("dt.timezone.utc", DT)
    name = zone.key if isinstance(zone, zoneinfo.ZoneInfo) else getattr(zone, "name", None)
    if isinstance(name, str) and name in ("UTC", "utc"):
        return Code("dt.timezone.utc", DT)
    if isinstance(name, str) and name:
        return Code(f"ZoneInfo({json.dumps(name)})", frozenset({"from zoneinfo import ZoneInfo"}))
    offset = zone.utcoffset(at)
    if offset is None:
        raise TypeError("no source for a timezone without a name")
    return Code(f"dt.timezone({_timedelta(offset).text})", DT)
