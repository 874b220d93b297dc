"""XComs in templates that are rendered when the code runs: each pull becomes a plain name of the template.

Comes in: text with `{{ ti.xcom_pull(task_ids="count") | join(",") }}`. Goes out: `{{ count | join(",") }}`, and the pull that the name stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from jinja2 import Environment, TemplateError

from migrator.analyzers.templates import TemplateExpression, parse_template
from migrator.model.airflow import Task
from migrator.model.changed import replace
from migrator.model.expressions import CopyNumber, Expr, InputValue, MayLack, Operation
from migrator.model.templates import ANY_COPY, EVERY_COPY, NO_COPY, OWN_COPY
from migrator.operators.rule import Untranslatable
from migrator.planning.flow.mapping import expanded_groups, number_of_copies
from migrator.planning.naming.identifiers import identifier, unique
from migrator.planning.xcom.computed_ids import argument_of_pull

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

PULLS = ("xcom", "computed_xcom")
"""Kinds of expressions that pull."""
_OPEN, _CLOSE = "([{", ")]}"
_PULL = ("ti", "task_instance")
RENDERING = {"filters", "macros", "path", "template"}
"""Names that rendering takes for itself."""


def named_pulls(
    text: str,
    value_of: Callable[[TemplateExpression], Expr],
    known: Mapping[str, Expr] = MappingProxyType({}),
    replaced: dict[str, str] | None = None,
) -> tuple[str, dict[str, Expr]]:
    """The text with a name in the place of each pull that can be followed, and the values of the names, those that are `known` included. What stands
    in the place of each pull's text is noted in `replaced`."""
    try:
        tokens = [(kind, value) for _, kind, value in Environment().lex(text)]
    except TemplateError:
        return text, {}
    taken = {value for kind, value in tokens if kind == "name"} | RENDERING
    pieces: list[str] = []
    values: dict[str, Expr] = {**known}
    place = 0
    while place < len(tokens):
        end = _end_of_pull(tokens, place)
        call = "".join(value for _, value in tokens[place:end])
        pull = _pull(call) if end > place else None
        if pull is None:
            pieces.append(tokens[place][1])
            place += 1
            continue
        value = value_of(pull)
        name = next((name for name, other in values.items() if other == value), "")
        if not name:
            name = unique(_wish(value, pull), {*taken, *values})
            values[name] = value
        picks = pull.kind == "computed_xcom" and isinstance(value, dict)
        by = argument_of_pull(call, "key" if pull.task_ids else "task_ids") if picks else ""
        pieces.append(f"{name}.get({by})" if by else name)
        if replaced is not None:
            replaced[call] = pieces[-1]
        place = end
    return "".join(pieces), values


def number_of_copy(
    copies: int | tuple[int, ...] | str | None, context: TaskContext
) -> int | tuple[int, ...] | str | None:
    """The numbers that a pull means by those that it is told: none where Airflow 2 is told None."""
    if copies != ANY_COPY:
        return copies
    return None if context.omits_what_lacks else NO_COPY


def taken_of_copy(task_id: str, key: str, copy: int | str, context: TaskContext) -> Expr:
    """What the copy with a number of a mapped task handed over, or (`OWN_COPY`) that with the number of the copy which takes it."""
    source = next((task for task in context.dag.tasks if task.task_id == task_id), None)
    if isinstance(copy, int):
        return _of_number(source, task_id, key, copy, context)
    if source is None or not context.is_copied:
        return context.take(task_id, key)  # the number of what is no copy is that of all that are none
    groups = expanded_groups(context.dag, source)
    if any(group in groups for group in expanded_groups(context.dag, context.task)):
        return context.take(task_id, key, copy=OWN_COPY)
    value = context.take(task_id, key, copy=EVERY_COPY) if source.mapped or groups else None
    if not isinstance(value, InputValue):
        return None
    if any(isinstance(step, MayLack) for step in value.path):
        raise Untranslatable("MIG205", f"a copy of `{task_id}` may not push what it takes of it", context.task.span)
    found: Expr = Operation("item", "", (replace(value, path=()), CopyNumber()))
    for step in value.path:
        found = Operation("item", "", (found, step))
    return found


def _of_number(source: Task | None, task_id: str, key: str, copy: int, context: TaskContext) -> Expr:
    """What the copy with a number handed over; None where the number is that of no copy, or there are not so many of them."""
    is_copy = source is not None and bool(source.mapped or expanded_groups(context.dag, source))
    if copy < 0 or not is_copy or source is None:
        return context.take(task_id, key) if copy == NO_COPY and not is_copy else None
    least, most = number_of_copies(source, context.dag, context.project)
    if source.task_id in context.task.upstream and context.task.trigger_rule == "all_success":
        least = max(least, 1)  # without any it would be skipped
    value = context.take(task_id, key, copy=copy) if copy < most else None
    if copy < least or not isinstance(value, InputValue):
        return value
    number = Operation("call", "builtins.len", (InputValue(value.parameter),))
    return Operation("if", "", (value, Operation("operator", ">", (number, copy)), None))


def _pull(call: str) -> TemplateExpression | None:
    parts = parse_template(f"{{{{ {call} }}}}").parts
    found = parts[0] if len(parts) == 1 else None
    return found if isinstance(found, TemplateExpression) and found.kind in PULLS else None


def _end_of_pull(tokens: Sequence[tuple[str, str]], place: int) -> int:
    """Where the call `ti.xcom_pull(...)` that starts at a token ends; the place itself if none does."""
    shown = [value for _, value in tokens[place : place + 4]]
    if tokens[place][0] != "name" or shown[0] not in _PULL or shown[1:] != [".", "xcom_pull", "("]:
        return place
    if place > 0 and tokens[place - 1][1] == ".":
        return place
    depth = 0
    for number in range(place + 3, len(tokens)):
        kind, value = tokens[number]
        if kind == "operator":
            depth += (value in _OPEN) - (value in _CLOSE)
        if depth == 0:
            return number + 1
    return place


def _wish(value: Expr, pull: TemplateExpression) -> str:
    # A name that is the same for all tasks whose templates are, whatever key each of them computes.
    if isinstance(value, InputValue) and pull.key != "*":
        named = bool(value.path) and value.path[-1] != "return_value"
        return identifier(str(value.path[-1])) if named else value.parameter
    return identifier(pull.task_ids[0]) if pull.task_ids and pull.key != "*" else "pulled"
