"""Attributes and items of values while a callable's body is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers import constants
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.callables.folding.expressions import DATE_FORMATS, context_value
from migrator.analyzers.callables.folding.library import MISSING, parent
from migrator.analyzers.io.python.registries import decorated, filled
from migrator.analyzers.io.python.settings import settings_item
from migrator.analyzers.io.python.values import (
    MEMBER_VALUE,
    UNKNOWN,
    Context,
    Instance,
    Library,
    Made,
    Method,
    Namespace,
    OwnClass,
    OwnFunction,
    OwnModule,
    OwnPackage,
    Partial,
    Scope,
    Settings,
    Step,
    Super,
    either,
    is_temporary,
    key_in,
    lifted,
    same,
)
from migrator.model.changed import replace
from migrator.model.values import Symbolic, Text, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_TEXTS = {"os.sep": "/", "os.path.sep": "/", "os.curdir": ".", "os.pardir": "..", "os.linesep": "\n"}
"""Constants of the standard library that stand in paths, where Airflow runs."""
OF_CLASS = "of class"
"""A step at a column of SQLAlchemy: the class that maps it."""
_COLUMNS = ("Column", "mapped_column", "relationship")
_PATH_PARTS = frozenset({"parent", "name", "stem", "suffix"})
_OBJECTS = frozenset({"dag", "dag_run", "params", "task", "ti", "var", "macros", "conf"})
"""Members of the context that are objects or dictionaries: their members are looked at one by one."""
_OF_DICT = frozenset({"get", "pop", "setdefault", "update"})
"""Methods of the context, which is a dict."""
_SAME = {"task_instance": "ti"}
_DATES = frozenset(["logical_date", "execution_date", "data_interval_start", "data_interval_end"])
_DATE_PARTS = frozenset({"year", "month", "day", "hour", "minute"})
_MAX_BASES = 16
_PLAIN_BASES = ("abc.", "builtins.object", "typing.", "enum.")
"""Library classes without members that folders' code asks for."""
PROPERTIES = frozenset({"cached_property", "property"})
"""Decorators of methods that are asked without a call."""
_DESCRIPTORS = frozenset({"abstractmethod", "cached_property", "classmethod", "property", "staticmethod"})
"""Decorators by which a method is looked up in another way."""
_PROPERTIES = frozenset({"builtins.property", "functools.cached_property"})
"""Functions whose result, as a member of a class, is asked of each object: `client = cached_property(lambda self: ...)`."""
_FIELDS = frozenset(
    {"attr.field", "attr.ib", "attrs.field", "dataclasses.field", "pydantic.Field", "pydantic.fields.Field"}
)
"""Functions that say of a member of a class what its objects begin with."""


def attribute(evaluator: Evaluator, value: Value, name: str, scope: Scope) -> Value:
    """`value.name`."""
    return lifted(lambda one: _attribute(evaluator, one, name, scope), value)


def _attribute(evaluator: Evaluator, value: Value, name: str, scope: Scope) -> Value:
    if isinstance(value, Library):
        if value.path == "sys" and name == "argv" and evaluator.script is not None:
            return list(evaluator.script)
        return _TEXTS.get(f"{value.path}.{name}") or Library(f"{value.path}.{name}")
    if isinstance(value, OwnPackage):
        path = f"{value.path}.{name}"
        found = evaluator.module_member(path, scope.module)
        return OwnPackage(path) if found is None else found
    if isinstance(value, OwnModule):
        return evaluator.module_name(value.module, name)
    if isinstance(value, Instance):
        return instance_attribute(evaluator, value, name)
    if isinstance(value, Namespace):
        return value.attributes.get(name, UNKNOWN)
    if isinstance(value, OwnFunction) and name in ("__name__", "__qualname__"):
        return value.node.name.value if isinstance(value.node, cst.FunctionDef) else "<lambda>"
    if isinstance(value, OwnClass) and name in ("__name__", "__qualname__"):
        return value.members.get("__name__", value.node.name.value)
    if isinstance(value, OwnClass):
        found = class_attribute(evaluator, value, name)
        if isinstance(found, Made) and found.root.startswith("sqlalchemy") and found.steps[0].name in _COLUMNS:
            return Made(found.root, (*found.steps, Step(OF_CLASS, (value,), called=False)))
        if found is not None:
            return member_of_enum(evaluator, value, name, found) or replace_receiver(found, value)
        if name in _record_methods() or name == "__subclasses__":
            return Method(value, name)
        base = next(iter(library_bases(evaluator, value)), None)
        return UNKNOWN if base is None else Library(f"{base}.{name}")
    if isinstance(value, Super):
        from migrator.analyzers.io.python.calls import super_method

        return super_method(evaluator, value, name)
    if isinstance(value, Made):
        known = _of_table(value, name)
        return Made(value.root, (*value.steps, Step(name, called=False))) if known is None else known
    if isinstance(value, Method):
        return Made("", (Step(value.name, called=False), Step(name, called=False)))
    if isinstance(value, Context) and not value.name and name in _OF_DICT:
        return Method(value, name)
    if isinstance(value, Context):
        return context_member(evaluator, value, name)
    if isinstance(value, Symbolic) and value.kind == "connection" and value.name:
        return Symbolic("connection", "", name=f"{value.name}.{name}")
    if isinstance(value, Symbolic) and value.kind == "context" and name in _DATE_PARTS:
        return context_value(f"{value.source.strip('{} ')}.{name}")
    if name == "name" and is_temporary(value) and not isinstance(value, Text):
        return value
    if name in _PATH_PARTS and isinstance(value, (str, Text)):
        found = parent(value, name)
        return (value if is_temporary(value) else UNKNOWN) if found is MISSING else found
    if name == "parents" and isinstance(value, (str, Text)):
        return _folders_around(value)
    if isinstance(value, dict) and name in value:
        return value[name]  # settings whose keys are attributes: OmegaConf, Box, munch
    if name == "value" and isinstance(value, (str, int)):
        return value  # a member of an Enum stands for its value
    return Method(value, name)


def _folders_around(path: Value) -> list[Value]:
    """`path.parents`."""
    found: list[Value] = []
    above = parent(path, "parent")
    while above is not MISSING and above not in (path, "") and len(found) < _MAX_BASES:
        found.append(above)
        path, above = above, parent(above, "parent")
    return [*found, ""] if above == "" else found


def _of_table(value: Made, name: str) -> Value:
    """Name and schema of SQLAlchemy's `Table(...)`; None for all else."""
    if len(value.steps) != 1 or value.steps[0].name != "Table" or not value.root.startswith("sqlalchemy."):
        return None
    return {"name": value.steps[0].argument(0, "name"), "schema": value.steps[0].kwargs.get("schema")}.get(name)


def replace_receiver(found: Value, receiver: Value) -> Value:
    """A function found in a class, bound to what it was found through where it takes that."""
    if not isinstance(found, OwnFunction) or type(found.node) is not cst.FunctionDef:
        return found
    kinds = decorators(found.node)
    if "staticmethod" in kinds or (isinstance(receiver, OwnClass) and "classmethod" not in kinds):
        return found
    return OwnFunction(found.module, found.node, found.outer, receiver, found.owner)


def member_of_enum(evaluator: Evaluator, cls: OwnClass, name: str, value: Value) -> Instance | None:
    """A member of an Enum that has methods of its own, as an object; None for all else: a member stands for its value."""
    if isinstance(value, (OwnFunction, OwnClass)) or name.startswith("_"):
        return None
    if not any(base.startswith("enum.") for base in library_bases(evaluator, cls)):
        return None
    methods = [line for line in cls.node.body.body if isinstance(line, cst.FunctionDef)]
    if all(method.name.value.startswith("_") for method in methods):
        return None
    return Instance(cls, {MEMBER_VALUE: value, "value": value, "name": name})


def member_with(evaluator: Evaluator, cls: OwnClass, value: Value) -> Value:
    """The member of an Enum that has the value (`Level(2)`)."""
    for line in cls.node.body.body:
        only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        target = only.targets[0].target if isinstance(only, cst.Assign) else None
        if isinstance(target, cst.Name) and same(own_attribute(evaluator, cls, target.value), value):
            return member_of_enum(evaluator, cls, target.value, value) or value
    return value


def enum_method(evaluator: Evaluator, cls: Value, member: str, name: str) -> Value:
    """A method or property of a member of an Enum of the folder; None where it is none."""
    if not isinstance(cls, OwnClass) or not any(base.startswith("enum.") for base in library_bases(evaluator, cls)):
        return None
    value, found = class_attribute(evaluator, cls, member), class_attribute(evaluator, cls, name)
    if value is None or isinstance(value, OwnFunction) or not isinstance(found, OwnFunction):
        return None
    return instance_attribute(evaluator, Instance(cls, {"value": value, "name": member}), name)


def decorators(node: cst.FunctionDef) -> set[str]:
    """Last names of a function's decorators."""
    found = set()
    for decorator in node.decorators:
        function = decorator.decorator
        if type(function) is cst.Call:
            function = function.func
        if type(function) is cst.Attribute:
            function = function.attr
        if type(function) is cst.Name:
            found.add(function.value)
    return found


def instance_attribute(evaluator: Evaluator, value: Instance, name: str) -> Value:
    if name in value.attributes:
        return value.attributes[name]
    if name == "__class__":
        return value.cls if value.exact else UNKNOWN
    found = class_attribute(evaluator, value.cls, name)
    if isinstance(found, OwnFunction) and type(found.node) is cst.FunctionDef:
        bound = replace_receiver(found, value)
        if decorators(found.node) & PROPERTIES:
            return evaluator.enter(bound, [], {})
        return bound
    if isinstance(found, Partial) and found.of_method:
        return Partial(replace_receiver(found.function, value), found.args, found.kwargs)
    if isinstance(found, Made) and found.root in _PROPERTIES and len(found.steps) == 1:
        getter = found.steps[0].argument(0, "fget", "func")
        bound = replace_receiver(getter, value)
        if isinstance(getter, OwnFunction) and not isinstance(getter.node, cst.FunctionDef):
            bound = OwnFunction(getter.module, getter.node, getter.outer, value, getter.owner)
        return evaluator.enter(bound, [], {}) if isinstance(bound, OwnFunction) else UNKNOWN
    if isinstance(found, Made) and found.root in _FIELDS:
        value.attributes[name] = _default(evaluator, found.steps[0])
        return value.attributes[name]
    if found is not None:
        return found
    other = None if name.startswith("__") else class_attribute(evaluator, value.cls, "__getattr__")
    if isinstance(other, OwnFunction):
        return evaluator.enter(replace_receiver(other, value), [name], {})
    if MEMBER_VALUE in value.attributes:
        return Method(value.attributes[MEMBER_VALUE], name)
    if name == "__dict__":
        return value.attributes
    if name == "_replace" or name in _record_methods():
        return Method(value, name)
    if value.made is not None:
        return Made(value.made.root, (*value.made.steps, Step(name, called=False)))
    return Method(UNKNOWN, name)


def special_method(evaluator: Evaluator, value: Instance, name: str, args: list[Value]) -> Value:
    """What a method gives that Python calls for an operator or an item (`__setitem__`); MISSING where the object's class has none."""
    method = instance_attribute(evaluator, value, name)
    return evaluator.enter(method, args, {}) if isinstance(method, OwnFunction) else MISSING


def _record_methods() -> frozenset[str]:
    from migrator.analyzers.io.python.records import METHODS

    return METHODS


def _default(evaluator: Evaluator, field: Step) -> Value:
    """What `field(default=...)` and `field(default_factory=...)` give an object that is made without a value."""
    from migrator.analyzers.io.python.calls import instantiate

    factory = field.argument(None, "default_factory", "factory")
    if isinstance(factory, OwnFunction):
        return evaluator.enter(factory, [], {})
    if isinstance(factory, OwnClass):
        return instantiate(evaluator, factory, [], {})
    if isinstance(factory, Library):
        empty: Value = {"builtins.dict": {}, "builtins.list": []}.get(factory.path)
        return Made(factory.path, (Step(factory.path.rpartition(".")[2]),)) if empty is None else empty
    given = "default" in field.kwargs or field.args
    return field.argument(0, "default") if given and factory is None else UNKNOWN


def class_attribute(evaluator: Evaluator, cls: OwnClass, name: str) -> Value:
    """What a class or one of its bases in the folder calls so; None if none does."""
    for one in own_bases(evaluator, cls):
        found = own_attribute(evaluator, one, name)
        if found is not None:
            return found
    return None


def lacks(evaluator: Evaluator, cls: OwnClass, name: str) -> bool:
    """Whether neither the class nor one of its bases has such a member, as far as all of them are known."""
    known = all(base.startswith(_PLAIN_BASES) for base in library_bases(evaluator, cls))
    return known and class_attribute(evaluator, cls, name) is None


def own_attribute(evaluator: Evaluator, cls: OwnClass, name: str) -> Value:
    """What the class itself calls so; None if it does not."""
    if name in cls.members:
        return cls.members[name]
    bindings = cls.module.table.scopes[cls.node].bindings.get(name, [])
    if not bindings:
        return None
    key = (cls.node, id(cls.outer), name)
    if key in evaluator.class_names:
        return evaluator.class_names[key]
    node = bindings[-1].node
    if type(node) is cst.AnnAssign and node.value is None:
        return None  # only annotated: the class has no such member
    if type(node) is cst.FunctionDef:
        method = OwnFunction(cls.module, node, cls.outer, owner=cls)
        if not node.decorators or key in evaluator.active or decorators(node) & _DESCRIPTORS:
            return method
        evaluator.active.add(key)
        evaluator.quiet += 1
        found = decorated(evaluator, method, Scope(cls.module, {}, cls.outer))
        evaluator.quiet -= 1
        evaluator.active.discard(key)
        evaluator.class_names[key] = found
        return found
    if key in evaluator.active:
        return UNKNOWN
    evaluator.active.add(key)
    evaluator.quiet += 1
    try:
        inner = _ClassNames(evaluator, cls)
        found = evaluator.bound(cls.module, bindings[-1:], Scope(cls.module, inner.known(bindings[-1].node), cls.outer))
    finally:
        evaluator.quiet -= 1
        evaluator.active.discard(key)
    evaluator.class_names[key] = found
    filled(evaluator, cls.module, name, found, cls)
    return found


class _ClassNames:
    """Names of a class's body that an expression in it may read."""

    def __init__(self, evaluator: Evaluator, cls: OwnClass) -> None:
        self.evaluator, self.cls = evaluator, cls

    def known(self, node: cst.CSTNode) -> dict[str, Value]:
        from migrator.analyzers.callables.source.tree import descend

        bindings = self.cls.module.table.scopes[self.cls.node].bindings
        read = sorted({item.value for item in descend(node) if type(item) is cst.Name and item.value in bindings})
        values = {name: own_attribute(self.evaluator, self.cls, name) for name in read}
        return {name: value for name, value in values.items() if value is not UNKNOWN and value is not None}


def own_bases(evaluator: Evaluator, cls: OwnClass) -> list[OwnClass]:
    """The class and its bases in the folder, in the order in which Python looks through them."""
    key = (cls.node, id(cls.outer))
    if key not in evaluator.class_orders:
        evaluator.class_orders[key] = []  # for classes that lead to themselves
        evaluator.alive.append(cls.outer)
        bases = direct_bases(evaluator, cls)
        evaluator.class_orders[key] = _merged([*(own_bases(evaluator, base) for base in bases), bases])[:_MAX_BASES]
    return [cls, *evaluator.class_orders[key]]


def _merged(orders: list[list[OwnClass]]) -> list[OwnClass]:
    """The orders in one that keeps each of them (C3); what contradicts itself as it comes."""
    left = [list(order) for order in orders if order]
    found: list[OwnClass] = []
    while left:
        heads = [order[0] for order in left]
        fit = (one for one in heads if not any(one.node is other.node for order in left for other in order[1:]))
        chosen = next(fit, heads[0])
        found.append(chosen)
        left = [rest for order in left if (rest := [one for one in order if one.node is not chosen.node])]
    return found


def direct_bases(evaluator: Evaluator, cls: OwnClass) -> list[OwnClass]:
    """The classes of the folder that the class names as its bases."""
    return [base for base in _bases(evaluator, cls) if isinstance(base, OwnClass)]


def made_bases(evaluator: Evaluator, cls: OwnClass) -> list[Made]:
    """Base classes that a library's function made (`declarative_base()`)."""
    return [base for one in own_bases(evaluator, cls) for base in _bases(evaluator, one) if isinstance(base, Made)]


def library_bases(evaluator: Evaluator, cls: OwnClass) -> list[str]:
    """Paths of the library classes that the class inherits from, nearest first."""
    return [
        base.path for one in own_bases(evaluator, cls) for base in _bases(evaluator, one) if isinstance(base, Library)
    ]


def _bases(evaluator: Evaluator, cls: OwnClass) -> list[Value]:
    key = (cls.node, id(cls.outer), "")
    if key not in evaluator.class_names:
        evaluator.alive.append(cls.outer)
        evaluator.class_names[key] = []
        scope = Scope(cls.module, {}, cls.outer)
        evaluator.quiet += 1
        evaluator.class_names[key] = [
            evaluator.eval(arg.value.value if isinstance(arg.value, cst.Subscript) else arg.value, scope)
            for arg in cls.node.bases
            if not arg.star
        ]
        evaluator.quiet -= 1
    found: list[Value] = evaluator.class_names[key]
    return found


# ------------------------------------------------------------------------------------------------------ Airflow's context


def context_member(evaluator: Evaluator, value: Context, name: str | int) -> Value:
    """A member of the context or of one of its objects, by attribute or key."""
    if not value.name:
        known = _SAME.get(str(name), str(name))
        if known in value.extra:
            return value.extra[known]
        if known in _OBJECTS:
            return Context(known, extra=value.extra)
        return context_value(known) if known in CONTEXT_KEYS else UNKNOWN
    path = (*value.path, name)
    if value.name == "params":
        return (
            evaluator.run.param(path)
            if evaluator.run is not None
            else Symbolic("param", "", name=".".join(map(str, path)))
        )
    if value.name == "var":
        return Symbolic("variable", "", name=str(path[1])) if len(path) == 2 else Context("var", path)
    if (value.name, *path) in (("ti", "task"), ("ti", "dag_run")):
        return Context(str(name), extra=value.extra)
    if value.name in ("ti", "dag_run") and name == "run_id":
        return context_value("run_id")
    if value.name in ("ti", "dag_run") and name in _DATES:
        return context_value(str(name))
    if (value.name, *path) == ("dag_run", "conf"):
        return Context("dag_run", ("conf",), value.extra)
    if (value.name, *path) in (
        ("task", "dag"),
        ("dag", "dag_id"),
        ("ti", "task_id"),
        ("ti", "dag_id"),
        ("task", "task_id"),
    ):
        return Context("dag") if name == "dag" else context_value(f"{value.name}.{name}")
    if value.path[:1] == ("conf",):
        return context_value(".".join([value.name, *map(str, path)]))
    return Method(value, str(name))


_OF_DATES = frozenset(
    [
        *("add", "subtract", "start_of", "end_of", "first_of", "last_of", "previous", "next", "replace", "in_timezone"),
        *("date", "format", "strftime", "isoformat", "to_date_string"),
    ]
)
"""What a date of pendulum makes of itself: another date, or its text."""


def date_method(value: Symbolic, step: Step) -> Value:
    """A method of one of Airflow's dates, or of one that is reckoned from it; MISSING if it is not known."""
    name, method, args = value.source.strip("{} "), step.name, list(step.args)
    if name in _DATES and method == "strftime" and len(args) == 1 and isinstance(args[0], str):
        return context_value(DATE_FORMATS.get(args[0]) or f"{name}.strftime({args[0]!r})")
    if name in _DATES and method in ("to_date_string", "date", "isoformat"):
        return context_value("ds") if method != "isoformat" else context_value("ts")
    if name == "ds" and method == "replace" and args == ["-", ""]:
        return context_value("ds_nodash")
    if name.partition(".")[0] in _DATES and method in _OF_DATES:
        given = [repr(one) if isinstance(one, (str, int)) else "" for one in args]
        named = [f"{key}={one!r}" if isinstance(one, (str, int)) else "" for key, one in step.kwargs.items()]
        return context_value(f"{name}.{method}({', '.join([*given, *named])})") if all([*given, *named]) else MISSING
    return MISSING


# ------------------------------------------------------------------------------------------------------------------ items


def item(evaluator: Evaluator, owner: Value, key: Value) -> Value:
    """`owner[key]`."""
    if isinstance(owner, Library) and owner.path == "os.environ" and isinstance(key, str):
        return Symbolic("env", "", name=key)
    if isinstance(owner, Context) and isinstance(key, (str, int)):
        return context_member(evaluator, owner, key)
    if isinstance(owner, Symbolic) and owner.kind == "variable" and isinstance(key, (str, int)):
        return replace(owner, path=(*owner.path, key), default=None, has_default=False)
    if isinstance(owner, Symbolic) and (member := constants.member(owner, key, "")) is not None:
        return member
    if isinstance(owner, OwnModule) and isinstance(key, str):  # `globals()["name"]`
        return evaluator.module_name(owner.module, key)
    if isinstance(owner, Settings):
        return settings_item(owner, key)
    if isinstance(owner, Instance):
        found = special_method(evaluator, owner, "__getitem__", [key])
        if found is not MISSING:
            return found
    if isinstance(owner, OwnClass) and isinstance(key, str):
        found = class_attribute(evaluator, owner, key)  # a member of an Enum
        method = class_attribute(evaluator, owner, "__class_getitem__") if found is None else None
        if isinstance(method, OwnFunction):
            return evaluator.enter(
                OwnFunction(method.module, method.node, method.outer, owner, method.owner), [key], {}
            )
        return UNKNOWN if found is None else found
    if isinstance(owner, dict) and (kept := key_in(owner, evaluator.settled(key))) is not UNKNOWN:
        return owner.get(kept, UNKNOWN)
    if isinstance(owner, dict):
        functions = [one for one in owner.values() if isinstance(one, (Library, OwnFunction, OwnClass, Partial))]
        return either(functions) if functions and len(functions) == len(owner) else UNKNOWN
    if isinstance(owner, (str, list, tuple)) and type(key) is int and -len(owner) <= key < len(owner):
        return owner[key]
    if isinstance(owner, Namespace) and isinstance(key, str):
        return owner.attributes.get(key, UNKNOWN)
    if isinstance(owner, (Instance, Namespace)) and type(key) is int:
        members = list(owner.attributes.values())
        return members[key] if -len(members) <= key < len(members) else UNKNOWN
    if isinstance(owner, Made) and (isinstance(key, str) or type(key) is int):
        return Made(owner.root, (*owner.steps, Step("[]", (key,))))
    if isinstance(owner, Made) and owner.root:  # rows that a condition chooses, columns of a list
        return Made(owner.root, (*owner.steps, Step("[]")))
    return UNKNOWN
