"""What an `__init__` asks its object for that Airflow's `__init__` gave it: `self.path = f"/logs/{self.task_id}"`.

In: a class of an operator in its module. Out: the attributes that have to be arguments of its `__init__`, and whether the object keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import INSTANCE_MEMBERS
from migrator.analyzers.callables.classes.base_calls import method_of_base
from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of, methods_of, own_method
from migrator.analyzers.callables.classes.hierarchy import ancestry, below, members_of, method_of
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend
from migrator.model.frozen import dataclass

_MAX_METHODS = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """`reads` are the places in `__init__` itself that read the attribute `name`. `kept`: others read it, too, so that the object has to have it."""

    name: str
    reads: tuple[cst.Attribute, ...]
    kept: bool


def asked_while_made(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, given: frozenset[str], gone: frozenset[cst.CSTNode]
) -> tuple[Asked, ...]:
    """The attributes of Airflow's that the class's own `__init__` reads, itself or in methods that it calls; without those that a base of the
    folder has `given`, and what is `gone` of it."""
    init = own_method(node, "__init__")
    if init is None:
        return ()
    line = ancestry(workspace, module, node)
    known = given.union(*(members_of(where, cls) for where, cls in line))
    found: dict[str, list[cst.Attribute]] = {}
    called: set[str] = set()
    for where, method in _reached(workspace, module, node, init, gone):
        for name, read in _asks(method):
            if name not in known and read not in gone:
                found.setdefault(name, [])
                if method is init and where is module:
                    found[name].append(read)
                else:
                    called.add(name)
    if not found:
        return ()
    lower = below(workspace, module, node)
    others = [method for _, cls in [*line, *(lower or ())] for method in methods_of(cls) if method is not init]
    elsewhere = {name for method in others for name, _ in _asks(method)}
    kept = found.keys() if lower is None else called | elsewhere
    return tuple(Asked(name, tuple(reads), name in kept) for name, reads in sorted(found.items()))


def _asks(method: cst.FunctionDef) -> Iterator[tuple[str, cst.Attribute]]:
    """The attributes of Airflow's that a method reads of its object."""
    instance = instance_of(method)
    for item in descend(method.body):
        if type(item) is not cst.Attribute:
            continue
        name = item.attr.value
        if (name in INSTANCE_MEMBERS and is_attribute_of(item, instance)) or (
            name == "dag_id" and is_attribute_of(item.value, instance) and _name_of(item.value) == "dag"
        ):
            yield name, item


def _name_of(node: cst.CSTNode) -> str:
    return node.attr.value if type(node) is cst.Attribute else ""


def _reached(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, init: cst.FunctionDef, gone: frozenset[cst.CSTNode]
) -> Iterator[tuple[ModuleInfo, cst.FunctionDef]]:
    """An `__init__` and the methods that it may call on its object, those of classes below that override them included."""
    classes = below(workspace, module, node) or []
    queue, seen = [(module, init)], {init}
    while queue and len(seen) < _MAX_METHODS:
        where, method = queue.pop(0)
        yield where, method
        instance = instance_of(method)
        for item in descend(method.body):
            if type(item) is not cst.Attribute or item.attr.value == "__init__" or item in gone:
                continue
            found: list[tuple[ModuleInfo, cst.FunctionDef] | None] = []
            if is_attribute_of(item, instance):
                found = [method_of(workspace, *owner, item.attr.value) for owner in [(module, node), *classes]]
            elif type(item.value) is cst.Call:
                found = [method_of_base(workspace, where, item)]
            for one in found:
                if one is not None and one[1] not in seen:
                    seen.add(one[1])
                    queue.append(one)
