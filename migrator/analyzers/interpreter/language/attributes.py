"""Attributes and items of values."""

from __future__ import annotations

import collections
import datetime as dt
import re
import time
import urllib.parse
import uuid
import zoneinfo
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import libcst as cst
from dateutil.relativedelta import relativedelta

from migrator.analyzers.interpreter.airflow import classes as airflow_classes
from migrator.analyzers.interpreter.airflow import members as airflow_members
from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum, is_enum, members_of
from migrator.analyzers.interpreter.classes.records import (
    NamedTupleNew,
    field_rows,
    fields_of,
    generates_init,
    initialize,
    is_field,
    is_model,
    is_record,
    make_named_tuple,
    model_method,
)
from migrator.analyzers.interpreter.language.items import ITEM_METHODS
from migrator.analyzers.interpreter.language.iterators import LazyItems, iterator_method
from migrator.analyzers.interpreter.libraries.library_classes import PLAIN_BASES, may_have
from migrator.analyzers.interpreter.libraries.pendulum_methods import zone_attribute
from migrator.analyzers.interpreter.values import (
    METACLASSES,
    MISSING,
    BoundMethod,
    Call,
    Class,
    Descriptor,
    DictValue,
    Env,
    External,
    Function,
    Instance,
    ListValue,
    ManagedCall,
    ModuleValue,
    NamedTupleValue,
    NamespacePackage,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    SuperValue,
    TextValue,
    is_symbolic,
    metaclass_method,
)
from migrator.model.values import AssetValue, Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_AIRFLOW_MEMBERS = frozenset(
    "all_success all_failed all_done all_done_min_one_success all_done_setup_success one_success one_failed one_done none_failed "
    "none_failed_or_skipped none_failed_min_one_success none_skipped all_skipped always dummy downstream upstream absolute removed "
    "scheduled queued running success restarting failed up_for_retry up_for_reschedule upstream_failed skipped deferred".split()
)
"""Members of `TriggerRule`, `WeightRule`, `TaskInstanceState` and `DagRunState` of Airflow 2.11 and 3.3, which are texts here."""

_DAYS = dict(enumerate("MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY".split(), 1))
"""Members of `WeekDay`, which are numbers here."""


def get_attribute(machine: Machine, value: Any, name: str, node: cst.CSTNode, env: Env) -> Any:
    """`value.name`."""
    from migrator.analyzers.interpreter.language import managers, methods
    from migrator.analyzers.interpreter.libraries import inspection, introspection, library

    if isinstance(value, External):
        return library.external_attribute(machine, value, name, node, env)
    if isinstance(value, ModuleValue):
        found = value.module.globals.get(name, MISSING)
        if found is MISSING and name in ("__file__", "__path__", "__name__", "__doc__", "__dict__"):
            return module_attribute(machine, value, name)
        if found is MISSING:
            found = machine.modules.submodule(machine, value.module, name, node, env)
        if found is MISSING:
            found = machine.modules.made_on_demand(machine, value.module, name, node, env)
        return (
            machine.unknown(node, env, f"module `{value.module.name}` has no `{name}`") if found is MISSING else found
        )
    if isinstance(value, NamespacePackage):
        if name == "__path__":
            return introspection.package_path(machine, value)
        return machine.modules.below(machine, value, name, node, env)
    if isinstance(value, af.AirflowObject):
        return airflow_attribute(machine, value, name, node, env)
    if isinstance(value, Instance):
        return instance_attribute(machine, value, name, node, env)
    if isinstance(value, Class):
        return class_attribute(machine, value, name, node, env)
    if isinstance(value, SuperValue):
        return super_attribute(machine, value, name, node, env)
    if isinstance(value, Function):
        if name in value.attributes:
            return value.attributes[name]
        if name in ("__name__", "__qualname__"):
            return value.name if name == "__name__" else value.qualname
        if name == "__doc__":
            return docstring(value)
        if name == "__module__":
            return value.module.name
        if name == "__wrapped__":
            return value
        if name in ("__defaults__", "__kwdefaults__", "__code__", "__annotations__"):
            return inspection.function_attribute(machine, value, name)
        if name in ("cache_clear", "cache_info"):
            return Native(name, lambda m, call: None)
        if value.is_altered:
            return machine.unknown(node, env, "an attribute that a decorator of a library may give")
        return missing_attribute(machine, "function", name, node, env)
    if isinstance(value, BoundMethod):
        if name == "__self__":
            return value.receiver
        return value.function if name == "__func__" else get_attribute(machine, value.function, name, node, env)
    if isinstance(value, Descriptor):
        if name in ("setter", "deleter", "getter"):
            return Native(name, lambda m, call: value.with_setter(call.args[0] if name == "setter" else value.setter))
        if name == "__get__":
            return machine.unknown(node, env, "a descriptor's method")
        return get_attribute(machine, value.function, name, node, env)
    if isinstance(value, Native):
        return value.members.get(name) or machine.unknown(node, env, "an attribute of a function")
    if isinstance(value, LazyItems) and name in ("__next__", "close", "send", "throw"):
        return iterator_method(value, name)
    if isinstance(value, ManagedCall):
        found = managers.manager_method(machine, value, name)
        return machine.unknown(node, env, "an attribute of a context manager") if found is MISSING else found
    if isinstance(value, (DictValue, ListValue, NamedTupleValue, TextValue)):
        found = extended_attribute(machine, value, name, node, env)
        if found is not MISSING:
            return found
    if isinstance(value, PartialCall):
        return {"func": value.function, "args": tuple(value.args), "keywords": value.kwargs}.get(
            name
        ) or machine.unknown(node, env, "an attribute of a partial")
    if isinstance(value, AssetValue):
        if name in ("uri", "name", "extra"):
            return getattr(value, name)
        return machine.unknown(node, env, "an attribute of an asset")
    if isinstance(value, Opaque):
        return library.opaque_attribute(machine, value, name, node, env)
    if isinstance(value, Symbolic) and value.has_default and not isinstance(value.default, (Symbolic, Text)):
        value = machine.settle(value, node, env)
    if isinstance(value, (Symbolic, Text)):
        return methods.symbolic_attribute(machine, value, name, node, env)
    if is_data_enum(value):
        value = enum_value(value)
    method = methods.method_of(value, name)
    if method is not None:
        return method
    if (
        (
            isinstance(
                value,
                (
                    dt.datetime,
                    dt.date,
                    dt.time,
                    dt.timedelta,
                    relativedelta,
                    int,
                    float,
                    range,
                    slice,
                    re.Match,
                    zoneinfo.ZoneInfo,
                    uuid.UUID,
                    time.struct_time,
                    urllib.parse.ParseResult,
                    urllib.parse.SplitResult,
                    re.Pattern,
                    collections.ChainMap,
                    dt.tzinfo,
                ),
            )
            or (isinstance(value, PurePath) and name in methods.PATH_PROPERTIES)
        )
        and not name.startswith("_")
        and hasattr(value, name)
    ):
        found = getattr(value, name)
        return found if name != "parents" else list(found)
    if isinstance(value, tuple) and name in getattr(value, "_fields", ()):
        return getattr(value, name)
    if type(value).__name__ == "IsoCalendarDate" and name in ("year", "week", "weekday"):
        return getattr(value, name)
    if type(value).__module__ == "packaging.version" and name in introspection.VERSION_PROPERTIES:
        return getattr(value, name)
    if isinstance(value, dt.tzinfo) and (called := zone_attribute(value, name)) is not None:
        return called
    if name == "__class__":
        return External(f"builtins.{type(value).__name__}")
    if name in ("value", "name") and isinstance(value, str) and value in _AIRFLOW_MEMBERS:
        # Of a member that is shown by its name, too, the value is plain text.
        return str(value) if name == "value" else value.upper()
    if name in ("value", "name") and type(value) is int and value in _DAYS:
        return value if name == "value" else _DAYS[value]
    if isinstance(value, (str, list, dict, tuple, set, int, float, type(None))) and not isinstance(value, bool):
        raise RaiseSignal("AttributeError", f"'{type(value).__name__}' object has no attribute '{name}'")
    return machine.unknown(node, env, f"attribute `{name}` is not evaluated")


def module_attribute(machine: Machine, value: ModuleValue, name: str) -> Any:
    """What every module has."""
    from migrator.analyzers.interpreter.libraries.introspection import package_path

    module = value.module
    if name == "__path__":
        return package_path(machine, value)
    if name == "__doc__":
        return module.tree.get_docstring()
    if name == "__dict__":
        return module.globals
    return machine.path_of(module.file) if name == "__file__" else module.name


_FUNCTION_NAMES = frozenset(dir(lambda: None)) | {"__wrapped__", "__type_params__"}


def missing_attribute(machine: Machine, kind: str, name: str, node: cst.CSTNode, env: Env) -> Any:
    """An attribute that is not there; names that Python itself defines are unknown instead."""
    if name in _FUNCTION_NAMES:
        return machine.unknown(node, env, f"an attribute of a {kind}")
    raise RaiseSignal("AttributeError", f"'{kind}' object has no attribute '{name}'")


def extended_attribute(machine: Machine, value: Any, name: str, node: cst.CSTNode, env: Env) -> Any:
    """What an instance of an analyzed subclass of dict, list, str or tuple has besides their methods."""
    from migrator.analyzers.interpreter.language import methods

    if isinstance(value, NamedTupleValue):
        if name in value.fields:
            return value[value.fields.index(name)]
        if name == "_fields":
            return value.fields
        if name == "_field_defaults":
            return class_attribute(machine, value.cls, name, node, env)
        if name == "_asdict":
            return Native(name, lambda m, call: dict(zip(value.fields, value, strict=True)))
        if name == "_replace":
            return Native(
                name,
                lambda m, call: NamedTupleValue.of(
                    value.cls,
                    value.fields,
                    [call.kwargs.get(n, v) for n, v in zip(value.fields, value, strict=True)],
                ),
            )
    elif name in value.attributes:
        return value.attributes[name]
    if name == "__class__":
        return value.cls
    found = value.cls.find(name)
    if found is not MISSING:
        return bind(machine, found, value, value.cls, node, env)
    method = methods.method_of(value, name)
    if method is not None:
        return method
    fallback = value.cls.find("__getattr__")
    if isinstance(fallback, (Function, External)):
        return machine.call(fallback, [value, name], {}, node, env)
    return MISSING


def docstring(function: Function) -> str | None:
    """A function's docstring."""
    return function.node.get_docstring() if type(function.node) is cst.FunctionDef else None


def instance_attribute(machine: Machine, value: Instance, name: str, node: cst.CSTNode, env: Env) -> Any:
    if name in value.attributes and (value.cls is None or name not in value.cls.descriptors):
        return value.attributes[name]
    if name == "__class__" and value.cls is not None:
        return value.cls
    if name == "__dict__":
        return value.attributes
    if name in ("__doc__", "__module__") and value.cls is not None:
        return class_attribute(machine, value.cls, name, node, env)
    if value.cls is None:
        return machine.unknown(node, env, f"attribute `{name}` is not known")
    found = value.cls.find(name)
    if found is not MISSING and not (is_field(found) and is_record(value.cls)):
        return bind(machine, found, value, value.cls, node, env)
    if name in ("__eq__", "__hash__", "__repr__", "__str__"):
        return machine.unknown(node, env, "a method of `object`")
    fallback = value.cls.find("__getattr__")
    if isinstance(fallback, Function):
        return machine.call(BoundMethod(fallback, value), [name], {}, node, env)
    if value.cls.find("__annotations__") is MISSING and is_model(value.cls):
        special = model_method(value, name)
        if special is not None:
            return special
    if is_data_enum(value):
        return get_attribute(machine, enum_value(value), name, node, env)
    if is_enum(value.cls):
        raise RaiseSignal("AttributeError", f"'{value.cls.name}' object has no attribute '{name}'")
    if name == "__setattr__":
        return Native(name, lambda m, call: value.attributes.update({str(call.args[0]): call.args[1]}))
    bases = value.cls.external_bases()
    if any(path not in PLAIN_BASES or may_have(path, name) for path in bases) or any(map(is_symbolic, value.cls.bases)):
        return machine.unknown(node, env, f"`{name}` comes from a library class")
    raise RaiseSignal("AttributeError", f"'{value.cls.name}' object has no attribute '{name}'")


def bind(machine: Machine, found: Any, receiver: Any, cls: Class, node: cst.CSTNode, env: Env) -> Any:
    """What a class attribute is when it is read through an instance (or, for classmethods, the class)."""
    if isinstance(found, Function):
        return BoundMethod(found, receiver)
    if isinstance(found, Descriptor):
        if found.kind == "property":
            if isinstance(found.function, Function):
                return machine.call(BoundMethod(found.function, receiver), [], {}, node, env)
            return machine.unknown(node, env, "a property that is not evaluated")
        if found.kind == "method" and isinstance(found.function, Native):
            inner = found.function
            return Native(
                inner.name,
                lambda m, call: inner.call(
                    m, Call([receiver, *call.args], call.kwargs, call.node, call.env, call.star)
                ),
            )
        if found.kind == "cached_property" and isinstance(receiver, Instance):
            name = getattr(found.function, "name", "")
            receiver.attributes[name] = machine.call(BoundMethod(found.function, receiver), [], {}, node, env)
            return receiver.attributes[name]
        if found.kind == "cached_property":
            return machine.call(BoundMethod(found.function, receiver), [], {}, node, env)
        if found.kind == "classmethod":
            return BoundMethod(found.function, cls) if isinstance(found.function, Function) else found.function
        return found.function
    if isinstance(found, Instance) and found.cls is not None:
        getter = found.cls.find("__get__")
        if isinstance(getter, Function):
            return machine.call(BoundMethod(getter, found), [receiver, cls], {}, node, env)
    return found


def class_attribute(machine: Machine, value: Class, name: str, node: cst.CSTNode, env: Env) -> Any:
    from migrator.analyzers.interpreter.classes import type_hints
    from migrator.analyzers.interpreter.libraries import inspection

    if name in ("__name__", "__qualname__"):
        return value.name
    if name == "__module__":
        return value.module.name
    if name == "__mro__":
        return tuple(value.mro())
    if name == "__bases__":
        return tuple(value.bases)
    if name == "__doc__":
        return value.node.get_docstring()
    if name == "__dict__":
        return value.namespace
    if name == "__annotations__":
        return type_hints.of_class(machine, value)
    if name == "__dataclass_fields__" and value.record() is not None:
        return {row.attributes["name"]: row for row in field_rows(machine, value, node, env)}
    if name == "__abstractmethods__":
        return inspection.abstract_methods(value)
    if is_enum(value) and name == "__members__":
        return members_of(value)
    if name == "_fields" and "typing.NamedTuple" in value.external_bases():
        return tuple(fields_of(value))
    if name == "_field_defaults" and "typing.NamedTuple" in value.external_bases():
        return {field: value.namespace[field] for field in fields_of(value) if field in value.namespace}
    if name == "__new__" and "typing.NamedTuple" in value.external_bases():
        return NamedTupleNew(value)
    if name == "_make" and "typing.NamedTuple" in value.external_bases():
        return Native(name, lambda m, call: m.call(value, list(call.args[0]), {}, node, env))
    if name in ("model_validate", "parse_obj") and is_model(value):
        return Native(
            name,
            lambda m, call: (
                m.call(value, [], call.args[0], node, env)
                if isinstance(call.args[0], dict)
                else m.unknown(node, env, "the data is not known")
            ),
        )
    found = value.find(name)
    if found is not MISSING:
        if isinstance(found, Descriptor) and found.kind != "property":
            return bind(machine, found, value, value, node, env)
        if isinstance(found, Instance) and not is_enum(value):
            return bind(machine, found, None, value, node, env)
        return found
    if isinstance(value.metaclass, Class) and (found := value.metaclass.find(name)) is not MISSING:
        return bind(machine, found, value, value.metaclass, node, env)
    if name in ("__new__", "__init__") and all(base in PLAIN_BASES for base in value.external_bases()):
        return Native(name, lambda m, call: new_object(m, call) if name == "__new__" else None)
    if isinstance(fallback := metaclass_method(value, "__getattr__"), BoundMethod):
        return machine.call(fallback, [name], {}, node, env)
    from migrator.analyzers.interpreter.libraries import yaml_files

    if name == "partial" and machine.airflow.is_operator_class(value):
        return Native("partial", lambda m, call: airflow_classes.operator_partial(m, value, call))
    if name == "__subclasses__":
        return Native(name, lambda m, call: list(value.subclasses))
    if (adding := yaml_files.adding_method(value, name)) is not None:
        return adding
    for base in value.external_bases():
        if base not in PLAIN_BASES:
            return External(f"{base}.{name}")
    raise RaiseSignal("AttributeError", f"class '{value.name}' has no attribute '{name}'")


def super_attribute(machine: Machine, value: SuperValue, name: str, node: cst.CSTNode, env: Env) -> Any:
    receiver = value.receiver
    cls = receiver if isinstance(receiver, Class) else receiver.cls
    order = cls.mro() if cls is not None else []
    if isinstance(receiver, Class) and value.cls not in order and isinstance(receiver.metaclass, Class):
        order = receiver.metaclass.mro()
    rest = order[order.index(value.cls) + 1 :] if value.cls in order else []
    for entry in rest:
        if name == "__init__" and isinstance(entry, Class) and isinstance(receiver, Instance) and generates_init(entry):
            return Native(name, partial(_initialize_record, entry, receiver))
        if isinstance(entry, Class) and name in entry.namespace:
            return bind(machine, entry.namespace[name], receiver, cls, node, env)
        if isinstance(entry, External) and entry.path not in PLAIN_BASES:
            own = airflow_members.base_attribute(machine, receiver, name, node, env)
            if own is not MISSING:
                return own
            if name == "__init__":
                return airflow_classes.base_initializer(receiver)
            if name in ("__new__", "__setattr__"):
                break
            return External(f"{entry.path}.{name}")
        if is_symbolic(entry):
            return Native(name, lambda m, call: None)
    return object_method(value, name)


def _initialize_record(record: Class, receiver: Instance, machine: Machine, call: Call) -> None:
    """The `__init__` that `@dataclass` made, called by a subclass's own."""
    initialize(machine, record, receiver, call)


def object_method(value: SuperValue, name: str) -> Any:
    """What `super()` finds in `object`, `dict`, `list`, `str` and `type`."""
    from migrator.analyzers.interpreter.language import methods

    receiver = value.receiver
    if name == "__new__":
        return Native(name, lambda machine, call: new_object(machine, call))
    if isinstance(receiver, TextValue) and name in ("__init__", "__str__"):
        return Native(name, lambda machine, call: str(receiver) if name == "__str__" else None)
    if isinstance(receiver, Class) and name in ("__call__", "__class_getitem__"):
        return _class_method(receiver, name)
    if name == "__setattr__" and isinstance(receiver, Instance):
        return Native(name, lambda machine, call: receiver.attributes.update({str(call.args[0]): call.args[1]}))
    if isinstance(receiver, (DictValue, ListValue, NamedTupleValue, TextValue)):
        if name == "__init__":
            return Native(name, lambda machine, call: fill(machine, receiver, call))
        if name in ITEM_METHODS:
            return Native(name, lambda machine, call: ITEM_METHODS[name](machine, receiver, call))
        return methods.method_of(receiver, name) or Native(name, lambda machine, call: None)
    return Native(name, lambda machine, call: None)


def _class_method(cls: Class, name: str) -> Native:
    """What a class itself has: `__call__` makes an instance past an analyzed metaclass, `cls[...]` is the class."""

    def apply(machine: Machine, call: Call) -> Any:
        from migrator.analyzers.interpreter.language.calls import instantiate

        return instantiate(machine, cls, call, by_metaclass=False) if name == "__call__" else cls

    return Native(name, apply)


def fill(machine: Machine, receiver: Any, call: Call) -> None:
    """`dict.__init__` and `list.__init__`."""
    if isinstance(receiver, DictValue):
        made = machine.call(External("builtins.dict"), call.args, call.kwargs, call.node, call.env)
        receiver.update(made if isinstance(made, dict) else {})
    elif isinstance(receiver, ListValue) and call.args:
        made = machine.call(External("builtins.list"), call.args, {}, call.node, call.env)
        receiver.extend(made if isinstance(made, list) else [made])


def new_object(machine: Machine, call: Call) -> Any:
    """`object.__new__(cls)`, and `type.__new__(mcs, name, bases, namespace)`."""
    cls = call.args[0] if call.args else None
    if not isinstance(cls, Class):
        return machine.unknown(call.node, call.env, "the class is not known")
    if "typing.NamedTuple" in cls.external_bases():
        return make_named_tuple(machine, cls, Call(call.args[1:], call.kwargs, call.node, call.env, call.star))
    if any(path in METACLASSES for path in cls.external_bases()) and machine.pending_class is not None:
        made, machine.pending_class = machine.pending_class, None
        return made
    if is_text_class(cls):
        return text_value(machine, cls, Call(call.args[1:], call.kwargs, call.node, call.env, call.star))
    return Instance(cls)


def is_text_class(cls: Class) -> bool:
    """Whether instances are texts with methods and attributes of their own."""
    return "builtins.str" in cls.external_bases() and not is_enum(cls)


def text_value(machine: Machine, cls: Class, call: Call) -> Any:
    """`str.__new__(cls, value)`; of a value that is not known the text alone stays."""
    text = machine.call(External("builtins.str"), call.args[:1], {}, call.node, call.env)
    return TextValue.of(cls, text) if isinstance(text, str) else text


def airflow_attribute(machine: Machine, value: af.AirflowObject, name: str, node: cst.CSTNode, env: Env) -> Any:
    found = value.attribute(machine, name, node, env)
    if found is not MISSING:
        return found
    return machine.unknown(node, env, f"attribute `{name}` is not evaluated")


def set_attribute(machine: Machine, target: Any, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
    """`target.name = value`; writes to what is not modelled have no effect."""
    if isinstance(target, af.AirflowObject):
        target.set_attribute(machine, name, value, node, env)
    elif isinstance(target, Instance):
        set_instance_attribute(machine, target, name, value, node, env)
    elif isinstance(target, (DictValue, ListValue, TextValue)):
        own = target.cls.find("__setattr__")
        if isinstance(own, (Function, External)) and own not in machine.active:
            machine.call(own, [target, name, value], {}, node, env)
        elif name == "__dict__" and isinstance(value, dict):
            target.attributes = value
        else:
            target.attributes[name] = value
    elif isinstance(target, Opaque) and target.path == "types.SimpleNamespace":
        target.kwargs[name] = value
    elif isinstance(target, Class):
        target.namespace[name] = value
    elif isinstance(target, Function):
        target.attributes[name] = value
    elif isinstance(target, ModuleValue):
        target.module.globals[name] = value


def set_instance_attribute(
    machine: Machine, target: Instance, name: str, value: Any, node: cst.CSTNode, env: Env
) -> None:
    """Through a property's setter or the class's `__setattr__` where it has one. Frozen dataclasses refuse."""
    cls = target.cls
    if cls is not None:
        found = cls.find(name)
        if isinstance(found, Descriptor) and found.kind == "property":
            if found.setter is None:
                raise RaiseSignal("AttributeError", f"property '{name}' has no setter")
            machine.call(found.setter, [target, value], {}, node, env)
            return
        own = cls.find("__setattr__")
        if isinstance(own, Function):
            machine.call(BoundMethod(own, target), [name, value], {}, node, env)
            return
        record = cls.record()
        if record is not None and record.options.get("frozen") is True:
            raise RaiseSignal("FrozenInstanceError", f"cannot assign to field '{name}'")
        if name in cls.descriptors:
            machine.call(BoundMethod(found.cls.find("__set__"), found), [target, value], {}, node, env)
            return
    if name == "__dict__" and isinstance(value, dict):
        target.attributes = value
    else:
        target.attributes[name] = value


def delete_attribute(machine: Machine, target: Any, name: str, node: cst.CSTNode, env: Env) -> None:
    """`del target.name`."""
    cls = getattr(target, "cls", None)
    own = cls.find("__delattr__") if isinstance(cls, Class) else MISSING
    if isinstance(own, (Function, External)) and own not in machine.active:
        machine.call(own, [target, name], {}, node, env)
    elif isinstance(target, (Instance, DictValue, ListValue, TextValue)):
        target.attributes.pop(name, None)
    elif isinstance(target, Class):
        target.namespace.pop(name, None)
