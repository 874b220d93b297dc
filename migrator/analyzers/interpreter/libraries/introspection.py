"""Code that asks Python about itself: the call stack, names of an object, modules of a package, versions of packages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.classes import records
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.libraries.builtin_functions import GlobalsDict, items_of, no
from migrator.analyzers.interpreter.values import (
    BoundMethod,
    Call,
    Class,
    Env,
    Function,
    Instance,
    ModuleValue,
    NamedTupleValue,
    NamespacePackage,
    Opaque,
    RaiseSignal,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_MODULE_FIELDS = ("module_finder", "name", "ispkg")
_FRAME_FIELDS = ("frame", "filename", "lineno", "function", "code_context", "index")


def dir_of(machine: Machine, call: Call) -> Any:
    """`dir(value)`, sorted as Python sorts it, without what `object` has."""
    if not call.args:
        return sorted(call.env.names)
    value = call.args[0]
    if isinstance(value, ModuleValue):
        return sorted(value.module.globals)
    cls = value if isinstance(value, Class) else value.cls if isinstance(value, Instance) else None
    if cls is None:
        return no(machine, call)
    found = set(value.attributes) if isinstance(value, Instance) else set()
    return sorted(found.union(*(entry.namespace for entry in cls.mro() if isinstance(entry, Class))))


def iter_modules(machine: Machine, call: Call) -> Any:
    """`pkgutil.iter_modules(path, prefix)`: the modules and packages of folders, sorted by name."""
    folders = items_of(machine, call.argument(0, "path"), call)
    prefix = call.argument(1, "prefix", "")
    if folders is None or not isinstance(prefix, str):
        return no(machine, call)
    cls = records.named_tuple_class(machine, "ModuleInfo", list(_MODULE_FIELDS), [], call)
    rows: list[Any] = []
    for folder in folders:
        names = files.list_folder(machine, folder, call)
        if names is None:
            place = files.locate(machine, folder, call)
            if place is None or machine.folder.relative(place) is None:
                return no(machine, call, "the folder is not known")
            continue  # as Python does with a path that is no folder
        for name in names:
            package = machine.folder.is_file(f"{folder}/{name}/__init__.py")
            if package or (name.endswith(".py") and name != "__init__.py"):
                label = prefix + name.removesuffix(".py")
                rows.append(NamedTupleValue.of(cls, _MODULE_FIELDS, [None, label, package]))
    return LazyItems(sorted(rows, key=lambda row: str(row[1])))


def walk_packages(machine: Machine, call: Call) -> Any:
    """`pkgutil.walk_packages(path, prefix)`: the same, and what is in the packages."""
    found = iter_modules(machine, call)
    if not isinstance(found, LazyItems):
        return found
    rows: list[Any] = []
    folders = items_of(machine, call.argument(0, "path"), call) or []
    for row in found.take():
        rows.append(row)
        if row[2] is True and len(rows) < 2_000:
            label = str(row[1]).rpartition(".")[2]
            inner = Call([[f"{folder}/{label}" for folder in folders], f"{row[1]}."], {}, call.node, call.env)
            below = walk_packages(machine, inner)
            rows.extend(below.take() if isinstance(below, LazyItems) else [])
    return LazyItems(rows)


def package_path(machine: Machine, value: ModuleValue | NamespacePackage) -> list[str] | None:
    """`package.__path__`; None for a module that is no package."""
    if isinstance(value, NamespacePackage):
        return [machine.path_of(found) for found in machine.folder.namespace_directories(value.name, value.importer)]
    return [machine.path_of(value.module.file.rpartition("/")[0])] if value.module.is_package else None


def _frames(machine: Machine, call: Call) -> list[Env]:
    """The scopes under way, innermost first."""
    return [call.env, *(env for node, env in reversed(machine.call_sites) if type(node) is cst.Call)]


def _frame(machine: Machine, scopes: list[Env]) -> Any:
    """A frame object with what code asks of it: the file, the globals and the frame that called it."""
    if not scopes:
        return None
    env = scopes[0]
    name = env.qualname.rpartition(".")[2] or "<module>"
    code = Opaque("types.CodeType", [], {"co_filename": machine.path_of(env.module.file), "co_name": name})
    given = {
        "f_code": code,
        "f_globals": GlobalsDict(env.module.globals),
        "f_locals": GlobalsDict(env.names),
        "f_back": _frame(machine, scopes[1:20]),
    }
    return Opaque("types.FrameType", [], given)


def current_frame(machine: Machine, call: Call) -> Any:
    """`inspect.currentframe()`, `sys._getframe(depth)`."""
    depth = call.argument(0, "depth", 0)
    if not isinstance(depth, int) or depth < 0:
        return no(machine, call)
    return _frame(machine, _frames(machine, call)[depth:])


def stack(machine: Machine, call: Call) -> Any:
    """`inspect.stack()`: tuples with the file and function of each caller, innermost first."""
    cls = records.named_tuple_class(machine, "FrameInfo", list(_FRAME_FIELDS), [], call)
    scopes = _frames(machine, call)
    rows: list[Any] = []
    for index, env in enumerate(scopes[:20]):
        name = env.qualname.rpartition(".")[2] or "<module>"
        values = [_frame(machine, scopes[index:]), machine.path_of(env.module.file), 0, name, None, None]
        rows.append(NamedTupleValue.of(cls, _FRAME_FIELDS, values))
    return rows


def file_of(machine: Machine, call: Call) -> Any:
    """`inspect.getfile(object)`: the file that defines it."""
    value = call.argument(0, "object")
    if isinstance(value, BoundMethod):
        value = value.function
    if isinstance(value, Instance):
        raise RaiseSignal("TypeError", "module, class, method, function, frame or code object was expected")
    if isinstance(value, (ModuleValue, Function, Class)):
        return machine.path_of(value.module.file)
    return no(machine, call)


def version(machine: Machine, call: Call) -> Any:
    """`packaging.version.Version("2.10.1")`: comparable, with `major`, `minor`, `base_version` and the like."""
    from packaging.version import InvalidVersion, Version

    text = machine.settle(call.argument(0, "version"), call.node, call.env)
    if isinstance(text, Version):
        return text
    if not isinstance(text, str) or len(text) > 200:
        return no(machine, call, "the version is not known")
    try:
        return Version(text)
    except InvalidVersion as error:
        raise RaiseSignal("InvalidVersion", str(error)) from None


def distribution_version(machine: Machine, call: Call) -> Any:
    """`importlib.metadata.version("apache-airflow")`; of other packages it is not known."""
    from migrator.analyzers.interpreter.airflow.library import VERSIONS

    name = call.argument(0, "distribution_name")
    if isinstance(name, str) and re.sub(r"[-_.]+", "-", name.lower()) in ("apache-airflow", "apache-airflow-core"):
        return VERSIONS[machine.airflow.version]
    return no(machine, call, "the package's version is not known")


VERSION_PROPERTIES = frozenset(
    {"major", "minor", "micro", "release", "base_version", "public", "is_prerelease", "is_postrelease", "epoch", "pre"}
)

CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "pkgutil.iter_modules": iter_modules,
    "pkgutil.walk_packages": walk_packages,
    "inspect.stack": stack,
    "inspect.currentframe": current_frame,
    "sys._getframe": current_frame,
    "inspect.getfile": file_of,
    "inspect.getsourcefile": file_of,
    "importlib.metadata.version": distribution_version,
    "importlib_metadata.version": distribution_version,
    **dict.fromkeys(
        (
            "packaging.version.Version",
            "packaging.version.parse",
            "pkg_resources.parse_version",
            "distutils.version.LooseVersion",
            "distutils.version.StrictVersion",
        ),
        version,
    ),
}
"""Library functions that are evaluated, by canonical path; `builtins.dir` is among the builtins' own."""
