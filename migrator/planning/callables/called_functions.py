"""The function that an operator of Airflow's calls, and its arguments, as a class of the team's own asks for them to call it itself.

In: a task of such a class, and the names of what it asks for (`self.python_callable`, `self.op_args`, `self.op_kwargs`). Out: expressions by these names.
Airflow's operator gives the function what it takes of the context before it calls it; what calls it in the operator's place does not.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CONTEXT_KEYS
from migrator.model.airflow import Task
from migrator.model.changed import replace
from migrator.model.expressions import Construct, ErrorClass, Expr
from migrator.model.values import CallableValue
from migrator.planning.callables import functions
from migrator.planning.callables.made_objects import refused
from migrator.planning.expressions.members import lacks, member

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

PARTS = frozenset({"op_args", "op_kwargs", "python_callable"})
CALLING_OPERATORS = frozenset({"DecoratedOperator", "PythonOperator", "PythonSensor"})
"""Those whose subclasses may call the function in their place."""
_LOOKED_AT = re.compile(r"__(?:name|doc|qualname|module|code|wrapped)__|\bsignature\b|\binspect\b")
"""Signs that code asks a function for more than to be called."""


def called_function(task: Task, asked: Set[str], context: TaskContext, with_context: bool) -> dict[str, Expr]:
    """What `asked` of `PARTS` is worth; `with_context` where Airflow's operator has put into `op_kwargs` what the function takes of the context. Raises
    Untranslatable."""
    target = task.callable
    if target is None or "**" in task.call_kwargs or "*" in task.call_kwargs:
        raise refused(task, "its function is only known at run time")
    found: dict[str, Expr] = {}
    if "python_callable" in asked:
        found["python_callable"] = _reference(task, target, context)
    if "op_args" in asked:
        found["op_args"] = [context.template(value, paths=True) for value in task.call_args]
    if "op_kwargs" in asked:
        named = {name: context.template(value, paths=True) for name, value in task.call_kwargs.items()}
        found["op_kwargs"] = _completed(task, target, named, context) if with_context else named
    return found


def _reference(task: Task, target: CallableValue, context: TaskContext) -> Expr:
    """The function itself, to be called with all that it takes."""
    call = functions.call(context, replace(target, args=(), kwargs={}), filled=True)
    if call.pushes or any(
        isinstance(edit.expression, ErrorClass) and edit.expression.kind == "skip" for edit in call.edits
    ):
        raise refused(task, f"`{target.qualname}`, which it calls itself, hands over more than its result")
    args = [context.expression(value, paths=True) for value in target.args]
    named = {name: context.expression(value, paths=True) for name, value in target.kwargs.items()}
    plain: Expr = replace(call, args=(), kwargs={}, inline=False)
    if not (args or named or call.args or call.kwargs):
        return plain
    if not (target.args or target.kwargs) and _is_looked_at(task, context):
        raise refused(task, f"it asks `{target.qualname}` for more than to be called")
    return Construct("functools.partial", (plain, *args, *call.args), {**named, **call.kwargs})


def _is_looked_at(task: Task, context: TaskContext) -> bool:
    span = task.definition.span if task.definition is not None else None
    return span is None or _LOOKED_AT.search(context.project.sources[span.file].cut(span)) is not None


def _completed(task: Task, target: CallableValue, named: dict[str, Expr], context: TaskContext) -> dict[str, Expr]:
    """The arguments that the function takes, with those of the context."""
    if any(parameter.kind == "var_keyword" for parameter in target.parameters):
        raise refused(task, f"`{target.qualname}`, which it calls itself, takes all of Airflow's context")
    taken = [parameter.name for parameter in target.parameters if parameter.kind != "positional_only"]
    of_context = (name for name in taken if name in CONTEXT_KEYS and name not in named and not lacks(name, context))
    return {name: value for name, value in named.items() if name in taken} | {
        name: member(name, (), context) for name in of_context
    }
