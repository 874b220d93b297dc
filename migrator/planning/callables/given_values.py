"""What a function's own parameters and attributes are worth in one task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.callables.folding.given import TASK_ID
from migrator.analyzers.templates import is_template
from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import CallableValue, ObjectValue, Symbolic, Text, Value, walk
from migrator.planning.callables.callees import member_of

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


def may_differ(value: Expr) -> bool:
    """Whether a value is a plain one, which another task of the same function may have otherwise though it is equal to that of another parameter here."""
    return value is None or isinstance(value, (str, int, dt.timedelta))


class GivenValues:
    """The part of a call's translation that knows the arguments."""

    context: TaskContext
    target: CallableValue
    own: bool

    def _given(self, value: Value) -> Value:
        """A value in which arguments of the task are replaced by what the task gives for them."""
        if isinstance(value, Symbolic) and value.kind == "argument" and value.name is not None:
            known = _member_given(self._argument_value(value.name, value), value)
            # A text with a template in it is something else by the time the function gets it.
            rendered = any(isinstance(part, str) and is_template(part) for part in walk(known))
            return value if self.own and rendered else known
        if isinstance(value, Symbolic) and value.kind == "attribute" and value.name is not None:
            known = member_of(self._held().get(value.name, value), value.path, value)
            return value if isinstance(known, str) and "{" in known else known
        if isinstance(value, Text):
            parts = [self._given(part) for part in value.parts]
            return (
                "".join(map(str, parts)) if all(isinstance(part, (str, int)) for part in parts) else Text(tuple(parts))
            )
        if isinstance(value, (list, tuple)):
            return [self._given(item) for item in value]
        return value

    def _held(self) -> Mapping[str, Value]:
        """The attributes of the object whose method it is."""
        receiver = self.target.receiver
        return receiver.kwargs if isinstance(receiver, ObjectValue) else self.context.task.attributes

    def _attributes(self) -> Mapping[str, Value]:
        """The same, without what templates in them give, and with the id of the task."""
        held = {TASK_ID: self.context.task.airflow_id, **self._held()}
        return {name: _without_templates(value) for name, value in held.items()}

    def _plainly_given(self, name: str, unknown: Value) -> Value:
        """What is given for a parameter, without what templates in it give."""
        known = self._argument_value(name, unknown)
        return _without_templates(known) if self.own else known

    def _argument_value(self, name: str, unknown: Value) -> Value:
        return argument(name, self.target, self.context.task if self.own else None, unknown)


def _without_templates(value: Value) -> Value:
    """A value, of which texts with a template in them are not known."""
    if isinstance(value, str):
        return Symbolic("unknown", value, "is a template") if "{" in value and is_template(value) else value
    if isinstance(value, dict):
        return {key: _without_templates(inner) for key, inner in value.items()}
    return [_without_templates(inner) for inner in value] if isinstance(value, list | tuple) else value


def _member_given(given: Value, asked: Symbolic) -> Value:
    """A member of what is given for a parameter: where that is a dict without it, the default of the code that asks for it."""
    if asked.has_default and asked.path:
        *way, last = asked.path
        owner = member_of(given, tuple(way), asked)
        if isinstance(owner, Mapping) and last not in owner:
            return asked.default
    return member_of(given, asked.path, asked)


def argument(name: str, target: CallableValue, task: Task | None, unknown: Value) -> Value:
    """What a parameter of a function is given, by the `task` if that calls it itself; else its default, or what is `unknown`."""
    given = {**target.kwargs, **(task.call_kwargs if task is not None else {})}
    positional = [*target.args, *(task.call_args if task is not None else ())]
    slots = [p.name for p in target.parameters if p.kind in ("positional_only", "positional_or_keyword")]
    given |= dict(zip(slots, positional, strict=False))
    default = next((p.default for p in target.parameters if p.name == name and p.has_default), unknown)
    return given.get(name, default)


def filled(value: Value, task: Task) -> Value:
    """A text in which the task's arguments stand for the parameters of its function; the value itself where they are not texts or numbers."""
    parts = value.parts if isinstance(value, Text) else (value,)
    found: list[str] = []
    for part in parts:
        known: Value = part
        if (
            isinstance(part, Symbolic)
            and part.kind == "argument"
            and part.name is not None
            and task.callable is not None
        ):
            known = _member_given(argument(part.name, task.callable, task, part), part)
        if not isinstance(known, str | int) or is_template(str(known)):
            return value
        found.append(str(known))
    return "".join(found)
