"""Mapped tasks and task groups (`.expand`): what each copy is called with, and the lists that are expanded over.

Comes in: a mapped `Task`. Goes out: the task as each copy sees it, with `MappedElement` where an element of a list goes.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CONTEXT_KEYS
from migrator.analyzers.copies import with_elements
from migrator.model.airflow import AirflowProject, Dag, Task, TaskGroup
from migrator.model.changed import replace
from migrator.model.expressions import ChangedList, Expr, InputValue
from migrator.model.values import CallableValue, Value, XComValue
from migrator.operators.rule import Untranslatable
from migrator.planning.draft import TEMPLATES_IN_ROWS, MappedElement
from migrator.planning.graph import TaskGraph
from migrator.planning.xcom.returned_none import may_return_none
from migrator.planning.xcom.returned_rows import dict_names, functions_of, row_names

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

ROW = "row"
"""The parameter of a copy that is called with several values."""


def expanded_groups(dag: Dag, task: Task) -> list[TaskGroup]:
    """The task groups that the task is in, at any depth, and that are expanded over a list; innermost first."""
    groups = {group.group_id: group for group in dag.groups}
    group = groups.get(task.group_id or "")
    found: dict[str, TaskGroup] = {}
    seen = set()
    while group is not None and group.group_id not in seen:
        seen.add(group.group_id)
        if group.mapped:
            found[group.group_id] = group
        group = groups.get(group.parent_id or "")
    return list(found.values())


def expanded_group(dag: Dag, task: Task, graph: TaskGraph) -> TaskGroup | None:
    """The task group that the task is in and that is expanded over a list. Raises Untranslatable where there is more to it than one list."""
    groups = expanded_groups(dag, task)
    if not groups:
        return None
    group = groups[0]
    if len(groups) > 1 or task.mapped:
        raise Untranslatable("MIG208", "it is expanded within a task group that is expanded, too", task.span)
    inside = {other.task_id for other in dag.tasks if group in expanded_groups(dag, other)}
    if again := sorted(graph.between(inside)):
        reason = f"`{again[0]}` comes between tasks of its group, which is expanded over a list"
        raise Untranslatable("MIG208", reason, task.span)
    return group


def element_of_group(group: TaskGroup, name: str) -> MappedElement:
    """What a parameter of an expanded group is in one of its copies."""
    alone = len(group.expand) == 1 and "**" not in group.expand
    return MappedElement(name) if alone else MappedElement(ROW, (name,))


def with_named_arguments(task: Task) -> Task:
    """The task of a classic operator, expanded over arguments of its function by name: those of `op_args`, whose number may be another one in each row, and
    those of rows of `expand_kwargs` of which some have `op_args` and some `op_kwargs`. The task as it is where names cannot say it."""
    rows = _rows_of_arguments(task)
    if rows is None or task.callable is None:
        return task
    kinds = {parameter.kind for parameter in task.callable.parameters}
    places = [one.name for one in task.callable.parameters if one.kind == "positional_or_keyword"]
    if kinds & {"positional_only", "var_positional"} or task.call_args:
        return task
    named: list[Value] = []
    for args, kwargs in rows:
        if len(args) > len(places) or {*places[: len(args)]} & {*kwargs, *task.call_kwargs}:
            return task
        named.append({**dict(zip(places, args, strict=False)), **kwargs})
    return replace(task, expand={"op_kwargs": named})


def with_taken_arguments(task: Task) -> Task:
    """The task of a classic operator, without what rows of `op_kwargs` hold besides the arguments that its function takes: Airflow leaves it out."""
    names, rows = _taken(task), task.expand.get("op_kwargs")
    if names is None or not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        return task
    taken = [{key: value for key, value in row.items() if key in names} for row in rows if isinstance(row, Mapping)]
    return replace(task, expand={**task.expand, "op_kwargs": taken})


def _taken(task: Task) -> frozenset[str] | None:
    """The names by which the function of a classic operator takes arguments; None where it takes any, or is not known."""
    function = task.callable
    if function is None or function.span is None or task.decorator is not None:
        return None
    kinds = {parameter.kind for parameter in function.parameters}
    return None if "var_keyword" in kinds else frozenset(parameter.name for parameter in function.parameters)


OTHER_NAMES = "op_kwargs of other names"
"""What is noted of a task that `passes_others`."""


def passes_others(task: Task, dag: Dag, project: AirflowProject, dropped: Sequence[str]) -> bool:
    """Whether a classic operator may call its function with arguments of names that this does not take, once the parameters are `dropped` that took
    Airflow's context."""
    function = task.callable
    rows = task.call_kwargs.get("**", task.expand.get("op_kwargs"))
    if function is None or function.span is None or task.decorator is not None or rows is None:
        return False
    if any(one.kind == "var_keyword" and one.name not in dropped for one in function.parameters):
        return False
    names = {parameter.name for parameter in function.parameters if not parameter.kind.startswith("var_")}
    if isinstance(rows, (list, tuple)):
        return not all(isinstance(row, Mapping) and row.keys() <= names for row in rows)
    if task.expand:
        shown = _shown_names(rows, dag, project)
        return shown is None or (bool(dropped) and not names.issuperset(shown))
    giver = next((one for one in dag.tasks if isinstance(rows, XComValue) and one.task_id == rows.task_id), None)
    shown = (
        dict_names(_definition(giver.callable, project), _beside(giver.callable, project))
        if giver is not None and giver.callable is not None and not giver.mapped
        else None
    )
    return shown is None or not names.issuperset(shown)


def _rows_of_arguments(task: Task) -> list[tuple[Sequence[Value], Mapping[str, Value]]] | None:
    """The positional and the named arguments of each copy, where they are known and not the same places or names in all rows."""
    if task.callable is None or task.decorator is not None or len(task.expand) != 1:
        return None
    [(name, rows)] = task.expand.items()
    if name not in ("**", "op_args") or not isinstance(rows, (list, tuple)):
        return None
    given = [{"op_args": row} for row in rows] if name == "op_args" else rows
    found: list[tuple[Sequence[Value], Mapping[str, Value]]] = []
    for row in given:
        if not isinstance(row, Mapping) or not row.keys() <= {"op_args", "op_kwargs"}:
            return None
        args, kwargs = row.get("op_args", ()), row.get("op_kwargs", {})
        if not isinstance(args, (list, tuple)) or not isinstance(kwargs, Mapping):
            return None
        found.append((args, kwargs))
    agree = name == "op_args" and len({len(args) for args, _ in found}) <= 1
    return None if agree else found


def one_copy(task: Task, dag: Dag, project: AirflowProject) -> Task:
    """The task as each copy sees it. Raises Untranslatable where the names of its arguments are not known."""
    values: dict[str, Value]
    if "**" in task.expand:
        names = _row_names(task, dag, project)
        # Where it is not known which arguments a row holds, the copy is called with whatever is in it.
        values = {"**": MappedElement(ROW)} if names is None else {name: MappedElement(ROW, (name,)) for name in names}
    elif len(task.expand) == 1:
        values = {name: MappedElement(name) for name in task.expand}
    else:
        values = {name: MappedElement(ROW, (name,)) for name in task.expand}
    if task.callable is not None and task.decorator is None:
        if "op_kwargs" in values:
            keys, element = _names_of_arguments(task, dag, project), values["op_kwargs"]
            values["op_kwargs"] = {"**": element} if keys is None else {key: _member(element, key) for key in keys}
        if "op_args" in values:
            element = values["op_args"]
            values["op_args"] = [_member(element, index) for index in range(_same_length(task))]
    return with_elements(task, values)


def lists(expand: Mapping[str, Value], context: TaskContext) -> dict[str, Expr]:
    """The list expression per name that a task is expanded over; rows under `**`. Raises Untranslatable."""
    if _may_hold_templates(expand.get("**"), context):
        context.note(TEMPLATES_IN_ROWS)
    return {name: _list(value, context, alone=len(expand) == 1) for name, value in expand.items()}


def _may_hold_templates(rows: Value, context: TaskContext) -> bool:
    """Whether the function that makes the rows has a template in its code."""
    givers = (task for task in context.dag.tasks if isinstance(rows, XComValue) and task.task_id == rows.task_id)
    target = next((task.callable for task in givers), None)
    span = target.span if target is not None else None
    source = context.project.sources.get(span.file) if span is not None else None
    return span is not None and source is not None and "{{" in source.cut(span)


def lists_of_group(expand: Mapping[str, Value], context: TaskContext) -> dict[str, Expr]:
    """The same of a group, in whose elements Airflow renders no templates: they are what its tasks are given by others."""
    return {
        name: context.expression([list(item) for item in value.items()] if isinstance(value, Mapping) else value)
        if isinstance(value, Mapping | list | tuple)
        else _list(value, context, alone=len(expand) == 1)
        for name, value in expand.items()
    }


def _list(value: Value, context: TaskContext, alone: bool) -> Expr:
    if isinstance(value, Mapping):
        return [context.template(list(item)) for item in value.items()]
    if isinstance(value, list | tuple):
        return [context.element_of_list(item, number if alone else None) for number, item in enumerate(value)]
    found = context.template(value)
    if isinstance(value, XComValue) and isinstance(found, InputValue) and not _is_list(value, context):
        return ChangedList("elements", found)
    return found


def have_elements(expand: Mapping[str, Value], dag: Dag, project: AirflowProject) -> bool:
    """Whether none of the lists that a task or group is expanded over is empty: as they say, or the functions that hand them over, if these run."""
    return bool(expand) and all(_has_elements(value, dag, project) for value in expand.values())


def number_of_copies(task: Task, dag: Dag, project: AirflowProject) -> tuple[int, float]:
    """How many copies a mapped task, or one of an expanded group, has at least, and at most."""
    expanded = [found for found in (task.expand, *(group.expand for group in expanded_groups(dag, task))) if found]
    values = [value for expand in expanded for value in expand.values()]
    if all(isinstance(value, (Mapping, list, tuple)) for value in values):
        number = math.prod(len(value) for value in values if isinstance(value, (Mapping, list, tuple)))
        return number, number
    return int(all(have_elements(expand, dag, project) for expand in expanded)), math.inf


def _has_elements(value: Value, dag: Dag, project: AirflowProject) -> bool:
    if isinstance(value, (Mapping, list, tuple)):
        return bool(value)
    if not isinstance(value, XComValue) or value.operations or value.key != "return_value":
        return False
    own = value.dag_id in (None, dag.dag_id)
    giver = next((task for task in dag.tasks if own and task.task_id == value.task_id), None)
    if giver is None or giver.callable is None or expanded_groups(dag, giver):
        return False
    function = _definition(giver.callable, project)
    if giver.mapped:
        return not may_return_none(function) and have_elements(giver.expand, dag, project)
    returned = _returned(function) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else ()
    return bool(returned) and all(
        isinstance(one, ast.List | ast.Tuple) and any(not isinstance(each, ast.Starred) for each in one.elts)
        for one in returned
    )


def _is_list(value: XComValue, context: TaskContext) -> bool:
    """Whether a task evidently returns a list: Airflow also takes a dictionary, whose pairs it hands over."""
    giver = next((task for task in context.dag.tasks if task.task_id == value.task_id), None)
    return giver is None or giver.callable is None or giver.mapped or gives_list(giver, context.project)


def unrolls_result(task: Task) -> bool:
    """Whether each member of the dict that a task returns is an XCom of its own: `multiple_outputs`, which `@task` infers from an annotation."""
    return task.decorator is not None or task.option("multiple_outputs", False) is True


_WITHOUT_MEMBERS = frozenset({"none", "bool", "bytes", "float", "int", "list", "str", "tuple"})
"""Annotations of what is no dict, in small letters."""


def may_unroll_result(task: Task, project: AirflowProject) -> bool:
    """The same where a `@task` that says nothing of it has no annotation, or one of what is evidently no dict: then the answer is no."""
    if task.option("multiple_outputs") is not None or task.callable is None:
        return unrolls_result(task) and task.option("multiple_outputs") is not False
    function = _definition(task.callable, project)
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return unrolls_result(task)
    name = ast.unparse(function.returns).partition("[")[0].strip("\"'") if function.returns is not None else "None"
    return unrolls_result(task) and name.lower() not in _WITHOUT_MEMBERS


def gives_list(giver: Task, project: AirflowProject) -> bool:
    """Whether the function of a task evidently returns a list."""
    return giver.callable is not None and returns_list(_definition(giver.callable, project))


def gives_none(giver: Task, project: AirflowProject) -> bool:
    """Whether the function of a task shows that it may return None."""
    return giver.callable is not None and may_return_none(_definition(giver.callable, project))


def returns_list(function: ast.stmt | None) -> bool:
    """Whether a function says, by its annotation or each of its `return`s, that it returns a list or tuple.

    >>> returns_list(ast.parse("def names(): return [1, 2]").body[0])
    True
    """
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if function.returns is not None and re.match(
        r"[\"']?(typing\.|t\.)?(list|tuple|Sequence)\b", ast.unparse(function.returns), re.I
    ):
        return True
    made: dict[str, list[bool]] = {}
    for node in _own_nodes(function):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    made.setdefault(target.id, []).append(_makes_list(node.value))
    known = {name for name, values in made.items() if all(values)}
    returned = _returned(function)
    return bool(returned) and all(
        _makes_list(value) or (isinstance(value, ast.Name) and value.id in known) for value in returned
    )


def _returned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr | None]:
    return [node.value for node in _own_nodes(function) if isinstance(node, ast.Return)]


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What stands in a function, but for what stands in functions and classes of its own."""
    front: list[ast.AST] = list(function.body)
    while front:
        node = front.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        yield node
        front += ast.iter_child_nodes(node)


def _makes_list(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in ("list", "sorted", "tuple")
    return isinstance(value, ast.List | ast.ListComp | ast.Tuple)


def _member(element: MappedElement, key: str | int) -> MappedElement:
    return MappedElement(element.parameter, (*element.path, key))


def _row_names(task: Task, dag: Dag, project: AirflowProject) -> list[str] | None:
    rows = task.expand["**"]
    if isinstance(rows, (list, tuple)):
        shared = _keys(task, rows)
        if shared is None and task.decorator is None:
            raise Untranslatable(
                "MIG207", "the rows that it is expanded over do not all have the same names", task.span
            )
        return shared
    if task.callable is None or task.decorator is None:
        shown = _shown_names(rows, dag, project)
        if shown is None:
            reason = "the arguments that it is expanded over are only known at run time"
            raise Untranslatable("MIG207", reason, task.span)
        return shown
    names = []
    for parameter in task.callable.parameters:
        if parameter.name in task.call_kwargs or parameter.kind.startswith("var_"):
            continue
        if parameter.has_default:
            return None
        names.append(parameter.name)
    return names[len(task.call_args) :]


def _shown_names(rows: Value, dag: Dag, project: AirflowProject) -> list[str] | None:
    """The names that the rows which a task hands over have, as its function shows, or the one that `.map` calls on each of them."""
    if not isinstance(rows, XComValue) or rows.dag_id not in (None, dag.dag_id) or rows.key != "return_value":
        return None
    if rows.operations:
        last = rows.given[-1][0] if rows.operations[-1] == "map" and rows.given and rows.given[-1] else None
        return (
            dict_names(_definition(last, project), _beside(last, project)) if isinstance(last, CallableValue) else None
        )
    giver = next((task for task in dag.tasks if task.task_id == rows.task_id), None)
    if giver is None or giver.callable is None:
        return None
    function, others = _definition(giver.callable, project), _beside(giver.callable, project)
    return dict_names(function, others) if giver.mapped else row_names(function, others)


def _definition(target: CallableValue, project: AirflowProject) -> ast.stmt | None:
    source = project.sources.get(target.span.file) if target.span is not None else None
    return source.parse(target.span) if source is not None and target.span is not None else None


def _beside(target: CallableValue, project: AirflowProject) -> Mapping[str, ast.stmt]:
    """The functions of the module that defines a function."""
    source = project.sources.get(target.span.file) if target.span is not None else None
    try:
        return functions_of(ast.parse(source.text)) if source is not None else {}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _keys(task: Task, rows: Value) -> list[str] | None:
    """The names that all rows have; None where they differ and a function takes them as they come."""
    first = list(rows[0]) if rows and isinstance(rows[0], Mapping) else []
    if all(isinstance(row, Mapping) and set(row) == set(first) for row in rows):
        return [str(key) for key in first]
    if task.callable is None or not all(isinstance(row, Mapping) for row in rows):
        raise Untranslatable("MIG207", "the rows that it is expanded over do not all have the same names", task.span)
    return None


def _names_of_arguments(task: Task, dag: Dag, project: AirflowProject) -> list[str] | None:
    """The names that all rows of `op_kwargs` have, but for those that the function does not take; None where that cannot be told."""
    rows = task.expand.get("op_kwargs")
    if isinstance(rows, (list, tuple)):
        return _keys(task, rows)
    shown, names = _shown_names(rows, dag, project), _taken(task)
    return shown if shown is None or names is None else [name for name in shown if name in names]


def _asked_by_place(task: Task) -> int | None:
    """How many arguments a function has to be given by position; None where it may be another number."""
    function = task.callable
    named = {*CONTEXT_KEYS, *task.call_kwargs}
    if function is None or any(
        one.kind == "var_positional" or (one.has_default and one.name not in named) for one in function.parameters
    ):
        return None
    places = [one.name for one in function.parameters if one.kind in ("positional_only", "positional_or_keyword")]
    asked = [name for name in places if name not in named]
    return len(asked) if places[: len(asked)] == asked else None


def _same_length(task: Task) -> int:
    rows = task.expand.get("op_args")
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, (list, tuple)) for row in rows):
        asked = None if isinstance(rows, (list, tuple)) else _asked_by_place(task)
        if asked is not None:
            return asked
        raise Untranslatable("MIG207", "the `op_args` that it is expanded over are only known at run time", task.span)
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise Untranslatable("MIG207", "the `op_args` that it is expanded over differ in length", task.span)
    return lengths.pop() if lengths else 0
