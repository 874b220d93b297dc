"""Operators of the team's own whose function computes an argument of Airflow's operator, as those under `@task.bash` and `@task.sql` do.

In: a task of such a class. Out: what the rule of Airflow's operator makes of it, as under Airflow's own decorator: the class itself is needed no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.analyzers.callables import CallableAnalyzer, ComputedField
from migrator.model.airflow import Task
from migrator.model.bodies import RenderedCall, RunShell, RunSql
from migrator.model.changed import replace
from migrator.operators.common import delta
from migrator.operators.registry import builtin_registry
from migrator.operators.rule import Lowering, Rule
from migrator.planning.callables.made_objects import names_of, refused

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_OF_A_FUNCTION = "DecoratedOperator"


def computing(task: Task, analyzer: CallableAnalyzer) -> tuple[Rule, ComputedField] | None:
    """The rule of Airflow's operator that does the work of a task, and the argument that its class has the function compute for it; None for others."""
    own = {*task.overrides} == {"__init__", "execute"} or {*task.overrides} == {"execute"}
    if not own or task.definition is None or not any(base.endswith(f".{_OF_A_FUNCTION}") for base in task.bases):
        return None
    found = (builtin_registry().rule_of_class(base) for base in task.bases)
    rule = next((one for one in found if one is not None), None)
    field = analyzer.computed_field(task.definition) if rule is not None and rule.computed else None
    return (rule, field) if rule is not None and field is not None and field.name == rule.computed else None


def lower_computing(task: Task, rule: Rule, field: ComputedField, context: TaskContext) -> Lowering:
    """What the task becomes. Raises Untranslatable."""
    facts = context.facts.analyzer.task_facts(task)
    if facts is not None and facts.context_parameters and not field.with_context:
        raise refused(
            task,
            f"it calls its function without what that takes of Airflow's context (`{facts.context_parameters[0]}`)",
        )
    lowering = rule.lower(task, context)
    if field.logs:
        told = delta(context, "its class writes to the log what its function returns", "the step does not", minor=True)
        lowering = replace(lowering, deltas=(*lowering.deltas, told))
    fields = task.attributes.get("template_fields")
    known = isinstance(fields, list | tuple) and all(isinstance(name, str) for name in fields)
    rendered = field.rendered and (not known or field.name in names_of(task, "template_fields"))
    body = lowering.body
    if rendered:
        return lowering
    if isinstance(body, RunShell) and isinstance(body.command, RenderedCall):
        body = replace(body, command=body.command.call)
    elif isinstance(body, RunSql):
        body = replace(body, sql=tuple(one.call if isinstance(one, RenderedCall) else one for one in body.sql))
    return replace(lowering, body=body)
