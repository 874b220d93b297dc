"""Which operations one loop or function of a DAG file made, and differ in values only: they will be one factory with a table of rows.

Comes in: the operations, and of each task its place in the file and the loop variables that were in force. Goes out: the same operations, with their
`Row`. What differs in shape (another function, other arguments, a resource more) stays apart.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from typing import Any

from migrator.model.airflow import Task
from migrator.model.bodies import DoNothing, SourceEdit
from migrator.model.changed import replace
from migrator.model.plan import CreateAsset, CreateCheck, CreateOp, Operation, Row
from migrator.model.source import Span
from migrator.model.values import CallableValue, ObjectValue, Value
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.flow.failures import FAILED
from migrator.planning.naming.identifiers import unique

Node = CreateAsset | CreateCheck | CreateOp
Place = tuple[type, Span]
_NO_SHAPE = (
    "dag_id",
    "task_id",
    "name",
    "deps",
    "group",
    "description",
    "owners",
    "tags",
    "retry",
    "pool",
    "span",
    "row",
)
"""What says nothing of an operation's shape."""
_LITERALS = (str, int, float, bytes, type(None))


def find_rows(draft: Draft) -> Draft:
    """Gives each operation that is one of several its row."""
    return draft.with_dags(lambda dag: replace(dag, nodes=tuple(_with_rows(dag))))


def _with_rows(dag: DagDraft) -> Iterable[Operation]:
    rounds = _rounds(dag)
    families: dict[tuple[object, ...], list[Place]] = defaultdict(list)
    for place, found in rounds.items():
        # Each op is wired on its own, so that those of one round need not stand together.
        families[place if place[0] is CreateOp else (place[0], frozenset(found))].append(place)
    rows: dict[int, Row] = {}
    for places in families.values():
        for members in _alike([[rounds[place][number] for place in places] for number in rounds[places[0]]]):
            family = f"{len({row.family for row in rows.values()})}"
            _number(dag, family, members, rows)
    for node in dag.nodes:
        row = rows.get(id(node))
        yield replace(node, row=row) if row is not None and isinstance(node, Node) else node


def _rounds(dag: DagDraft) -> dict[Place, dict[int, Node]]:
    """The operations by the call that made their task, then by the round of the loop; rounds are numbered alike for all calls."""
    numbers: dict[tuple[object, ...], int] = {}
    found: dict[Place, dict[int, Node]] = defaultdict(dict)
    again: Counter[tuple[Place, tuple[object, ...]]] = Counter()  # how often a call made a task with the same variables
    placed = [
        ((type(node), dag.tasks[node.task_id].task.span), node)
        for node in dag.nodes
        if isinstance(node, Node) and node.task_id in dag.tasks and not _stands_alone(node)
    ]
    several = Counter(place for place, _ in placed)
    for place, node in placed:
        if several[place] == 1:
            continue
        task = dag.tasks[node.task_id].task
        bound = (task.call_site, _shown(task))
        number = numbers.setdefault((*bound, again[place, bound]), len(numbers))
        again[place, bound] += 1
        found[place][number] = node
    return {place: nodes for place, nodes in found.items() if len(nodes) > 1}


def _stands_alone(node: Node) -> bool:
    """It is mapped, branches, or does nothing."""
    if isinstance(node.body, DoNothing):
        return True
    if not isinstance(node, CreateOp):
        return False
    ways = [name for name, _ in node.outputs if name != FAILED or not node.goes_on]
    return node.dynamic or len(ways) > 1 or any(given.mapped for given in node.inputs)


def _shown(task: Task) -> str:
    return repr(sorted(task.bindings.items(), key=lambda item: item[0]))


def _alike(rounds: Sequence[Sequence[Node]]) -> list[list[Sequence[Node]]]:
    """The rounds of one shape together, where there are several."""
    groups: dict[str, list[Sequence[Node]]] = defaultdict(list)
    for members in rounds:
        groups[repr([_shape(node) for node in members])].append(members)
    return [group for group in groups.values() if len(group) > 1]


def _number(dag: DagDraft, family: str, members: list[Sequence[Node]], rows: dict[int, Row]) -> None:
    about = common_words([node.name for nodes in members for node in nodes])
    for place, same in enumerate(zip(*members, strict=True)):
        name, orders = (
            common_words([node.name for node in same]),
            max(len(getattr(node, "orders", ())) for node in same),
        )
        taken = {given.parameter for node in same for given in node.inputs}
        differ = [
            len({given.parameter for given in inputs}) > 1
            for inputs in zip(*(node.inputs for node in same), strict=True)
        ]
        for number, node in enumerate(same):
            rows[id(node)] = Row(
                family,
                number,
                place,
                variables=plain_variables(dag.tasks[node.task_id].task.bindings),
                parameters=_common_parameters(node, differ, taken),
                orders=orders,
                about=about,
                name=name,
            )


def _common_parameters(node: Node, differ: Sequence[bool], taken: Set[str]) -> dict[str, str]:
    """A name for each input that is not called the same in all rows."""
    names: dict[str, str] = {}
    for given, differs in zip(node.inputs, differ, strict=True):
        if differs:
            names[given.parameter] = unique("upstream", {*taken, *names.values()})
    return names


def common_words(names: Collection[str]) -> str:
    """The words that all names have: `load` of `load_orders` and `load_customers`. Empty where there are none."""
    words = [name.strip("_").lower().split("_") for name in names]
    return "_".join(dict.fromkeys(word for word in words[0] if word and all(word in other for other in words)))


def plain_variables(bindings: Mapping[str, Value]) -> dict[str, Any]:
    """What of the variables is known; objects as the values of their attributes."""
    found = {name: dict(value.kwargs) if isinstance(value, ObjectValue) else value for name, value in bindings.items()}
    return {
        name: plain_variables(value) if isinstance(value, Mapping) else value
        for name, value in found.items()
        if _plain(value) or isinstance(value, Mapping)
    }


# -------------------------------------------------------------------------------------------------------------- shape


def _shape(value: Any) -> object:
    """All of a value but its literals: types, names of arguments, functions that are called, resources."""
    return _SHAPERS[type(value)](value)


class _Shapers(dict[type, Callable[[Any], object]]):
    """What tells the shape of values of a class; looked for once, as there are many values of few classes."""

    def __missing__(self, kind: type) -> Callable[[Any], object]:
        self[kind] = _shaper(kind)
        return self[kind]


_SHAPERS = _Shapers()


def _shaper(kind: type) -> Callable[[Any], object]:
    name = kind.__name__
    if issubclass(kind, _LITERALS):
        return lambda value: ""
    if issubclass(kind, CallableValue):
        return lambda value: (value.qualname, value.span, _shape(value.args), _shape(value.kwargs))
    if issubclass(kind, SourceEdit):
        return lambda value: (value.span, _shape(value.expression), value.remove)
    if issubclass(kind, Node):
        return lambda value: (name, [bool(value.inputs), value.row is None], _fields(value))
    if dataclasses.is_dataclass(kind):
        return lambda value: (name, _fields(value))
    if issubclass(kind, Mapping):
        return lambda value: "{}" if _plain(value) else _by_name(value)
    if issubclass(kind, (list, tuple)):
        return lambda value: "[]" if not value or _plain(value) else [_shape(item) for item in value]
    return lambda value: "" if _plain(value) else name


def _fields(value: Any) -> list[object]:
    """The shapes of an object's fields, in their order."""
    found: list[object] = []
    for name, shape in _FIELDS[type(value)]:
        item = getattr(value, name)
        if shape is not None:
            found.append(shape(item))
        else:
            found.append("" if item is None or isinstance(item, str) else _shape(item))
    return found


def _itself(value: Any) -> object:
    return value if isinstance(value, str) else _shape(value)


def _by_name(value: Any) -> object:
    return {str(key): _shape(item) for key, item in value.items()} if isinstance(value, Mapping) else _shape(value)


_SHAPES: Mapping[str, Callable[[Any], object]] = {
    **dict.fromkeys(("resource", "channel", "method", "kind"), _itself),
    **dict.fromkeys(("asset", "materializes", "partitioned", "node"), bool),
    **dict.fromkeys(("kwargs", "arguments", "env"), _by_name),
    "outputs": lambda value: [getattr(output, "stores_value", output) for output in value],
    "inputs": lambda value: [(given.collected, given.output) for given in value],
    "orders": lambda value: "",
}
"""Of the fields of these names, what counts."""


class _Fields(dict[type, tuple[tuple[str, Callable[[Any], object] | None], ...]]):
    """The names of a dataclass's fields, of an operation those that say something of its shape; each with what of it counts, where that is not all."""

    def __missing__(self, kind: type) -> tuple[tuple[str, Callable[[Any], object] | None], ...]:
        left_out = _NO_SHAPE if issubclass(kind, Node) else ()
        names = (field.name for field in dataclasses.fields(kind) if field.name not in left_out)
        self[kind] = tuple((name, _SHAPES.get(name)) for name in names)
        return self[kind]


_FIELDS = _Fields()


def _plain(value: Any) -> bool:
    """It holds literals only."""
    if isinstance(value, _LITERALS):
        return True
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_plain, value))
    return isinstance(value, Mapping) and all(_plain(key) and _plain(item) for key, item in value.items())
