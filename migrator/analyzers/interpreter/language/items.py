"""Items of values: `value[key]`, `value[key] = item`, `del value[key]`."""

from __future__ import annotations

import collections
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers import constants
from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum, is_enum, members_of
from migrator.analyzers.interpreter.language import choices, computed
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.open_dicts import OpenDict
from migrator.analyzers.interpreter.values import (
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
    RaiseSignal,
    TextValue,
    is_symbolic,
    metaclass_method,
    raised,
)
from migrator.model.changed import replace
from migrator.model.values import Choice, Symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def get_item(machine: Machine, value: Any, key: Any, node: cst.CSTNode, env: Env, plain: bool = False) -> Any:
    """`value[key]`; with `plain` what `dict` and `list` themselves do, past the methods of an analyzed class."""
    from migrator.analyzers.interpreter.libraries import library
    from migrator.analyzers.interpreter.libraries.containers import DefaultDict

    if isinstance(value, External):
        return library.external_item(machine, value, key, node, env)
    if isinstance(value, af.AirflowObject):
        found = value.item(key)
        return machine.unknown(node, env, "an item of an Airflow object") if found is MISSING else found
    if isinstance(value, Class):
        if is_enum(value):
            members = members_of(value)
            if is_symbolic(key):
                return machine.unknown(node, env, "the member is not known")
            if key not in members:
                raise RaiseSignal("KeyError", repr(key))
            return members[key]
        own = metaclass_method(value, "__getitem__")
        if own is not None:
            return machine.call(own, [key], {}, node, env)
        method = value.find("__class_getitem__")
        inner = method.function if isinstance(method, Descriptor) else method
        return machine.call(BoundMethod(inner, value), [key], {}, node, env) if isinstance(inner, Function) else value
    if isinstance(value, Instance) and value.cls is not None:
        method = value.cls.find("__getitem__")
        if isinstance(method, Function):
            return machine.call(BoundMethod(method, value), [key], {}, node, env)
        if is_data_enum(value):
            return get_item(machine, enum_value(value), key, node, env)
    if isinstance(value, (DictValue, ListValue, TextValue)):
        method = value.cls.find("__getitem__")
        if isinstance(method, Function) and not plain:
            return machine.call(BoundMethod(method, value), [key], {}, node, env)
        missing = value.cls.find("__missing__")
        if isinstance(missing, Function) and not is_symbolic(key) and key not in value:
            return machine.call(BoundMethod(missing, value), [key], {}, node, env)
    value = machine.settle(value, node, env)
    if is_symbolic(value):
        member = constants.member(value, key, machine.source(node, env)) if isinstance(value, Symbolic) else None
        choice = _each_item(machine, value, key, node, env) if isinstance(value, Symbolic) else None
        found = choices.unknown(machine, node, env, "an item of an unknown value", choice)
        if choice is None and (member is None or member.kind == "unknown"):
            bounds = [key.start, key.stop, key.step] if isinstance(key, slice) else [key]
            found = computed.told(found, "slice" if isinstance(key, slice) else "item", "", [value, *bounds])
        if member is None or not isinstance(found, Symbolic):
            return found
        return replace(member, choice=found.choice, made=found.made) if member.kind == "unknown" else member
    if (
        isinstance(key, Symbolic)
        and key.has_default
        and key.default is None
        and isinstance(value, dict)
        and None not in value
    ):
        # `os.getenv("X")` without a default: nobody means None to be the key.
        needed = replace(key, has_default=False)
        return choices.unknown(machine, node, env, "the key is not known", choices.of_key(value, needed))
    key = machine.settle(key, node, env)
    if isinstance(key, slice):
        bounds = [machine.settle(bound, node, env) for bound in (key.start, key.stop, key.step)]
        if not all(isinstance(bound, (int, type(None))) for bound in bounds):
            return machine.unknown(node, env, "the bounds are not known")
        key = slice(*bounds)
    elif is_symbolic(key):
        known = isinstance(key, Symbolic) and isinstance(value, dict) and not isinstance(value, (DefaultDict, OpenDict))
        choice = choices.of_key(value, key) if known else None
        return choices.unknown(machine, node, env, "the key is not known", choice)
    if isinstance(value, LazyItems):
        raise RaiseSignal("TypeError", "object is not subscriptable")
    if isinstance(value, OpenDict) and key not in value:
        if value.rest is None:
            return machine.unknown(node, env, "an item of an unknown value")
        return get_item(machine, value.rest, key, node, env)
    if isinstance(value, DefaultDict) and key not in value:
        value[key] = value.make(machine, node, env)
    if isinstance(value, (Mapping, list, tuple, str, bytes, range, re.Match, collections.deque)):
        try:
            return value[enum_value(key) if is_data_enum(key) and not isinstance(value, Mapping) else key]
        except Exception as error:
            raise raised(error) from None
    return machine.unknown(node, env, "an item of a value that is not evaluated")


def _each_item(machine: Machine, value: Symbolic, key: Any, node: cst.CSTNode, env: Env) -> Choice | None:
    return choices.each(value, lambda item: get_item(machine, item, key, node, env))


def set_item(
    machine: Machine, container: Any, key: Any, value: Any, node: cst.CSTNode, env: Env, plain: bool = False
) -> None:
    """`container[key] = value`, with `plain` past the methods of an analyzed class; an unknown key leaves it as it is."""
    from migrator.analyzers.interpreter.libraries.builtin_functions import GlobalsDict

    key = machine.settle(key, node, env)
    if isinstance(container, External) and container.path == "os.environ":
        if isinstance(key, str) and isinstance(value, str):
            machine.environment[key] = value
        return
    own = container.cls.find("__setitem__") if isinstance(container, (DictValue, ListValue)) else None
    if isinstance(own, Function) and not plain:
        machine.call(BoundMethod(own, container), [key, value], {}, node, env)
    elif isinstance(container, GlobalsDict):
        container[str(key)] = value
    elif isinstance(container, (dict, list)) and not is_symbolic(key):
        try:
            container[key] = value
        except Exception as error:
            raise raised(error) from None
    elif isinstance(container, af.AirflowObject):
        container.set_item(key, value)
    elif isinstance(container, Symbolic):
        choices.each(container, lambda item: set_item(machine, item, key, value, node, env))
    elif isinstance(container, Instance) and container.cls is not None:
        method = container.cls.find("__setitem__")
        if isinstance(method, Function):
            machine.call(BoundMethod(method, container), [key, value], {}, node, env)


def delete_item(machine: Machine, container: Any, key: Any, node: cst.CSTNode, env: Env, plain: bool = False) -> None:
    """`del container[key]`, with `plain` past the methods of an analyzed class. Raises RaiseSignal (KeyError, IndexError) where it has no such item."""
    key = machine.settle(key, node, env)
    cls = getattr(container, "cls", None)
    own = cls.find("__delitem__") if isinstance(cls, Class) else MISSING
    if isinstance(own, Function) and not plain:
        machine.call(BoundMethod(own, container), [key], {}, node, env)
    elif isinstance(container, External) and container.path == "os.environ":
        machine.environment.pop(key, None)
    elif isinstance(container, (dict, list, collections.deque)) and not is_symbolic(key):
        try:
            del container[key]
        except Exception as error:
            raise raised(error) from None


ITEM_METHODS: dict[str, Callable[[Machine, Any, Call], Any]] = {
    "__getitem__": lambda machine, receiver, call: get_item(
        machine, receiver, call.args[0], call.node, call.env, plain=True
    ),
    "__setitem__": lambda machine, receiver, call: set_item(
        machine, receiver, call.args[0], call.args[1], call.node, call.env, plain=True
    ),
    "__delitem__": lambda machine, receiver, call: delete_item(
        machine, receiver, call.args[0], call.node, call.env, plain=True
    ),
    "__contains__": lambda machine, receiver, call: call.args[0] in receiver,
    "__len__": lambda machine, receiver, call: len(receiver),
}
"""What `dict` and `list` themselves do with their items, by method, for `super().__setitem__(...)` and `dict.__setitem__(...)`."""
