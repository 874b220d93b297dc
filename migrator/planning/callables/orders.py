"""Functions that decide whether another DAG is started: Airflow 1.10's `TriggerDagRunOperator` hands them its context and the run that it is about to start.

Comes in: the function. Goes out: its call, with an order of the project's own in the place of that run, where it does anything with that.
"""

from __future__ import annotations

import ast
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


def order(context: TaskContext, callable: CallableValue) -> CallFunction | None:
    """The call; None where the function gives back the run as it is. Raises Untranslatable where it cannot be moved, or takes something else."""
    whole = takes_context(callable)
    others = [one for one in callable.parameters if one.name != whole and one.name not in callable.kwargs]
    free = [one.name for one in others if not one.has_default and one.kind == "positional_or_keyword"]
    if len(free) != 1 or callable.args:
        raise Untranslatable("MIG203", f"`{callable.qualname}` takes more than the run to start", context.task.span)
    if _only_returns(context, callable, free[0]):
        return None
    call = functions.call(context, callable, beside=frozenset(free))
    return replace(call, kwargs={**call.kwargs, free[0]: NEW_ORDER}, inline=False, returns=True)


def _only_returns(context: TaskContext, callable: CallableValue, name: str) -> bool:
    """Whether all that a function does is to give back the parameter of this name."""
    source = context.project.sources.get(callable.span.file) if callable.span is not None else None
    found = source.parse(callable.span) if source is not None and callable.span is not None else None
    if isinstance(found, ast.Expr) and isinstance(found.value, ast.Lambda):
        return _is(found.value.body, name)
    if not isinstance(found, ast.FunctionDef) or found.decorator_list:
        return False
    *before, last = found.body
    told = all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in before)
    return told and isinstance(last, ast.Return) and _is(last.value, name)


def _is(node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
