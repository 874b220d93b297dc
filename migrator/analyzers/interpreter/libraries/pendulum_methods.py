"""What `pendulum` dates can do besides Python's own: shifts, starts and ends of periods, formats. Facts: pendulum 3."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta

from migrator.analyzers.interpreter.values import Call, Native, RaiseSignal

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds", "microseconds")
_PERIODS = ("second", "minute", "hour", "day", "week", "month", "year")
_TOKEN = re.compile(
    r"\[([^\]]*)\]|YYYY|YY|Q|MMMM|MMM|MM|M|DDDD|DDD|DD|Do|D|dddd|ddd|E|HH|H|hh|h|mm|m|ss|s|SSSSSS|SSS|A|X|ZZ|Z|[A-Za-z]"
)


def pendulum_method(value: dt.date, name: str) -> Native | None:
    """The method of that name of a pendulum date; None where it has none, or Python's own is meant."""
    if name in ("add", "subtract"):
        return Native(name, lambda machine, call: _shift(machine, value, name, call))
    if name in _METHODS:
        return Native(name, lambda machine, call: _guarded(machine, call, lambda: _METHODS[name](value, call)))
    return None


def zone_attribute(zone: dt.tzinfo, name: str) -> str | None:
    """What a time zone is called: `name` of one of pendulum's, `zone` of pytz's, `key` of Python's. None for other attributes, and zones without a name."""
    if name not in ("key", "name", "zone"):
        return None
    return "UTC" if zone is dt.timezone.utc else getattr(zone, "key", None)


class _NotEvaluated(Exception):
    """An argument or unit that is not known here."""


def _guarded(machine: Machine, call: Call, function: Callable[[], Any]) -> Any:
    try:
        return function()
    except _NotEvaluated:
        return machine.unknown(call.node, call.env, "an argument is not known")
    except (ValueError, OverflowError) as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None


def _shift(machine: Machine, value: dt.date, name: str, call: Call) -> Any:
    amounts = dict(zip(_UNITS, call.args, strict=False)) | call.kwargs
    if not all(isinstance(v, (int, float)) and k in _UNITS for k, v in amounts.items()):
        return machine.unknown(call.node, call.env, "an argument is not known")

    def shifted() -> Any:
        shift: Any = relativedelta(**amounts)
        return value + shift if name == "add" else value - shift

    return _guarded(machine, call, shifted)


def start_of(value: Any, unit: Any) -> Any:
    """The first moment of the date's period; weeks start on Monday."""
    if unit not in _PERIODS:
        raise _NotEvaluated
    at = _PERIODS.index(unit)
    if isinstance(value, dt.datetime):
        fields: dict[str, Any] = {"microsecond": 0}
        fields |= {name: 0 for index, name in enumerate(("second", "minute", "hour"), start=1) if at >= index}
        value = value.replace(**fields)
    elif at < _PERIODS.index("day"):
        raise _NotEvaluated
    if unit == "week":
        return value - dt.timedelta(days=value.weekday())
    if unit == "month":
        return value.replace(day=1)
    return value.replace(month=1, day=1) if unit == "year" else value


def _end_of(value: Any, unit: Any) -> Any:
    """The last moment of the date's period."""
    if unit not in _PERIODS:
        raise _NotEvaluated
    amount: dict[str, Any] = {f"{unit}s": 1}
    following = start_of(value, unit) + relativedelta(**amount)
    return following - (dt.timedelta(microseconds=1) if isinstance(value, dt.datetime) else dt.timedelta(days=1))


def _in_timezone(value: Any, zone: Any) -> Any:
    if isinstance(zone, str):
        zone = dt.timezone.utc if zone in ("UTC", "utc") else zoneinfo.ZoneInfo(zone)
    if not isinstance(zone, dt.tzinfo) or not isinstance(value, dt.datetime):
        raise _NotEvaluated
    return value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone)


_FORMATS: dict[str, Callable[[Any], str]] = {
    "YYYY": lambda value: f"{value.year:04d}",
    "YY": lambda value: f"{value.year % 100:02d}",
    "Q": lambda value: str((value.month - 1) // 3 + 1),
    "MMMM": lambda value: value.strftime("%B"),
    "MMM": lambda value: value.strftime("%b"),
    "MM": lambda value: f"{value.month:02d}",
    "M": lambda value: str(value.month),
    "DDDD": lambda value: value.strftime("%j"),
    "DDD": lambda value: str(int(value.strftime("%j"))),
    "DD": lambda value: f"{value.day:02d}",
    "D": lambda value: str(value.day),
    "dddd": lambda value: value.strftime("%A"),
    "ddd": lambda value: value.strftime("%a"),
    "E": lambda value: str(value.isoweekday()),
    "HH": lambda value: value.strftime("%H"),
    "H": lambda value: str(int(value.strftime("%H"))),
    "hh": lambda value: value.strftime("%I"),
    "h": lambda value: str(int(value.strftime("%I"))),
    "mm": lambda value: value.strftime("%M"),
    "m": lambda value: str(int(value.strftime("%M"))),
    "ss": lambda value: value.strftime("%S"),
    "s": lambda value: str(int(value.strftime("%S"))),
    "A": lambda value: value.strftime("%p"),
}


def _format(value: Any, call: Call) -> Any:
    form = call.args[0] if call.args else None
    if not isinstance(form, str) or len(form) > 200:
        raise _NotEvaluated

    def token(match: re.Match[str]) -> str:
        if match.group(1) is not None:
            return match.group(1)
        if match.group() not in _FORMATS:
            raise _NotEvaluated
        return _FORMATS[match.group()](value)

    return _TOKEN.sub(token, form)


def _at(value: Any, call: Call) -> Any:
    names = ("hour", "minute", "second", "microsecond")
    return value.replace(**(dict.fromkeys(names, 0) | dict(zip(names, call.args, strict=False)) | call.kwargs))


_METHODS: dict[str, Callable[[Any, Call], Any]] = {
    "to_date_string": lambda value, call: value.strftime("%Y-%m-%d"),
    "to_time_string": lambda value, call: value.strftime("%H:%M:%S"),
    "to_datetime_string": lambda value, call: value.strftime("%Y-%m-%d %H:%M:%S"),
    "to_iso8601_string": lambda value, call: value.isoformat(),
    "start_of": lambda value, call: start_of(value, call.argument(0, "unit")),
    "end_of": lambda value, call: _end_of(value, call.argument(0, "unit")),
    "in_timezone": lambda value, call: _in_timezone(value, call.argument(0, "tz")),
    "in_tz": lambda value, call: _in_timezone(value, call.argument(0, "tz")),
    "format": _format,
    "at": _at,
    "naive": lambda value, call: value.replace(tzinfo=None),
}
