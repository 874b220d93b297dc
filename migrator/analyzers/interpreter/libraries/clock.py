"""What reads the clock while a DAG file is parsed.

Airflow parses the file anew for each task that it runs, so the task finds the time of its own run there. Comes in: the call. Goes out: a value that is not known,
with how the step that the task becomes computes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.computed import told
from migrator.analyzers.interpreter.values import Call
from migrator.model.values import Symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_NOW = "datetime.datetime.now"
_READING = 1
"""All that is read of the clock while a file is parsed is read at one moment."""
_PARTS = ("hour", "minute", "second", "microsecond")


def _moment(machine: Machine, call: Call) -> Symbolic:
    source = machine.source(call.node, call.env)[:200]
    return Symbolic("date", source, "it depends on the clock", span=machine.span(call.node, call.env))


def _reads(path: str) -> Callable[[Machine, Call], Any]:
    """The handler of a function that the step calls as well."""

    def read(machine: Machine, call: Call) -> Any:
        moment = _moment(machine, call)
        if call.star:
            return moment
        given = {name: _zone(value, path) for name, value in call.kwargs.items()}
        return told(moment, "call", path, [_zone(value, path) for value in call.args], given, _READING)

    return read


def _zone(value: Any, path: str) -> Any:
    """A time zone as its name for a function of pendulum, which knows Python's own zones by that only; other values as they are."""
    if not isinstance(value, dt.tzinfo) or not path.startswith("pendulum."):
        return value
    return "UTC" if value is dt.timezone.utc else getattr(value, "key", value)


def _in_utc(machine: Machine, call: Call) -> Any:
    return told(_moment(machine, call), "call", _NOW, [dt.timezone.utc], reading=_READING)


def _utcnow(machine: Machine, call: Call) -> Any:
    """`datetime.utcnow()`, which Python gives up, in its other words."""
    return told(_moment(machine, call), "method", "replace", [_in_utc(machine, call)], {"tzinfo": None})


def _days_ago(machine: Machine, call: Call) -> Any:
    """`days_ago(n)`: a time of that day in UTC, midnight if nothing else is said."""
    moment, days = _moment(machine, call), call.argument(0, "n")
    time = {name: call.argument(position, name, 0) for position, name in enumerate(_PARTS, 1)}
    if call.star or not all(isinstance(number, int) for number in (days, *time.values())):
        return moment
    midnight = told(moment, "method", "replace", [_in_utc(machine, call)], time)
    return told(moment, "operator", "-", [midnight, dt.timedelta(days=days)]) if days else midnight


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    **{
        path: _reads(path)
        for path in (
            _NOW,
            "datetime.date.today",
            *(f"pendulum.{name}" for name in ("now", "today", "tomorrow", "yesterday")),
            *(f"time.{name}" for name in ("gmtime", "localtime", "time", "time_ns")),
        )
    },
    "datetime.datetime.today": _reads(_NOW),
    "datetime.datetime.utcnow": _utcnow,
    "airflow.utils.dates.days_ago": _days_ago,
    "airflow.sdk.timezone.utcnow": _in_utc,
    "airflow.utils.timezone.utcnow": _in_utc,
}
"""By canonical path."""
