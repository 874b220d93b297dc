"""Whether a moment is on one of some days, or between two bounds, as an expression."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from migrator.codegen.python.code import Code
from migrator.codegen.python.serialize import text_literal
from migrator.codegen.render.function import Function
from migrator.model.bodies import DateTest


def date_test(function: Function, test: DateTest) -> str:
    """The expression of a test of a date."""
    function.module.need(["import datetime as dt"])
    if test.moment is not None:
        moment = function.code(test.moment)
    else:
        moment = Code(f"dt.datetime.now({_zone(function, test.timezone)})")
    if test.weekdays:
        days = ", ".join(map(str, test.weekdays))
        member = f"in ({days})" if len(test.weekdays) > 1 else f"== {days}"
        return f"{moment.operand}.isoweekday() {member}"
    lower, upper = test.lower, test.upper
    zone = _zone_of_times(test)
    if zone is not None:
        return _local_times(function, test, moment.text, zone)
    if isinstance(lower, dt.time) or isinstance(upper, dt.time):
        return _bounds(function, f"{moment.operand}.time()", lower, None if _is_over_midnight(test) else upper)
    bounds = [_aware(bound, test.timezone) if isinstance(bound, dt.datetime) else None for bound in (lower, upper)]
    return _bounds(function, moment.operand, *bounds)


def _zone_of_times(test: DateTest) -> dt.tzinfo | None:
    """The timezone of bounds that are times of day; None for UTC, and for other bounds."""
    bound = next((bound for bound in (test.lower, test.upper) if isinstance(bound, dt.time)), None)
    if bound is None or (bound.tzinfo is None and test.timezone == "UTC"):
        return None
    return bound.tzinfo or zoneinfo.ZoneInfo(test.timezone)


def _local_times(function: Function, test: DateTest, moment: str, zone: dt.tzinfo) -> str:
    """The test of times of day elsewhere than in UTC, on the day that the moment is on in UTC: the bounds get names."""
    if test.moment is None:
        moment = "dt.datetime.now(dt.timezone.utc)"
    function.line(f"now = {moment}")
    names, next_day = [], _is_over_midnight(test)
    for name, bound in (("lower", test.lower), ("upper", test.upper)):
        if isinstance(bound, dt.time):
            day = "now + dt.timedelta(days=1)" if name == "upper" and next_day else "now"
            given = f"{function.text(bound.replace(tzinfo=None))}, {function.text(zone)}"
            function.line(f"{name} = dt.datetime.combine({day}, {given})")
        names.append(name if bound is not None else "")
    return _between("now", *names)


def _is_over_midnight(test: DateTest) -> bool:
    """Whether the upper bound is the next day's, and every later moment of this day before it."""
    return isinstance(test.lower, dt.time) and isinstance(test.upper, dt.time) and test.upper < test.lower


def _aware(bound: dt.datetime, timezone: str) -> dt.datetime:
    if bound.tzinfo is not None:
        return bound
    return bound.replace(tzinfo=dt.timezone.utc if timezone == "UTC" else zoneinfo.ZoneInfo(timezone))


def _bounds(
    function: Function, moment: str, lower: dt.datetime | dt.time | None, upper: dt.datetime | dt.time | None
) -> str:
    low, high = (function.text(bound) if bound is not None else "" for bound in (lower, upper))
    return _between(moment, low, high)


def _between(moment: str, low: str, high: str) -> str:
    return f"{low} <= {moment} <= {high}" if low and high else f"{low} <= {moment}" if low else f"{moment} <= {high}"


def _zone(function: Function, timezone: str) -> str:
    if timezone == "UTC":
        return "dt.timezone.utc"
    function.module.need(["from zoneinfo import ZoneInfo"])
    return f"ZoneInfo({text_literal(timezone)})"
