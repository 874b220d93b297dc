"""Functions that decide whether another DAG is started: Airflow 1.10's `TriggerDagRunOperator` hands them its context and the run that it is about to start.

Comes in: the function. Goes out: its call, with an order of the project's own in the place of that run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.expressions import Helper
from migrator.model.values import CallableValue
from migrator.operators.rule import Untranslatable
from migrator.planning.callables import functions
from migrator.planning.callables.callees import takes_context

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

NEW_ORDER = Helper("new_order", "run_requests", ())


def order(context: TaskContext, callable: CallableValue) -> CallFunction:
    """The call. Raises Untranslatable where the function cannot be moved, or takes something else than these two."""
    whole = takes_context(callable)
    others = [one for one in callable.parameters if one.name != whole and one.name not in callable.kwargs]
    free = [one.name for one in others if not one.has_default and one.kind == "positional_or_keyword"]
    if len(free) != 1 or callable.args:
        raise Untranslatable("MIG203", f"`{callable.qualname}` takes more than the run to start", context.task.span)
    call = functions.call(context, callable, given_context=True)
    return replace(call, kwargs={**call.kwargs, free[0]: NEW_ORDER}, inline=False, returns=True)
