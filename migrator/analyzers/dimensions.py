"""DAGs whose tasks are all mapped over the same few known keys (`load.expand(region=REGIONS)`), or made by a loop over them, and make the same data with
each: a part of it for each key and date.

Comes in: a `Dag` with inputs and outputs, and a task for each copy of those that are mapped. Goes out: the same DAG with one task for all copies, whose
arguments say where the key stands. None where something tells the copies from each other besides, or joins them. The tasks of a loop are called copies
here, too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from migrator.analyzers.copies import MAX_COPIES
from migrator.model.airflow import Dag, Dimension, Task
from migrator.model.assets import AssetRef, Direction
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import CallableValue, Symbolic, Text, Value, XComValue, with_items

_KEY = re.compile(r"\w[\w-]{,39}")
_DATE = "date"
"""What the other dimension is called."""
_BY_CLOCK = ("cron", "preset", "timedelta", "timetable", "unknown")
"""The kinds of schedules whose runs may be those of dates."""
_SAME = (
    *(
        "operator",
        "operator_module",
        "bases",
        "overrides",
        "taken",
        "expand",
        "callable",
        "decorator",
        "is_setup",
        "is_teardown",
    ),
    *("trigger_rule", "retries", "pool", "owner", "inlets", "outlets", "role", "returns", "doc"),
)
"""What all copies of a task must have in common."""


class _Differs(Exception):
    """More than the key tells the copies apart."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Which task a copy becomes, and the number of its key."""

    task_id: str
    number: int
    in_loop: bool = False


def in_one_dimension(dag: Dag, asks: Callable[[Task], bool]) -> Dag | None:
    """The DAG with its `dimension`, and one task for all copies of each; None where it has no such dimension. `dag` has a task for each copy of those that
    are mapped; `asks` tells whether a task asks which one it is."""
    groups = _groups(dag)
    for dimension in _dimensions(groups[0]) if groups else ():
        if all(any(other.keys == dimension.keys for other in _dimensions(group)) for group in groups):
            try:
                tasks = tuple(_Merger(dag.tasks, groups, dimension).tasks())
            except _Differs:
                continue
            known = not any(asks(task) for task in dag.tasks)
            return replace(dag, tasks=tasks, dimension=dimension) if known else None
    return None


def _groups(dag: Dag) -> list[list[Task]]:
    """The copies of each task; none at all where the DAG has others, besides markers of its start and end."""
    copies = dag.tasks
    if dag.schedule.kind not in _BY_CLOCK or dag.schedule.assets is not None:
        return []
    found: dict[str | Span, list[Task]] = defaultdict(list)
    for task in copies:
        found[task.copy_of or task.span].append(task)
    groups = [group for group in found.values() if len(group) > 1]
    grouped = {task.task_id for group in groups for task in group}
    others = [task for task in copies if task.task_id not in grouped]
    if any(task.operator != "EmptyOperator" or task.outlets for task in others):
        return []
    above = {task.task_id: set(task.upstream) for task in copies}

    def ancestors(task_id: str) -> set[str]:
        seen: set[str] = set()
        left = [task_id]
        while left:
            new = above.get(left.pop(), set()) - seen
            seen |= new
            left += new
        return seen

    before = set().union(*map(ancestors, grouped))
    joining = [task for task in others if task.task_id in before and ancestors(task.task_id) & grouped]
    return [] if joining else groups


def _dimensions(group: Sequence[Task]) -> Iterator[Dimension]:
    """What the copies are called with, and members of it, that may be their keys."""
    for name in group[0].bindings:
        values = [task.bindings.get(name) for task in group]
        called = group[0].callable
        if name == "op_args" and called is not None:
            rows = [value if isinstance(value, (list, tuple)) else () for value in values]
            for parameter, *column in zip(called.parameters, *rows, strict=False):
                yield from _columns(parameter.name, column)
        yield from _columns(name, values)


def _columns(name: str, values: Sequence[Value]) -> Iterator[Dimension]:
    """The value itself, or members of it."""
    first = values[0]
    if all(isinstance(value, str) and _KEY.fullmatch(value) for value in values):
        shown = re.sub(r"\W+", "_", name).strip("_").lower()
        if len(set(values)) == len(values) <= MAX_COPIES and shown.isidentifier() and shown != _DATE:
            yield Dimension(shown, tuple(map(str, values)))
    elif all(isinstance(value, Mapping) and value.keys() == first.keys() for value in values):
        for key in first:
            yield from _columns(str(key), [value[key] for value in values])
    elif all(isinstance(value, (list, tuple)) and len(value) == len(first) for value in values):
        for column in zip(*values, strict=True):
            yield from _columns(name, column)


class _Merger:
    """One task for the copies of each."""

    def __init__(self, copies: Sequence[Task], groups: Sequence[Sequence[Task]], dimension: Dimension) -> None:
        self.copies, self.groups, self.dimension = copies, groups, dimension
        taken = {task.task_id for task in copies}
        self.places: dict[str, _Place] = {}
        for group in groups:
            name = group[0].copy_of or _unused(_name(group), taken - {task.task_id for task in group})
            taken.add(name)
            for number, task in enumerate(group):
                self.places[task.task_id] = _Place(name, number, not task.copy_of)

    def tasks(self) -> Iterator[Task]:
        """The tasks. Raises _Differs."""
        groups = {group[0].task_id: group for group in self.groups}
        if not any(_outputs(group[0]) for group in self.groups):
            raise _Differs
        for task in self.copies:
            if task.task_id in groups:
                yield self._task(groups[task.task_id])
            elif task.task_id not in self.places:
                above = dict.fromkeys(self._known(other) for other in task.upstream)
                yield replace(task, upstream=tuple(sorted(above)))

    def _task(self, group: Sequence[Task]) -> Task:
        first = group[0]
        if len(group) != len(self.dimension.keys) or any(
            getattr(task, name) != getattr(first, name) for task in group for name in _SAME
        ):
            raise _Differs
        unified = {
            name: self._unified([getattr(task, name) for task in group])
            for name in ("arguments", "inherited", "call_args", "call_kwargs", "attributes", "definition")
        }
        place = self.places[first.task_id]
        return replace(
            first,
            task_id=place.task_id,
            copy_of="",
            stands_for=tuple(task.task_id for task in group) if place.in_loop else (),
            group_id=first.group_id if all(task.group_id == first.group_id for task in group) else None,
            bindings={},
            upstream=self._upstream(group),
            refs=tuple(self._refs(group)),
            **unified,
        )

    def _known(self, task_id: str) -> str:
        return self.places[task_id].task_id if task_id in self.places else task_id

    def _upstream(self, group: Sequence[Task]) -> tuple[str, ...]:
        found: list[dict[str, set[int]]] = []
        in_loop = self.places[group[0].task_id].in_loop
        for task in group:
            above: dict[str, set[int]] = defaultdict(set)
            for other in task.upstream:
                place = self.places.get(other)
                above[self._known(other)] |= {place.number} if place is not None else set()
            found.append(above)
        everyone = set(range(len(group)))
        for number, above in enumerate(found):
            if above.keys() != found[0].keys():
                raise _Differs
            for numbers in above.values():
                # A mapped task comes after all copies of another one, the tasks of a loop only where the DAG says so: that is then meant.
                if numbers and numbers != {number} and (in_loop or numbers != everyone):
                    raise _Differs
        return tuple(sorted(found[0]))

    def _refs(self, group: Sequence[Task]) -> Iterator[AssetRef]:
        """What all copies write, and what any of them reads."""
        if any(_outputs(task) != _outputs(group[0]) for task in group):
            raise _Differs
        seen = set()
        for number, task in enumerate(group):
            for ref in task.refs:
                if ref.kind == "xcom":
                    other = ref.name.removeprefix(f"{task.dag_id}.")
                    place = self.places.get(other)
                    if place is None or place.number != number:
                        raise _Differs
                    ref = replace(ref, name=f"{task.dag_id}.{place.task_id}")
                if (ref.direction, ref.kind, ref.name) not in seen:
                    seen.add((ref.direction, ref.kind, ref.name))
                    yield ref

    # -------------------------------------------------------------------------------------------------------- values

    def _unified(self, values: Sequence[Value]) -> Value:
        """The value in all copies, with the key of the dimension where it stands. Raises _Differs."""
        first = values[0]
        if any(type(value) is not type(first) for value in values):
            raise _Differs
        if isinstance(first, XComValue):
            return self._result(values)
        if isinstance(first, Mapping):
            if any(value.keys() != first.keys() for value in values):
                raise _Differs
            return {key: self._unified([value[key] for value in values]) for key in first}
        if isinstance(first, (list, tuple)):
            if any(len(value) != len(first) for value in values):
                raise _Differs
            return with_items(first, [self._unified(column) for column in zip(*values, strict=True)])
        if isinstance(first, CallableValue) and (first.kwargs or first.args):
            args, kwargs = (self._unified([getattr(value, name) for value in values]) for name in ("args", "kwargs"))
            values = [replace(value, args=args, kwargs=kwargs) for value in values]
            first = values[0]
        if all(value == first for value in values):
            return first
        if type(first) is str:
            values = [self._pulled(value, number) for number, value in enumerate(values)]
            return values[0] if all(value == values[0] for value in values) else self._text(values)
        if isinstance(first, Text) and all(len(value.parts) == len(first.parts) for value in values):
            parts = [self._unified(column) for column in zip(*(value.parts for value in values), strict=True)]
            return replace(first, parts=tuple(parts))
        raise _Differs

    def _result(self, values: Sequence[XComValue]) -> XComValue:
        """The result of the copy for the same key."""
        places = [self.places.get(value.task_id) for value in values]
        found = [replace(value, task_id=self._known(value.task_id)) for value in values]
        numbers = [place.number for place in places if place is not None]
        if any(value != found[0] or value.operations for value in found) or numbers != [*range(len(values))]:
            raise _Differs
        return found[0]

    def _pulled(self, text: str, number: int) -> str:
        """A template in which the copies for the same key whose values it takes have the id of the one task."""
        if "xcom_pull" not in text:
            return text

        def known(found: re.Match[str]) -> str:
            place = self.places.get(found[2])
            return f"{found[1]}{place.task_id}{found[1]}" if place is not None and place.number == number else found[0]

        return re.sub(r"(['\"])([\w.-]+)\1", known, text)

    def _text(self, values: Sequence[str]) -> Value:
        key = Symbolic("dimension", self.dimension.name, name=self.dimension.name)
        first, *rest = re.split(rf"(?<![^\W_]){re.escape(self.dimension.keys[0])}(?![^\W_])", values[0])
        if [name.join([first, *rest]) for name in self.dimension.keys] != list(values):
            raise _Differs
        if not rest or _names_file(values[0]):
            raise _Differs
        parts = [first, *(part for piece in rest for part in (key, piece))]
        shown = tuple(part for part in parts if part != "")
        return key if shown == (key,) else Text(shown)


def _name(group: Sequence[Task]) -> str:
    """What all tasks of a loop are called: the words that their ids have in common, else what their function is called, or their operator."""
    words = [re.split(r"\W+|_+", task.task_id) for task in group]
    shared = [word for word in words[0] if word and all(word in other for other in words)]
    called = group[0].callable.qualname.rpartition(".")[2] if group[0].callable is not None else ""
    return "_".join(dict.fromkeys(shared)) or (called if called.isidentifier() else group[0].operator.lower())


def _unused(name: str, taken: Collection[str]) -> str:
    number = 2
    found = name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _names_file(text: str) -> bool:
    """Whether the text may be the name of a template file."""
    return re.fullmatch(r"[\w./-]+\.(sql|sh|bash|json|ya?ml|txt|hql|html)", text) is not None


def _outputs(task: Task) -> set[tuple[str, str]]:
    return {(ref.kind, ref.name) for ref in task.refs if ref.direction is Direction.OUTPUT and ref.kind != "xcom"}
