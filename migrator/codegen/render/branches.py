"""Which ways a branch goes on: the lines that decide, and the names of what they chose."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from migrator.codegen.python.annotations import gives_text
from migrator.codegen.python.code import Code
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.bodies import condition_expression
from migrator.codegen.render.calls import call_expression, written, written_annotation
from migrator.codegen.render.function import Function
from migrator.model.bodies import CallFunction, Choose, DateTest, FollowIf


def choose(function: Function, body: Choose) -> str:
    """Adds the lines that set `chosen`; returns the expression of all names in it, empty where it is always one name."""
    if isinstance(body.condition, FollowIf):
        names = _follow(function, body.condition, many=bool(body.groups))
    else:
        function.line(f"chosen = {call_expression(function, body.condition).text}")
        names = _names(function, body.condition, many=bool(body.groups))
    if body.groups:
        rows = {name: list(members) for name, members in body.groups.items()}
        function.line(f"groups = {literal(rows)}")
        return f"(name for one in {names} for name in groups.get(one, [one]))"
    return names


def _names(function: Function, call: CallFunction, many: bool) -> str:
    if written_annotation(call, function).strip("\"'") == "str" or gives_text(written(call, function)):
        return "[chosen]" if many else ""
    found = "[chosen] if isinstance(chosen, str) else chosen or []"
    return f"({found})" if many else found


def _follow(function: Function, body: FollowIf, many: bool) -> str:
    if isinstance(body.test, DateTest):
        test = _date_test(function, body.test)
    else:
        test = condition_expression(function, body.test).text
    single = not many and len(body.if_true) == len(body.if_false) == 1
    ways = [text_literal(way[0]) if single else literal(list(way)) for way in (body.if_true, body.if_false)]
    function.line(f"chosen = {ways[0]} if {test} else {ways[1]}")
    return "" if single else "chosen"


def _date_test(function: Function, test: DateTest) -> str:
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
