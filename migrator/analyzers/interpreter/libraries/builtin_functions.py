"""Python's builtin functions, evaluated for known arguments; unknown arguments give unknown results."""

from __future__ import annotations

import builtins
import collections
import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes import flags
from migrator.analyzers.interpreter.classes.enums import enum_members, enum_value, is_data_enum, is_enum
from migrator.analyzers.interpreter.language import class_functions
from migrator.analyzers.interpreter.language.iterators import LazyItems, Pulled, ended
from migrator.analyzers.interpreter.language.open_dicts import OpenDict, is_environment, merged
from migrator.analyzers.interpreter.language.operations import (
    MAX_ITEMS,
    DictView,
    iterate,
    iterator_of,
    make_frozen,
    make_set_value,
    repr_of,
    text_of,
    truth,
    weigh,
)
from migrator.analyzers.interpreter.libraries import sorting
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Descriptor,
    Env,
    External,
    Function,
    Instance,
    ModuleValue,
    Native,
    Opaque,
    RaiseSignal,
    contains_symbolic,
    is_symbolic,
    metaclass_method,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


class GlobalsDict(dict[str, Any]):
    """`globals()`: writing to it defines names of the module."""

    def __init__(self, names: dict[str, Any], own: dict[str, Any] | None = None) -> None:
        super().__init__({**(own or {}), **names})
        self._names = names

    @property
    def written(self) -> dict[str, Any]:
        """The names themselves, for code that is evaluated in them."""
        return self._names

    def __setitem__(self, key: str, value: Any) -> None:
        self._names[key] = value
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self._names.pop(key, None)
        super().__delitem__(key)

    def __ior__(self, other: Any) -> GlobalsDict:  # type: ignore[override,misc]
        self.update(other)
        return self

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        self._names.pop(key, None)
        return super().pop(key, *default)

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
    if isinstance(value, (*_SIZED, *DictView)):
        return len(value)
    if isinstance(value, Class) and (own := metaclass_method(value, "__len__")) is not None:
        return machine.call(own, [], {}, call.node, call.env)
    if isinstance(value, Class) and is_enum(value):
        return len(enum_members(value))
    if flags.is_flag_member(value):
        return len(flags.parts(value))
    if is_data_enum(value) and isinstance(enum_value(value), str):
        return len(enum_value(value))
    if isinstance(value, LazyItems):
        raise RaiseSignal("TypeError", "object of type 'generator' has no len()")
    if isinstance(value, af.AirflowObject):
        items = getattr(value, "rows", None) or items_of(machine, value, call)
        return no(machine, call) if items is None else len(items)
    return no(machine, call)


_SIZED = (list, tuple, set, frozenset, str, bytes, range, Mapping, collections.deque)


def _str(machine: Machine, call: Call) -> Any:
    if not call.args:
        return ""
    if isinstance(call.args[0], bytes) and (len(call.args) > 1 or call.kwargs):
        return _convert(str)(machine, call)
    return text_of(machine, call.args[0], call.node, call.env)


def _convert(function: Callable[..., Any]) -> Callable[[Machine, Call], Any]:
    """int, float, bool, abs...: on plain known values."""

    special = f"__{getattr(function, '__name__', '')}__"

    def convert(machine: Machine, call: Call) -> Any:
        first = call.args[0] if call.args else None
        if isinstance(first, Instance) and first.cls is not None and isinstance(first.cls.find(special), Function):
            return machine.call(BoundMethod(first.cls.find(special), first), call.args[1:], {}, call.node, call.env)
        args = [machine.settle(enum_value(a) if is_data_enum(a) else a, call.node, call.env) for a in call.args]
        if any(
            contains_symbolic(a) or isinstance(a, (Instance, af.AirflowObject)) for a in (*args, *call.kwargs.values())
        ):
            return no(machine, call)
        if any(isinstance(a, str) and len(a) > 4000 for a in args):
            return no(machine, call, "the text is too long")
        if any(isinstance(a, Decimal) and a.is_finite() and abs(a.adjusted()) > 4000 for a in args):
            return no(machine, call, "the number is too large")
        for argument in args:
            weigh(machine, argument)
        try:
            return function(*args, **call.kwargs)
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None

    return convert


def _hash(machine: Machine, call: Call) -> Any:
    """`hash`: a number that is the same in every run (Python's own differ between runs for text), equal for equal values."""
    value = call.args[0]
    if contains_symbolic(value) or isinstance(value, af.AirflowObject):
        return no(machine, call)
    if isinstance(value, tuple) and any(isinstance(item, Instance) for item in value):
        return 0
    if isinstance(value, Instance):
        return hash(value) if value.cls is not None and value.cls.evaluate is not None else 0
    weigh(machine, value)
    return zlib.crc32(repr(value).encode()) if not isinstance(value, (list, dict, set)) else no(machine, call)


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
    from migrator.analyzers.interpreter.language.expressions import mapping_of

    result: dict[Any, Any] = {}
    if call.args:
        source = mapping_of(machine, machine.settle(call.args[0], call.node, call.env), call.node, call.env)
        if isinstance(source, OpenDict) or is_environment(source):
            return merged([source, *([call.kwargs] if call.kwargs else [])])
        if isinstance(source, Mapping):
            result.update(source)
        else:
            pairs = items_of(machine, source, call)
            if pairs is None:
                return no(machine, call)
            for pair in pairs:
                entry = items_of(machine, pair, call)
                if entry is None or len(entry) != 2:
                    return no(machine, call)
                try:
                    result[entry[0]] = entry[1]
                except TypeError:
                    raise RaiseSignal("TypeError", "unhashable key") from None
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
    start = call.argument(1, "start", 0)
    source = call.args[0]
    if isinstance(source, LazyItems) and isinstance(start, int):
        numbers = itertools.count(start)
        return Pulled(lambda: value if (value := source.next()) is MISSING else (next(numbers), value))
    values = items_of(machine, source, call)
    if values is None:
        return [(no(machine, call), no(machine, call))] if not isinstance(call.args[0], af.XCom) else no(machine, call)
    return LazyItems([(index, value) for index, value in enumerate(values, start if isinstance(start, int) else 0)])


def columns_of(machine: Machine, call: Call) -> list[Iterator[Any]] | None:
    """What is taken from each argument in turn, so that one iterator may stand in several places; None where one is not known."""
    sources = [value if isinstance(value, LazyItems) else items_of(machine, value, call) for value in call.args]
    found: list[Iterator[Any]] = []
    for source in sources:
        if source is None:
            return None
        found.append(iter(source.next, MISSING) if isinstance(source, LazyItems) else iter(source))
    return found


def _zip(machine: Machine, call: Call) -> Any:
    columns = columns_of(machine, call)
    if columns is None:
        return no(machine, call)
    rows: list[Any] = []
    try:
        rows.extend(itertools.islice(zip(*columns, strict=call.kwargs.get("strict") is True), MAX_ITEMS))
    except ValueError as error:
        raise RaiseSignal("ValueError", str(error)) from None
    return LazyItems(rows)


def _map(machine: Machine, call: Call) -> Any:
    if len(call.args) == 2:
        values = items_of(machine, call.args[1], call)
        columns = None if values is None else [iter(values)]
    else:
        columns = columns_of(machine, Call(call.args[1:], {}, call.node, call.env))
    if columns is None:
        return no(machine, call)
    rows = itertools.islice(zip(*columns, strict=False), MAX_ITEMS)
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


def _sum(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    start = call.argument(1, "start", 0)
    if values is None or contains_symbolic(values):
        return no(machine, call)
    if isinstance(start, list):
        return [item for value in [start, *values] for item in value]
    if any(isinstance(value, Instance) for value in (start, *values)):
        from migrator.analyzers.interpreter.language.operations import binary

        return reduce(lambda a, b: binary(machine, cst.Add, a, b, call.node, call.env), values, start)
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


def _delattr(machine: Machine, call: Call) -> None:
    from migrator.analyzers.interpreter.language.attributes import delete_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if isinstance(name, str):
        delete_attribute(machine, call.args[0], name, call.node, call.env)


def _pow(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.operations import binary

    if len(call.args) == 2:
        return binary(machine, cst.Power, call.args[0], call.args[1], call.node, call.env)
    return _convert(pow)(machine, call)


def _getattr(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.attributes import get_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if not isinstance(name, str):
        return no(machine, call)
    if len(call.args) > 2 and _module_lacks(machine, call.args[0], name, call):
        return call.args[2]
    if len(call.args) > 2 and class_functions.is_airflow_class(call.args[0]) and name not in _CLASS_ATTRIBUTES:
        return call.args[2]
    try:
        value = get_attribute(machine, call.args[0], name, call.node, call.env)
    except RaiseSignal as signal:
        if len(call.args) > 2 and signal.name == "AttributeError":
            return call.args[2]
        raise
    return value


_CLASS_ATTRIBUTES = frozenset({"__name__", "__doc__", "__module__", "__mro__", "partial", "operators", "ui_color"})
_CLASS_ATTRIBUTES |= {"template_fields", "template_ext", "template_fields_renderers", "operator_extra_links"}
"""What the classes of Airflow have that code asks for; of other names the default is taken."""


def _module_lacks(machine: Machine, value: Any, name: str, call: Call) -> bool:
    """Whether a module of the folder surely has no such name: it is not assigned there, and no other names were imported by `*`."""
    if not isinstance(value, ModuleValue) or name.startswith("__") or "import *" in value.module.text:
        return False
    if name in value.module.globals:
        return False
    return machine.modules.submodule(machine, value.module, name, call.node, call.env) is MISSING


def _hasattr(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.attributes import get_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if not isinstance(name, str) or is_symbolic(call.args[0]):
        return no(machine, call)
    if _module_lacks(machine, call.args[0], name, call):
        return False
    try:
        value = get_attribute(machine, call.args[0], name, call.node, call.env)
    except RaiseSignal:
        return False
    return no(machine, call) if is_symbolic(value) else True


def _setattr(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.attributes import set_attribute

    name = machine.settle(call.args[1], call.node, call.env)
    if isinstance(name, str):
        set_attribute(machine, call.args[0], name, call.args[2], call.node, call.env)


def _next(machine: Machine, call: Call) -> Any:
    source = call.args[0]
    if isinstance(source, af.AirflowObject) and isinstance(getattr(source, "lines", None), LazyItems):
        source = source.lines  # type: ignore[attr-defined]
    if isinstance(source, Instance) and source.cls is not None and isinstance(source.cls.find("__next__"), Function):
        try:
            return machine.call(BoundMethod(source.cls.find("__next__"), source), [], {}, call.node, call.env)
        except RaiseSignal as signal:
            if signal.name == "StopIteration" and len(call.args) > 1:
                return call.args[1]
            raise
    if isinstance(source, LazyItems):
        value = source.send(machine, None)
        if value is not MISSING:
            return value
        if len(call.args) > 1:
            return call.args[1]
        raise ended(source)
    return no(machine, call)


def _iter(machine: Machine, call: Call) -> Any:
    if isinstance(call.args[0], LazyItems):
        return call.args[0]
    if len(call.args) == 2:
        function, end = call.args

        def pull() -> Any:
            value = machine.call(function, [], {}, call.node, call.env)
            return MISSING if is_symbolic(value) or value == end else value

        return Pulled(pull)
    made = iterator_of(machine, call.args[0], call.node, call.env) if isinstance(call.args[0], Instance) else MISSING
    if isinstance(made, LazyItems):
        return made
    values = items_of(machine, call.args[0] if made is MISSING else made, call)
    return no(machine, call) if values is None else LazyItems(values)


def _open(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.libraries.files import open_file

    return open_file(machine, call.argument(0, "file"), call.argument(1, "mode", "r"), call)


def _callable(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    if isinstance(value, (Function, BoundMethod, Class, Native, External)):
        return True
    return no(machine, call) if is_symbolic(value) else False


def _format(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.formatting import format_value

    spec = call.argument(1, "format_spec", "")
    return format_value(machine, call.args[0], spec if isinstance(spec, str) else "", None, call.node, call.env)


def _globals(machine: Machine, call: Call) -> Any:
    module = call.env.module
    own = {"__name__": module.name, "__file__": machine.path_of(module.file), "__doc__": None, "__builtins__": None}
    return GlobalsDict(module.globals, own)


def _locals(machine: Machine, call: Call) -> Any:
    env: Env = call.env
    return GlobalsDict(env.names)


def _vars(machine: Machine, call: Call) -> Any:
    if not call.args:
        return _locals(machine, call)
    value = call.args[0]
    if isinstance(value, Opaque) and value.path == "types.SimpleNamespace":
        return value.kwargs
    if isinstance(value, ModuleValue):
        return GlobalsDict(value.module.globals)
    if isinstance(value, Class):
        own = {"__module__": value.module.name, "__doc__": value.node.get_docstring()}
        return {**own, **value.namespace}
    return value.attributes if isinstance(value, Instance) else no(machine, call)


def _reversed(machine: Machine, call: Call) -> Any:
    source = call.args[0]
    own = source.cls.find("__reversed__") if isinstance(source, Instance) and source.cls is not None else MISSING
    if isinstance(own, Function):
        return _iter(
            machine,
            Call([machine.call(BoundMethod(own, source), [], {}, call.node, call.env)], {}, call.node, call.env),
        )
    values = items_of(machine, call.args[0], call)
    return no(machine, call) if values is None else LazyItems(values[::-1])


def _repr(machine: Machine, call: Call) -> Any:
    return repr_of(machine, call.args[0], call.node, call.env)


def _nothing(machine: Machine, call: Call) -> Any:
    return None


def _descriptor(kind: str) -> Callable[[Machine, Call], Any]:
    """`property(function)` and its like, called instead of used as a decorator."""

    def make(machine: Machine, call: Call) -> Any:
        function = call.args[0] if call.args else call.kwargs.get("fget")
        setter = call.argument(1, "fset") if kind == "property" else None
        return no(machine, call) if function is None else Descriptor(kind, function, setter)

    return make


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
    "hash": _hash,
    "bytes": _convert(
        lambda *args: bytes(*args) if not args or not isinstance(args[0], int) or args[0] < MAX_ITEMS else b""
    ),
    "bool": _bool,
    "list": _collection(list),
    "tuple": _collection(tuple),
    "set": _collection(make_set_value),
    "frozenset": _collection(make_frozen),
    "dict": _dict,
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _filter,
    **sorting.FUNCTIONS,
    "reversed": _reversed,
    "sum": _sum,
    "all": _all_any(False),
    "any": _all_any(True),
    "isinstance": class_functions.is_instance,
    "type": class_functions.type_of,
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
    "delattr": _delattr,
    "issubclass": class_functions.is_subclass,
    "super": class_functions.super_of,
    **{kind: _descriptor(kind) for kind in ("property", "staticmethod", "classmethod")},
    "pow": _pow,
    "slice": lambda machine, call: slice(*call.args[:3]),
    "ascii": _convert(ascii),
}
"""Builtins that are evaluated; the others are names only."""

BUILTINS: dict[str, Any] = {name: External(f"builtins.{name}") for name in dir(builtins) if not name.startswith("_")}
BUILTINS |= {"True": True, "False": False, "None": None, "__builtins__": External("builtins"), "__debug__": True}
BUILTINS["__import__"] = External("builtins.__import__")
