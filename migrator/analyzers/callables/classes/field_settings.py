"""The statements by which an `__init__` sets an attribute of its object, and changes what it set: `self.conf = {}`, `self.conf.update(extra)`.

In: an `__init__` and an attribute. Out: these statements, where they do nothing else and nothing else in it reads the attribute.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.tree import descend, statements

_PURE = frozenset(
    "Path PurePath PurePosixPath asdict bool deepcopy dict enumerate isinstance len list set sorted str tuple zip".split()
)
_PURE_METHODS = frozenset(
    "copy endswith format get items join keys lower lstrip replace rstrip split startswith strip upper values".split()
)
_CHANGES = frozenset("add append extend insert pop remove reverse setdefault sort update".split())


def settings_of(module: ModuleInfo, init: cst.FunctionDef, name: str) -> tuple[cst.CSTNode, ...]:
    """The statements that set and change an attribute; none where other code of `__init__` reads it, or they do something else."""
    instance = instance_of(init)
    found = [one for one in statements(init.body) if any(_is_attribute(item, instance, name) for item in descend(one))]
    if not all(_only_sets(one, instance, name) for one in found):
        return ()
    return tuple(found)


def calls_nothing(node: cst.CSTNode) -> bool:
    """Whether code calls no more than what only makes a value of others."""
    calls = [item.func for item in descend(node) if type(item) is cst.Call]
    named = [func.value for func in calls if type(func) is cst.Name]
    methods = [func.attr.value for func in calls if type(func) is cst.Attribute]
    return len(named) + len(methods) == len(calls) and _PURE.issuperset(named) and {*methods} <= _PURE_METHODS | _PURE


def _is_attribute(node: cst.CSTNode, instance: str, name: str) -> bool:
    return type(node) is cst.Attribute and is_attribute_of(node, instance) and node.attr.value == name


def _only_sets(statement: cst.CSTNode, instance: str, name: str) -> bool:
    """Whether a statement does nothing but set an attribute or change what it holds, be it on a condition or for each element of something."""
    if type(statement) is cst.SimpleStatementLine:
        return len(statement.body) == 1 and _sets(statement.body[0], instance, name)
    if type(statement) is cst.If:
        rest = [statement.orelse] if statement.orelse is not None else []
        return calls_nothing(statement.test) and all(
            _only_sets(one, instance, name) for one in (*statements(statement.body), *rest)
        )
    if type(statement) is cst.Else:
        return all(_only_sets(one, instance, name) for one in statements(statement.body))
    if type(statement) is cst.For and statement.orelse is None:
        inner = all(_only_sets(one, instance, name) for one in statements(statement.body))
        return inner and calls_nothing(statement.iter)
    return False


def _sets(small: cst.CSTNode, instance: str, name: str) -> bool:
    targets: list[cst.CSTNode] = []
    if type(small) is cst.Assign:
        targets = [target.target for target in small.targets]
    elif isinstance(small, (cst.AnnAssign, cst.AugAssign)):
        targets = [small.target]
    elif type(small) is cst.Expr and type(small.value) is cst.Call and type(small.value.func) is cst.Attribute:
        targets = [small.value.func.value] if small.value.func.attr.value in _CHANGES else []
        return bool(targets) and _is_of(targets[0], instance, name) and all(map(calls_nothing, small.value.args))
    return len(targets) == 1 and _is_of(targets[0], instance, name)


def _is_of(node: cst.CSTNode, instance: str, name: str) -> bool:
    """Whether an expression is the attribute, or an element of what it holds."""
    while type(node) is cst.Subscript:
        node = node.value
    return _is_attribute(node, instance, name)
