"""Attributes and items of values."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter import airflow_objects as af
from migrator.analyzers.interpreter.operations import (
    LazyItems,
    enum_member,
    enum_value,
    is_data_enum,
    is_enum,
    is_member_name,
)
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Class,
    Descriptor,
    Env,
    External,
    Function,
    Instance,
    ModuleValue,
    NamespacePackage,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    SuperValue,
    is_symbolic,
)
from migrator.model.values import AssetValue, Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def get_attribute(machine: Machine, value: Any, name: str, node: cst.CSTNode, env: Env) -> Any:
    """`value.name`."""
    from migrator.analyzers.interpreter import library, methods

    if isinstance(value, External):
        return library.external_attribute(machine, value, name, node, env)
    if isinstance(value, ModuleValue):
        found = value.module.globals.get(name, MISSING)
        if found is MISSING:
            found = machine.modules.submodule(machine, value.module, name, node, env)
        return (
            machine.unknown(node, env, f"module `{value.module.name}` has no `{name}`") if found is MISSING else found
        )
    if isinstance(value, NamespacePackage):
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
        if name in ("__name__", "__qualname__"):
            return value.name
        if name == "__doc__":
            return docstring(value)
        return (
            value.attributes.get(name, MISSING)
            if name in value.attributes
            else machine.unknown(node, env, "an attribute of a function")
        )
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
            isinstance(value, (dt.datetime, dt.date, dt.time, dt.timedelta, int, float, range, slice, re.Match))
            or (isinstance(value, PurePath) and name in methods.PATH_PROPERTIES)
        )
        and not name.startswith("_")
        and hasattr(value, name)
    ):
        found = getattr(value, name)
        return list(found) if isinstance(found, tuple) and not isinstance(value, PurePath) else found
    if name == "__class__":
        return External(f"builtins.{type(value).__name__}")
    if isinstance(value, (str, list, dict, tuple, set, int, float, type(None))) and not isinstance(value, bool):
        raise RaiseSignal("AttributeError", f"'{type(value).__name__}' object has no attribute '{name}'")
    return machine.unknown(node, env, f"attribute `{name}` is not evaluated")


def docstring(function: Function) -> str | None:
    """A function's docstring."""
    return function.node.get_docstring() if isinstance(function.node, cst.FunctionDef) else None


def instance_attribute(machine: Machine, value: Instance, name: str, node: cst.CSTNode, env: Env) -> Any:
    if name in value.attributes:
        return value.attributes[name]
    if name == "__class__" and value.cls is not None:
        return value.cls
    if name == "__dict__":
        return value.attributes
    if value.cls is None:
        return machine.unknown(node, env, f"attribute `{name}` is not known")
    found = value.cls.find(name)
    if found is not MISSING:
        return bind(machine, found, value, value.cls, node, env)
    fallback = value.cls.find("__getattr__")
    if isinstance(fallback, Function):
        return machine.call(BoundMethod(fallback, value), [name], {}, node, env)
    special = namedtuple_attribute(value, name)
    if special is not None:
        return special
    if is_enum(value.cls) and name in ("name", "value"):
        return value.attributes.get(name)
    if value.cls.external_bases():
        return machine.unknown(node, env, f"`{name}` comes from a library class")
    raise RaiseSignal("AttributeError", f"'{value.cls.name}' object has no attribute '{name}'")


def namedtuple_attribute(value: Instance, name: str) -> Any:
    """`_asdict` and `_replace` of NamedTuples and the like."""
    fields = value.attributes.get("__fields__")
    if fields is None:
        return None
    if name == "_asdict":
        return Native(name, lambda machine, call: {field: value.attributes[field] for field in fields})
    if name == "_replace":
        return Native(name, lambda machine, call: Instance(value.cls, {**value.attributes, **call.kwargs}))
    return None


def bind(machine: Machine, found: Any, receiver: Any, cls: Class, node: cst.CSTNode, env: Env) -> Any:
    """What a class attribute is when it is read through an instance (or, for classmethods, the class)."""
    if isinstance(found, Function):
        return BoundMethod(found, receiver)
    if isinstance(found, Descriptor):
        if found.kind == "property":
            if isinstance(found.function, Function):
                return machine.call(BoundMethod(found.function, receiver), [], {}, node, env)
            return machine.unknown(node, env, "a property that is not evaluated")
        if found.kind == "classmethod":
            return BoundMethod(found.function, cls) if isinstance(found.function, Function) else found.function
        return found.function
    return found


def class_attribute(machine: Machine, value: Class, name: str, node: cst.CSTNode, env: Env) -> Any:
    if name in ("__name__", "__qualname__"):
        return value.name
    if name == "__module__":
        return value.module.name
    if is_enum(value) and name in value.namespace and is_member_name(value, name):
        return enum_member(value, name)
    if is_enum(value) and name == "__members__":
        return {key: enum_member(value, key) for key in value.namespace if is_member_name(value, key)}
    found = value.find(name)
    if found is not MISSING:
        if isinstance(found, Descriptor) and found.kind != "property":
            return bind(machine, found, value, value, node, env)
        return found
    if name == "partial" and machine.airflow.is_operator_class(value):
        return Native("partial", lambda m, call: af.operator_partial(m, value, call))
    if name == "__subclasses__":
        return machine.unknown(node, env, "the subclasses of a class are not known")
    for base in value.external_bases():
        return External(f"{base}.{name}")
    raise RaiseSignal("AttributeError", f"class '{value.name}' has no attribute '{name}'")


def super_attribute(machine: Machine, value: SuperValue, name: str, node: cst.CSTNode, env: Env) -> Any:
    receiver = value.receiver
    cls = receiver if isinstance(receiver, Class) else receiver.cls
    order = cls.mro() if cls is not None else []
    rest = order[order.index(value.cls) + 1 :] if value.cls in order else []
    for entry in rest:
        if isinstance(entry, Class) and name in entry.namespace:
            return bind(machine, entry.namespace[name], receiver, entry, node, env)
        if isinstance(entry, External):
            return (
                External(f"{entry.path}.{name}")
                if name != "__init__"
                else Native(
                    "__init__",
                    lambda m, call, base=entry: af.initialize_base(m, receiver, base, call),  # type: ignore[misc]
                )
            )
        if is_symbolic(entry):
            return Native(name, lambda m, call: None)
    return Native(name, lambda m, call: None)


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
        target.attributes[name] = value
    elif isinstance(target, Class):
        target.namespace[name] = value
    elif isinstance(target, Function):
        target.attributes[name] = value
    elif isinstance(target, ModuleValue):
        target.module.globals[name] = value


def get_item(machine: Machine, value: Any, key: Any, node: cst.CSTNode, env: Env) -> Any:
    """`value[key]`."""
    from migrator.analyzers.interpreter import library

    if isinstance(value, External):
        return library.external_item(machine, value, key, node, env)
    if isinstance(value, af.AirflowObject):
        return (
            value.item(key)
            if isinstance(value, af.XCom)
            else machine.unknown(node, env, "an item of an Airflow object")
        )
    if isinstance(value, Class):
        if is_enum(value) and isinstance(key, str) and key in value.namespace:
            return enum_member(value, key)
        return value
    if isinstance(value, Instance) and value.cls is not None:
        method = value.cls.find("__getitem__")
        if isinstance(method, Function):
            return machine.call(BoundMethod(method, value), [key], {}, node, env)
        if "__fields__" in value.attributes and isinstance(key, int):
            return value.attributes[value.attributes["__fields__"][key]]
    value = machine.settle(value, node, env)
    if is_symbolic(value):
        if isinstance(value, Symbolic) and value.kind in ("variable", "env"):
            return Symbolic(value.kind, machine.source(node, env)[:200], value.why, value.name, span=value.span)
        return machine.unknown(node, env, "an item of an unknown value")
    key = machine.settle(key, node, env)
    if isinstance(key, slice):
        bounds = [machine.settle(bound, node, env) for bound in (key.start, key.stop, key.step)]
        if not all(isinstance(bound, (int, type(None))) for bound in bounds):
            return machine.unknown(node, env, "the bounds are not known")
        key = slice(*bounds)
    elif is_symbolic(key):
        return machine.unknown(node, env, "the key is not known")
    if isinstance(value, LazyItems):
        raise RaiseSignal("TypeError", "object is not subscriptable")
    if isinstance(value, (list, tuple, dict, str, bytes, range, re.Match)):
        try:
            return value[enum_value(key) if is_data_enum(key) else key]
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    return machine.unknown(node, env, "an item of a value that is not evaluated")


def set_item(machine: Machine, container: Any, key: Any, value: Any, node: cst.CSTNode, env: Env) -> None:
    """`container[key] = value`; an unknown key leaves the container as it is."""
    from migrator.analyzers.interpreter.builtin_functions import GlobalsDict

    key = machine.settle(key, node, env)
    if isinstance(container, GlobalsDict):
        container[str(key)] = value
    elif isinstance(container, (dict, list)) and not is_symbolic(key):
        try:
            container[key] = value
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    elif isinstance(container, Instance) and container.cls is not None:
        method = container.cls.find("__setitem__")
        if isinstance(method, Function):
            machine.call(BoundMethod(method, container), [key, value], {}, node, env)


def delete_item(container: Any, key: Any) -> None:
    """`del container[key]`."""
    if isinstance(container, dict) and not is_symbolic(key):
        container.pop(key, None)
    elif isinstance(container, list) and isinstance(key, int) and -len(container) <= key < len(container):
        del container[key]
