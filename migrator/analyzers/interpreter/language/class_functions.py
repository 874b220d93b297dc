"""`isinstance`, `issubclass`, `type` and `super`."""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.operations import DictView, is_exception
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    External,
    Function,
    Instance,
    ModuleValue,
    Native,
    Opaque,
    PartialCall,
    SuperValue,
    is_symbolic,
)
from migrator.model.values import Symbolic, Text
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def no(machine: Machine, call: Call, why: str = "an argument is not known") -> Any:
    return machine.unknown(call.node, call.env, why)


_OF_NO_BUILTIN = (".BaseModel", ".BaseSettings")
"""Library classes that derive from no builtin class but `object`."""


def is_subclass(machine: Machine, call: Call) -> Any:
    value, types = call.args[0], call.args[1]
    if isinstance(types, tuple):
        results = [is_subclass(machine, Call([value, t], {}, call.node, call.env)) for t in types]
        return True if True in results else no(machine, call) if any(is_symbolic(r) for r in results) else False
    if isinstance(value, Class):
        if types in value.mro():
            return True
        paths = value.external_bases()
        if isinstance(types, External):
            if types.path in (*paths, "builtins.object"):
                return True
            builtin = types.path.startswith("builtins.")
            known = all(path == "abc.ABC" or (builtin and path.endswith(_OF_NO_BUILTIN)) for path in paths)
            return False if known else no(machine, call)
        return False if isinstance(types, Class) else no(machine, call)
    first, second = (getattr(builtins, one.name, None) if isinstance(one, External) else None for one in (value, types))
    if isinstance(first, type) and isinstance(second, type):
        return issubclass(first, second)
    return no(machine, call)


_CODE_TYPES: dict[str, Any] = {
    "types.FunctionType": Function,
    "types.LambdaType": Function,
    "types.MethodType": BoundMethod,
    "types.BuiltinFunctionType": Native,
    "types.ModuleType": ModuleValue,
    "types.GeneratorType": LazyItems,
    "collections.abc.Generator": LazyItems,
    "collections.abc.Callable": (Function, BoundMethod, Native, Class, PartialCall),
    "typing.Callable": (Function, BoundMethod, Native, Class, PartialCall),
    "functools.partial": PartialCall,
}


def is_airflow_class(value: Any) -> bool:
    """Whether a library name is a class of Airflow, or one that makes tasks."""
    if not isinstance(value, External) or not value.name[:1].isupper():
        return False
    return value.path.startswith("airflow.") or names.is_operator(value.path) is True


def is_instance(machine: Machine, call: Call) -> Any:
    value, types = call.args[0], call.args[1]
    if isinstance(value, Symbolic) and value.has_default:
        value = machine.settle(value, call.node, call.env)
    if is_symbolic(types):
        return no(machine, call)
    if isinstance(types, tuple):
        results = [is_instance(machine, Call([value, t], {}, call.node, call.env)) for t in types]
        return True if True in results else no(machine, call) if any(is_symbolic(r) for r in results) else False
    if is_symbolic(value) and not isinstance(value, Text):
        return no(machine, call)
    if isinstance(types, External) and types.path.startswith("builtins."):
        wanted = getattr(builtins, types.name, None)
        if types.name == "type" and isinstance(value, (Class, External)):
            return True if isinstance(value, Class) or value.name[:1].isupper() else no(machine, call)
        if isinstance(value, (Opaque, External)) and not is_exception(value):
            return no(machine, call)
        if isinstance(value, Opaque):
            raised = getattr(builtins, value.path.rpartition(".")[2], None)
            return isinstance(raised, type) and isinstance(wanted, type) and issubclass(raised, wanted)
        if isinstance(value, Instance) and value.cls is not None and not is_data_enum(value):
            check = Call([value.cls, types], {}, call.node, call.env)
            return True if types.name == "object" else is_subclass(machine, check)
        if isinstance(wanted, type):
            return isinstance(enum_value(value), wanted) or (isinstance(value, Text) and wanted is str)
    if isinstance(types, Class):
        cls = getattr(value, "cls", None)
        if isinstance(value, Opaque):
            return no(machine, call)
        return isinstance(cls, Class) and types in cls.mro()
    if isinstance(types, External):
        if types.path == "types.NoneType":
            return value is None
        if isinstance(value, Instance) and value.cls is not None and not is_data_enum(value):
            return _instance_of_library(machine, value.cls, types, call)
        if types.path in _CODE_TYPES:
            return isinstance(value, _CODE_TYPES[types.path]) or (
                types.name == "Callable" and isinstance(value, External)
            )
        if isinstance(value, (LazyItems, *DictView)):
            iterator = isinstance(value, LazyItems) and types.name == "Iterator"
            return True if types.name == "Iterable" or iterator else no(machine, call)
        if isinstance(value, (Function, BoundMethod, Class, ModuleValue, PartialCall)) or is_airflow_class(value):
            return types.name in ("ABCMeta", "EnumMeta")
        if isinstance(value, af.TaskObject):
            return _is_task(value, types)
        if isinstance(value, af.XCom):
            return types.name in ("XComArg", "PlainXComArg", "ResolveMixin", "DependencyMixin")
        if isinstance(value, af.GroupObject):
            return types.name == "TaskGroup"
        if isinstance(value, af.DagObject):
            return types.name == "DAG"
        if isinstance(value, (str, bytes, int, float, list, dict, tuple, set, frozenset, range, type(None))):
            import collections.abc
            import numbers

            abstract = getattr(numbers if types.path.startswith("numbers.") else collections.abc, types.name, None)
            return isinstance(value, abstract) if isinstance(abstract, type) else False
        if hasattr(value, "isoformat"):
            return types.name.lower() in (type(value).__name__, "date" if types.name == "date" else "datetime")
    return no(machine, call)


_TASKS = frozenset({"AbstractOperator", "DAGNode", "DependencyMixin"})
_CALLING = re.compile(r"^_?(Branch|ShortCircuit|Python|ExternalPython)\w*Operator$")


def _is_task(task: af.TaskObject, types: External) -> bool:
    """Whether a task is of a library's class. A mapped one is none of its operator's."""
    if task.mapped or types.name == "MappedOperator":
        return types.name in _TASKS or (task.mapped and types.name == "MappedOperator")
    if types.name in _TASKS or types.name == "BaseOperator" or types.path in (task.path, *task.bases):
        return True
    if types.name == "BaseSensorOperator":
        return task.operator.endswith("Sensor") and task.cls is None
    return types.name == "PythonOperator" and task.cls is None and _CALLING.match(task.operator) is not None


_PROTOCOLS = {
    "Iterable": ("__iter__",),
    "Callable": ("__call__",),
    "Sized": ("__len__",),
    "Container": ("__contains__",),
    "Iterator": ("__iter__", "__next__"),
    "Collection": ("__len__", "__iter__", "__contains__"),
}
"""Abstract classes that a class belongs to by its methods alone."""


def _instance_of_library(machine: Machine, cls: Class, types: External, call: Call) -> Any:
    """Whether an instance of an analyzed class is one of a library's class."""
    paths = cls.external_bases()
    if types.path in paths:
        return True
    if types.path.startswith(("collections.abc.", "typing.")) and types.name in _PROTOCOLS:
        return all(cls.find(name) is not MISSING for name in _PROTOCOLS[types.name])
    known = types.path.startswith(
        ("collections.", "typing.", "types.", "numbers.", "datetime.", "pathlib.", "functools.")
    )
    if known and all(path.startswith(("collections.", "typing.", "abc.", "builtins.", "enum.")) for path in paths):
        return False
    return no(machine, call)


def type_of(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    if len(call.args) == 3:
        return _make_class(machine, call)
    if isinstance(getattr(value, "cls", None), Class):
        return value.cls
    if isinstance(value, Opaque):
        return External(value.path)
    if isinstance(value, af.TaskObject):
        return External(value.path)
    if isinstance(value, Class):
        return value.metaclass or External("builtins.type")
    if is_symbolic(value) or isinstance(value, af.AirflowObject):
        return no(machine, call)
    if isinstance(value, (Function, BoundMethod, Native)):
        return External("types.FunctionType")
    return External(f"builtins.{type(value).__name__}")


def _make_class(machine: Machine, call: Call) -> Any:
    """`type(name, bases, namespace)`."""
    from migrator.analyzers.interpreter.language.definitions import complete_class

    name, bases, namespace = call.args
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(namespace, dict):
        return no(machine, call, "a class made at run time")
    node = cst.ClassDef(cst.Name("made"), cst.IndentedBlock([]))
    cls = Class(name, name, call.env.module, node, list(bases), dict(namespace))
    return complete_class(machine, cls, {}, call.node, call.env)


def super_of(machine: Machine, call: Call) -> Any:
    """`super(Class, self)`."""
    cls, receiver = call.args[0], call.args[1]
    if isinstance(cls, Class) and hasattr(receiver, "cls"):
        return SuperValue(cls, receiver)
    if isinstance(cls, Class) and isinstance(receiver, Class):
        return SuperValue(cls, receiver)
    return no(machine, call)
