"""Templates that hand objects of Airflow's context to functions of the team's own: `{{ lines(ti) }}` becomes `{{ lines(order=order) }}`.

Comes in: a template. Goes out: the template in which these functions take what they use of the context, and expressions for its new names.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from jinja2 import Environment, TemplateError

from migrator.analyzers.callables import CONTEXT_KEYS, PLAIN_KEYS
from migrator.analyzers.handed_macros import HandingCall, Replacement, with_calls_replaced
from migrator.model.expressions import Expr
from migrator.operators.rule import Untranslatable
from migrator.planning.callables import functions
from migrator.planning.expressions.members import member
from migrator.planning.naming.identifiers import identifier, unique
from migrator.planning.xcom.pulls import RENDERING

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


def without_handing(
    text: str, context: TaskContext, known: Mapping[str, Expr] = MappingProxyType({})
) -> tuple[str, dict[str, Expr]]:
    """The template without objects of the context that are handed on, and the values of its new names, those that are `known` included. Raises
    Untranslatable."""
    names, filters = _names(text)
    values, calls = {**known}, list[HandingCall]()

    def named(value: Expr, wish: str, own: str = "") -> str:
        """The name that stands for a value; `own` is one that it has in the template."""
        if wish in PLAIN_KEYS and _is_member(value, wish, context):
            return wish
        name = next((name for name, other in values.items() if other == value), "")
        if not name:
            name = own or unique(wish, {*names, *values, *RENDERING, *CONTEXT_KEYS})
            values[name] = value
        return name

    def replacement(call: HandingCall) -> Replacement:
        calls.append(call)
        form = context.facts.analyzer.handed_form(call.function, call.parts)
        if call.function.kind == "lambda" and all(name == what for name, what in call.parts):
            function, given = functions.formed_lambda(context, call.function, dict(call.parts))
        elif form is not None:
            function, given = functions.formed_call(context, call.function, form)
        else:
            reason = f"its template hands Airflow's context on to `{call.name}`, which uses it in a way that cannot be followed"
            raise Untranslatable("MIG205", reason, context.task.span)
        plain = call.name if not call.is_filter and "." not in call.name else ""
        called = named(function, identifier(call.name.rpartition(".")[2]), plain)
        return called, {parameter: named(value, parameter) for parameter, value in given.items()}

    new = with_calls_replaced(text, context.dag, replacement)
    for call in calls:
        same = [one for one in calls if (one.name, one.is_filter, one.parts) == (call.name, call.is_filter, call.parts)]
        if (filters if call.is_filter else names).count(call.name.partition(".")[0]) != len(same):
            reason = f"its template does not hand on Airflow's context each time that it calls `{call.name}`"
            raise Untranslatable("MIG205", reason, context.task.span)
    return new, values


def _is_member(value: Expr, name: str, context: TaskContext) -> bool:
    """Whether templates find a value under its name in the context."""
    try:
        return bool(value == member(name, (), context))
    except Untranslatable:
        return False


def _names(text: str) -> tuple[list[str], list[str]]:
    """The names that stand in a template, without those of members; and those of filters."""
    names, filters, before = list[str](), list[str](), ""
    try:
        tokens = [*Environment().lex(text)]
    except TemplateError:
        return [], []
    for _, kind, value in tokens:
        if kind == "name" and before != ".":
            (filters if before == "|" else names).append(value)
        before = value if kind != "whitespace" else before
    return names, filters
