"""Values of evaluation become values of the model: immutable in spirit, picklable, without syntax trees."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import re
import uuid
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

import libcst as cst
from dateutil.relativedelta import relativedelta

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.airflow.taskflow import DagFactory, DecoratedCall, GroupFactory
from migrator.analyzers.interpreter.classes.enums import enum_value, is_enum
from migrator.analyzers.interpreter.language.forwarding import forwarded
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.open_dicts import OpenDict, is_environment
from migrator.analyzers.interpreter.language.operations import stable
from migrator.analyzers.interpreter.libraries.durations import Duration
from migrator.analyzers.interpreter.libraries.jinja_templates import TemplateEnvironment
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Class,
    EnumMember,
    External,
    Function,
    Instance,
    LabelledText,
    NamedTupleValue,
    Native,
    Opaque,
    PartialCall,
    TextValue,
)
from migrator.analyzers.nodes import children
from migrator.model.changed import replace
from migrator.model.source import Span
from migrator.model.values import (
    AssetValue,
    CallableValue,
    Choice,
    Computed,
    Making,
    Member,
    NamedTuple,
    ObjectValue,
    Parameter,
    PathString,
    Symbolic,
    Text,
    Value,
    XComValue,
    with_member,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_PLAIN = (str, bytes, int, float, complex, bool, type(None), dt.date, dt.time, dt.timedelta, dt.tzinfo, AssetValue)
MAX_DEPTH = 14
MAX_NODES = 50_000


class Freezer:
    """Turns values into model values; a value that is too deep or too large becomes symbolic."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._nodes = 0
        self._functions: dict[int, CallableValue] = {}

    def value(self, value: Any) -> Value:
        """The model value of one argument."""
        self._nodes = 0
        return self._freeze(value, 0)

    def mapping(self, values: Mapping[str, Any]) -> dict[str, Value]:
        """The model values of named arguments."""
        return {name: self.value(value) for name, value in values.items() if isinstance(name, str)}

    def _freeze(self, value: Any, depth: int) -> Value:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return Symbolic("unknown", "...", "the value is too large")
        if isinstance(value, Symbolic):
            if value.choice is not None:
                return replace(value, choice=self._choice(value.choice, depth))
            if value.made is not None:
                return replace(value, made=self._computed(value.made, depth))
            if value.default is None or isinstance(value.default, _PLAIN):
                return value
            return Symbolic(
                value.kind,
                value.source,
                value.why,
                value.name,
                self._freeze(value.default, depth + 1),
                value.has_default,
                value.span,
            )
        if isinstance(value, Text):
            return Text(tuple(self._freeze(part, depth + 1) for part in value.parts), value.is_path)
        if isinstance(value, (TextValue, LabelledText)):
            return str(value)
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, LazyItems):
            return [self._freeze(item, depth + 1) for item in value.take()]
        if isinstance(value, (list, range)):
            return [self._freeze(item, depth + 1) for item in value]
        if isinstance(value, NamedTupleValue):
            items = [self._freeze(item, depth + 1) for item in value]
            own = value.cls.name != value.cls.node.name.value or value.cls.node.name.value == "namedtuple"
            return NamedTuple(value.cls.path, value.fields, items, None if own else self.callable(value.cls, depth))
        if isinstance(value, tuple):
            return tuple(self._freeze(item, depth + 1) for item in value)
        if isinstance(value, (set, frozenset)):
            return self._set(value, depth)
        if is_environment(value):
            return Symbolic("environment", "os.environ", "what the environment holds is not known")
        if isinstance(value, OpenDict):
            parts = tuple(self._freeze(part, depth + 1) for part in value.parts)
            return (
                parts[0]
                if len(parts) == 1
                else Symbolic("unknown", "{...}", "not all of its members are known", parts=parts)
            )
        if isinstance(value, Mapping):
            return {self._key(key, depth): self._freeze(item, depth + 1) for key, item in value.items()}
        if isinstance(value, PurePath):
            return PathString(value)
        return self._object(value, depth)

    def _choice(self, choice: Choice, depth: int) -> Choice:
        values = {name: self._freeze(item, depth + 1) for name, item in choice.values.items()}
        return replace(choice, values=values, default=self._freeze(choice.default, depth + 1))

    def _computed(self, made: Computed, depth: int) -> Computed:
        operands = tuple(self._freeze(item, depth + 1) for item in made.operands)
        return replace(
            made,
            operands=operands,
            options={name: self._freeze(item, depth + 1) for name, item in made.options.items()},
        )

    def _set(self, value: Any, depth: int) -> Value:
        items = [self._freeze(item, depth + 1) for item in stable(value)]
        try:
            found = frozenset(items)
        except TypeError:
            return items
        if len(found) < len(items):
            return Symbolic("unknown", "{...}", "the members of a set look alike")
        return found

    def _key(self, key: Any, depth: int) -> Value:
        frozen = self._freeze(key, depth + 1)
        try:
            hash(frozen)
        except TypeError:
            return str(frozen)
        return frozen

    def _object(self, value: Any, depth: int) -> Value:
        if isinstance(value, af.XCom):
            return self._xcom(value)
        if isinstance(value, af.TaskObject):
            return XComValue(value.task_id, dag_id=value.dag.dag_id if value.dag else None)
        if isinstance(value, af.DagObject):
            return ObjectValue("airflow.sdk.DAG", (), {"dag_id": value.dag_id})
        if isinstance(
            value, (Function, BoundMethod, Class, External, PartialCall, DecoratedCall, DagFactory, GroupFactory)
        ):
            return self.callable(value, depth) or self._other_function(value, depth)
        if isinstance(value, Native):
            return self._other_function(value, depth)
        if isinstance(value, Opaque):
            return ObjectValue(
                value.path,
                tuple(self._freeze(item, depth + 1) for item in value.args),
                {name: self._freeze(item, depth + 1) for name, item in value.kwargs.items()},
                value.source,
                value.span,
            )
        if isinstance(value, TemplateEnvironment):
            loader = ObjectValue("jinja2.FileSystemLoader", (self._freeze(value.folders, depth + 1),))
            return ObjectValue("jinja2.Environment", (), {**self.mapping(value.options), "loader": loader})
        if isinstance(value, Instance):
            if value.cls is not None and is_enum(value.cls):
                return self._member(value, value.cls, depth)
            attributes = {k: v for k, v in value.attributes.items() if not k.startswith("__")}
            return ObjectValue(
                value.cls.path if value.cls else "collections.namedtuple",
                (),
                {name: self._freeze(item, depth + 1) for name, item in attributes.items()},
                made=self._making(value, depth),
            )
        if isinstance(value, (decimal.Decimal, fractions.Fraction, uuid.UUID)):
            kind = f"{type(value).__module__}.{type(value).__name__}"
            return ObjectValue(kind, (str(value),), source=f"{type(value).__name__}({str(value)!r})")
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            flags = value.flags & ~re.UNICODE
            return ObjectValue(
                "re.compile", (value.pattern, *([flags] if flags else [])), source=f"re.compile({value.pattern!r})"
            )
        if isinstance(value, Duration):
            return ObjectValue("pendulum.duration", (), value.amounts, source=f"duration({value.amounts})")
        if isinstance(value, relativedelta) and value.weekday is None:
            # Amounts (`hours`) are 0 where they are not given, and parts that are set (`hour`) are None.
            shown = {name: part for name, part in vars(value).items() if name != "_has_time"}
            given = {name: part for name, part in shown.items() if part or (part == 0 and not name.endswith("s"))}
            return ObjectValue("dateutil.relativedelta.relativedelta", (), given, source=repr(value))
        return Symbolic("unknown", type(value).__name__, "the value is not modelled")

    def _other_function(self, value: Any, depth: int) -> Symbolic:
        """A function that is no code of the folder: `PRICES.get` and `"{:.2f}".format` can be told by what they are methods of."""
        if isinstance(value, Native) and value.receiver is not None:
            made = Computed("attribute", value.name, (self._freeze(value.receiver, depth + 1),))
        elif isinstance(value, PartialCall) and not self.callable(value.function, depth):
            inner = self._freeze(value.function, depth + 1)
            if not isinstance(inner, Symbolic) or inner.made is None:
                return Symbolic("unknown", "functools.partial(...)", "the value is not modelled")
            args = tuple(self._freeze(item, depth + 1) for item in value.args)
            options = {name: self._freeze(item, depth + 1) for name, item in value.kwargs.items()}
            if not (args or options):
                return inner
            made = Computed("call", "functools.partial", (inner, *args), options)
        else:
            return Symbolic("unknown", type(value).__name__, "the value is not modelled")
        return Symbolic("unknown", made.name, "the value is not modelled", made=made)

    def _member(self, value: Instance, cls: Class, depth: int) -> Value:
        """The value of a member of an Enum class, with which one it is."""
        found = self._freeze(enum_value(value), depth + 1)
        name, definition = value.attributes.get("name"), self.callable(cls, depth)
        if definition is None or not isinstance(name, str):
            return found
        return with_member(found, Member(definition, name, isinstance(value, EnumMember) and value.is_data))

    def _making(self, value: Instance, depth: int) -> Making | None:
        """How an object like the instance is made."""
        if value.made_with is None or value.cls is None or depth > MAX_DEPTH // 2:
            return None
        definition = self.callable(value.cls, depth)
        if definition is None:
            return None
        given = {name: self._freeze(item, depth + 1) for name, item in value.made_with.items()}
        own = {name: value.cls.find(name) for name in ("template_fields", "template_ext")}
        templates = {name: self._freeze(found, depth + 1) for name, found in own.items() if found is not MISSING}
        call = value.cls.find("__call__")
        function = self.callable(call, depth + 1) if isinstance(call, Function) else None
        if function is not None:
            function = _changed(function, kind="method", parameters=function.parameters[1:])
        return Making(definition, given, value.changed(), templates, function)

    def _operator(self, task: af.TaskObject, depth: int) -> ObjectValue | None:
        """An operator of one of the team's own classes, a method of which is called: how it is made."""
        definition = self.callable(task.cls, depth) if task.cls is not None else None
        if task.cls is None or definition is None or task.made_with[0]:
            return None
        given = {name: self._freeze(item, depth + 1) for name, item in task.made_with[1].items()}
        own = {name: task.cls.find(name) for name in ("template_fields", "template_ext")}
        templates = {name: self._freeze(found, depth + 1) for name, found in own.items() if found is not MISSING}
        kept = {name: self._freeze(item, depth + 1) for name, item in task.attributes.items()}
        return ObjectValue(task.cls.path, (), kept, made=Making(definition, given, frozenset(), templates))

    def _xcom(self, value: af.XCom) -> XComValue:
        return XComValue(
            value.task.task_id,
            value.key if isinstance(value.key, str) else "return_value",
            value.task.dag.dag_id if value.task.dag else None,
            value.operations,
            tuple(self._xcom(other) for other in value.others),
            tuple(tuple(self._freeze(item, 1) for item in items) for items in value.given),
        )

    # ------------------------------------------------------------------------------------------------------ callables

    def callable(self, value: Any, depth: int = 0) -> CallableValue | None:
        """The function behind a value that can be called, None where there is none."""
        if isinstance(value, (DecoratedCall, DagFactory, GroupFactory)):
            return self.callable(value.function, depth)
        if isinstance(value, BoundMethod):
            function = self.callable(value.function, depth)
            if function is None:
                return None
            bound = isinstance(value.receiver, (Instance, Class)) and depth < 3
            receiver = self._freeze(value.receiver, depth + 1) if bound else None
            if isinstance(value.receiver, af.TaskObject) and depth < 3:
                receiver = self._operator(value.receiver, depth + 1)
            known = isinstance(receiver, (ObjectValue, CallableValue))
            return _changed(
                function,
                kind="method",
                receiver=receiver if known else None,
                parameters=function.parameters[1:],
            )
        if isinstance(value, Instance):
            method = value.cls.find("__call__") if value.cls is not None else None
            return self.callable(BoundMethod(method, value), depth) if isinstance(method, Function) else None
        if isinstance(value, PartialCall):
            inner = self.callable(value.function, depth)
            if inner is None:
                return None
            args = tuple(self._freeze(item, depth + 1) for item in value.args)
            kwargs = {name: self._freeze(item, depth + 1) for name, item in value.kwargs.items()}
            return _changed(inner, args=(*inner.args, *args), kwargs={**inner.kwargs, **kwargs})
        if isinstance(value, External):
            module, _, name = value.path.rpartition(".")
            return CallableValue(name, name, module, "library")
        if isinstance(value, (Class, Function)) and value.module.is_library:
            return None  # code that stands in no file of the user's, and so cannot be carried over
        if isinstance(value, Class):
            positions = self.machine.positions_of(value.module)
            span = positions.span(value.node, value.module.file)
            return CallableValue(value.name, value.qualname, value.module.name, "class", span)
        if isinstance(value, Function):
            if value.enclosing and (call := forwarded(value)) is not None:
                return self.callable(call, depth)
            if id(value) not in self._functions:
                self._functions[id(value)] = self._function(value, depth)
            return self._functions[id(value)]
        return None

    def _function(self, function: Function, depth: int) -> CallableValue:
        node, file = function.node, function.module.file
        positions = self.machine.positions_of(function.module)
        body = node.body
        return CallableValue(
            function.name,
            function.qualname,
            function.module.name,
            "lambda" if isinstance(node, cst.Lambda) else "method" if function.owner is not None else "function",
            positions.span(node, file),
            positions.span(body, file)
            if isinstance(body, cst.BaseExpression)
            else _body_span(positions.span(body, file), positions.span(node, file)),
            tuple(self._parameters(function, depth)),
            isinstance(node, cst.Lambda) or function.is_generator or returns_value(node.body),
            function.is_async,
            function.is_generator,
            closure=self._closure(function, depth),
            original=self.callable(function.original, depth + 1) if function.original is not None else None,
            takes_others=function.takes_others,
            takes_context=function.takes_context,
            task_makers=tuple(positions.span(decorator, file) for decorator in function.task_makers),
        )

    def _parameters(self, function: Function, depth: int) -> list[Parameter]:
        params = function.node.params
        found: list[Parameter] = []

        def add(param: cst.Param, kind: str) -> None:
            name = param.name.value
            has_default = name in function.defaults
            annotation = self._annotation(function, param)
            default = self._freeze(function.defaults[name], depth + 1) if has_default else None
            found.append(Parameter(name, kind, has_default, default, annotation))

        for param in params.posonly_params:
            add(param, "positional_only")
        for param in params.params:
            add(param, "positional_or_keyword")
        if type(params.star_arg) is cst.Param:
            add(params.star_arg, "var_positional")
        for param in params.kwonly_params:
            add(param, "keyword_only")
        if params.star_kwarg is not None:
            add(params.star_kwarg, "var_keyword")
        return found

    def _annotation(self, function: Function, param: cst.Param) -> str | None:
        if param.annotation is None:
            return None
        start, end = self.machine.positions_of(function.module).offsets(param.annotation.annotation)
        return function.module.text[start:end]

    def _closure(self, function: Function, depth: int) -> dict[str, Value]:
        """Free names of the function that an enclosing function defines."""
        if not function.enclosing:
            return {}
        tree = self.machine.modules.parsed(function.module)
        used = tree.fact((_names, function.node), lambda: _names(function.node))
        own = {parameter.name for parameter in self._parameters_names(function)}
        found: dict[str, Value] = {}
        for name in sorted(used - own):
            for scope in function.enclosing:
                if name in scope:
                    if scope[name] is not function:
                        found[name] = self._freeze(scope[name], depth + 1)
                    break
        return found

    def _parameters_names(self, function: Function) -> list[Parameter]:
        params = function.node.params
        names = [*params.posonly_params, *params.params, *params.kwonly_params]
        return [Parameter(param.name.value) for param in names]


def _body_span(body: Span, whole: Span) -> Span:
    """A block's span, cut where the definition ends (an indented block's own span may take in what follows)."""
    return (
        body
        if body.end <= whole.end
        else Span(body.file, body.line, body.column, whole.end_line, whole.end_column, body.start, whole.end)
    )


def _changed(function: CallableValue, **changes: Any) -> CallableValue:
    from dataclasses import replace

    return replace(function, **changes)


def _names(function: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    """All names in a function, but for its own, those of attributes and those that arguments are given by."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = children(function)
    if isinstance(function, cst.FunctionDef):
        stack.remove(function.name)
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is cst.Name:
            found.add(cast(cst.Name, node).value)
        elif kind is cst.Attribute:
            stack.append(cast(cst.Attribute, node).value)
        elif kind is cst.Arg:
            stack.append(cast(cst.Arg, node).value)
        else:
            stack += children(node)
    return frozenset(found)


def returns_value(body: cst.BaseSuite) -> bool:
    """Whether a `return` with a value other than None stands in the block, nested functions aside."""
    stack: list[cst.CSTNode] = [body]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is cst.SimpleStatementLine:  # no statement stands in its expressions
            stack.extend(small for small in cast(cst.SimpleStatementLine, node).body if type(small) is cst.Return)
        elif kind is cst.Return:
            if _is_value(cast(cst.Return, node).value):
                return True
        elif kind not in _OWN_SCOPE:
            stack.extend(children(node))
    return False


def _is_value(node: cst.BaseExpression | None) -> bool:
    """Whether a `return` of it returns something other than None."""
    return node is not None and not (type(node) is cst.Name and node.value == "None")


_OWN_SCOPE = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})
