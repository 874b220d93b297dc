"""Mapped tasks whose elements the DAG file holds (`.expand(region=REGIONS)`), written out: a task for each element, as a loop would make them.

Airflow knows the copies of a mapped task when it runs; where the list stands in the file, they are known before, and each can be an asset of its own.

Comes in: a `Dag`. Goes out: the same DAG without mapped tasks, or None where one of them can only be expanded at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from migrator.model.airflow import Dag, Task
from migrator.model.assets import Direction
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile
from migrator.model.values import CallableValue, ObjectValue, Symbolic, Text, Value, XComValue, walk, with_items

MAX_COPIES = 50
"""Of all mapped tasks of a DAG together; more are better expanded when the job runs."""
_ASKED = re.compile(r"map_index|task_id|task_instance_key|\bti\.key\b|get_current_context")
"""What code says that asks which task, or which of the copies, it is."""
_LIMITS = ("max_active_tis_per_dag", "max_active_tis_per_dagrun")


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy: its id, what its arguments are, and the loop variables that would tell it from the others."""

    task_id: str
    values: Mapping[str, Value]
    bindings: Mapping[str, Value]
    of: str | None = None
    """The copy of another mapped task whose result it takes."""


def written_out(dag: Dag, sources: Mapping[str, SourceFile]) -> Dag | None:
    """The DAG with a task for each copy of its mapped tasks; None where there are none, or some that are not known before the DAG runs, or of which
    something else must know that they are copies. `sources` are the texts of the functions that tasks call."""
    mapped = [task for task in dag.tasks if task.mapped]
    if not mapped or any(group.mapped for group in dag.groups):
        return None
    copies: dict[str, list[_Copy]] = {}
    taken = {task.task_id for task in dag.tasks}
    left = mapped
    while left:
        known = [task for task in left if _is_free(task, dag, sources) and _elements(task, copies) is not None]
        if not known:
            return None
        for task in known:
            copies[task.task_id] = _copies(task, _elements(task, copies) or [], taken)
            taken |= {copy.task_id for copy in copies[task.task_id]}
        left = [task for task in left if task.task_id not in copies]
    if sum(map(len, copies.values())) > MAX_COPIES or any(_knows_of(task, copies) for task in dag.tasks):
        return None
    tasks: list[Task] = []
    for task in dag.tasks:
        tasks += [_written(task, copy, copies) for copy in copies.get(task.task_id, ())] or [_after(task, copies)]
    return replace(dag, tasks=tuple(tasks))


def are_assets(dag: Dag, written: Dag) -> bool:
    """Whether the tasks of `written` make assets where those of `dag` could not, as mapped tasks are steps: the copies of one make different data, or
    another task makes some. Both with inputs and outputs."""
    for task in dag.tasks:
        if not task.mapped:
            if _made(task) and task.role == "asset":
                return True
            continue
        made = [_made(copy) for copy in written.tasks if copy.copy_of == task.task_id]
        if len(made) > 1 and all(made) and len({name for names in made for name in names}) == sum(map(len, made)):
            return True
    return False


def _made(task: Task) -> set[tuple[str, str]]:
    return {(ref.kind, ref.name) for ref in task.refs if ref.direction is Direction.OUTPUT and ref.kind != "xcom"}


def _is_free(task: Task, dag: Dag, sources: Mapping[str, SourceFile]) -> bool:
    """Whether nothing but its list tells its copies from each other, and nothing names the task."""
    above = [other for other in dag.tasks if other.task_id in task.upstream]
    return (
        not (task.is_setup or task.is_teardown)
        and not any("Branch" in name for other in above for name in (other.operator, *other.bases))
        and not any(name in task.arguments or name in task.inherited for name in _LIMITS)
        and not any(_ASKED.search(text) for text in _texts(task, sources))
    )


def _texts(task: Task, sources: Mapping[str, SourceFile]) -> Iterator[str]:
    for value in (*task.arguments.values(), *task.call_args, *task.call_kwargs.values()):
        yield from (part for part in walk(value) if isinstance(part, str))
    for target in (task.callable, task.definition):
        if isinstance(target, CallableValue) and target.span is not None and target.span.file in sources:
            text = sources[target.span.file].text
            yield text[target.span.start : target.span.end]


def _elements(task: Task, copies: Mapping[str, list[_Copy]]) -> list[_Copy] | None:
    """What each copy is called with; None where that is not known. The copies have no ids yet."""
    if len(task.expand) == 1:
        ((name, value),) = task.expand.items()
        if isinstance(value, XComValue):
            if value.task_id not in copies or not _is_whole(value, task.dag_id):
                return None
            return [
                _Copy("", {name: replace(value, task_id=one.task_id)}, one.bindings, one.task_id)
                for one in copies[value.task_id]
            ]
    columns: list[list[dict[str, Value]]] = []
    for name, value in task.expand.items():
        if not isinstance(value, (list, tuple)) or not value or not all(map(_is_plain, value)):
            return None
        if name != "**":
            columns.append([{name: item} for item in value])
        elif all(isinstance(item, Mapping) for item in value):
            columns.append([{str(key): inner for key, inner in item.items()} for item in value])
        else:
            return None
    rows = [{key: item for part in parts for key, item in part.items()} for parts in product(*columns)]
    return [_Copy("", row, row) for row in rows]


def _is_plain(value: Value) -> bool:
    return not any(isinstance(part, (Symbolic, Text, XComValue, ObjectValue, CallableValue)) for part in walk(value))


def _is_whole(value: XComValue, dag_id: str) -> bool:
    """Whether it is the results of all copies, as they are."""
    return value.key == "return_value" and not value.operations and value.dag_id in (None, dag_id)


def _copies(task: Task, elements: list[_Copy], taken: set[str]) -> list[_Copy]:
    """The copies with ids: by what they are called with where that is a short name, else by their number."""
    shown = [_shown(element) for element in elements]
    ids = [f"{task.task_id}_{name}" for name in shown if name]
    gap = "_"
    while len(ids) != len(elements) or len(set(ids)) != len(ids) or taken & set(ids):
        ids = [f"{task.task_id}{gap}{number}" for number in range(len(elements))]
        gap += "_"
    return [replace(element, task_id=task_id) for element, task_id in zip(elements, ids, strict=True)]


def _shown(copy: _Copy) -> str:
    """What a copy is called with, as a part of its id; empty where that is no short name."""
    texts = [str(value) if isinstance(value, (str, int)) else "" for value in copy.bindings.values()]
    found = "_".join(re.sub(r"\W+", "_", text).strip("_") for text in texts)
    return found if all(re.fullmatch(r"[\w./-]+", text) for text in texts) and len(found) <= 40 else ""


def _knows_of(task: Task, copies: Mapping[str, list[_Copy]]) -> bool:
    """Whether a task takes what a mapped one hands over in another way than by the list of all its results."""
    given = [*task.arguments.values(), *task.inherited.values(), *task.call_args, *task.call_kwargs.values()]
    values = [part for value in (*given, *task.expand.values()) for part in walk(value) if isinstance(part, XComValue)]
    if any(not _is_whole(value, task.dag_id) for value in values if value.task_id in copies):
        return True
    taken = {value.task_id for value in values}
    pulled = {ref.name.removeprefix(f"{task.dag_id}.") for ref in task.refs if ref.kind == "xcom"} - taken
    return bool(pulled & copies.keys()) and any(
        ref.direction is Direction.INPUT and ref.name.removeprefix(f"{task.dag_id}.") in pulled & copies.keys()
        for ref in task.refs
    )


def _written(task: Task, copy: _Copy, copies: Mapping[str, list[_Copy]]) -> Task:
    """One copy of a mapped task."""
    sources = {value.task_id for value in task.expand.values() if isinstance(value, XComValue)}
    single = {source for source in sources if copy.of is not None}
    plain = with_elements(replace(task, expand={}, mapped=False), copy.values)
    if plain.definition is not None:
        made = plain.definition
        plain = replace(plain, definition=replace(made, kwargs={**made.kwargs, **copy.values}))
    after = _after(replace(plain, upstream=tuple(one for one in plain.upstream if one not in single)), copies)
    upstream = {*after.upstream, *([copy.of] if copy.of is not None else [])}
    return replace(
        after,
        task_id=copy.task_id,
        copy_of=task.task_id,
        upstream=tuple(sorted(upstream)),
        bindings={**task.bindings, **copy.bindings},
        refs=(),
    )


def with_elements(task: Task, values: Mapping[str, Value]) -> Task:
    """A mapped task as one of its copies sees it, which is called with `values`."""
    if task.callable is None:
        return replace(task, arguments={**task.arguments, **values})
    call_args, call_kwargs, arguments = task.call_args, dict(task.call_kwargs), dict(task.arguments)
    for name, value in values.items():
        if task.decorator is not None:
            call_kwargs[name] = value
        elif name == "op_kwargs" and isinstance(value, Mapping):
            call_kwargs |= value
        elif name == "op_args" and isinstance(value, (list, tuple)):
            call_args = (*call_args, *value)
        else:
            arguments[name] = value
    return replace(task, call_args=call_args, call_kwargs=call_kwargs, arguments=arguments)


def _after(task: Task, copies: Mapping[str, list[_Copy]]) -> Task:
    """A task that comes after the copies of those that were mapped, and takes the list of their results."""

    def known(value: Value) -> Value:
        if isinstance(value, XComValue) and value.task_id in copies:
            return [replace(value, task_id=copy.task_id) for copy in copies[value.task_id]]
        if isinstance(value, Mapping):
            return {key: known(item) for key, item in value.items()}
        return with_items(value, map(known, value)) if isinstance(value, (list, tuple)) else value

    def all_known(values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: known(value) for name, value in values.items()}

    upstream = sorted({one for above in task.upstream for one in _ids(above, copies)})
    if upstream == list(task.upstream):
        return task
    made = task.definition
    return replace(
        task,
        upstream=tuple(upstream),
        arguments=all_known(task.arguments),
        attributes=all_known(task.attributes),
        definition=made and replace(made, args=tuple(map(known, made.args)), kwargs=all_known(made.kwargs)),
        call_args=tuple(map(known, task.call_args)),
        call_kwargs=all_known(task.call_kwargs),
        refs=(),
    )


def _ids(task_id: str, copies: Mapping[str, list[_Copy]]) -> Iterable[str]:
    return [copy.task_id for copy in copies[task_id]] if task_id in copies else [task_id]
