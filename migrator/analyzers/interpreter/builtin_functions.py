"""Python's builtin functions, evaluated for known arguments; unknown arguments give unknown results."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter import airflow_objects as af
from migrator.analyzers.interpreter.operations import (
    MAX_ITEMS,
    LazyItems,
    enum_value,
    is_data_enum,
    iterate,
    join_text,
    make_set_value,
    text_of,
    truth,
)
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Env,
    External,
    Function,
    Instance,
    Native,
    RaiseSignal,
    contains_symbolic,
    is_symbolic,
)
from migrator.model.values import Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


class GlobalsDict(dict[str, Any]):
    """`globals()`: writing to it defines names of the module."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._names = names

    def __setitem__(self, key: str, value: Any) -> None:
        self._names[key] = value
        super().__setitem__(key, value)

    def update(self, *args: Any, **kwargs: Any) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value


def items_of(machine: Machine, value: Any, call: Call) -> list[Any] | None:
    return iterate(machine, value, call.node, call.env)


def no(machine: Machine, call: Call, why: str = "an argument is not known") -> Any:
    return machine.unknown(call.node, call.env, why)


def _len(machine: Machine, call: Call) -> Any:
    value = machine.settle(call.args[0], call.node, call.env)
    if isinstance(value, Instance) and value.cls is not None and isinstance(value.cls.find("__len__"), Function):
        return machine.call(BoundMethod(value.cls.find("__len__"), value), [], {}, call.node, call.env)
    if isinstance(value, (list, tuple, dict, set, frozenset, str, bytes, range)):
        return len(value)
    return no(machine, call)


def _str(machine: Machine, call: Call) -> Any:
    if not call.args:
        return ""
    return text_of(machine, call.args[0], call.node, call.env)


def _convert(function: Callable[..., Any]) -> Callable[[Machine, Call], Any]:
    """int, float, bool, abs...: on plain known values."""

    def convert(machine: Machine, call: Call) -> Any:
        args = [machine.settle(enum_value(a) if is_data_enum(a) else a, call.node, call.env) for a in call.args]
        if any(
            contains_symbolic(a) or isinstance(a, (Instance, af.AirflowObject)) for a in (*args, *call.kwargs.values())
        ):
            return no(machine, call)
        if any(isinstance(a, str) and len(a) > 4000 for a in args):
            return no(machine, call, "the text is too long")
        try:
            return function(*args, **call.kwargs)
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None

    return convert


def _bool(machine: Machine, call: Call) -> Any:
    if not call.args:
        return False
    known = truth(machine, machine.settle(call.args[0], call.node, call.env))
    return no(machine, call) if known is None else known


def _collection(make: Callable[[list[Any]], Any]) -> Callable[[Machine, Call], Any]:
    def build(machine: Machine, call: Call) -> Any:
        if not call.args:
            return make([])
        if isinstance(call.args[0], af.XCom):
            return call.args[0]
        values = items_of(machine, call.args[0], call)
        return no(machine, call) if values is None else make(values)

    return build


def _dict(machine: Machine, call: Call) -> Any:
    result: dict[Any, Any] = {}
    if call.args:
        source = machine.settle(call.args[0], call.node, call.env)
        if isinstance(source, dict):
            result.update(source)
        else:
            pairs = items_of(machine, source, call)
            if pairs is None:
                return no(machine, call)
            for pair in pairs:
                entry = items_of(machine, pair, call)
                if entry is None or len(entry) != 2:
                    return no(machine, call)
                result[entry[0]] = entry[1]
    result.update(call.kwargs)
    return result


def _range(machine: Machine, call: Call) -> Any:
    args = [machine.settle(a, call.node, call.env) for a in call.args]
    if not all(isinstance(a, int) for a in args):
        return no(machine, call)
    try:
        return range(*args)
    except (TypeError, ValueError) as error:
        raise RaiseSignal(type(error).__name__, str(error)) from None


def _enumerate(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    start = call.argument(1, "start", 0)
    if values is None:
        return [(no(machine, call), no(machine, call))] if not isinstance(call.args[0], af.XCom) else no(machine, call)
    return LazyItems([(index, value) for index, value in enumerate(values, start if isinstance(start, int) else 0)])


def _zip(machine: Machine, call: Call) -> Any:
    columns = [items_of(machine, value, call) for value in call.args]
    if any(column is None for column in columns):
        return no(machine, call)
    return LazyItems(list(zip(*[column for column in columns if column is not None], strict=False)))


def _map(machine: Machine, call: Call) -> Any:
    columns = [items_of(machine, value, call) for value in call.args[1:]]
    if any(column is None for column in columns):
        return no(machine, call)
    rows = zip(*[column for column in columns if column is not None], strict=False)
    return LazyItems([machine.call(call.args[0], list(row), {}, call.node, call.env) for row in rows])


def _filter(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[1], call)
    if values is None:
        return no(machine, call)
    kept = []
    for value in values:
        result = value if call.args[0] is None else machine.call(call.args[0], [value], {}, call.node, call.env)
        if truth(machine, machine.settle(result, call.node, call.env)) is not False:
            kept.append(value)
    return LazyItems(kept)


def _sorted(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    if values is None:
        return no(machine, call)
    return sort_values(machine, values, call)


def sort_values(machine: Machine, values: list[Any], call: Call) -> list[Any]:
    """The values sorted by the call's `key` and `reverse`; in their order where they cannot be compared."""
    function = call.kwargs.get("key")
    keys = [machine.call(function, [v], {}, call.node, call.env) if function is not None else v for v in values]
    if any(contains_symbolic(key) for key in keys):
        return values
    sign = -1 if call.kwargs.get("reverse") is True else 1

    def compare(left: int, right: int) -> int:
        return sign * _compare(keys[left], keys[right])

    return [values[index] for index in sorted(range(len(values)), key=cmp_to_key(compare))]


def _compare(left: Any, right: Any) -> int:
    try:
        return -1 if left < right else 1 if right < left else 0
    except TypeError as error:
        raise RaiseSignal("TypeError", str(error)) from None


def _extreme(sign: int) -> Callable[[Machine, Call], Any]:
    def pick(machine: Machine, call: Call) -> Any:
        values = items_of(machine, call.args[0], call) if len(call.args) == 1 else list(call.args)
        if values is None or any(contains_symbolic(value) for value in values):
            return no(machine, call)
        if not values:
            if "default" in call.kwargs:
                return call.kwargs["default"]
            raise RaiseSignal("ValueError", "empty sequence")
        ordered = sort_values(
            machine, values, Call([], {k: v for k, v in call.kwargs.items() if k == "key"}, call.node, call.env)
        )
        return ordered[0] if sign < 0 else ordered[-1]

    return pick


def _sum(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    start = call.argument(1, "start", 0)
    if values is None or contains_symbolic(values):
        return no(machine, call)
    if isinstance(start, list):
        return [item for value in [start, *values] for item in value]
    return _convert(sum)(machine, Call([values, start], {}, call.node, call.env))


def _all_any(wanted: bool) -> Callable[[Machine, Call], Any]:
    def decide(machine: Machine, call: Call) -> Any:
        values = items_of(machine, call.args[0], call)
        if values is None:
            return no(machine, call)
        results = [truth(machine, value) for value in values]
        if wanted in results:
            return wanted
        return no(machine, call) if None in results else not wanted

    return decide


def _isinstance(machine: Machine, call: Call) -> Any:
    value, types = call.args[0], call.args[1]
    if isinstance(types, tuple):
        results = [_isinstance(machine, Call([value, t], {}, call.node, call.env)) for t in types]
        return True if True in results else no(machine, call) if any(is_symbolic(r) for r in results) else False
    if is_symbolic(value) and not isinstance(value, Text):
        return no(machine, call)
    if isinstance(types, External) and types.path.startswith("builtins."):
        wanted = getattr(builtins, types.name, None)
        if isinstance(wanted, type):
            return isinstance(value, wanted) or (isinstance(value, Text) and wanted is str)
    if isinstance(types, Class):
        cls = value.cls if isinstance(value, (Instance, af.TaskObject)) else None
        return cls is not None and types in cls.mro()
    if isinstance(types, External):
        if isinstance(value, af.TaskObject):
            return types.name in ("BaseOperator", "AbstractOperator", "DAGNode") or types.path in (
                value.path,
                *value.bases,
            )
        if isinstance(value, af.GroupObject):
            return types.name == "TaskGroup"
        if isinstance(value, af.DagObject):
            return types.name == "DAG"
        if isinstance(value, (str, int, float, list, dict, tuple, set, type(None))):
            import collections.abc

            abstract = getattr(collections.abc, types.name, None)
            return isinstance(value, abstract) if isinstance(abstract, type) else False
        if hasattr(value, "isoformat"):
            return types.name.lower() in (type(value).__name__, "date" if types.name == "date" else "datetime")
    return no(machine, call)


def _type(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    if len(call.args) == 3:
        return no(machine, call, "a class made at run time")
    if isinstance(value, Instance) and value.cls is not None:
        return value.cls
    if is_symbolic(value):
        return no(machine, call)
    return External(f"builtins.{type(value).__name__}")


def _getattr(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.attributes import get_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if not isinstance(name, str):
        return no(machine, call)
    try:
        value = get_attribute(machine, call.args[0], name, call.node, call.env)
    except RaiseSignal:
        if len(call.args) > 2:
            return call.args[2]
        raise
    return value


def _hasattr(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.attributes import get_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if not isinstance(name, str) or is_symbolic(call.args[0]):
        return no(machine, call)
    try:
        value = get_attribute(machine, call.args[0], name, call.node, call.env)
    except RaiseSignal:
        return False
    return no(machine, call) if is_symbolic(value) else True


def _setattr(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.attributes import set_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if isinstance(name, str):
        set_attribute(machine, call.args[0], name, call.args[2], call.node, call.env)


def _next(machine: Machine, call: Call) -> Any:
    source = call.args[0]
    if isinstance(source, LazyItems):
        value = source.next()
        if value is not MISSING:
            return value
        if len(call.args) > 1:
            return call.args[1]
        raise RaiseSignal("StopIteration")
    return no(machine, call)


def _iter(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    return no(machine, call) if values is None else LazyItems(values)


def _open(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.files import open_file

    return open_file(machine, call.argument(0, "file"), call.argument(1, "mode", "r"), call)


def _callable(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    if isinstance(value, (Function, BoundMethod, Class, Native, External)):
        return True
    return no(machine, call) if is_symbolic(value) else False


def _round_trip(machine: Machine, call: Call) -> Any:
    return call.args[0] if call.args else None


def _format(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.operations import format_value

    spec = call.argument(1, "format_spec", "")
    return format_value(machine, call.args[0], spec if isinstance(spec, str) else "", None, call.node, call.env)


def _globals(machine: Machine, call: Call) -> Any:
    return GlobalsDict(call.env.module.globals)


def _locals(machine: Machine, call: Call) -> Any:
    env: Env = call.env
    return GlobalsDict(env.names)


def _vars(machine: Machine, call: Call) -> Any:
    if not call.args:
        return _locals(machine, call)
    value = call.args[0]
    return value.attributes if isinstance(value, Instance) else no(machine, call)


def _reversed(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    return no(machine, call) if values is None else LazyItems(values[::-1])


def _repr(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    return (
        join_text([Text((value,))])
        if contains_symbolic(value) or isinstance(value, (Instance, af.AirflowObject))
        else repr(value)
    )


def _nothing(machine: Machine, call: Call) -> Any:
    return None


def _exit(machine: Machine, call: Call) -> Any:
    raise RaiseSignal("SystemExit")


FUNCTIONS: dict[str, Callable[[Machine, Call], Any]] = {
    "len": _len,
    "str": _str,
    "repr": _repr,
    "int": _convert(int),
    "float": _convert(float),
    "complex": _convert(complex),
    "abs": _convert(abs),
    "round": _convert(round),
    "divmod": _convert(divmod),
    "chr": _convert(chr),
    "ord": _convert(ord),
    "hex": _convert(hex),
    "bin": _convert(bin),
    "oct": _convert(oct),
    "hash": _convert(lambda value: 0),
    "bytes": _convert(
        lambda *args: bytes(*args) if not args or not isinstance(args[0], int) or args[0] < MAX_ITEMS else b""
    ),
    "bool": _bool,
    "list": _collection(list),
    "tuple": _collection(tuple),
    "set": _collection(make_set_value),
    "frozenset": _collection(make_set_value),
    "dict": _dict,
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _filter,
    "sorted": _sorted,
    "reversed": _reversed,
    "min": _extreme(-1),
    "max": _extreme(1),
    "sum": _sum,
    "all": _all_any(False),
    "any": _all_any(True),
    "isinstance": _isinstance,
    "type": _type,
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "next": _next,
    "iter": _iter,
    "open": _open,
    "callable": _callable,
    "format": _format,
    "globals": _globals,
    "locals": _locals,
    "vars": _vars,
    "print": _nothing,
    "exit": _exit,
    "quit": _exit,
    "delattr": _nothing,
}
"""Builtins that are evaluated; the others are names only."""

BUILTINS: dict[str, Any] = {name: External(f"builtins.{name}") for name in dir(builtins) if not name.startswith("_")}
BUILTINS |= {"True": True, "False": False, "None": None, "__builtins__": External("builtins"), "__debug__": True}
BUILTINS["__import__"] = External("builtins.__import__")
