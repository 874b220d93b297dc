"""What classes of the team's own define and set, and what of an operator of Airflow's they change before its work is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import libcst as cst

from migrator.analyzers.callables.classes.working_bases import CHANGEABLE, CONTAINERS
from migrator.analyzers.callables.source.tree import descend, statements


def methods_of(node: cst.ClassDef) -> list[cst.FunctionDef]:
    return [statement for statement in statements(node.body) if type(statement) is cst.FunctionDef]


def own_method(node: cst.ClassDef, name: str) -> cst.FunctionDef | None:
    return next((method for method in methods_of(node) if method.name.value == name), None)


def instance_of(method: cst.FunctionDef) -> str:
    """The name of the instance (or class) in a method; empty for a static one."""
    if any(type(d.decorator) is cst.Name and d.decorator.value == "staticmethod" for d in method.decorators):
        return ""
    first = [*method.params.posonly_params, *method.params.params][:1]
    return first[0].name.value if first else ""


def is_attribute_of(node: cst.CSTNode | None, name: str) -> bool:
    return type(node) is cst.Attribute and type(node.value) is cst.Name and node.value.value == name


_CHANGING = frozenset({cst.AnnAssign, cst.AugAssign, cst.Del, cst.For})


def set_in(method: cst.FunctionDef) -> Iterator[str]:
    """Attributes of the instance that a method sets, each as often as it does."""
    name = instance_of(method)
    for item in descend(method.body):
        targets: Iterable[cst.CSTNode] = ()
        if type(item) is cst.Assign:
            targets = [part for target in item.targets for part in (target.target, *_parts(target.target))]
        elif type(item) in _CHANGING:
            targets = [cast("cst.AnnAssign | cst.AugAssign | cst.Del | cst.For", item).target]
        elif type(item) is cst.AsName:
            targets = [item.name]
        for target in targets:
            if is_attribute_of(target, name):
                assert type(target) is cst.Attribute
                yield target.attr.value


def _parts(target: cst.CSTNode) -> list[cst.CSTNode]:
    return [element.value for element in target.elements] if isinstance(target, (cst.Tuple, cst.List)) else []


def changed_attributes(line: Sequence[cst.ClassDef], work: str) -> frozenset[str]:
    """The attributes that `work` does its work with, and that methods of a class (with its bases in the folder) set, or that they may change in place;
    its `__init__` aside."""
    known = CHANGEABLE.get(work, frozenset())
    later = [method for cls in line for method in methods_of(cls) if method.name.value != "__init__"]
    found = {name for method in later for name in set_in(method)}
    for method in later:
        instance = instance_of(method)
        # `f(**self.op_kwargs)` makes a dict of its own of them.
        spread = {item.value for item in descend(method.body) if type(item) is cst.Arg and item.star}
        reads = [item for item in descend(method.body) if is_attribute_of(item, instance) and item not in spread]
        found |= CONTAINERS & {cast("cst.Attribute", item).attr.value for item in reads}
    return known & found
