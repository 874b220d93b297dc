"""Expressions whose value hangs on what a task gives its function: `row.get("after") or []`, `[f"load_{name}" for name in self.names]`.

In: the expression, where it stands. Out: a `GivenExpression`, which says what it is as soon as it is known what the task gives; None where the function may have
changed that by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import libcst as cst

from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.process import changes_member, may_change
from migrator.analyzers.callables.source.scopes import Binding, Scope
from migrator.analyzers.callables.source.tree import descend
from migrator.model.frozen import dataclass
from migrator.model.values import Symbolic, Value

TASK_ID = "task_id"
"""The attribute that Airflow's class gives all of its objects."""
TASKS_OF_DAG = "dag.task_ids"
"""The member of the context that has the ids of all tasks."""
Argument = Callable[[str, Value], Value]
"""What a task gives for a parameter, by its name; the second value where it gives none."""


@dataclass(frozen=True, slots=True)
class GivenExpression:
    """An expression of a function, and where it stands."""

    frame: Frame
    node: cst.BaseExpression

    def values(self, argument: Argument, attributes: Mapping[str, Value], members: Mapping[str, Value]) -> list[Value]:
        """All that the expression may be in a task: once with each element of the loops around it. `attributes` are those of the object whose method it is,
        `members` what is known of the context."""
        old = self.frame
        arguments = {place: _given(value, argument) for place, value in old.arguments.items()}
        told = Frame(old.workspace, old.module, old.reader, arguments, old.extra, old.run)
        told.instances = {place: names | {TASK_ID} for place, names in old.instances.items()}
        told.attributes, told.members = attributes, members
        return told.values(self.node)


def given_expression(frame: Frame, node: cst.BaseExpression) -> GivenExpression | None:
    """The expression, where all that it reads of the function's arguments, of the object whose method it is, and of the ids in its DAG, is as it was
    given."""
    followed: list[cst.BaseExpression] = []
    _follow(frame, node, followed)
    inside = {item for one in followed for item in descend(one)}
    read = [place for one in followed for place in _read(frame, one)]
    for one, (scope, name), attribute in read:
        if attribute and changes_member(frame.module, attribute, once=True):
            return None
        if may_change(frame.module, scope.node, name, one, inside, attribute):
            return None
    return GivenExpression(frame, node) if read or any(_is_of_dag(frame, item) for item in inside) else None


def _is_of_dag(frame: Frame, node: cst.CSTNode) -> bool:
    part = frame.reader.part(node) if frame.reader is not None and isinstance(node, cst.Attribute) else None
    return part is not None and ".".join(map(str, (part.name, *part.path))) == TASKS_OF_DAG


def _given(value: Value, argument: Argument) -> Value:
    own = isinstance(value, Symbolic) and value.kind == "argument" and value.name is not None and not value.path
    return argument(str(value.name), value) if isinstance(value, Symbolic) and own else value


def _follow(frame: Frame, node: cst.BaseExpression, found: list[cst.BaseExpression]) -> None:
    """Finds an expression, and those that its names are assigned or run over."""
    if any(node is known for known in found):
        return
    found.append(node)
    for item in descend(node):
        for binding in _bindings(frame, item):
            source = binding.node
            if isinstance(source, cst.Assign | cst.AnnAssign | cst.NamedExpr) and source.value is not None:
                _follow(frame, source.value, found)
            elif binding.kind == "loop":
                clause = source if isinstance(source, cst.For) else getattr(source, "for_in", None)
                while isinstance(clause, cst.For | cst.CompFor):
                    _follow(frame, clause.iter, found)
                    clause = clause.inner_for_in if isinstance(clause, cst.CompFor) else None


def _bindings(frame: Frame, node: cst.CSTNode) -> list[Binding]:
    """What binds a name of a function."""
    read = frame.module.table.by_node.get(node) if isinstance(node, cst.Name) else None
    scope = frame.module.table.scope_of(read) if read is not None else None
    if scope is None or read is None or scope is frame.module.table.module:
        return []
    return scope.bindings.get(read.name, [])


def _read(frame: Frame, node: cst.BaseExpression) -> Iterator[tuple[cst.BaseExpression, tuple[Scope, str], str]]:
    """The parameters, and attributes of its own object, that an expression reads: with the name in front of an attribute."""
    for item in descend(node):
        name = item.value if isinstance(item, cst.Attribute) else item
        read = frame.module.table.by_node.get(name) if isinstance(name, cst.Name) else None
        scope = frame.module.table.scope_of(read) if read is not None else None
        if read is None or scope is None:
            continue
        place = (scope, read.name)
        known = {*frame.instances[place], TASK_ID} if place in frame.instances else ()
        if isinstance(item, cst.Attribute) and item.attr.value in known:
            yield node, place, item.attr.value
        elif item is name and isinstance(value := frame.arguments.get(place), Symbolic) and value.kind == "argument":
            yield node, place, ""
