"""Mapped tasks (`.expand`): what each copy is called with, and the lists that are expanded over.

Comes in: a mapped `Task`. Goes out: the task as each copy sees it, with `MappedElement` where an element of a list goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Dag, Task
from migrator.model.changed import replace
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.rule import Untranslatable
from migrator.planning.context import TaskContext
from migrator.planning.draft import MappedElement

ROW = "row"
"""The parameter of a copy that is called with several values."""


def in_mapped_group(dag: Dag, task: Task) -> bool:
    """Whether the task is in a task group that is expanded, at any depth."""
    groups = {group.group_id: group for group in dag.groups}
    group = groups.get(task.group_id or "")
    seen = set()
    while group is not None and group.group_id not in seen:
        if group.mapped:
            return True
        seen.add(group.group_id)
        group = groups.get(group.parent_id or "")
    return False


def one_copy(task: Task) -> Task:
    """The task as each copy sees it. Raises Untranslatable where the names of its arguments are not known."""
    if "**" in task.expand:
        values = {name: MappedElement(ROW, (name,)) for name in _row_names(task)}
    elif len(task.expand) == 1:
        values = {name: MappedElement(name) for name in task.expand}
    else:
        values = {name: MappedElement(ROW, (name,)) for name in task.expand}
    if task.callable is None:
        return replace(task, arguments={**task.arguments, **values})
    call_args, call_kwargs, arguments = task.call_args, dict(task.call_kwargs), dict(task.arguments)
    for name, element in values.items():
        if task.decorator is not None:
            call_kwargs[name] = element
        elif name == "op_kwargs":
            call_kwargs |= {key: _member(element, key) for key in _same_keys(task)}
        elif name == "op_args":
            call_args = (*call_args, *(_member(element, index) for index in range(_same_length(task))))
        else:
            arguments[name] = element
    return replace(task, call_args=call_args, call_kwargs=call_kwargs, arguments=arguments)


def lists(task: Task, context: TaskContext) -> dict[str, Expr]:
    """The list expression per name that the task is expanded over; rows under `**`. Raises Untranslatable."""
    return {name: _list(value, context) for name, value in task.expand.items()}


def _list(value: Value, context: TaskContext) -> Expr:
    if isinstance(value, Mapping):
        return [context.template(list(item)) for item in value.items()]
    if isinstance(value, tuple):
        value = list(value)
    return context.template(value)


def _member(element: MappedElement, key: str | int) -> MappedElement:
    return MappedElement(element.parameter, (*element.path, key))


def _row_names(task: Task) -> list[str]:
    rows = task.expand["**"]
    if isinstance(rows, (list, tuple)):
        return _keys(task, rows)
    if task.callable is None or task.decorator is None:
        raise Untranslatable("MIG207", "the arguments that it is expanded over are only known at run time", task.span)
    names = []
    for parameter in task.callable.parameters:
        if parameter.name in task.call_kwargs or parameter.kind.startswith("var_"):
            continue
        if parameter.has_default:
            reason = f"whether it is called with `{parameter.name}` is only known at run time"
            raise Untranslatable("MIG207", reason, task.span)
        names.append(parameter.name)
    return names[len(task.call_args) :]


def _keys(task: Task, rows: Value) -> list[str]:
    first = list(rows[0]) if rows and isinstance(rows[0], Mapping) else []
    if not all(isinstance(row, Mapping) and set(row) == set(first) for row in rows):
        raise Untranslatable("MIG207", "the rows that it is expanded over do not all have the same names", task.span)
    return [str(key) for key in first]


def _same_keys(task: Task) -> list[str]:
    rows = task.expand["op_kwargs"]
    if not isinstance(rows, (list, tuple)):
        raise Untranslatable("MIG207", "the `op_kwargs` that it is expanded over are only known at run time", task.span)
    return _keys(task, rows)


def _same_length(task: Task) -> int:
    rows = task.expand["op_args"]
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, (list, tuple)) for row in rows):
        raise Untranslatable("MIG207", "the `op_args` that it is expanded over are only known at run time", task.span)
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise Untranslatable("MIG207", "the `op_args` that it is expanded over differ in length", task.span)
    return lengths.pop() if lengths else 0
