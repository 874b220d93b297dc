"""What an `__init__` sets of Airflow's operator that its class derives from: `self.bash_command = f"load {table}"`, `self.op_kwargs["day"] = day`.

In: an `__init__`, and the names of such attributes. Out: the statements that do nothing else. What the attributes are then is known without them: they are
arguments of the operator like those that it is given.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of
from migrator.analyzers.callables.source.tree import descend, statements

_CHANGING = frozenset({"append", "extend", "pop", "setdefault", "update"})
"""Methods of dictionaries and lists that change them."""


def operator_settings(init: cst.FunctionDef, names: frozenset[str]) -> Iterator[cst.CSTNode]:
    """The statements of `__init__` that only set, or change, the attributes of these names. None of an attribute that others read."""
    instance = instance_of(init)
    found = {one: changed for one in statements(init.body) if (changed := _sets(one, instance)) and changed <= names}
    inside = {item for one in found for item in descend(one)}
    read = {
        item.attr.value
        for item in descend(init.body)
        if type(item) is cst.Attribute and item not in inside and is_attribute_of(item, instance)
    }
    yield from (one for one, changed in found.items() if not changed & read)


def set_there(statement: cst.CSTNode, instance: str) -> list[str]:
    """The attributes of the instance that a statement sets, each as often as it does; not those that it changes."""
    targets = [
        one.target for one in descend(statement) if isinstance(one, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign))
    ]
    return [one.attr.value for one in targets if type(one) is cst.Attribute and is_attribute_of(one, instance)]


def _sets(statement: cst.CSTNode, instance: str) -> frozenset[str]:
    """The attributes that a statement sets or changes; empty where it does more."""
    if type(statement) is cst.If:
        parts = [statement.body, *([statement.orelse.body] if type(statement.orelse) is cst.Else else [])]
        if statement.orelse is not None and type(statement.orelse) is not cst.Else:
            return frozenset()
        found = [_sets(one, instance) for part in parts for one in statements(part)]
        return frozenset().union(*found) if all(found) else frozenset()
    small = statement.body[0] if type(statement) is cst.SimpleStatementLine and len(statement.body) == 1 else None
    target: cst.CSTNode | None = None
    if type(small) is cst.Assign and len(small.targets) == 1:
        target = small.targets[0].target
    elif isinstance(small, (cst.AnnAssign, cst.AugAssign)):
        target = small.target
    elif type(small) is cst.Expr and type(small.value) is cst.Call and type(small.value.func) is cst.Attribute:
        target = small.value.func.value if small.value.func.attr.value in _CHANGING else None
    if type(target) is cst.Subscript:
        target = target.value
    if type(target) is not cst.Attribute or not is_attribute_of(target, instance):
        return frozenset()
    return frozenset({target.attr.value})
