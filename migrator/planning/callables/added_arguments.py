"""Operators of the team's own that give their function more than Airflow's context holds (`determine_kwargs`), and leave the work to `PythonOperator`.

In: a task of such a class. Out: the call of its function, with what a method of the plain class says besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.analyzers.callables import CONTEXT_KEYS
from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.values import CallableValue
from migrator.operators.rule import Lowering, Rule
from migrator.planning.callables import functions
from migrator.planning.callables.made_objects import made_with, refused

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

METHOD = "determine_kwargs"


def lower_adding(task: Task, rule: Rule, context: TaskContext) -> Lowering:
    """What the task becomes. Raises Untranslatable where the function may get what is added in another way."""
    definition = task.definition
    assert definition is not None
    if others := sorted({*task.overrides} - {"__init__", METHOD}):
        raise refused(task, f"its class overrides `{METHOD}`, and `{others[0]}`, too")
    target = CallableValue(METHOD, f"{definition.qualname}.{METHOD}", definition.module, "method", definition.span)
    facts = context.facts.analyzer.facts(target)
    if facts.blockers or facts.instance is None:
        reason = facts.blockers[0].reason if facts.blockers else f"`{METHOD}` is not in these files"
        raise refused(task, reason)
    names = {name for use in facts.context_uses for name in use.detail.get("names", ()) if use.name == METHOD}
    lowering = rule.lower(task, context)
    body = lowering.body
    if not isinstance(body, CallFunction) or task.mapped or not names <= _free(task):
        raise refused(task, f"its `{METHOD}` adds what the function is given already, or does not take by name")
    added = functions.method_call(context, target, facts, made_with(task, facts.instance, context))
    return replace(lowering, body=replace(body, kwargs={**body.kwargs, "**": added}, inline=False))


def _free(task: Task) -> set[str]:
    """The parameters of the task's function that it does not fill itself; none where it gives what the class would take for Airflow's."""
    if task.callable is None or {"*", "**", *CONTEXT_KEYS} & task.call_kwargs.keys():
        return set()
    places = [one.name for one in task.callable.parameters if one.kind in ("positional_only", "positional_or_keyword")]
    named = {one.name for one in task.callable.parameters if one.kind in ("positional_or_keyword", "keyword_only")}
    return named - {*places[: len(task.call_args)], *task.call_kwargs}
