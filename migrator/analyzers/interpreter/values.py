"""Values while code is being evaluated.

Known values are plain Python objects. The classes here stand for what Python has besides: functions and classes of the
analyzed code, names of libraries, and instances of library classes. What cannot be known is a `Symbolic` or a `Text` of
`migrator.model.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.model.source import Span
from migrator.model.values import Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

METACLASSES = frozenset({"builtins.type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType", "typing.GenericMeta"})
"""The library classes that metaclasses derive from."""
MISSING: Any = object()
"""No value at all (an unset name, an argument not given)."""


@dataclass(slots=True, eq=False, repr=False)
class LoadedModule:
    """A module of the analyzed folder while it is evaluated: its syntax tree and its globals."""

    name: str
    file: str
    tree: cst.Module
    text: str
    globals: dict[str, Any] = field(default_factory=dict)
    is_package: bool = False
    is_library: bool = False
    """Of `library_code`: code of no file of the user's."""

    def __repr__(self) -> str:
        return f"<module {self.name}>"


@dataclass(slots=True, eq=False, repr=False)
class Env:
    """Names in scope: locals, the enclosing functions' locals (nearest first), and the module's globals."""

    module: LoadedModule
    names: dict[str, Any]
    enclosing: tuple[dict[str, Any], ...] = ()
    function: Function | None = None
    receiver: Any = None
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    uncertain: int = 0
    """Depth of branches that may not be taken; a `return` below it does not end the function."""
    returns: list[Any] = field(default_factory=list)
    qualname: str = ""
    on_yield: Callable[[Any], Any] | None = None
    """What a `yield` does: hands the value to the loop, or runs the body of the `with`. Gives what was sent."""
    parent: Env | None = None
    """For a comprehension's scope: the scope that it stands in, where `:=` binds."""

    def __repr__(self) -> str:
        return f"<scope {self.module.name}.{self.qualname}>"

    def lookup(self, name: str) -> Any:
        """The value of a name, MISSING if no scope has it (builtins are not looked at)."""
        if name in self.names:
            return self.names[name]
        for scope in self.enclosing:
            if name in scope:
                return scope[name]
        return self.module.globals.get(name, MISSING)

    def assign(self, name: str, value: Any) -> None:
        """Binds a name where Python would bind it."""
        if name in self.global_names:
            self.module.globals[name] = value
        elif name in self.nonlocal_names:
            for scope in self.enclosing:
                if name in scope:
                    scope[name] = value
                    return
            self.names[name] = value
        else:
            self.names[name] = value


@dataclass(slots=True, eq=False)
class External:
    """A name of a library (`airflow.sdk.DAG`, `os.path.join`), by its canonical dotted path."""

    path: str
    imported: str = ""
    """The path as the import wrote it, where that differs: old names of classes stay visible in Airflow."""

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(slots=True, eq=False)
class Opaque:
    """An instance of a library class that is not modelled: only how it was made."""

    path: str
    args: list[Any]
    kwargs: dict[str, Any]
    span: Span | None = None
    source: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Function:
    """A function or lambda of the analyzed code."""

    name: str
    qualname: str
    node: cst.FunctionDef | cst.Lambda
    module: LoadedModule
    enclosing: tuple[dict[str, Any], ...]
    defaults: dict[str, Any]
    owner: Class | None = None
    is_generator: bool = False
    is_async: bool = False
    is_context_manager: bool = False
    is_cached: bool = False
    """Under `functools.cache`; `results` has what it returned."""
    is_altered: bool = False
    """Under a decorator of a library that is not followed."""
    original: Function | None = None
    """The function of a module that a decorator made this one of: its name means this one."""
    takes_others: bool = False
    """It shows other parameters than the original's to those who ask which it takes."""
    takes_context: bool = False
    """It is such a function, and shows a `**kwargs` of its own."""
    task_makers: list[cst.Decorator] = field(default_factory=list)
    """Decorators of the analyzed code above it that only make a task of what stands below."""
    results: dict[Any, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`__name__`, which `functools.wraps` changes."""
        given = self.attributes.get("__name__")
        return given if isinstance(given, str) else self.name

    def __repr__(self) -> str:
        return f"<function {self.module.name}.{self.qualname}>"


@dataclass(slots=True, eq=False)
class BoundMethod:
    function: Function
    receiver: Any


@dataclass(slots=True, eq=False, repr=False)
class Class:
    """A class of the analyzed code. `bases` are `Class`, `External` or symbolic."""

    name: str
    qualname: str
    module: LoadedModule
    node: cst.ClassDef
    bases: list[Any]
    namespace: dict[str, Any]
    is_dataclass: bool = False
    annotated: list[str] = field(default_factory=list)
    """Names of annotated class attributes in order (fields of dataclasses and NamedTuples)."""
    annotations: dict[str, cst.BaseExpression] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    """What `@dataclass(...)` was given: `frozen`, `order`, `eq`."""
    subclasses: list[Class] = field(default_factory=list)
    metaclass: Any = None
    order: list[Any] = field(default_factory=list, repr=False)
    is_ordered: bool = False
    """Under `functools.total_ordering`."""
    evaluate: Callable[[BoundMethod, list[Any]], Any] | None = None
    """Calls a method, where the class has a `__hash__` of its own: sets and dicts then compare its instances by that."""
    descriptors: frozenset[str] = frozenset()
    """Attributes whose `__set__` (of an analyzed class) comes before what an instance has."""

    def __repr__(self) -> str:
        return f"<class {self.path}>"

    def mro(self) -> list[Any]:
        """The classes that attributes are looked up in, in Python's (C3) order, library bases where they appear."""
        if self.order:
            return self.order
        if len(self.bases) == 1:
            base = self.bases[0]
            self.order = [self, *(base.mro() if isinstance(base, Class) else [base])]
            return self.order
        rows = [base.mro() if isinstance(base, Class) else [base] for base in self.bases]
        rows.append(list(self.bases))
        order: list[Any] = [self]
        while any(rows):
            rows = [row for row in rows if row]
            heads = (row[0] for row in rows if not any(_among(row[0], other[1:]) for other in rows))
            head = next(heads, rows[0][0])  # the fallback is for an order that Python would refuse
            order.append(head)
            rows = [[entry for entry in row if not _same(entry, head)] for row in rows]
        self.order = order
        return order

    def find(self, name: str) -> Any:
        """A class attribute through the own classes of the MRO, else MISSING."""
        for entry in self.mro():
            if isinstance(entry, Class) and name in entry.namespace:
                return entry.namespace[name]
        return MISSING

    def record(self) -> Class | None:
        """The dataclass whose fields its instances have: the class itself, or one that it derives from."""
        return next((entry for entry in self.mro() if isinstance(entry, Class) and entry.is_dataclass), None)

    def external_bases(self) -> list[str]:
        """Paths of the library classes it inherits from."""
        return [entry.path for entry in self.mro() if isinstance(entry, External)]

    @property
    def path(self) -> str:
        return f"{self.module.name}.{self.qualname}"


def metaclass_method(cls: Class, name: str) -> BoundMethod | None:
    """A special method that the class's metaclass gives to the class itself (`len(cls)`, `cls[key]`)."""
    found = cls.metaclass.find(name) if isinstance(cls.metaclass, Class) else MISSING
    return BoundMethod(found, cls) if isinstance(found, Function) else None


def _same(first: Any, second: Any) -> bool:
    return first is second or (
        isinstance(first, External) and isinstance(second, External) and first.path == second.path
    )


def _among(entry: Any, entries: list[Any]) -> bool:
    return any(_same(entry, other) for other in entries)


def _size(value: Any) -> int:
    """How many elements a container has: those that grow are told apart by it."""
    return len(value) if isinstance(value, (list, dict, set)) else 0


@dataclass(slots=True, eq=False)
class Instance:
    """An instance of a class of the analyzed code. Dataclasses compare by their fields, all others by identity."""

    cls: Class | None
    attributes: dict[str, Any] = field(default_factory=dict)
    made_with: dict[str, Any] | None = None
    """The arguments of the call that made it, by name, where they are known."""
    at_first: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """What its attributes held right after that, and how many elements that had."""
    of_library: tuple[list[Any], dict[str, Any]] | None = None
    """What the `__init__` of the library's class was given that its class derives from."""

    def made(self, arguments: dict[str, Any]) -> None:
        """Notes that it was made just now, with these arguments."""
        self.made_with = arguments
        self.at_first = {name: (value, _size(value)) for name, value in self.attributes.items()}

    def changed(self) -> frozenset[str]:
        """Attributes that are not what they were when it was made."""
        names = {*self.at_first, *self.attributes}
        return frozenset(name for name in names if not self._is_as_at_first(name))

    def _is_as_at_first(self, name: str) -> bool:
        if name not in self.at_first or name not in self.attributes:
            return False
        (value, size), now = self.at_first[name], self.attributes[name]
        return value is now and _size(now) == size

    def key(self) -> tuple[Any, ...] | None:
        """What a dataclass instance is compared by; None for other instances."""
        record = None if self.cls is None else self.cls.record()
        if self.cls is None or record is None or record.options.get("eq") is False:
            return None
        if self.cls.find("__eq__") is not MISSING:
            return None
        hidden = record.options.get("uncompared", ())
        return tuple(value for name, value in self.attributes.items() if name not in hidden)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Instance):
            return False
        if self.cls is not None and self.cls.evaluate is not None and isinstance(self.cls.find("__eq__"), Function):
            return self.cls.evaluate(BoundMethod(self.cls.find("__eq__"), self), [other]) is True
        if other.cls is not self.cls:
            return False
        mine = self.key()
        return mine is not None and mine == other.key()

    def __hash__(self) -> int:
        if self.cls is not None and self.cls.evaluate is not None and isinstance(self.cls.find("__hash__"), Function):
            own = self.cls.evaluate(BoundMethod(self.cls.find("__hash__"), self), [])
            return own if isinstance(own, int) else 0
        record = None if self.cls is None else self.cls.record()
        key = self.key() if record is not None and record.options.get("frozen") is True else None
        return object.__hash__(self) if key is None else hash(key)


class EnumMember(Instance):
    """A member of an Enum class. One whose class is also a str or int compares and hashes as its value does."""

    __slots__ = ("is_data",)

    def __init__(self, cls: Class, name: str | None, value: Any, is_data: bool) -> None:
        super().__init__(cls, {"name": name, "value": value, "_name_": name, "_value_": value})
        self.is_data = is_data

    def __eq__(self, other: object) -> bool:
        if self is other or not self.is_data:
            return self is other
        return bool(self.attributes["value"] == (other.attributes["value"] if isinstance(other, EnumMember) else other))

    def __lt__(self, other: Any) -> bool:
        if not self.is_data:
            return NotImplemented
        return bool(self.attributes["value"] < (other.attributes["value"] if isinstance(other, EnumMember) else other))

    def __hash__(self) -> int:
        return hash(self.attributes["value"]) if self.is_data else object.__hash__(self)


class NamedTupleValue(tuple[Any, ...]):
    """An instance of a `namedtuple` or `typing.NamedTuple` class: a tuple whose elements have names."""

    cls: Class
    fields: tuple[str, ...]

    @classmethod
    def of(cls, kind: Class, fields: tuple[str, ...], values: Any) -> NamedTupleValue:
        made = cls(values)
        made.cls, made.fields = kind, fields
        return made

    def __repr__(self) -> str:
        return f"{self.cls.name}({', '.join(f'{n}={v!r}' for n, v in zip(self.fields, self, strict=True))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)


class DictValue(dict[Any, Any]):
    """An instance of a class of the analyzed code that derives from `dict`."""

    def __init__(self, cls: Class) -> None:
        super().__init__()
        self.cls = cls
        self.attributes: dict[str, Any] = {}


class ListValue(list[Any]):
    """An instance of a class of the analyzed code that derives from `list`."""

    def __init__(self, cls: Class) -> None:
        super().__init__()
        self.cls = cls
        self.attributes: dict[str, Any] = {}


class TextValue(str):
    """An instance of a class of the analyzed code that derives from `str`."""

    cls: Class
    attributes: dict[str, Any]

    @classmethod
    def of(cls, kind: Class, text: str) -> TextValue:
        made = cls(text)
        made.cls, made.attributes = kind, {}
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


class LabelledText(str):
    """A member of a library's enum that is a text, but that `str()` and f-strings show by its name (`TriggerRule.ALL_DONE`)."""

    label: str

    @classmethod
    def of(cls, value: str, label: str) -> LabelledText:
        made = cls(value)
        made.label = label
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


@dataclass(slots=True, eq=False)
class ModuleValue:
    """A module of the folder as a value (`import helpers`)."""

    module: LoadedModule


@dataclass(slots=True, eq=False)
class NamespacePackage:
    """A folder without `__init__.py`, or a dotted import's first part: gives access to what lies below it."""

    name: str
    importer: str


@dataclass(slots=True, eq=False)
class SuperValue:
    """`super()`: attribute lookup starts after `cls` in the receiver's MRO."""

    cls: Class
    receiver: Any


@dataclass(slots=True, eq=False)
class PartialCall:
    """`functools.partial`."""

    function: Any
    args: list[Any]
    kwargs: dict[str, Any]


@dataclass(slots=True, eq=False)
class ManagedCall:
    """A call of a generator function under `@contextmanager`, to be run by `with`."""

    function: Function
    call: Call


@dataclass(slots=True, eq=False)
class Native:
    """A function that this interpreter implements, bound to its receiver where it is a method."""

    name: str
    call: Callable[[Machine, Call], Any]
    members: dict[str, Any] = field(default_factory=dict)
    """Attributes that it has besides being called."""
    receiver: Any = None
    """The plain text or dictionary whose method it is, and which it leaves as it is."""


@dataclass(slots=True, eq=False)
class Descriptor:
    """A function under `@property`, `@cached_property`, `@staticmethod` or `@classmethod` (`kind`)."""

    kind: str
    function: Any
    setter: Any = None

    def with_setter(self, setter: Any) -> Descriptor:
        """`@x.setter`: the property with that function."""
        return Descriptor(self.kind, self.function, setter)


@dataclass(slots=True)
class Call:
    """One call while it is evaluated. `star` tells that unknown arguments were spread into it."""

    args: list[Any]
    kwargs: dict[str, Any]
    node: cst.CSTNode
    env: Env
    star: bool = False

    def argument(self, position: int, name: str, default: Any = None) -> Any:
        """The argument of that position or name."""
        if 0 <= position < len(self.args):
            return self.args[position]
        return self.kwargs.get(name, default)


class ControlFlow(Exception):
    """Base of the signals that move through evaluation; never shown to a person."""


class ReturnSignal(ControlFlow):
    def __init__(self, value: Any) -> None:
        self.value = value


class BreakSignal(ControlFlow):
    pass


class ContinueSignal(ControlFlow):
    pass


class RaiseSignal(ControlFlow):
    """The analyzed code raises. `value` is the exception as a value, `name` its class name, `message` its text."""

    def __init__(self, name: str, message: str = "", value: Any = None) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.message, self.value = name, message, value


def raised(error: Exception) -> RaiseSignal:
    """An exception of Python's own as one that the analyzed code raises."""
    arguments = [part for part in error.args if isinstance(part, (str, int, float, tuple, type(None)))]
    name = type(error).__name__
    return RaiseSignal(name, str(error), Opaque(f"builtins.{name}", arguments, {}))


class BranchEnd(ControlFlow):
    """A branch that may not be taken ended by return, break or continue."""


class LoopExit(ControlFlow):
    """A loop's body ended (by break, return, raise...) while the generator that feeds the loop is running: it is left through the generator."""

    def __init__(self, signal: ControlFlow | None) -> None:
        self.signal = signal


class BudgetExceeded(ControlFlow):
    """The file takes more steps than it may."""


def is_symbolic(value: Any) -> bool:
    """Whether the value itself (not what it contains) is unknown."""
    return isinstance(value, (Symbolic, Text))


def unknown(source: str, why: str, span: Span | None = None, origins: tuple[str, ...] = ()) -> Symbolic:
    """A value that is only known when the code runs."""
    return Symbolic("unknown", source[:200], why, span=span, origins=origins)


def contains_symbolic(value: Any, depth: int = 4) -> bool:
    """Whether a plain value holds something unknown within a few levels."""
    if isinstance(value, (Symbolic, Text, External, Opaque)):
        return True
    if depth == 0:
        return False
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(contains_symbolic(item, depth - 1) for item in value)
    if isinstance(value, Mapping):
        return any(contains_symbolic(item, depth - 1) for pair in value.items() for item in pair)
    return False
