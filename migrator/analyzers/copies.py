"""Mapped tasks and groups whose elements the DAG file holds (`.expand(region=REGIONS)`), written out: tasks for each element, as a loop would make them.

Airflow makes the copies of a mapped task when it runs; where the list stands in the file, they are known before, and each can be an asset of its own.

Comes in: a `Dag`. Goes out: the tasks of the same DAG without mapped ones, or None where one of them can only be expanded at run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from migrator.analyzers.callables import CallableAnalyzer, with_handed
from migrator.analyzers.templates import is_template
from migrator.model.airflow import Dag, Task
from migrator.model.assets import Direction
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile
from migrator.model.values import CallableValue, ObjectValue, Symbolic, Text, Value, XComValue, walk, with_items

MAX_COPIES = 50
"""Of all mapped tasks of a DAG together; more are better expanded when the job runs."""
_ASKED = re.compile(r"map_index|task_id\b|task_instance_key|\bti\.key\b|get_current_context")
"""What code says that asks which task, or which of the copies, it is."""
_OF_TASKS = frozenset({"expanded_ti_count", "key", "map_index", "task_id", "task_instance_key_str"})
"""Members of the context, and of its objects, that say so."""
_LIMITS = ("max_active_tis_per_dag", "max_active_tis_per_dagrun")

_Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Mapped:
    """A task with several copies: their ids, and what each is called with."""

    rows: tuple[_Row, ...]
    bindings: tuple[_Row, ...]
    """The loop variables that would tell a copy from the others."""
    beside: frozenset[str]
    """The tasks of whose copies each of its copies has to do with the one of the same number: those of its group, or the one that it is mapped over."""
    ids: tuple[str, ...] = ()


def written_out(dag: Dag, asks: Callable[[Task], bool]) -> tuple[Task, ...] | None:
    """The tasks of the DAG, those that are mapped or in a mapped group once for each copy; None where there are none, or some that are not known before the
    DAG runs, or of which something else must know that they are copies. `asks` tells whether a task asks which one it is (`asks_which`)."""
    found = _mapped_tasks(dag, asks)
    if not found or sum(len(mapped.ids) for mapped in found.values()) > MAX_COPIES:
        return None
    if any(_knows_of(task, found) for task in dag.tasks):
        return None
    tasks: list[Task] = []
    for task in dag.tasks:
        mapped = found.get(task.task_id)
        if mapped is None:
            tasks.append(_after(task, found))
        else:
            tasks += [_copy(task, mapped, number, found) for number in range(len(mapped.ids))]
    return tuple(tasks)


def are_assets(dag: Dag, written: Iterable[Task]) -> bool:
    """Whether the tasks `written` make assets where those of `dag` could not, as mapped tasks are steps: the copies of one make different data, or
    another task makes some. Both with inputs and outputs."""
    made: dict[str, list[set[tuple[str, str]]]] = {}
    for task in written:
        if task.copy_of:
            made.setdefault(task.copy_of, []).append(_made(task))
    if any(_made(task) and task.role == "asset" for task in dag.tasks if task.task_id not in made):
        return True
    return any(
        len(copies) > 1 and all(copies) and len({name for names in copies for name in names}) == sum(map(len, copies))
        for copies in made.values()
    )


def _made(task: Task) -> set[tuple[str, str]]:
    return {(ref.kind, ref.name) for ref in task.refs if ref.direction is Direction.OUTPUT and ref.kind != "xcom"}


# ------------------------------------------------------------------------------------------------------ what is mapped


def _mapped_tasks(dag: Dag, asks: Callable[[Task], bool]) -> dict[str, _Mapped] | None:
    """The mapped tasks by their ids; None where the copies of some are not known."""
    found: dict[str, _Mapped] = {}
    taken = {task.task_id for task in dag.tasks}

    def add(task: Task, mapped: _Mapped) -> None:
        ids = _ids(task, mapped.bindings, taken)
        taken.update(ids)
        found[task.task_id] = replace(mapped, ids=ids)

    for group in dag.groups:
        if group.mapped:
            inside = [task for task in dag.tasks if _is_in(task, group.group_id, dag)]
            rows = _rows(group.expand)
            # In elements of a group Airflow renders no templates, as it does in what is written down for a task.
            if (
                rows is None
                or any(map(_has_template, rows))
                or any(task.mapped or task.task_id in found or _branches(task) for task in inside)
            ):
                return None
            if not all(_is_free(task, dag, asks) and not _is_unclear(task) for task in inside):
                return None
            members = frozenset(task.task_id for task in inside)
            for task in inside:
                add(task, _Mapped(rows, rows, members))
    left = [task for task in dag.tasks if task.mapped]
    while left:
        known = [(task, mapped) for task in left if (mapped := _mapped(task, found)) and _is_free(task, dag, asks)]
        if not known:
            return None
        for task, mapped in known:
            add(task, mapped)
        left = [task for task in left if task.task_id not in found]
    return found


def _has_template(row: _Row) -> bool:
    return any(isinstance(part, str) and is_template(part) for value in row.values() for part in walk(value))


def _is_in(task: Task, group_id: str, dag: Dag) -> bool:
    parents = {group.group_id: group.parent_id for group in dag.groups}
    at = task.group_id
    for _ in range(len(parents) + 1):
        if at is None or at == group_id:
            break
        at = parents.get(at)
    return at == group_id


def _is_unclear(task: Task) -> bool:
    """Whether it is given something that may be computed of an element of its group."""
    return any(isinstance(part, Symbolic) and part.kind == "unknown" for part in _parts(task))


def _branches(task: Task) -> bool:
    return any("Branch" in name for name in (task.operator, *task.bases))


def _is_free(task: Task, dag: Dag, asks: Callable[[Task], bool]) -> bool:
    """Whether nothing but its list tells its copies from each other, and nothing names the task."""
    return (
        not (task.is_setup or task.is_teardown)
        and not any(_branches(other) for other in dag.tasks if other.task_id in task.upstream)
        and not any(name in task.arguments or name in task.inherited for name in _LIMITS)
        and not asks(task)
    )


def asks_which(task: Task, sources: Mapping[str, SourceFile], analyzer: CallableAnalyzer) -> bool:
    """Whether a task's code or templates, or code of the folder that is called, may ask which task, or which of the copies, it is."""
    if any(_ASKED.search(text) for text in _texts(task, sources)):
        return True
    uses = (use for facts in analyzer.all_facts(task) for use in with_handed(facts.context_uses))
    return any(use.kind == "escape" or (use.kind == "key" and _OF_TASKS & {use.name, *use.path}) for use in uses)


def _texts(task: Task, sources: Mapping[str, SourceFile]) -> Iterator[str]:
    yield from (part for part in _parts(task) if isinstance(part, str))
    for target in (task.callable, task.definition):
        if isinstance(target, CallableValue) and target.span is not None and target.span.file in sources:
            text = sources[target.span.file].text
            yield text[target.span.start : target.span.end]


def _parts(task: Task) -> Iterator[Value]:
    """All values that a task is given, and those inside of them."""
    made = [*task.definition.args, *task.definition.kwargs.values()] if task.definition is not None else []
    given = (task.arguments, task.inherited, task.call_kwargs, task.attributes, task.expand)
    for value in (
        *task.call_args,
        *task.outlets,
        *task.inlets,
        *made,
        *(one for values in given for one in values.values()),
    ):
        yield from walk(value)


def _mapped(task: Task, found: Mapping[str, _Mapped]) -> _Mapped | None:
    """What the copies of a mapped task are called with; None where that is not known."""
    (name, value), *more = task.expand.items()
    if isinstance(value, XComValue) and not more:
        above = found.get(value.task_id)
        if above is None or not _is_whole(value, task.dag_id):
            return None
        return _Mapped(tuple({name: value} for _ in above.ids), above.bindings, frozenset([value.task_id]))
    rows = _rows(task.expand)
    return _Mapped(rows, rows, frozenset()) if rows else None


def _rows(expand: Mapping[str, Value]) -> tuple[_Row, ...] | None:
    """What each copy gets, by the names of parameters; None where that is not known."""
    columns: list[list[_Row]] = []
    for name, value in expand.items():
        if not isinstance(value, (list, tuple)) or not value or not all(map(_is_plain, value)):
            return None
        if name != "**":
            columns.append([{name: item} for item in value])
        elif all(isinstance(item, Mapping) for item in value):
            columns.append([{str(key): inner for key, inner in item.items()} for item in value])
        else:
            return None
    rows = ({key: item for part in parts for key, item in part.items()} for parts in product(*columns))
    return tuple(row for row, _ in zip(rows, range(MAX_COPIES + 1), strict=False))


def _is_plain(value: Value) -> bool:
    return not any(isinstance(part, (Symbolic, Text, XComValue, ObjectValue, CallableValue)) for part in walk(value))


def _is_whole(value: XComValue, dag_id: str) -> bool:
    """Whether it is the results of all copies, as they are."""
    return value.key == "return_value" and not value.operations and value.dag_id in (None, dag_id)


def _ids(task: Task, rows: Iterable[_Row], taken: set[str]) -> tuple[str, ...]:
    """The ids of copies: by what they are called with where that is a short name, else by their number."""
    shown = [_shown(row) for row in rows]
    ids = [f"{task.task_id}_{name}" for name in shown]
    gap = "_"
    while not all(shown) or len(set(ids)) != len(ids) or taken & set(ids):
        ids = [f"{task.task_id}{gap}{number}" for number in range(len(shown))]
        shown, gap = ids, f"{gap}_"
    return tuple(ids)


def _shown(row: _Row) -> str:
    """What a copy is called with, as a part of its id; empty where that is no short name."""
    texts = [str(value) if isinstance(value, (str, int)) else "" for value in row.values()]
    found = "_".join(re.sub(r"\W+", "_", text).strip("_") for text in texts)
    return found if all(re.fullmatch(r"[\w./-]+", text) for text in texts) and len(found) <= 40 else ""


def _knows_of(task: Task, found: Mapping[str, _Mapped]) -> bool:
    """Whether a task takes what a mapped one hands over in another way than by its value, or the list of all its values."""
    values = [part for part in _parts(task) if isinstance(part, XComValue)]
    beside = found[task.task_id].beside if task.task_id in found else frozenset()
    if any(not _is_whole(value, task.dag_id) for value in values if value.task_id in found.keys() - beside):
        return True
    taken = {value.task_id for value in values}
    named = {ref.name for ref in task.refs if ref.kind == "xcom" and ref.direction is Direction.INPUT}
    return any(f"{task.dag_id}.{task_id}" in named for task_id in found.keys() - taken)


# -------------------------------------------------------------------------------------------------- the tasks themselves


def _copy(task: Task, mapped: _Mapped, number: int, found: Mapping[str, _Mapped]) -> Task:
    """One copy of a mapped task, or of a task of a mapped group."""
    row = mapped.rows[number]
    plain = replace(task, expand={}, mapped=False)
    if task.mapped:
        plain = with_elements(plain, row)
        if plain.definition is not None:
            made = plain.definition
            plain = replace(plain, definition=replace(made, kwargs={**made.kwargs, **row}))

    def known(value: Value) -> Value:
        if isinstance(value, Symbolic) and value.kind == "element" and not task.mapped:
            return row.get(value.name or "", value)
        if isinstance(value, XComValue) and value.task_id in mapped.beside:
            return replace(value, task_id=found[value.task_id].ids[number])
        return _of_all(value, found)

    upstream = {found[one].ids[number] if one in mapped.beside else one for one in plain.upstream}
    return replace(
        _with_values(plain, known),
        task_id=mapped.ids[number],
        copy_of=task.task_id,
        upstream=_below(upstream, found),
        bindings={**task.bindings, **mapped.bindings[number]},
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


def _after(task: Task, found: Mapping[str, _Mapped]) -> Task:
    """A task that comes after the copies of those that were mapped, and takes the list of their results."""
    upstream = _below(task.upstream, found)
    if upstream == task.upstream:
        return task
    return replace(_with_values(task, lambda value: _of_all(value, found)), upstream=upstream, refs=())


def _below(upstream: Iterable[str], found: Mapping[str, _Mapped]) -> tuple[str, ...]:
    return tuple(sorted({one for above in upstream for one in (found[above].ids if above in found else (above,))}))


def _of_all(value: Value, found: Mapping[str, _Mapped]) -> Value:
    """The results of a mapped task as the list of those of its copies."""
    if isinstance(value, XComValue) and value.task_id in found:
        return [replace(value, task_id=one) for one in found[value.task_id].ids]
    return value


def _with_values(task: Task, known: Callable[[Value], Value]) -> Task:
    """The task with what `known` makes of each value that it is given, at any depth."""

    def inside(value: Value) -> Value:
        if isinstance(value, Mapping):
            return {key: inside(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return with_items(value, map(inside, value))
        if isinstance(value, Text):
            parts = tuple(map(inside, value.parts))
            plain = all(isinstance(part, (str, int, float)) for part in parts) and not value.is_path
            return "".join(map(str, parts)) if plain else replace(value, parts=parts)
        return known(value)

    def each(values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: inside(value) for name, value in values.items()}

    made = task.definition
    return replace(
        task,
        arguments=each(task.arguments),
        attributes=each(task.attributes),
        definition=made and replace(made, args=tuple(map(inside, made.args)), kwargs=each(made.kwargs)),
        call_args=tuple(map(inside, task.call_args)),
        call_kwargs=each(task.call_kwargs),
    )
