"""`croniter` as code that defines DAGs asks it: whether an expression is valid, and which times come next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import MISSING, Call, Env, Native, RaiseSignal

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine

_LONGEST = 200


def _library() -> Any:
    from croniter import croniter  # type: ignore[import-untyped]

    return croniter


class Times(AirflowObject):
    """`croniter(expression, start)`: gives one time after the other."""

    __slots__ = ("times",)

    def __init__(self, times: Any) -> None:
        self.times = times

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name not in ("get_next", "get_prev", "get_current"):
            return MISSING

        def step(m: Machine, call: Call) -> Any:
            kind = getattr(call.argument(0, "ret_type"), "path", "builtins.float")
            try:
                return getattr(self.times, name)(dt.datetime if kind == "datetime.datetime" else float)
            except ValueError as error:
                raise RaiseSignal("CroniterBadDateError", str(error)) from None

        return Native(name, step)


def _times(machine: Machine, call: Call) -> Any:
    text = machine.settle(call.argument(0, "expr_format"), call.node, call.env)
    start = machine.settle(call.argument(1, "start_time"), call.node, call.env)
    if not isinstance(text, str) or len(text) > _LONGEST or not isinstance(start, (dt.datetime, int, float)):
        return no(machine, call, "the expression or its start is not known")
    try:
        return Times(_library()(text, start))
    except ValueError as error:
        raise RaiseSignal("CroniterBadCronError", str(error)) from None


def _is_valid(machine: Machine, call: Call) -> Any:
    text = machine.settle(call.argument(0, "expression"), call.node, call.env)
    known = isinstance(text, str) and len(text) <= _LONGEST
    return bool(_library().is_valid(text)) if known else no(machine, call, "the expression is not known")


def _matches(machine: Machine, call: Call) -> Any:
    text, moment = (machine.settle(value, call.node, call.env) for value in call.args[:2])
    if not isinstance(text, str) or len(text) > _LONGEST or not isinstance(moment, dt.datetime):
        return no(machine, call, "the expression or the time is not known")
    return bool(_library().match(text, moment))


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    **dict.fromkeys(("croniter.croniter", "croniter.croniter.croniter"), _times),
    **dict.fromkeys(("croniter.croniter.is_valid", "croniter.croniter.croniter.is_valid"), _is_valid),
    **dict.fromkeys(("croniter.croniter.match", "croniter.croniter.croniter.match"), _matches),
}
"""By canonical path."""
