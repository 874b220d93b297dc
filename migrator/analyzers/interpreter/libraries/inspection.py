"""`inspect` on values of the analyzed code (members, kinds, signatures), and modules and objects named by text."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.classes import records, type_hints
from migrator.analyzers.interpreter.language.operations import truth
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.libraries.library_classes import PLAIN_BASES
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
    PartialCall,
    RaiseSignal,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Handler = Callable[["Machine", Call], Any]


def members(machine: Machine, call: Call) -> Any:
    """`inspect.getmembers(object, predicate)`: names and values, sorted by name, without what `object` itself has."""
    from migrator.analyzers.interpreter.language.attributes import get_attribute

    value, predicate = call.argument(0, "object"), call.argument(1, "predicate")
    found: dict[str, Any] = {}
    if isinstance(value, ModuleValue):
        found = dict(value.module.globals)
    elif isinstance(value, (Class, Instance)) and (isinstance(value, Class) or value.cls is not None):
        cls = value if isinstance(value, Class) else value.cls
        assert isinstance(cls, Class)
        names = [name for entry in cls.mro() if isinstance(entry, Class) for name in entry.namespace]
        names += list(value.attributes) if isinstance(value, Instance) else []
        for name in names:
            try:
                found[name] = get_attribute(machine, value, name, call.node, call.env)
            except RaiseSignal:
                continue  # as Python's own does with what cannot be read
    else:
        return no(machine, call, "the object's members are not known")
    rows = []
    for name in sorted(name for name in found if isinstance(name, str)):
        if predicate is not None:
            kept = machine.call(predicate, [found[name]], {}, call.node, call.env)
            if truth(machine, kept) is not True:
                continue
        rows.append((name, found[name]))
    return rows


def is_abstract(machine: Machine, call: Call) -> Any:
    """`inspect.isabstract(class)`: whether an abstract method is left, for classes that derive from `ABC`."""
    value = call.argument(0, "object")
    if not isinstance(value, Class):
        return no(machine, call) if is_symbolic(value) else False
    if not _is_abc(value):
        return False
    return bool(abstract_methods(value))


def _is_abc(cls: Class) -> bool:
    if "abc.ABC" in cls.external_bases():
        return True
    return isinstance(cls.metaclass, External) and cls.metaclass.path == "abc.ABCMeta"


def _is_abstract_member(value: Any) -> bool:
    function = value.function if isinstance(value, Descriptor) else value
    if not isinstance(function, Function) or type(function.node) is not cst.FunctionDef:
        return False
    return any(_last_name(decorator.decorator).startswith("abstract") for decorator in function.node.decorators)


def _last_name(node: cst.BaseExpression) -> str:
    node = node.attr if type(node) is cst.Attribute else node
    return node.value if type(node) is cst.Name else ""


def _is_kind(*kinds: type) -> Handler:
    """`inspect.isclass` and its like: whether the value is of one of these kinds; unknown for what may be any."""

    def check(machine: Machine, call: Call) -> Any:
        value = call.args[0] if call.args else call.kwargs.get("object")
        if isinstance(value, kinds):
            return True
        if isinstance(value, External) and Class in kinds:
            return value.name[:1].isupper()
        return no(machine, call) if is_symbolic(value) or isinstance(value, (External, Opaque)) else False

    return check


_EMPTY = External("inspect.Parameter.empty")
_KINDS = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL", "KEYWORD_ONLY", "VAR_KEYWORD")


def signature(machine: Machine, call: Call) -> Any:
    """`inspect.signature(function)`: its `parameters` by name, without the receiver of a method."""
    value = call.argument(0, "callable")
    bound = isinstance(value, (BoundMethod, Class))
    function = value.function if isinstance(value, BoundMethod) else value
    if isinstance(value, Class):
        function = records.initializer(value)
        if isinstance(function, Class) and not function.options.get("attrs"):
            return Opaque("inspect.Signature", [], {"parameters": _field_parameters(machine, function, call)})
        if function is MISSING and all(path in PLAIN_BASES for path in value.external_bases()):
            return Opaque("inspect.Signature", [], {"parameters": _field_parameters(machine, value, call)})
    if isinstance(function, Native) and isinstance(function.members.get("__wrapped__"), Function):
        function = function.members["__wrapped__"]
    if not isinstance(function, Function):
        return no(machine, call, "the function's parameters are not known")
    return Opaque("inspect.Signature", [], {"parameters": parameters(machine, function, bound)})


def _field_parameters(machine: Machine, cls: Class, call: Call) -> dict[str, Any]:
    """The parameters of a class without an `__init__` of its own: a dataclass's fields, else none."""
    if cls.record() is None:
        return {}
    rows = [row.attributes for row in records.field_rows(machine, cls, call.node, call.env) if row.attributes["init"]]
    return {
        row["name"]: _parameter(
            row["name"],
            _EMPTY if is_symbolic(row["default"]) else row["default"],
            "POSITIONAL_OR_KEYWORD",
            row["type"],
        )
        for row in rows
    }


def _parameter(name: str, default: Any, kind: str, annotation: Any) -> Opaque:
    kinds = {other: External(f"inspect.Parameter.{other}") for other in _KINDS}
    given = {"name": name, "default": default, "kind": kinds[kind], "annotation": annotation, "empty": _EMPTY}
    return Opaque("inspect.Parameter", [], {**given, **kinds})


def parameters(machine: Machine, function: Function, bound: bool) -> dict[str, Any]:
    """The parameters of a function by name, without the receiver where it is bound."""
    params = function.node.params
    annotated = type_hints.of_function(machine, function)
    rows: list[tuple[str, str]] = [(param.name.value, "POSITIONAL_ONLY") for param in params.posonly_params]
    rows += [(param.name.value, "POSITIONAL_OR_KEYWORD") for param in params.params]
    if type(params.star_arg) is cst.Param:
        rows.append((params.star_arg.name.value, "VAR_POSITIONAL"))
    rows += [(param.name.value, "KEYWORD_ONLY") for param in params.kwonly_params]
    if params.star_kwarg is not None:
        rows.append((params.star_kwarg.name.value, "VAR_KEYWORD"))
    return {
        name: _parameter(name, function.defaults.get(name, _EMPTY), kind, annotated.get(name, _EMPTY))
        for name, kind in rows[1 if bound else 0 :]
    }


def function_attribute(machine: Machine, function: Function, name: str) -> Any:
    """What Python keeps of a function's parameters."""
    params = function.node.params
    positional = [param.name.value for param in (*params.posonly_params, *params.params)]
    keyword = [param.name.value for param in params.kwonly_params]
    if name == "__annotations__":
        return type_hints.of_function(machine, function)
    if name == "__defaults__":
        return tuple(function.defaults[one] for one in positional if one in function.defaults) or None
    if name == "__kwdefaults__":
        return {one: function.defaults[one] for one in keyword if one in function.defaults} or None
    stars = [star.name.value for star in (params.star_arg, params.star_kwarg) if type(star) is cst.Param]
    code = {
        "co_varnames": (*positional, *keyword, *stars),
        "co_argcount": len(positional),
        "co_kwonlyargcount": len(keyword),
        "co_name": function.name,
        "co_filename": machine.path_of(function.module.file),
    }
    return Opaque("types.CodeType", [], code)


def abstract_methods(cls: Class) -> frozenset[str]:
    """The abstract methods that are left."""
    names = {name for entry in cls.mro() if isinstance(entry, Class) for name in entry.namespace}
    return frozenset(name for name in names if _is_abstract_member(cls.find(name)))


# --------------------------------------------------------------------------------------------- objects named by text


def import_module(machine: Machine, call: Call) -> Any:
    """`importlib.import_module(name, package)`."""
    name = machine.settle(call.argument(0, "name"), call.node, call.env)
    package = machine.settle(call.argument(1, "package"), call.node, call.env)
    if not isinstance(name, str):
        return no(machine, call)
    absolute = _absolute(name, package)
    if absolute is None:
        return no(machine, call, "the package of the relative import is not known")
    return machine.modules.load(machine, absolute, call.node, call.env)


def _absolute(name: str, package: Any) -> str | None:
    """The absolute name of a module named from within a package."""
    if not name.startswith("."):
        return name
    if not isinstance(package, str):
        return None
    level = len(name) - len(name.lstrip("."))
    parts = package.split(".")
    if level > len(parts):
        return None
    return ".".join([*parts[: len(parts) - level + 1], *([name.lstrip(".")] if name.lstrip(".") else [])])


def import_string(machine: Machine, call: Call) -> Any:
    """`import_string("package.module.Name")`: what the text names."""
    text = machine.settle(call.args[0] if call.args else None, call.node, call.env)
    if not isinstance(text, str):
        return no(machine, call, "the name of what is imported is not known")
    module, _, name = text.replace(":", ".").rpartition(".")
    if not module:
        raise RaiseSignal("ImportError", f"{text} doesn't look like a module path")
    return machine.modules.member(machine, module, 0, name, call.node, call.env)


def module_of_file(machine: Machine, path: Any, name: Any, call: Call) -> Any:
    """The module that a file of the folder is, evaluated; unknown for other files."""
    place = files.locate(machine, path, call)
    file = None if place is None else machine.folder.relative(place)
    if file is None or not machine.folder.is_file(file):
        return no(machine, call, "the file of the module is not known")
    label = name if isinstance(name, str) else file.removesuffix(".py").replace("/", ".")
    found = machine.modules.evaluate(machine, label, file)
    return no(machine, call, "the module cannot be read") if found is None else ModuleValue(found)


class ModuleSpec(AirflowObject):
    """What `spec_from_file_location(name, path)` gives, and its loader."""

    __slots__ = ("name", "path")

    def __init__(self, name: Any, path: Any) -> None:
        self.name, self.path = name, path

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "loader":
            return self
        if name in ("name", "origin"):
            return self.name if name == "name" else self.path
        if name == "exec_module":
            return Native(name, lambda m, call: None)
        if name == "load_module":
            return Native(name, lambda m, call: module_of_file(m, self.path, self.name, call))
        return MISSING


def _spec(machine: Machine, call: Call) -> Any:
    name = machine.settle(call.argument(0, "name"), call.node, call.env)
    return ModuleSpec(name, machine.settle(call.argument(1, "location"), call.node, call.env))


def _loader(machine: Machine, call: Call) -> Any:
    return ModuleSpec(call.argument(0, "fullname"), call.argument(1, "path"))


def _from_spec(machine: Machine, call: Call) -> Any:
    """`module_from_spec(spec)`: the module, evaluated already; `exec_module` adds nothing."""
    spec = call.argument(0, "spec")
    if not isinstance(spec, ModuleSpec):
        return no(machine, call)
    return module_of_file(machine, spec.path, spec.name, call)


def _run_path(machine: Machine, call: Call) -> Any:
    """`runpy.run_path(path)`: the globals of the file."""
    found = module_of_file(machine, call.argument(0, "path_name"), None, call)
    return dict(found.module.globals) if isinstance(found, ModuleValue) else found


def _documentation(machine: Machine, call: Call) -> Any:
    """`inspect.getdoc(object)`: the docstring without its indentation."""
    from migrator.analyzers.interpreter.language.attributes import get_attribute

    found = get_attribute(machine, call.args[0], "__doc__", call.node, call.env)
    return inspect.cleandoc(found) if isinstance(found, str) else found


def _bound(function: Any, receiver: Any) -> Any:
    """`types.MethodType(function, receiver)`."""
    return BoundMethod(function, receiver) if isinstance(function, Function) else PartialCall(function, [receiver], {})


def _order(machine: Machine, call: Call) -> Any:
    """`inspect.getmro(class)`."""
    return tuple(call.args[0].mro()) if isinstance(call.args[0], Class) else no(machine, call)


CALLS: dict[str, Handler] = {
    "inspect.getdoc": _documentation,
    "types.MethodType": lambda machine, call: _bound(call.args[0], call.args[1]),
    "inspect.getmro": _order,
    "importlib.util.spec_from_file_location": _spec,
    "importlib.util.module_from_spec": _from_spec,
    "importlib.machinery.SourceFileLoader": _loader,
    "runpy.run_path": _run_path,
    "inspect.getmembers": members,
    "inspect.isabstract": is_abstract,
    "inspect.isclass": _is_kind(Class),
    "inspect.isfunction": _is_kind(Function),
    "inspect.ismethod": _is_kind(BoundMethod),
    "inspect.isroutine": _is_kind(Function, BoundMethod, Native),
    "inspect.ismodule": _is_kind(ModuleValue),
    "inspect.signature": signature,
    "importlib.import_module": import_module,
    "builtins.__import__": import_module,
    "airflow.utils.module_loading.import_string": import_string,
    "airflow.sdk.module_loading.import_string": import_string,
    "airflow.sdk.definitions._internal.module_loading.import_string": import_string,
    "pydoc.locate": import_string,
    "pkgutil.resolve_name": import_string,
    "werkzeug.utils.import_string": import_string,
    "django.utils.module_loading.import_string": import_string,
}
"""By canonical path."""
