"""Operators, truth, iteration and text of values: what Python does where all is known, and what stays symbolic."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes.enums import enum_members, enum_value, is_data_enum, is_enum, is_flag
from migrator.analyzers.interpreter.language.iterators import LazyItems, Pulled
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Class,
    ControlFlow,
    EnumMember,
    Env,
    External,
    Function,
    Instance,
    LabelledText,
    ModuleValue,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    TextValue,
    contains_symbolic,
    is_symbolic,
    metaclass_method,
)
from migrator.model.values import AssetValue, Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

MAX_ITEMS = 200_000
"""Elements a container may be given by one operation; beyond that the value is unknown."""
MAX_TEXT = 1_000_000
"""Characters a text may grow to; code that makes more ends as Python would without memory."""

_EMPTY: dict[Any, Any] = {}
DictView = (type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items()))
"""The types of `dict.keys()` and the like."""
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
    if isinstance(value, Instance):
        for name in ("__bool__", "__len__"):
            method = value.cls.find(name) if value.cls else MISSING
            if isinstance(method, Function):
                result = machine.call(BoundMethod(method, value), [], {}, method.node, Env(method.module, {}))
                return None if is_symbolic(result) else bool(result)
        if not is_data_enum(value) and not (value.cls is not None and is_flag(value.cls)):
            return True
        return None if is_symbolic(enum_value(value)) else bool(enum_value(value))
    if isinstance(
        value, (Function, Class, BoundMethod, ModuleValue, Native, PartialCall, AssetValue, af.AirflowObject)
    ):
        return True
    try:
        return bool(value)
    except Exception:  # an object of a library that does not say whether it is true
        return None


def iterate(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> list[Any] | None:
    """The elements of an iterable; None where they are not known. Raises RaiseSignal (TypeError) where it is none."""
    value = machine.settle(value, node, env)
    if isinstance(value, _CONTAINERS):
        machine.charge(len(value) // 20)
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value) if not isinstance(value, (set, frozenset)) else stable(value)
    if isinstance(value, Mapping):
        return list(value)
    if isinstance(value, (str, bytes, collections.deque)):
        return list(value)
    if isinstance(value, range):
        return list(value) if len(value) <= MAX_ITEMS else None
    if isinstance(value, LazyItems):
        return value.take()
    if isinstance(value, Class):
        own = metaclass_method(value, "__iter__")
        if own is not None:
            return iterate(machine, machine.call(own, [], {}, node, env), node, env)
        return enum_members(value) if is_enum(value) else None
    if isinstance(value, Instance) and value.cls is not None:
        made = iterator_of(machine, value, node, env)
        if made is not MISSING:
            return iterate(machine, made, node, env)
        getter = value.cls.find("__getitem__")
        if isinstance(getter, Function):
            return by_index(machine, getter, value, node, env)
        if isinstance(value, EnumMember) and is_flag(value.cls):
            from migrator.analyzers.interpreter.classes import flags

            return list(flags.parts(value))
        if is_data_enum(value):
            return iterate(machine, enum_value(value), node, env)
        return None
    if isinstance(value, DictView):
        return list(value)
    if isinstance(value, External) and value.path.startswith("cosmos."):
        from migrator.analyzers.interpreter.airflow import cosmos as airflow_cosmos

        return airflow_cosmos.members(value)
    if isinstance(value, af.AirflowObject):
        return value.items(machine, node, env)
    if isinstance(value, (int, float, type(None), bool)):
        raise RaiseSignal("TypeError", f"'{type(value).__name__}' object is not iterable")
    return None


def iterator_of(machine: Machine, value: Instance, node: cst.CSTNode, env: Env) -> Any:
    """What `iter` gives for an instance of an analyzed class with `__iter__`, else MISSING."""
    method = value.cls.find("__iter__") if value.cls is not None else MISSING
    if not isinstance(method, Function):
        return MISSING
    made = machine.call(BoundMethod(method, value), [], {}, node, env)
    following = made.cls.find("__next__") if isinstance(made, Instance) and made.cls is not None else MISSING
    if not isinstance(following, Function):
        return made

    def pull() -> Any:
        machine.tick()
        try:
            return machine.call(BoundMethod(following, made), [], {}, node, env)
        except RaiseSignal as signal:
            if signal.name != "StopIteration":
                raise
            return MISSING

    return Pulled(pull)


def by_index(machine: Machine, getter: Function, value: Instance, node: cst.CSTNode, env: Env) -> list[Any] | None:
    """Iteration by `__getitem__`, until it raises IndexError."""
    items: list[Any] = []
    try:
        while len(items) < MAX_ITEMS:
            machine.tick()
            items.append(machine.call(BoundMethod(getter, value), [len(items)], {}, node, env))
            if is_symbolic(items[-1]):
                return None
    except RaiseSignal as signal:
        if signal.name != "IndexError":
            raise
    return items


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


def make_set_value(values: list[Any]) -> Any:
    """A set where all elements can be hashed, else the list of them."""
    try:
        return set(values)
    except TypeError:
        return values


def make_frozen(values: list[Any]) -> Any:
    """As `make_set_value`, for `frozenset`."""
    made = make_set_value(values)
    return frozenset(made) if isinstance(made, set) else made


def text_of(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> str | Text:
    """What `str(value)` gives; unknown parts stay in it."""
    if type(value) is str:
        return value
    if isinstance(value, LabelledText):
        return value.label
    if isinstance(value, str):
        own = value.cls.find("__str__") if isinstance(value, TextValue) else MISSING
        if isinstance(own, Function) and own not in machine.active:
            shown = machine.call(own, [value], {}, node, env)
            return shown if isinstance(shown, (str, Text)) else Text((shown,))
        return str(value)
    if isinstance(value, Text):
        return Text(value.parts) if value.is_path else value
    if isinstance(value, Instance) and value.cls is not None:
        return instance_text(machine, value, ("__str__", "__repr__"), node, env)
    if isinstance(value, Opaque) and is_exception(value):
        if value.path == "builtins.KeyError" and len(value.args) == 1:
            return repr_of(machine, value.args[0], node, env)
        return text_of(machine, exception_message(value.args), node, env)
    if isinstance(value, External) and value.path.startswith("builtins."):
        return f"<class '{value.name}'>"
    if isinstance(value, af.XCom):
        return Text((value,))
    if isinstance(value, af.AirflowObject):
        return Text((value,))
    if type(value).__module__ == "packaging.version":
        return str(value)
    if contains_symbolic(value) or not isinstance(value, _STR_SAFE):
        return Text((value,))
    weigh(machine, value)
    return to_text(str, value)


def instance_text(
    machine: Machine, value: Instance, methods: tuple[str, ...], node: cst.CSTNode, env: Env
) -> str | Text:
    """`str` (or `repr`) of an instance of an analyzed class."""
    cls = value.cls
    assert cls is not None
    for name in methods:
        method = cls.find(name)
        if isinstance(method, Function):
            result = machine.call(BoundMethod(method, value), [], {}, node, env)
            return result if isinstance(result, (str, Text)) else Text((result,))
    if is_enum(cls):
        shown = any(path.endswith(("StrEnum", "IntEnum", "IntFlag")) for path in cls.external_bases())
        if (shown or isinstance(cls.find("__str__"), External)) and methods[0] == "__str__":
            return text_of(machine, enum_value(value), node, env)
        label = value.attributes.get("name")
        full = f"{cls.name}({enum_value(value)})" if label is None else f"{cls.name}.{label}"
        return full if methods[0] == "__str__" else f"<{full}: {value.attributes['value']!r}>"
    if "args" in value.attributes and any(is_exception(External(path)) for path in cls.external_bases()):
        return text_of(machine, exception_message(value.attributes["args"]), node, env)
    if cls.record() is not None:
        from migrator.analyzers.interpreter.classes.records import repr_fields

        parts: list[Any] = [f"{cls.name}("]
        for index, name in enumerate(repr_fields(value)):
            parts.append(f"{', ' if index else ''}{name}=")
            parts.append(repr_of(machine, value.attributes[name], node, env))
        return join_text([*parts, ")"])
    return Text((value,))


def repr_of(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> str | Text:
    """What `repr(value)` gives; unknown parts stay in it."""
    if isinstance(value, Instance) and value.cls is not None:
        return instance_text(machine, value, ("__repr__",), node, env)
    if isinstance(value, Opaque) and is_exception(value):
        parts: list[Any] = [f"{value.path.rpartition('.')[2]}("]
        for index, item in enumerate(value.args):
            parts.extend([", " if index else "", repr_of(machine, item, node, env)])
        return join_text([*parts, ")"])
    if type(value) in (list, tuple) and any(isinstance(item, Instance) for item in value):
        left, right = ("[", "]") if isinstance(value, list) else ("(", ",)" if len(value) == 1 else ")")
        parts = [left]
        for index, item in enumerate(value):
            parts.extend([", " if index else "", repr_of(machine, item, node, env)])
        return join_text([*parts, right])
    if type(value).__module__ == "packaging.version":
        return str(value)
    if contains_symbolic(value) or not isinstance(value, _STR_SAFE):
        return Text((value,))
    weigh(machine, value)
    return to_text(repr, value)


def to_text(function: Callable[[Any], str], value: Any) -> str | Text:
    """`str` or `repr` of a plain value. Raises RaiseSignal where Python would raise, or the text is too long."""
    try:
        return join_text([function(value)])
    except ControlFlow:
        raise
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None


def is_exception(value: Any) -> bool:
    """Whether a library class (or an instance of it) is a builtin exception."""
    import builtins

    kind = getattr(builtins, value.path.removeprefix("builtins."), None) if value.path[:9] == "builtins." else None
    return isinstance(kind, type) and issubclass(kind, BaseException)


def exception_message(args: Any) -> Any:
    """What `str(exception)` shows of its arguments."""
    return "" if not args else args[0] if len(args) == 1 else tuple(args)


def _safe_types() -> tuple[type, ...]:
    import datetime as dt
    import decimal
    import fractions
    import uuid

    from dateutil.relativedelta import relativedelta

    numbers = (decimal.Decimal, fractions.Fraction)
    dates = (dt.datetime, dt.date, dt.time, dt.timedelta, dt.tzinfo, relativedelta)
    return (*_PLAIN, *numbers, *dates, PurePath, range, uuid.UUID)


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


def open_path(parts: list[Any]) -> Text:
    """A path of which only parts are known."""
    joined = join_text(parts)
    return Text(joined.parts if isinstance(joined, Text) else (joined,), is_path=True)


def binary(machine: Machine, kind: type[cst.CSTNode], left: Any, right: Any, node: cst.CSTNode, env: Env) -> Any:
    """`left <operator> right`."""
    from migrator.analyzers.interpreter.airflow import relations as airflow_relations

    name, function = BINARY[kind]
    if (
        kind in (cst.RightShift, cst.LeftShift)
        and (airflow_relations.is_related(left) or airflow_relations.is_related(right))
        and not _shifts_itself(left, right, name)
    ):
        return airflow_relations.shift(machine, left, right, kind is cst.RightShift, node, env)
    if kind is cst.BitOr and (types := _type_union(left, right)) is not None:
        return types
    own = _by_method(machine, left, right, name, node, env)
    if own is not MISSING:
        return own
    if kind is cst.Modulo and isinstance(left, (str, Text)):
        from migrator.analyzers.interpreter.language.formatting import percent_format

        return percent_format(machine, left, right, node, env)
    if kind in (cst.BitOr, cst.BitAnd, cst.BitXor) and (isinstance(left, EnumMember) or isinstance(right, EnumMember)):
        from migrator.analyzers.interpreter.classes import flags

        if (combined := flags.combined(kind, left, right)) is not MISSING:
            return combined
    left, right = (enum_value(v) if is_data_enum(v) else v for v in (left, right))
    if isinstance(left, DictView) or isinstance(right, DictView):
        left, right = (as_set(v) if isinstance(v, (*DictView, list, tuple)) else v for v in (left, right))
    if isinstance(left, AssetValue) and isinstance(right, AssetValue) and kind in (cst.BitOr, cst.BitAnd):
        return combine_assets("any" if kind is cst.BitOr else "all", left, right)
    texts = [isinstance(v, (str, Text)) for v in (left, right)]
    if kind is cst.Add and any(texts) and all(isinstance(v, (str, Text, Symbolic)) for v in (left, right)):
        return join_text([left, right])
    if kind is cst.Divide and isinstance(left, PurePath) and isinstance(right, (Text, Symbolic)):
        return open_path([str(left) + "/", right])
    if kind is cst.Divide and isinstance(left, (Text, Symbolic)) and isinstance(right, (str, Text)):
        return open_path([left, "/", right])
    if is_symbolic(left) or is_symbolic(right):
        return machine.unknown(node, env, "an operand is not known")
    if isinstance(left, _STR_SAFE) and isinstance(right, _STR_SAFE):
        if isinstance(left, PurePath) and len(str(left)) > 10_000:
            return machine.unknown(node, env, "the result would be too large")
        if too_large(kind, left, right):
            return machine.unknown(node, env, "the result would be too large")
        try:
            return function(left, right)
        except ControlFlow:
            raise
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    return machine.unknown(node, env, "the operands are not evaluated")


def _by_method(machine: Machine, left: Any, right: Any, name: str, node: cst.CSTNode, env: Env) -> Any:
    """What the operator's method of an analyzed class gives, of the left side before the right; MISSING where none has it."""
    for value, other, method_name in ((left, right, name), (right, left, f"__r{name[2:]}")):
        cls = getattr(value, "cls", None)
        method = cls.find(method_name) if isinstance(cls, Class) else MISSING
        if isinstance(method, Function):
            result = machine.call(BoundMethod(method, value), [other], {}, node, env)
            if getattr(result, "path", "") != "builtins.NotImplemented":
                return result
    return MISSING


def _type_union(left: Any, right: Any) -> tuple[Any, ...] | None:
    """`int | Model`: the types, as `isinstance` takes them; None where the sides are no types."""
    if not isinstance(left, (Class, External)) and not isinstance(right, (Class, External)):
        return None
    types: list[Any] = []
    for side in (left, right):
        for one in side if isinstance(side, tuple) else (side,):
            if one is None:
                types.append(External("types.NoneType"))
            elif (isinstance(one, Class) and metaclass_method(one, "__or__") is None) or (
                isinstance(one, External) and (one.path.startswith("builtins.") or one.name[:1].isupper())
            ):
                types.append(one)
            else:
                return None
    return tuple(types)


def _shifts_itself(left: Any, right: Any, name: str) -> bool:
    """Whether `left >> right` is an analyzed class's own: of the left side, or of the right where the left is a list."""
    if isinstance(left, Instance) and left.cls is not None:
        return isinstance(left.cls.find(name), Function)
    if isinstance(left, (list, tuple)) and isinstance(right, Instance) and right.cls is not None:
        return isinstance(right.cls.find("__r" + name[2:]), Function)
    return False


def too_large(kind: type[cst.CSTNode], left: Any, right: Any) -> bool:
    """Whether an operation on known values would cost too much memory or time."""
    if kind is cst.Multiply:
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, (str, bytes, list, tuple)) and isinstance(count, int):
                return len(sequence) * max(0, count) > MAX_ITEMS
        return isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 10_000
    if kind is cst.Power:
        if isinstance(left, int) and isinstance(right, int):
            return max(1, left.bit_length()) * abs(right) > 10_000
        return not isinstance(left, (int, float)) and not (isinstance(right, int) and abs(right) <= 100)
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


def as_set(view: Any) -> Any:
    """The elements of a dict's view as a set, where they can be hashed."""
    return make_set_value(list(view))


def weigh(machine: Machine, value: Any) -> None:
    """Raises RaiseSignal (MemoryError) where a value has too many parts to be looked through, shared parts counted each time.

    Comparing, hashing and printing take that long: a list that holds the same list twice, a hundred levels deep, has 2**100.
    """
    if not isinstance(value, _CONTAINERS):
        return
    count = 0
    stack = [value]
    while stack:
        item = stack.pop()
        count += 1 if not isinstance(item, _CONTAINERS) else 1 + len(item)
        if count > MAX_ITEMS:
            raise RaiseSignal("MemoryError", "the value is too large")
        if isinstance(item, dict):
            stack.extend(part for part in (*item.keys(), *item.values()) if isinstance(part, _CONTAINERS))
        elif isinstance(item, _CONTAINERS):
            stack.extend(part for part in item if isinstance(part, _CONTAINERS))
    if count > 500:
        machine.charge(count // 20)


_CONTAINERS = (list, tuple, dict, set, frozenset, collections.deque)
