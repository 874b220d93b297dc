"""The functions by which code asks a DAG for the dates of its schedule around a moment (`dag.following_schedule`).

Comes in: the DAG's clock. Goes out: a function of a moment.
"""

from __future__ import annotations

import datetime as dt

from migrator.model.expressions import Construct, Expr, Helper, LibraryText, Operation
from migrator.planning.timing.timetable import Clock

NEIGHBOURS = {"following_schedule": 1, "previous_schedule": -1}
"""The methods of a DAG, and the direction in which each goes."""


def neighbour(name: str, clock: Clock) -> Expr:
    """What a method of `NEIGHBOURS` is for a DAG with that clock; None where its schedule is not one cron expression or interval."""
    direction = NEIGHBOURS[name]
    if clock.seconds:
        span = dt.timedelta(seconds=clock.seconds)
        step = span if direction > 0 else Operation("operator", "-", (span,))
        return Construct("functools.partial", (LibraryText("operator.add", "import operator"), step))
    if len(clock.crons) != 1 or clock.months or clock.lag:
        return None
    helper = Helper("tick_after" if direction > 0 else "tick_before", "schedule_ticks")
    return Construct("functools.partial", (helper, clock.crons[0], clock.timezone))


def neighbour_of(name: str, clock: Clock, moment: Expr) -> Expr:
    """What a method of `NEIGHBOURS` gives for a moment; None as for that."""
    if clock.seconds:
        return Operation(
            "operator", "+" if NEIGHBOURS[name] > 0 else "-", (moment, dt.timedelta(seconds=clock.seconds))
        )
    function = neighbour(name, clock)
    return None if function is None else Operation("apply", "", (*function.args, moment))
