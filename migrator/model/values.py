"""What an argument of a DAG, operator or function call was found to be, without running the code.

A *value* is a plain Python object where it is known (`None`, bool, int, float, complex, str, bytes, `datetime`, `date`, `time`,
`timedelta`, `timezone`, enum members as their value, and list, tuple, dict, set, frozenset of values) or one of the
classes below. A value that cannot be known is never replaced by a plausible default.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from migrator.model.frozen import dataclass
from migrator.model.source import Span

Value = Any
"""A plain Python object or one of the classes of this module; `Any` because the plain ones are open-ended."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values that the code has all of: which one, is told by something that is only known when the code runs (`BUCKETS[os.environ["ENV"]]`).

    `values` has the value for each of what the Variable or environment variable `key` may be, and `default` that for all else, if it `has_default`.
    """

    key: Symbolic
    values: Mapping[Value, Value]
    default: Value = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """What Python makes of values that are only known when the code runs, and of others: `int(os.environ["N"]) + 1`.

    `kind` is `method` (`name` of the first of `operands`, with the others and `options` as arguments), `attribute` (`name` of the operand), `call` (of the
    function with the qualified `name`), `operator` (`name` between two, or in front of one), `item` (the second of the first), `slice` (of the first, by three
    bounds) or `format` (the operand as text, by the format `name`).
    """

    kind: str
    name: str
    operands: tuple[Value, ...]
    options: Mapping[str, Value] = field(default_factory=dict)
    reading: int = 0
    """Which reading of the clock it is, or which random value; 0 for what is none of these. Equal ones are one value wherever the task uses them."""


@dataclass(frozen=True, slots=True)
class Symbolic:
    """Something that is only known when the code runs.

    `kind` is `variable` (an Airflow Variable), `env` (an environment variable), `connection`, `param`, `xcom`, `date`
    (depends on the clock), `element` (a parameter of a task group that is expanded over a list), `dimension` (the key of the DAG's dimension), `environment` (`os.environ`
    itself) or `unknown`; `name` its name where it has one (of an `unknown` that a module keeps under a name: the module, and `path` leads on from there); `source` the code that computes it; `why` one sentence for a
    person.
    """

    kind: str
    source: str
    why: str = ""
    name: str | None = None
    default: Value = field(default=None, hash=False)
    """The default that the code gives (`Variable.get("x", default_var=1)`), if any; see `has_default`."""
    has_default: bool = False
    span: Span | None = None
    origins: tuple[str, ...] = field(default=(), compare=False)
    """Of an `unknown`: the Variables and environment variables (`variable:NAME`, `env:NAME`) that it was computed from."""
    is_json: bool = False
    """Of a `variable`: the code reads it as JSON."""
    path: tuple[str | int, ...] = ()
    """The members that are taken of what the name stands for."""
    choice: Choice | None = field(default=None, hash=False)
    """Of an `unknown`: the values of which it is one."""
    parts: tuple[Value, ...] = field(default=(), hash=False)
    """Of an `unknown` mapping: those that it is put together of, the later ones over the earlier."""
    made: Computed | None = field(default=None, hash=False)
    """Of an `unknown` or a `date`: how it is computed of Variables, environment variables and the clock."""

    def __str__(self) -> str:
        short = _SHORT.get(self.kind)
        if not short or not self.name or (self.kind == "unknown" and not self.is_constant):
            return "{?}"
        return f"{{{short}:{'.'.join(map(str, (self.name, *self.path)))}}}"

    @property
    def is_constant(self) -> bool:
        """Whether it is an unknown value that is the same wherever its name stands: a constant of a module, or a member of what it keeps."""
        return bool(self.name) and (len(self.path) > 1 or (len(self.path) == 1 and str(self.path[0]).isupper()))


_SHORT = {"variable": "var", "env": "env", "connection": "conn", "param": "param", "unknown": "const"}
"""What names say of a value that is not known, so that it is told apart from others: see `show`."""


class PathString(str):
    """The text of an object of `pathlib`, which stands for it: most who take one take the other, but not all."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A string of which only parts are known: literal pieces and values, in order; with `is_path` an object of `pathlib` with this text."""

    parts: tuple[Value, ...]
    is_path: bool = False

    def __str__(self) -> str:
        return "".join(show_constant(part) if isinstance(part, CallableValue) else show(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class CallableValue:
    """A function, lambda, method or class that is passed around (`python_callable`, callbacks, `@task` functions).

    For code of the analyzed folder `span` covers the whole definition with its decorators and `body_span` the block
    below the signature (for a lambda: its expression); for library code both are None and `module` is all there is.
    """

    name: str
    qualname: str
    """`module-level_name`, `Class.method` or `outer.<locals>.inner`."""
    module: str
    """Dotted module (`utils.helpers`) as imports in the folder name it, or the library's module."""
    kind: str = "function"
    """`function`, `lambda`, `method`, `class` or `library`."""
    span: Span | None = None
    body_span: Span | None = None
    parameters: tuple[Parameter, ...] = ()
    returns_value: bool = False
    """A `return` with a value other than None, or a `yield`, stands in the body."""
    is_async: bool = False
    is_generator: bool = False
    args: tuple[Value, ...] = ()
    """Positional arguments bound by `functools.partial`."""
    kwargs: Mapping[str, Value] = field(default_factory=dict, hash=False)
    closure: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Free variables that live in an enclosing function, with their value when the callable was made."""
    original: CallableValue | None = None
    """Of what a decorator of the analyzed code made of a module's function: that function, whose name means this one."""
    takes_others: bool = False
    """It shows Airflow other parameters than the original's."""
    takes_context: bool = False
    """It is such a function, and shows Airflow a `**kwargs` of its own, which gets the whole context."""
    task_makers: tuple[Span, ...] = ()
    """Decorators of the analyzed code above it that only made a task of it, by Airflow's."""
    receiver: Value = None
    """The object (an `ObjectValue`) or the class (a `CallableValue`) that a method is bound to, where it is one of the analyzed code."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a `CallableValue`."""

    name: str
    kind: str = "positional_or_keyword"
    """`positional_only`, `positional_or_keyword`, `var_positional`, `keyword_only` or `var_keyword`."""
    has_default: bool = False
    default: Value = None
    annotation: str | None = None


@dataclass(frozen=True, slots=True)
class XComValue:
    """The result of a task, used where a value is expected (`task.output`, a TaskFlow call's result, `.map`, `zip`)."""

    task_id: str
    key: str = "return_value"
    dag_id: str | None = None
    operations: tuple[str, ...] = ()
    """`map`, `filter`, `zip`, `concat` applied to it, outermost last."""
    others: tuple[XComValue, ...] = ()
    """The other operands of `zip` and `concat`."""
    given: tuple[tuple[Value, ...], ...] = ()
    """What each of the operations was called with; a keyword `fillvalue` stands last, as a dict."""


@dataclass(frozen=True, slots=True)
class AssetValue:
    """An Airflow Dataset, Asset, AssetAlias or a boolean expression (`all`, `any`) of them."""

    name: str
    uri: str | None = None
    kind: str = "asset"
    """`asset`, `alias`, `all` (`&`) or `any` (`|`)."""
    members: tuple[AssetValue, ...] = ()
    extra: Mapping[str, Value] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """An instance of a class: of one that is not evaluated, the arguments it was made with; of one of the analyzed code, its attributes as `kwargs`."""

    type: str
    """Qualified name of the class, as canonical as imports allow (`kubernetes.client.V1Pod`)."""
    args: tuple[Value, ...] = ()
    kwargs: Mapping[str, Value] = field(default_factory=dict, hash=False)
    source: str = ""
    span: Span | None = None
    made: Making | None = None
    """Of a class of the analyzed code: how another object like it is made, where that is known."""


BY_PLACE = "*"
"""How the names of arguments begin that an object is made with by position."""


@dataclass(frozen=True, slots=True)
class Making:
    """The call that made an object of a class of the analyzed code."""

    definition: CallableValue
    """The class."""
    kwargs: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """All arguments, by name; those by place, where `*args` takes some, by `BY_PLACE` and their number."""
    changed: frozenset[str] = frozenset()
    """Attributes that were set or changed after the call."""
    templates: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """`template_fields` and `template_ext` of the class, where it has them."""
    call: CallableValue | None = None
    """The class's `__call__`, where it has one."""


class NamedTuple(tuple[Any, ...]):
    """An instance of a `namedtuple` class: a tuple to all that does not ask for the names of its elements."""

    type: str
    """Qualified name of the class."""
    fields: tuple[str, ...]
    definition: CallableValue | None
    """The class, where a class statement of the analyzed code defines it."""

    def __new__(
        cls, type: str, fields: tuple[str, ...], values: Iterable[Value], definition: CallableValue | None = None
    ) -> NamedTuple:
        made = super().__new__(cls, values)
        made.type, made.fields, made.definition = type, fields, definition
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return NamedTuple, (self.type, self.fields, tuple(self), self.definition)


def with_items(value: list[Value] | tuple[Value, ...], items: Iterable[Value]) -> list[Value] | tuple[Value, ...]:
    """A list or tuple like `value` with other items; a named tuple keeps its names."""
    if isinstance(value, NamedTuple):
        return NamedTuple(value.type, value.fields, items, value.definition)
    return list(items) if isinstance(value, list) else tuple(items)


@dataclass(frozen=True, slots=True)
class Member:
    """Which member of which Enum class of the analyzed code a value is. `is_data`: the class is a str or int, too."""

    definition: CallableValue
    name: str
    is_data: bool = False


class MemberText(str):
    """The text of a member of an Enum class: that text to all that does not ask for the member."""

    member: Member

    def __new__(cls, value: str, member: Member) -> MemberText:
        made = super().__new__(cls, value)
        made.member = member
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return MemberText, (str(self), self.member)


class MemberNumber(int):
    """The number of a member of an Enum class."""

    member: Member

    def __new__(cls, value: int, member: Member) -> MemberNumber:
        made = super().__new__(cls, value)
        made.member = member
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return MemberNumber, (int(self), self.member)


def with_member(value: Value, member: Member) -> Value:
    """The value of a member that keeps which one it is of; of another type than text or whole numbers as it is."""
    if type(value) is str:
        return MemberText(value, member)
    return MemberNumber(value, member) if type(value) is int else value


def show(value: Value) -> str:
    """The value as a short text for names and reports; unknown parts stay visible (`{var:NAME}`, `{?}`)."""
    if isinstance(value, str):
        return value
    if isinstance(value, (Symbolic, Text)):
        return str(value)
    if isinstance(value, AssetValue):
        return value.uri or value.name
    if isinstance(value, CallableValue):
        return value.qualname
    if isinstance(value, XComValue):
        return f"{{xcom:{value.task_id}}}"
    if isinstance(value, ObjectValue):
        return "{?}"
    return str(value)


def show_constant(value: CallableValue) -> str:
    """A name of a library where a text is wanted: then it is a constant, of which nothing but that is known."""
    known = value.kind == "library" and is_outside(value.module)
    return f"{{const:{value.module}.{value.name}}}" if known else "{?}"


def is_outside(module: str) -> bool:
    """Whether a module is one of a library that is neither Python's own nor Airflow."""
    root = module.partition(".")[0]
    return bool(root) and root not in sys.stdlib_module_names and root not in ("airflow", "builtins")


def is_known(value: Value) -> bool:
    """Whether the value holds nothing symbolic at any depth."""
    return not any(isinstance(part, (Symbolic, Text, XComValue, ObjectValue)) for part in walk(value))


def walk(value: Value) -> Iterator[Value]:
    """The value and all values inside it, depth first."""
    stack = [value]
    while stack:
        value = stack.pop()
        yield value
        inside = _INSIDE[type(value)]
        if inside is not None:
            stack += reversed(inside(value))


_Inside = Callable[[Any], Sequence[Value]]

_HOLDING: tuple[tuple[type | tuple[type, ...], _Inside], ...] = (
    ((list, tuple, set, frozenset), list),
    (Mapping, lambda value: [*value.keys(), *value.values()]),
    (Text, lambda value: value.parts),
    ((CallableValue, ObjectValue), lambda value: [*value.args, *value.kwargs.values()]),
    (XComValue, lambda value: value.others),
    (AssetValue, lambda value: value.members),
)


class _Insides(dict[type, _Inside | None]):
    """What values of a type hold; None for those that hold no others, which most are."""

    def __missing__(self, kind: type) -> _Inside | None:
        self[kind] = next((inside for kinds, inside in _HOLDING if issubclass(kind, kinds)), None)
        return self[kind]


_INSIDE = _Insides()
