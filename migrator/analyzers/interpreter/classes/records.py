"""Records: dataclasses, attrs, NamedTuples, TypedDicts and pydantic models of the analyzed code."""

from __future__ import annotations

import datetime as dt
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.classes import type_hints, validators
from migrator.analyzers.interpreter.classes.enums import is_enum
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Class,
    Descriptor,
    Env,
    Function,
    Instance,
    NamedTupleValue,
    Native,
    Opaque,
    RaiseSignal,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_FIELD_NAMES = ("field", "Field", "attrib", "ib")
_DECORATORS = frozenset(
    [
        "dataclasses.dataclass",
        "pydantic.dataclasses.dataclass",
        "attr.s",
        "attr.attrs",
        "attr.define",
        "attr.frozen",
        "attr.dataclass",
        "attrs.define",
        "attrs.frozen",
        "attrs.mutable",
    ]
)


def decorate(function: Any, cls: Any) -> bool:
    """Makes a class a dataclass where the decorator says so; whether it did."""
    path = getattr(function, "path", "")
    if path not in _DECORATORS or not isinstance(cls, Class):
        return False
    cls.is_dataclass = True
    cls.options.update(function.kwargs if isinstance(function, Opaque) else {})
    if path.endswith("frozen"):
        cls.options["frozen"] = True
    if path.startswith("attr"):
        cls.options["attrs"] = True
    cls.options["uncompared"] = tuple(
        name for name in fields_of(cls) if _option(cls.find(name), "compare", True) is False
    )
    return True


def is_model(cls: Class) -> bool:
    """pydantic's models: fields are given by name, and converted to what they are annotated with."""
    return any(path.endswith(("BaseModel", "BaseSettings")) for path in cls.external_bases())


def is_named_tuple(cls: Class) -> bool:
    return "typing.NamedTuple" in cls.external_bases()


def is_typed_dict(cls: Class) -> bool:
    return any(path.endswith(".TypedDict") for path in cls.external_bases())


def is_record(cls: Class) -> bool:
    """Whether fields are annotated class attributes."""
    return cls.record() is not None or is_model(cls)


def generates_init(cls: Class) -> bool:
    """Whether `@dataclass` gives the class an `__init__`: not where it has one of its own, or `init=False`."""
    return cls.is_dataclass and "__init__" not in cls.namespace and cls.options.get("init") is not False


def initializer(cls: Class) -> Any:
    """What makes an instance ready: a class's own `__init__`, or the record whose fields it takes; MISSING if there is neither."""
    for entry in cls.mro():
        if not isinstance(entry, Class):
            continue
        if "__init__" in entry.namespace:
            return entry.namespace["__init__"]
        if generates_init(entry):
            return entry
    return cls if is_model(cls) else MISSING


def is_field(value: Any) -> bool:
    """`field(...)` of dataclasses, attrs and pydantic."""
    return isinstance(value, Opaque) and value.path.rpartition(".")[2] in _FIELD_NAMES


def _option(value: Any, name: str, default: Any) -> Any:
    return value.kwargs.get(name, default) if is_field(value) else default


def fields_of(cls: Class) -> list[str]:
    """The names of the fields, those of bases first. What an undecorated class annotates is no field of a dataclass."""
    fields: list[str] = []
    decorated = cls.record() is not None
    for entry in reversed([entry for entry in cls.mro() if isinstance(entry, Class)]):
        if decorated and not entry.is_dataclass:
            continue
        own = [
            name
            for name in entry.annotated
            if _annotated_with(entry, name) not in _NO_FIELDS and name != "model_config"
        ]
        own += [name for name, value in entry.namespace.items() if is_field(value) and name not in own]
        fields.extend(name for name in own if name not in fields)
    return fields


_NO_FIELDS = ("ClassVar", "KW_ONLY", "InitVar")


def _annotated_with(cls: Class, name: str) -> str:
    """The name that a class attribute's annotation starts with: `ClassVar` of `ClassVar[int]`."""
    node: Any = cls.annotations.get(name)
    if type(node) is cst.SimpleString:
        return next((kind for kind in _NO_FIELDS if kind in node.value), "")
    if type(node) is cst.Subscript:
        node = node.value
    return str(getattr(getattr(node, "attr", node), "value", ""))


def _only_by_name(cls: Class) -> set[str]:
    """Fields that are not given by position: all after a `KW_ONLY` mark, or of a class under `kw_only=True`."""
    found: set[str] = set()
    for entry in [entry for entry in cls.mro() if isinstance(entry, Class)]:
        names = list(entry.annotated)
        marks = [index for index, name in enumerate(names) if _annotated_with(entry, name) == "KW_ONLY"]
        if entry.options.get("kw_only") is True:
            found.update(names)
        elif marks:
            found.update(names[marks[0] + 1 :])
    return found


def _init_only(cls: Class) -> list[str]:
    """`InitVar` parameters, which `__post_init__` takes."""
    entries = reversed([entry for entry in cls.mro() if isinstance(entry, Class)])
    return [name for entry in entries for name in entry.annotated if _annotated_with(entry, name) == "InitVar"]


def default_of(machine: Machine, cls: Class, name: str, call: Call) -> Any:
    """A field's default value, made anew where it has a factory; MISSING if it has none."""
    default = cls.find(name)
    if not is_field(default):
        return MISSING if isinstance(default, Descriptor) else default
    factory = default.kwargs.get("default_factory", default.kwargs.get("factory", MISSING))
    if factory is not MISSING:
        return machine.call(factory, [], {}, call.node, call.env)
    given = default.args[0] if default.args else MISSING
    given = default.kwargs.get("default", given)
    if isinstance(given, Opaque) and given.path.endswith(".Factory") and given.args:
        return machine.call(given.args[0], [], {}, call.node, call.env)
    return MISSING if _is_ellipsis(given) else given


def _is_ellipsis(value: Any) -> bool:
    return getattr(value, "path", "") == "builtins.Ellipsis"


def initialize(machine: Machine, cls: Class, instance: Instance, call: Call) -> None:
    """`Record(...)`: binds the fields of `cls`, from which the instance's class may derive, with defaults.

    Raises RaiseSignal (TypeError) where one is missing.
    """
    fields = fields_of(cls)
    model = is_model(cls)
    taken = [name for name in fields if _option(cls.find(name), "init", True) is not False]
    by_name = _only_by_name(cls)
    passed_on = _init_only(cls)
    order = [
        name
        for entry in reversed(cls.mro())
        if isinstance(entry, Class) and (model or entry.is_dataclass)
        for name in entry.annotated
    ]
    order = [*dict.fromkeys([*(name for name in order if name in (*taken, *passed_on)), *taken])]
    positional = [
        name for name in order if name not in by_name and _option(cls.find(name), "kw_only", False) is not True
    ]
    given = dict(zip(positional, call.args, strict=False)) | call.kwargs
    if len(call.args) > len(positional):
        raise RaiseSignal("TypeError", f"{cls.name}() takes {len(positional)} positional arguments")
    if model:
        given = validators.prepared(machine, cls, given, call)
    extra = [given.pop(name) if name in given else default_of(machine, cls, name, call) for name in passed_on]
    attrs = cls.options.get("attrs") is True
    for name in fields:
        alias = _option(cls.find(name), "alias", name.lstrip("_") if attrs else name) if model or attrs else name
        is_default = name not in taken or not {alias, name} & given.keys()
        if alias in given and name in taken:
            value = given.pop(alias)
        elif name in given and name in taken:
            value = given.pop(name)
        else:
            value = default_of(machine, cls, name, call)
            if value is MISSING and model and _is_optional(cls, name):
                value = None
            if value is MISSING and name not in taken:
                continue
            if value is MISSING and not call.star:
                raise RaiseSignal(
                    "ValidationError" if model else "TypeError", f"{cls.name}() missing argument '{name}'"
                )
            if value is MISSING:
                value = machine.unknown(call.node, call.env, f"field `{name}` comes from an unknown value")
        if model:
            value = _stored(machine, cls, instance, name, value, call, is_default)
        converter = _option(cls.find(name), "converter", None)
        if converter is not None:
            value = machine.call(converter, [value], {}, call.node, call.env)
        instance.attributes[name] = value
    if given and not model and not call.star:
        raise RaiseSignal("TypeError", f"{cls.name}() got an unexpected argument '{next(iter(given))}'")
    for hook in ("__post_init__", "__attrs_post_init__", "model_post_init"):
        post = (instance.cls or cls).find(hook)
        if isinstance(post, Function):
            arguments = [instance, None] if hook == "model_post_init" else [instance, *extra]
            machine.call(post, arguments, {}, call.node, call.env)
    ordered = {name: instance.attributes[name] for name in fields if name in instance.attributes}
    ordered |= {name: value for name, value in instance.attributes.items() if name not in ordered}
    instance.attributes.clear()
    instance.attributes.update(ordered)
    if model:
        validators.completed(machine, instance, call)


def _stored(
    machine: Machine, cls: Class, instance: Instance, name: str, value: Any, call: Call, is_default: bool
) -> Any:
    """What a model keeps of a field's value: converted by its annotation, between its validators, which do not see defaults."""
    if not is_default:
        value = validators.validated(machine, instance, name, value, call, before=True)
    if name in cls.annotations:
        owner = next(e for e in cls.mro() if isinstance(e, Class) and name in e.annotations)
        value = convert(machine, value, owner.annotations[name], Env(owner.module, owner.module.globals), call)
    return value if is_default else validators.validated(machine, instance, name, value, call, before=False)


def _is_optional(cls: Class, name: str) -> bool:
    """pydantic 1 gives `Optional` fields the default None."""
    node = cls.annotations.get(name)
    return type(node) is cst.Subscript and getattr(node.value, "value", "") == "Optional"


def make_named_tuple(machine: Machine, cls: Class, call: Call) -> Any:
    """An instance of a NamedTuple class."""
    fields = fields_of(cls)
    given = dict(zip(fields, call.args, strict=False)) | call.kwargs
    if len(call.args) > len(fields) or set(given) - set(fields):
        raise RaiseSignal("TypeError", f"{cls.name}() got an unexpected argument")
    values = []
    for name in fields:
        value = given[name] if name in given else default_of(machine, cls, name, call)
        if value is MISSING and call.star:
            value = machine.unknown(call.node, call.env, f"field `{name}` comes from an unknown value")
        if value is MISSING:
            raise RaiseSignal("TypeError", f"{cls.name}() missing argument '{name}'")
        values.append(value)
    return NamedTupleValue.of(cls, tuple(fields), values)


class NamedTupleNew(AirflowObject):
    """`Class.__new__` of a namedtuple, on which older code sets `__defaults__`."""

    __slots__ = ("cls",)

    def __init__(self, cls: Class) -> None:
        self.cls = cls

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        if name == "__defaults__" and isinstance(value, (list, tuple)):
            fields = fields_of(self.cls)
            self.cls.namespace.update(zip(fields[len(fields) - len(value) :], value, strict=False))


def named_tuple_class(machine: Machine, name: str, fields: list[str], defaults: list[Any], call: Call) -> Class:
    """The class that `collections.namedtuple(name, fields)` makes."""
    from migrator.analyzers.interpreter.values import External

    node = cst.ClassDef(cst.Name("namedtuple"), cst.IndentedBlock([]))
    tail = dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=True))
    return Class(name, name, call.env.module, node, [External("typing.NamedTuple")], tail, annotated=list(fields))


# ------------------------------------------------------------------------------------------- conversion by annotation

_SEQUENCES = frozenset({"list", "List", "Sequence", "Iterable", "tuple", "Tuple", "set", "Set", "FrozenSet"})
_TRUTHS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}
"""What pydantic takes for truth values in text."""
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "OrderedDict"})


def convert(machine: Machine, value: Any, annotation: Any, env: Env, call: Call, depth: int = 8) -> Any:
    """A value as pydantic would store it under an annotation: nested dicts become models, values become Enum members."""
    if is_symbolic(value) or value is None or depth == 0:
        return value
    if type(annotation) is cst.BinaryOperation:
        return _first(machine, value, [annotation.left, annotation.right], env, call, depth)
    if type(annotation) is cst.Subscript:
        name = getattr(getattr(annotation.value, "attr", annotation.value), "value", "")
        inner = [element.slice.value for element in annotation.slice if type(element.slice) is cst.Index]
        if name in ("Optional", "Union"):
            return _first(machine, value, inner, env, call, depth)
        if name == "Annotated" and inner:
            return convert(machine, value, inner[0], env, call, depth - 1)
        if name in _SEQUENCES and isinstance(value, (list, tuple)) and inner:
            items = [convert(machine, item, inner[0], env, call, depth - 1) for item in value]
            return tuple(items) if isinstance(value, tuple) else items
        if name in _MAPPINGS and isinstance(value, dict) and len(inner) == 2:
            return {key: convert(machine, item, inner[1], env, call, depth - 1) for key, item in value.items()}
        return value
    if not isinstance(annotation, (cst.Name, cst.Attribute)):
        return value
    kind = machine.eval(annotation, env)
    if isinstance(kind, Class):
        if is_enum(kind) and not isinstance(value, Instance):
            try:
                return machine.call(kind, [value], {}, call.node, call.env)
            except RaiseSignal as signal:
                raise RaiseSignal("ValidationError", str(signal)) from None
        if isinstance(value, dict) and is_record(kind) and all(isinstance(key, str) for key in value):
            return machine.call(kind, [], dict(value), call.node, call.env)
        return value
    path = getattr(kind, "path", "")
    try:
        if path == "pathlib.Path" and isinstance(value, str):
            return PurePosixPath(value)
        if path == "datetime.datetime" and isinstance(value, str):
            return dt.datetime.fromisoformat(value)
        if path == "datetime.datetime" and type(value) is dt.date:
            return dt.datetime(value.year, value.month, value.day)
        if path == "datetime.date" and isinstance(value, str):
            return dt.date.fromisoformat(value)
        if path == "datetime.timedelta" and isinstance(value, (int, float)):
            return dt.timedelta(seconds=value)
        if path == "builtins.int" and isinstance(value, str) and len(value) < 20:
            return int(value)
        if path == "builtins.float" and isinstance(value, str):
            return float(value)
        if path == "builtins.bool" and isinstance(value, str):
            return _TRUTHS[value.lower()]
    except (KeyError, ValueError) as error:
        raise RaiseSignal("ValidationError", str(error)) from None
    return value


def _first(machine: Machine, value: Any, options: list[Any], env: Env, call: Call, depth: int) -> Any:
    """The conversion by the first option that changes the value, else the value."""
    for option in options:
        if getattr(option, "value", "") == "None":
            continue
        converted = convert(machine, value, option, env, call, depth - 1)
        if converted is not value:
            return converted
    return value


# --------------------------------------------------------------------------------------------------- module functions


def repr_fields(value: Instance) -> list[str]:
    """The fields that a dataclass's `repr` shows."""
    assert value.cls is not None
    names = [name for name in fields_of(value.cls) if name in value.attributes]
    return [name for name in names if _option(value.cls.find(name), "repr", True) is not False]


def as_dict(value: Any, depth: int = 20) -> Any:
    """`dataclasses.asdict`, `attrs.asdict`, `model_dump`: records within records too."""
    if depth == 0:
        return value
    if isinstance(value, Instance) and value.cls is not None and is_record(value.cls):
        return {name: as_dict(item, depth - 1) for name, item in value.attributes.items()}
    if isinstance(value, list):
        return [as_dict(item, depth - 1) for item in value]
    if type(value) is tuple:
        return tuple(as_dict(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return {key: as_dict(item, depth - 1) for key, item in value.items()}
    return value


def model_method(value: Instance, name: str) -> Native | None:
    """What pydantic gives its models."""
    if name in ("dict", "model_dump"):
        return Native(name, lambda m, call: dump(value, call))
    if name in ("copy", "model_copy"):
        return Native(
            name,
            lambda m, call: Instance(value.cls, {**value.attributes, **(call.kwargs.get("update") or {})}),
        )
    return None


def dump(value: Instance, call: Call) -> dict[str, Any]:
    """`model.model_dump(...)`."""
    found: dict[str, Any] = as_dict(value)
    if call.kwargs.get("exclude_none") is True:
        found = {name: item for name, item in found.items() if item is not None}
    excluded = call.kwargs.get("exclude") or ()
    return {name: item for name, item in found.items() if name not in excluded}


def _asdict(machine: Machine, call: Call) -> Any:
    value = call.argument(0, "obj")
    if isinstance(value, Instance) and value.cls is not None:
        return as_dict(value)
    return machine.unknown(call.node, call.env, "the record is not known")


def _astuple(machine: Machine, call: Call) -> Any:
    value = call.argument(0, "obj")
    if isinstance(value, Instance) and value.cls is not None:
        return tuple(as_dict(item) for item in value.attributes.values())
    return machine.unknown(call.node, call.env, "the record is not known")


def _replace(machine: Machine, call: Call) -> Any:
    value = call.argument(0, "obj")
    if not isinstance(value, Instance) or value.cls is None:
        return machine.unknown(call.node, call.env, "the record is not known")
    names = [name for name in fields_of(value.cls) if _option(value.cls.find(name), "init", True) is not False]
    given = {name: value.attributes[name] for name in names if name in value.attributes} | call.kwargs
    return machine.call(value.cls, [], given, call.node, call.env)


def _fields(machine: Machine, call: Call) -> Any:
    value = call.argument(0, "class_or_instance")
    cls = value if isinstance(value, Class) else getattr(value, "cls", None)
    if not isinstance(cls, Class):
        return machine.unknown(call.node, call.env, "the record is not known")
    return tuple(field_rows(machine, cls, call.node, call.env))


def _field_type(machine: Machine, cls: Class, name: str) -> Any:
    owner = next((entry for entry in cls.mro() if isinstance(entry, Class) and name in entry.annotations), None)
    return None if owner is None else type_hints.hint(machine, owner, name)


def field_rows(machine: Machine, cls: Class, node: cst.CSTNode, env: Env) -> list[Instance]:
    """The fields of a dataclass as `dataclasses.fields` gives them."""
    rows = []
    for name in fields_of(cls):
        spec = cls.find(name)
        default = spec if not is_field(spec) else spec.kwargs.get("default", MISSING)
        rows.append(
            Instance(
                None,
                {
                    "name": name,
                    "default": machine.unknown(node, env, "no default") if default is MISSING else default,
                    "metadata": _option(spec, "metadata", {}),
                    "init": _option(spec, "init", True),
                    "type": _field_type(machine, cls, name),
                },
            )
        )
    return rows


def _is_dataclass(machine: Machine, call: Call) -> Any:
    value = call.argument(0, "obj")
    cls = value if isinstance(value, Class) else getattr(value, "cls", None)
    return isinstance(cls, Class) and cls.record() is not None


def _from_dict(machine: Machine, call: Call) -> Any:
    """`dacite.from_dict(data_class=X, data={...})`: nested dicts become the dataclasses they are annotated with."""
    cls, data = call.argument(0, "data_class"), machine.settle(call.argument(1, "data"), call.node, call.env)
    if not isinstance(cls, Class) or not isinstance(data, dict):
        return machine.unknown(call.node, call.env, "the record is not known")
    env = Env(cls.module, cls.module.globals)
    known = {name: value for name, value in data.items() if name in fields_of(cls)}
    converted = {
        name: convert(machine, value, cls.annotations[name], env, call) if name in cls.annotations else value
        for name, value in known.items()
    }
    return machine.call(cls, [], converted, call.node, call.env)


def _make_dataclass(machine: Machine, call: Call) -> Any:
    """`dataclasses.make_dataclass(name, fields)`: a field is a name, or a tuple of name, type and default."""
    name, rows = call.argument(0, "cls_name"), call.argument(1, "fields")
    if not isinstance(name, str) or not isinstance(rows, (list, tuple)) or call.kwargs.keys() & {"bases", "namespace"}:
        return machine.unknown(call.node, call.env, "the fields are not known")
    parts = [row if isinstance(row, (list, tuple)) else (row,) for row in rows]
    if not all(parts and isinstance(part[0], str) for part in parts):
        return machine.unknown(call.node, call.env, "the fields are not known")
    node = cst.ClassDef(cst.Name("made"), cst.IndentedBlock([]))
    defaults = {part[0]: part[2] for part in parts if len(part) > 2}
    options = {key: value for key, value in call.kwargs.items() if key in ("frozen", "order", "eq", "kw_only")}
    annotated = [part[0] for part in parts]
    return Class(name, name, call.env.module, node, [], defaults, True, annotated, options=options)


CALLS = {
    "dataclasses.make_dataclass": _make_dataclass,
    "dataclasses.asdict": _asdict,
    "attr.asdict": _asdict,
    "attrs.asdict": _asdict,
    "dataclasses.astuple": _astuple,
    "dataclasses.replace": _replace,
    "attr.evolve": _replace,
    "attrs.evolve": _replace,
    "dataclasses.fields": _fields,
    "dataclasses.is_dataclass": _is_dataclass,
    "dacite.from_dict": _from_dict,
}
"""Functions on records, by canonical path."""
