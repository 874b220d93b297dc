"""Operators, truth, iteration and text of values: what Python does where all is known, and what stays symbolic."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter import airflow_objects as af
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Class,
    ControlFlow,
    Env,
    External,
    Function,
    Instance,
    ModuleValue,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    contains_symbolic,
    is_symbolic,
)
from migrator.model.values import AssetValue, Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

MAX_ITEMS = 200_000
"""Elements a container may be given by one operation; beyond that the value is unknown."""
MAX_TEXT = 1_000_000
"""Characters a text may grow to; code that makes more ends as Python would without memory."""

BINARY: dict[type[cst.CSTNode], tuple[str, Callable[[Any, Any], Any]]] = {
    cst.Add: ("__add__", operator.add),
    cst.Subtract: ("__sub__", operator.sub),
    cst.Multiply: ("__mul__", operator.mul),
    cst.Divide: ("__truediv__", operator.truediv),
    cst.FloorDivide: ("__floordiv__", operator.floordiv),
    cst.Modulo: ("__mod__", operator.mod),
    cst.Power: ("__pow__", operator.pow),
    cst.LeftShift: ("__lshift__", operator.lshift),
    cst.RightShift: ("__rshift__", operator.rshift),
    cst.BitOr: ("__or__", operator.or_),
    cst.BitAnd: ("__and__", operator.and_),
    cst.BitXor: ("__xor__", operator.xor),
    cst.MatrixMultiply: ("__matmul__", operator.matmul),
}
AUGMENTED: dict[type[cst.CSTNode], type[cst.CSTNode]] = {
    cst.AddAssign: cst.Add,
    cst.SubtractAssign: cst.Subtract,
    cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
    cst.FloorDivideAssign: cst.FloorDivide,
    cst.ModuloAssign: cst.Modulo,
    cst.PowerAssign: cst.Power,
    cst.LeftShiftAssign: cst.LeftShift,
    cst.RightShiftAssign: cst.RightShift,
    cst.BitOrAssign: cst.BitOr,
    cst.BitAndAssign: cst.BitAnd,
    cst.BitXorAssign: cst.BitXor,
}
_PLAIN = (str, bytes, int, float, complex, bool, type(None), list, tuple, dict, set, frozenset)


def truth(machine: Machine, value: Any) -> bool | None:
    """Whether the value counts as true; None where that is not known."""
    if isinstance(value, Text):
        return True if any(isinstance(part, str) and part for part in value.parts) else None
    if isinstance(value, External):
        return None if value.name.isupper() else True
    if isinstance(value, (Symbolic, Opaque)):
        return None
    if isinstance(value, af.XCom):
        return None
    if isinstance(value, Instance):
        for name in ("__bool__", "__len__"):
            method = value.cls.find(name) if value.cls else MISSING
            if method is not MISSING:
                return None
        return True
    if isinstance(
        value, (Function, Class, BoundMethod, ModuleValue, Native, PartialCall, AssetValue, af.AirflowObject)
    ):
        return True
    try:
        return bool(value)
    except Exception:
        return None


def iterate(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> list[Any] | None:
    """The elements of an iterable; None where they are not known. Raises RaiseSignal (TypeError) where it is none."""
    value = machine.settle(value, node, env)
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value) if not isinstance(value, (set, frozenset)) else stable(value)
    if isinstance(value, Mapping):
        return list(value)
    if isinstance(value, (str, bytes)):
        return list(value)
    if isinstance(value, range):
        return list(value) if len(value) <= MAX_ITEMS else None
    if isinstance(value, LazyItems):
        return value.take()
    if isinstance(value, Class) and is_enum(value):
        return enum_members(value)
    if isinstance(value, Instance) and value.cls is not None:
        method = value.cls.find("__iter__")
        if isinstance(method, Function):
            return iterate(machine, machine.call(BoundMethod(method, value), [], {}, node, env), node, env)
        if "__fields__" in value.attributes:
            return [value.attributes[name] for name in value.attributes["__fields__"]]
        return None
    if isinstance(value, (int, float, type(None), bool)):
        raise RaiseSignal("TypeError", f"'{type(value).__name__}' object is not iterable")
    return None


def stable(items: Iterable[Any]) -> list[Any]:
    """The elements of a set in an order that does not change from run to run."""
    values = list(items)
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def extend(target: list[Any], items: list[Any]) -> None:
    """`target.extend(items)` within bounds. Raises RaiseSignal (MemoryError) beyond them."""
    if len(target) + len(items) > MAX_ITEMS:
        raise RaiseSignal("MemoryError", "the list is too long")
    target.extend(items)


class LazyItems:
    """An iterator: what is taken from it is gone, as with Python's own."""

    def __init__(self, items: list[Any]) -> None:
        self._items, self._position = items, 0

    def next(self) -> Any:
        """The next element, MISSING at the end."""
        if self._position >= len(self._items):
            return MISSING
        self._position += 1
        return self._items[self._position - 1]

    def take(self) -> list[Any]:
        """All remaining elements."""
        rest = self._items[self._position :]
        self._position = len(self._items)
        return rest


def make_set_value(values: list[Any]) -> Any:
    """A set where all elements can be hashed, else the list of them."""
    try:
        return set(values)
    except TypeError:
        return values


def is_enum(cls: Class) -> bool:
    return any(
        path.startswith("enum.") or path.endswith(("Enum", "StrEnum", "IntEnum")) for path in cls.external_bases()
    )


def enum_members(cls: Class) -> list[Any]:
    """The members of an Enum class, in order."""
    return [enum_member(cls, name) for name in cls.namespace if is_member_name(cls, name)]


def is_member_name(cls: Class, name: str) -> bool:
    value = cls.namespace.get(name, MISSING)
    return (
        not name.startswith("_") and not isinstance(value, (Function, Class)) and type(value).__name__ != "Descriptor"
    )


def enum_member(cls: Class, name: str) -> Instance:
    """The member of that name, one object for each."""
    cache = cls.namespace.setdefault("_members_", {})
    if name not in cache:
        cache[name] = Instance(cls, {"name": name, "value": cls.namespace[name]})
    member: Instance = cache[name]
    return member


def enum_value(value: Any) -> Any:
    """The value of an Enum member that is also a str or int; other values unchanged."""
    if isinstance(value, Instance) and value.cls is not None and is_enum(value.cls) and "value" in value.attributes:
        return value.attributes["value"]
    return value


def is_data_enum(value: Any) -> bool:
    """An Enum member whose class also derives from str or int, so that it acts as its value."""
    return (
        isinstance(value, Instance)
        and value.cls is not None
        and is_enum(value.cls)
        and any(
            path in ("builtins.str", "builtins.int") or path.endswith(("StrEnum", "IntEnum"))
            for path in value.cls.external_bases()
        )
    )


def text_of(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> str | Text:
    """What `str(value)` gives; unknown parts stay in it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Text):
        return value
    if is_data_enum(value):
        return text_of(machine, enum_value(value), node, env)
    if isinstance(value, Instance) and value.cls is not None:
        for name in ("__str__", "__repr__"):
            method = value.cls.find(name)
            if isinstance(method, Function):
                result = machine.call(BoundMethod(method, value), [], {}, node, env)
                return result if isinstance(result, (str, Text)) else Text((result,))
        if is_enum(value.cls):
            return f"{value.cls.name}.{value.attributes.get('name')}"
    if isinstance(value, af.XCom):
        return Text((value,))
    if isinstance(value, af.AirflowObject):
        return Text((value,))
    if contains_symbolic(value) or not isinstance(value, _STR_SAFE):
        return Text((value,))
    return str(value)


def _safe_types() -> tuple[type, ...]:
    import datetime as dt

    return (*_PLAIN, dt.datetime, dt.date, dt.time, dt.timedelta, dt.tzinfo, PurePath, range)


_STR_SAFE = _safe_types()


def join_text(parts: list[Any]) -> str | Text:
    """Pieces of a string put together: a plain string where all are known."""
    merged: list[Any] = []
    if sum(len(part) for part in parts if isinstance(part, str)) > MAX_TEXT:
        raise RaiseSignal("MemoryError", "the text is too long")
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            if isinstance(piece, str) and merged and isinstance(merged[-1], str):
                merged[-1] += piece
            elif piece != "" or not isinstance(piece, str):
                merged.append(piece)
    if not merged:
        return ""
    if len(merged) == 1 and isinstance(merged[0], str):
        return merged[0]
    return Text(tuple(merged))


def binary(machine: Machine, kind: type[cst.CSTNode], left: Any, right: Any, node: cst.CSTNode, env: Env) -> Any:
    """`left <operator> right`."""
    from migrator.analyzers.interpreter import airflow_relations

    name, function = BINARY[kind]
    if kind in (cst.RightShift, cst.LeftShift) and (
        airflow_relations.is_related(left) or airflow_relations.is_related(right)
    ):
        return airflow_relations.shift(machine, left, right, kind is cst.RightShift, node, env)
    left, right = (enum_value(v) if is_data_enum(v) else v for v in (left, right))
    if isinstance(left, AssetValue) and isinstance(right, AssetValue) and kind in (cst.BitOr, cst.BitAnd):
        return combine_assets("any" if kind is cst.BitOr else "all", left, right)
    if isinstance(left, Instance) and left.cls is not None:
        method = left.cls.find(name)
        if isinstance(method, Function):
            return machine.call(BoundMethod(method, left), [right], {}, node, env)
    if isinstance(right, Instance) and right.cls is not None:
        method = right.cls.find("__r" + name[2:])
        if isinstance(method, Function):
            return machine.call(BoundMethod(method, right), [left], {}, node, env)
    texts = [isinstance(v, (str, Text)) for v in (left, right)]
    if kind is cst.Add and any(texts) and all(isinstance(v, (str, Text, Symbolic)) for v in (left, right)):
        return join_text([left, right])
    if kind is cst.Divide and isinstance(left, PurePath) and isinstance(right, (Text, Symbolic)):
        return join_text([str(left) + "/", right])
    if kind is cst.Divide and isinstance(left, Text) and isinstance(right, (str, Text)):
        return join_text([left, "/", right])
    if kind is cst.Divide and isinstance(left, Symbolic) and isinstance(right, (str, Text)):
        return join_text([left, "/", right])
    if kind is cst.Modulo and isinstance(left, (str, Text)):
        return percent_format(machine, left, right, node, env)
    if is_symbolic(left) or is_symbolic(right):
        return machine.unknown(node, env, "an operand is not known")
    if isinstance(left, _STR_SAFE) and isinstance(right, _STR_SAFE):
        if too_large(kind, left, right):
            return machine.unknown(node, env, "the result would be too large")
        try:
            return function(left, right)
        except ControlFlow:
            raise
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    return machine.unknown(node, env, "the operands are not evaluated")


def too_large(kind: type[cst.CSTNode], left: Any, right: Any) -> bool:
    """Whether an operation on known values would cost too much memory or time."""
    if kind is cst.Multiply:
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, (str, bytes, list, tuple)) and isinstance(count, int):
                return len(sequence) * max(0, count) > MAX_ITEMS
        return isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 10_000
    if kind is cst.Power:
        return isinstance(left, int) and isinstance(right, int) and max(1, left.bit_length()) * abs(right) > 10_000
    if kind is cst.LeftShift:
        return isinstance(right, int) and right > 10_000
    if kind is cst.Add and isinstance(left, (str, bytes, list, tuple)) and isinstance(right, (str, bytes, list, tuple)):
        return len(left) + len(right) > MAX_TEXT
    return False


def combine_assets(kind: str, left: AssetValue, right: AssetValue) -> AssetValue:
    """`left & right` or `left | right`, flat where it can be."""
    members: list[AssetValue] = []
    for side in (left, right):
        members.extend(side.members if side.kind == kind else (side,))
    return AssetValue(name=kind, kind=kind, members=tuple(members))


_PERCENT = re.compile(r"%(?:\((?P<key>[^)]*)\))?(?P<spec>[-#0 +]*\d*(?:\.\d+)?)(?P<type>[diouxXeEfFgGcrsa%])")


def percent_format(machine: Machine, template: str | Text, value: Any, node: cst.CSTNode, env: Env) -> Any:
    """`template % value`."""
    if isinstance(template, Text):
        return machine.unknown(node, env, "the format is not known")
    if not contains_symbolic(value) and isinstance(value, _STR_SAFE):
        if re.search(r"%[^(]*\d{5,}", template):
            return machine.unknown(node, env, "the result would be too large")
        try:
            return join_text([template % value])
        except ControlFlow:
            raise
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    parts: list[Any] = []
    position, index = 0, 0
    for match in _PERCENT.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        if match["type"] == "%":
            parts.append("%")
        elif match["key"] is not None:
            item = value.get(match["key"], MISSING) if isinstance(value, dict) else MISSING
            parts.append(
                machine.unknown(node, env, "unknown value") if item is MISSING else text_of(machine, item, node, env)
            )
        else:
            items = value if isinstance(value, tuple) else (value,)
            item = items[index] if index < len(items) else machine.unknown(node, env, "unknown value")
            parts.append(text_of(machine, item, node, env))
            index += 1
    parts.append(template[position:])
    return join_text(parts)


def format_value(machine: Machine, value: Any, spec: str, conversion: str | None, node: cst.CSTNode, env: Env) -> Any:
    """One replacement field of an f-string or `str.format`."""
    if is_data_enum(value):
        value = enum_value(value)
    if conversion in ("r", "a") and not contains_symbolic(value) and isinstance(value, _STR_SAFE):
        value = repr(value) if conversion == "r" else ascii(value)
    elif conversion == "s":
        value = text_of(machine, value, node, env)
    if spec and isinstance(value, _STR_SAFE) and not contains_symbolic(value):
        if re.search(r"\d{5,}", spec):
            return machine.unknown(node, env, "the result would be too large")
        try:
            return format(value, spec)
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    return text_of(machine, value, node, env)


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
        return machine.unknown(node, env, "an operand is not known") if found is None else found is (kind is cst.In)
    if isinstance(left, External) and isinstance(right, External) and kind in (cst.Equal, cst.NotEqual):
        return (left.path == right.path) is (kind is cst.Equal)
    if contains_symbolic(left) or contains_symbolic(right):
        return machine.unknown(node, env, "an operand is not known")
    function = {
        cst.Equal: operator.eq,
        cst.NotEqual: operator.ne,
        cst.LessThan: operator.lt,
        cst.LessThanEqual: operator.le,
        cst.GreaterThan: operator.gt,
        cst.GreaterThanEqual: operator.ge,
    }[kind]
    if isinstance(left, (Instance, af.AirflowObject)) or isinstance(right, (Instance, af.AirflowObject)):
        if kind in (cst.Equal, cst.NotEqual):
            return (left is right) is (kind is cst.Equal)
        return machine.unknown(node, env, "the operands are not evaluated")
    try:
        return function(left, right)
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None


def contains(machine: Machine, container: Any, item: Any, node: cst.CSTNode, env: Env) -> bool | None:
    """`item in container`; None where it is not known."""
    if isinstance(container, af.DagObject):
        return None
    if is_symbolic(container) or isinstance(container, (Opaque, External, Instance, af.AirflowObject)):
        return None
    if is_symbolic(item):
        return None
    if isinstance(container, Class) and is_enum(container):
        container = [member.attributes["value"] for member in enum_members(container)]
    try:
        if item in container:
            return True
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None
    return None if contains_symbolic(container, 1) and not isinstance(container, Mapping) else False
