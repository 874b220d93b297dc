"""Comparisons and `in`: what Python says where all is known, and Symbolic where it is not."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes import flags
from migrator.analyzers.interpreter.classes.enums import enum_members, enum_value, is_data_enum, is_enum
from migrator.analyzers.interpreter.language import choices, computed
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.operations import iterate, truth, weigh
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Class,
    Env,
    External,
    Function,
    Instance,
    Opaque,
    RaiseSignal,
    contains_symbolic,
    is_symbolic,
    metaclass_method,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def compare(machine: Machine, kind: type[cst.CSTNode], left: Any, right: Any, node: cst.CSTNode, env: Env) -> Any:
    """`left <comparison> right`; Symbolic where it is not known."""
    if kind in (cst.Is, cst.IsNot):
        if is_symbolic(left) or is_symbolic(right):
            left, right = machine.settle(left, node, env), machine.settle(right, node, env)
            if is_symbolic(left) or is_symbolic(right):
                return machine.unknown(node, env, "an operand is not known")
        same = left is right or (isinstance(left, External) and isinstance(right, External) and left.path == right.path)
        if isinstance(left, (bool, type(None))) or isinstance(right, (bool, type(None))):
            same = left is right
        return same if kind is cst.Is else not same
    left, right = (machine.settle(v, node, env) for v in (left, right))
    left, right = (enum_value(v) if is_data_enum(v) else v for v in (left, right))
    if kind in (cst.In, cst.NotIn):
        found = contains(machine, right, left, node, env)
        return _not_known(machine, kind, left, right, node, env) if found is None else found is (kind is cst.In)
    if isinstance(left, External) and isinstance(right, External) and kind in (cst.Equal, cst.NotEqual):
        return (left.path == right.path) is (kind is cst.Equal)
    special = compare_instances(machine, kind, left, right, node, env)
    if special is not MISSING:
        return special
    if contains_symbolic(left) or contains_symbolic(right):
        return _not_known(machine, kind, left, right, node, env)
    weigh(machine, left)
    weigh(machine, right)
    function = {
        cst.Equal: operator.eq,
        cst.NotEqual: operator.ne,
        cst.LessThan: operator.lt,
        cst.LessThanEqual: operator.le,
        cst.GreaterThan: operator.gt,
        cst.GreaterThanEqual: operator.ge,
    }[kind]
    if isinstance(left, (Instance, af.AirflowObject)) or isinstance(right, (Instance, af.AirflowObject)):
        found = left.compared(kind, right) if isinstance(left, af.AirflowObject) else MISSING
        if found is not MISSING:
            return found
        if kind in (cst.Equal, cst.NotEqual):
            return (left == right) is (kind is cst.Equal)
        if isinstance(left, Instance) and isinstance(right, Instance) and left.cls is right.cls and left.cls:
            first, second = left.key(), right.key()
            record = left.cls.record()
            if record is not None and record.options.get("order") is True and first is not None and second is not None:
                return function(first, second)
        return machine.unknown(node, env, "the operands are not evaluated")
    try:
        return function(left, right)
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None


def _not_known(machine: Machine, kind: type[cst.CSTNode], left: Any, right: Any, node: cst.CSTNode, env: Env) -> Any:
    found = choices.unknown(machine, node, env, "an operand is not known", choices.of_comparison(kind, left, right))
    return computed.of_operator(found, kind, left, right)


_COMPARISONS = {
    cst.Equal: ("__eq__", "__eq__"),
    cst.NotEqual: ("__ne__", "__ne__"),
    cst.LessThan: ("__lt__", "__gt__"),
    cst.LessThanEqual: ("__le__", "__ge__"),
    cst.GreaterThan: ("__gt__", "__lt__"),
    cst.GreaterThanEqual: ("__ge__", "__le__"),
}


def compare_instances(machine: Machine, kind: Any, left: Any, right: Any, node: cst.CSTNode, env: Env) -> Any:
    """A comparison by the methods of an analyzed class; MISSING where it has none."""
    for value, other, name in ((left, right, _COMPARISONS[kind][0]), (right, left, _COMPARISONS[kind][1])):
        if not isinstance(value, Instance) or value.cls is None:
            continue
        method = value.cls.find(name)
        if isinstance(method, Function):
            result = machine.call(BoundMethod(method, value), [other], {}, node, env)
            if getattr(result, "path", "") != "builtins.NotImplemented":
                return result
        equal = value.cls.find("__eq__")
        if kind is cst.NotEqual and isinstance(equal, Function):
            known = truth(machine, machine.call(BoundMethod(equal, value), [other], {}, node, env))
            return machine.unknown(node, env, "an operand is not known") if known is None else not known
        less = value.cls.find("__lt__")
        if kind in (cst.LessThanEqual, cst.GreaterThanEqual) and isinstance(less, Function) and value.cls.is_ordered:
            first, second = (other, value) if kind is cst.LessThanEqual else (value, other)
            known = truth(machine, machine.call(BoundMethod(less, first), [second], {}, node, env))
            return machine.unknown(node, env, "an operand is not known") if known is None else not known
    return MISSING


def _among_names(item: External, container: Any) -> bool | None:
    """Whether a library name is among others; None where it may be another name of one of them, or of an unknown value."""
    others = [other for other in container if isinstance(other, External)]
    if any(other.path == item.path for other in others):
        return True
    owner = item.path.rpartition(".")[0]
    apart = all(other.path.rpartition(".")[0] == owner for other in others)
    return False if apart and not any(is_symbolic(other) for other in container) else None


def contains(machine: Machine, container: Any, item: Any, node: cst.CSTNode, env: Env) -> bool | None:
    """`item in container`; None where it is not known."""
    if isinstance(container, af.DagObject):
        return None
    if flags.is_flag_member(container) and flags.is_flag_member(item):
        bits = int(item.attributes["value"])
        return bits & int(container.attributes["value"]) == bits
    if isinstance(container, Instance) and container.cls is not None and not is_data_enum(container):
        method = container.cls.find("__contains__")
        if isinstance(method, Function):
            return truth(machine, machine.call(BoundMethod(method, container), [item], {}, node, env))
        items = iterate(machine, container, node, env)
        container = container if items is None else items
    if isinstance(container, External) and container.path == "os.environ" and isinstance(item, str):
        return True if item in machine.environment or item in machine.config.env else None
    if is_symbolic(container) or isinstance(container, (Opaque, External, Instance)):
        return None
    if isinstance(container, af.AirflowObject):
        return container.holds(item)
    if is_symbolic(item):
        return None
    if isinstance(container, LazyItems):
        container = container.take()
    if isinstance(item, External) and isinstance(container, (list, tuple, set, frozenset)):
        return _among_names(item, container)
    if isinstance(container, Class) and (own := metaclass_method(container, "__contains__")) is not None:
        return truth(machine, machine.call(own, [item], {}, node, env))
    if isinstance(container, Class) and is_enum(container):
        members = enum_members(container)
        container = [*members, *(member.attributes["value"] for member in members)]
    if isinstance(container, (list, tuple)):
        machine.charge(len(container) // 20)
    if not isinstance(item, (str, int, float)):
        weigh(machine, item)
        weigh(machine, container)
    if isinstance(container, list) and isinstance(item, Instance):
        found = [compare(machine, cst.Equal, item, other, node, env) for other in container[:1000]]
        return True if True in found else None if any(is_symbolic(one) for one in found) else False
    try:
        if item in container:
            return True
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None
    return None if contains_symbolic(container, 1) and not isinstance(container, Mapping) else False
