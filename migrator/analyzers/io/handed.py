"""Arguments that hold what other tasks' code gives: `sql=build_query()`, `bash_command="{{ ti.xcom_pull('command') }}"`, `.expand(sql=files.map(...))`.

In: a task. Out: the same with the texts in place of the handovers, as far as the code of the tasks upstream tells them. What is not known there
stays a handover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from migrator.analyzers.io.names import PLACEHOLDER
from migrator.analyzers.templates import is_template
from migrator.model.airflow import Task
from migrator.model.changed import replace
from migrator.model.values import Symbolic, Text, Value, XComValue, walk, with_items

if TYPE_CHECKING:
    from migrator.analyzers.io.python.task import TaskCode

_MAX_DEPTH = 6
_PULL = "xcom_pull"


class HandedOver:
    """What the tasks of one DAG give to operators."""

    def __init__(self, code: TaskCode) -> None:
        self.code = code

    def known(self, task: Task) -> Task:
        """The task with what is known of the values of others in its arguments."""
        if not any(map(_is_handed, _parts(task))):
            return task
        arguments = {name: self._value(value, task) for name, value in task.arguments.items()}
        expand = {name: self._elements(value, task) for name, value in task.expand.items()}
        return replace(task, arguments=arguments, expand=expand)

    def _value(self, value: Value, task: Task, depth: int = 0) -> Value:
        if depth > _MAX_DEPTH:
            return value
        if isinstance(value, XComValue):
            found = _plain(self.code.value(value, task))
            return value if found is None else found
        if isinstance(value, str) and _is_handed(value):
            return self.code.with_pulled(value)
        if isinstance(value, (list, tuple)):
            return with_items(value, [self._value(one, task, depth + 1) for one in value])
        if isinstance(value, dict):
            return {key: self._value(one, task, depth + 1) for key, one in value.items()}
        return value

    def _elements(self, value: Value, task: Task) -> Value:
        """What a mapped argument is expanded over."""
        if not isinstance(value, XComValue):
            return self._value(value, task)
        elements = self.code.elements(value, task)
        found = None if elements is None else [_plain(one) for one in elements]
        return value if not found or None in found else found


def _parts(task: Task) -> Iterator[Value]:
    for value in (*task.arguments.values(), *task.expand.values()):
        if type(value) is str:
            yield value
        else:
            yield from walk(value)


def _is_handed(value: Value) -> bool:
    return isinstance(value, XComValue) or (isinstance(value, str) and _PULL in value and is_template(value))


def _plain(value: Any, depth: int = 0) -> Any:
    """A value as an operator gets it, unknown parts visible; None where nothing of it is known."""
    from migrator.analyzers.io.python.names import rendered

    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, (str, Text, Symbolic)):
        shown = rendered(value)
        return shown if shown is not None and PLACEHOLDER.sub("", shown).strip() else None
    if isinstance(value, (list, tuple)):
        found = [_plain(one, depth + 1) for one in value]
        return found if found and None not in found else None
    if isinstance(value, Mapping):
        return {key: _plain(one, depth + 1) for key, one in value.items()} or None
    return value if isinstance(value, (int, float)) else None
