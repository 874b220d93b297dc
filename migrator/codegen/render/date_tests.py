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
    if isinstance(lower, dt.time) or isinstance(upper, dt.time):
        over_midnight = isinstance(lower, dt.time) and isinstance(upper, dt.time) and upper < lower
        # The upper bound is the next day's then, and every later moment of this day is before it.
        return _bounds(function, f"{moment.operand}.time()", lower, None if over_midnight else upper)
    bounds = [_aware(bound, test.timezone) if isinstance(bound, dt.datetime) else None for bound in (lower, upper)]
    return _bounds(function, moment.operand, *bounds)


def _aware(bound: dt.datetime, timezone: str) -> dt.datetime:
    if bound.tzinfo is not None:
        return bound
    return bound.replace(tzinfo=dt.timezone.utc if timezone == "UTC" else zoneinfo.ZoneInfo(timezone))


def _bounds(
    function: Function, moment: str, lower: dt.datetime | dt.time | None, upper: dt.datetime | dt.time | None
) -> str:
    low, high = (function.text(bound) if bound is not None else "" for bound in (lower, upper))
    return f"{low} <= {moment} <= {high}" if low and high else f"{low} <= {moment}" if low else f"{moment} <= {high}"


def _zone(function: Function, timezone: str) -> str:
    if timezone == "UTC":
        return "dt.timezone.utc"
    function.module.need(["from zoneinfo import ZoneInfo"])
    return f"ZoneInfo({text_literal(timezone)})"
