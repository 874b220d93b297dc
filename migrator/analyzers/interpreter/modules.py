"""Imports: modules of the folder are evaluated, all others are names of libraries.

Airflow puts the DAG folder last on `sys.path`, so the standard library and `airflow` itself are never looked for in the folder.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.plugins import plugin_member
from migrator.analyzers.interpreter.values import (
    MISSING,
    Env,
    External,
    Function,
    LoadedModule,
    ModuleValue,
    NamespacePackage,
)
from migrator.analyzers.nodes import children
from migrator.analyzers.trees import Tree, Trees
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile
from migrator.operators.names import canonical, is_operator

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine
    from migrator.analyzers.positions import Positions
    from migrator.analyzers.source import Folder

_NEVER_LOCAL = frozenset(sys.stdlib_module_names) | {
    "airflow",
    "pendulum",
    "pandas",
    "numpy",
    "yaml",
    "dateutil",
    "pytz",
}


_AIRFLOW_3 = ("airflow.sdk", "airflow.providers.standard")
_AIRFLOW_2 = (
    "airflow.operators.",
    "airflow.sensors.",
    "airflow.hooks.",
    "airflow.contrib.",
    "airflow.datasets",
    "airflow.utils.dates",
    "airflow.models.baseoperator",
    "airflow.utils.decorators",
    "airflow.utils.helpers",
)
"""Removed in Airflow 3, or kept there only as deprecated names."""


_STAR_LIBRARIES = frozenset(
    "itertools functools collections operator datetime typing math os os.path re json enum dataclasses string time "
    "pathlib random contextlib copy textwrap types abc".split()
)
"""Libraries whose names `from library import *` binds; each is one that Python itself has loaded or loads quickly."""


def library_names(module: str) -> dict[str, Any]:
    """The names that `from module import *` binds, for a module of the standard library."""
    import importlib

    loaded = importlib.import_module(module)
    names = getattr(loaded, "__all__", None) or [name for name in vars(loaded) if not name.startswith("_")]
    return {name: External(canonical(f"{module}.{name}"), f"{module}.{name}") for name in names}


class Modules:
    """The modules that one file's evaluation loads."""

    def __init__(self, folder: Folder, trees: Trees) -> None:
        self.folder = folder
        self._trees = trees
        self._parsed: dict[str, Tree] = {}
        self._loaded: dict[str, LoadedModule] = {}
        self._hints: list[str] = []
        self.standard: dict[str, LoadedModule] = {}
        """Files of `library_code`, by name."""
        self._stars: dict[str, list[str]] = {}
        """Modules of Airflow whose names a file imports by `*`."""

    def add(self, module: LoadedModule) -> None:
        """Registers the file that is being evaluated itself."""
        self._loaded[module.file] = module

    def named(self, name: str) -> LoadedModule | None:
        """The loaded module of that name."""
        return next((module for module in self._loaded.values() if module.name == name), None)

    def parsed(self, module: LoadedModule) -> Tree:
        """The tree of a loaded module, with what is known of it."""
        found = self._parsed.get(module.file)
        if found is None or found.module is not module.tree:
            source = SourceFile(module.file, module.text)
            known = self._trees.known(module.file)
            same = known is not None and known.module is module.tree
            found = self._parsed[module.file] = known if known is not None and same else Tree(source, module.tree)
        return found

    def positions(self, module: LoadedModule) -> Positions:
        """Positions of a module's nodes, computed once."""
        return self.parsed(module).positions

    def files(self) -> tuple[str, ...]:
        """The files that were evaluated, sorted."""
        return tuple(sorted(self._loaded))

    def loaded(self) -> tuple[LoadedModule, ...]:
        """The modules that were evaluated."""
        return tuple(self._loaded.values())

    def version_hint(self) -> str | None:
        """The Airflow version that the imports tell: `airflow.sdk` is 3's, the modules it removed are 2's."""
        if "3" in self._hints:
            return "3"
        return "2" if "2" in self._hints else None

    def note_import(self, path: str, file: str) -> None:
        if file.startswith("<"):
            return  # what the analyzer's own code imports tells nothing of the team's
        if path.startswith(_AIRFLOW_3):
            self._hints.append("3")
        elif path.startswith(_AIRFLOW_2):
            self._hints.append("2")

    # ----------------------------------------------------------------------------------------------- loading files

    def tree(self, file: str) -> cst.Module | Diagnostic | None:
        """The syntax tree of a file of the folder; None if there is no such file."""
        source = self.folder.source(file)
        if source is None or isinstance(source, Diagnostic):
            return source
        found = self._trees.tree(source)
        return found if isinstance(found, Diagnostic) else found.module

    def evaluate(self, machine: Machine, name: str, file: str) -> LoadedModule | None:
        """A module of the folder, evaluated once; None where it cannot be read. An import cycle gives what is there so far."""
        if file in self._loaded:
            return self._loaded[file]
        tree = self.tree(file)
        if isinstance(tree, Diagnostic):
            machine.diagnostics.append(tree)
            return None
        if tree is None:
            return None
        source = self.folder.source(file)
        assert isinstance(source, SourceFile)
        module = LoadedModule(name, file, tree, source.text, is_package=file.endswith("__init__.py"))
        self._loaded[file] = module
        context = machine.airflow.suspend()
        sites, machine.call_sites = machine.call_sites, []
        bindings, machine.bindings = machine.bindings, []
        try:
            machine.run(tree, Env(module, module.globals))
        finally:
            machine.airflow.resume(context)
            machine.call_sites, machine.bindings = sites, bindings
        return module

    def find(self, machine: Machine, dotted: str, env: Env) -> LoadedModule | NamespacePackage | None:
        """The module of that absolute name in the folder, if it is there."""
        if dotted.partition(".")[0] in _NEVER_LOCAL and not self.folder.is_named(dotted):
            return None
        for file in self.folder.module_candidates(dotted, env.module.file):
            module = self.evaluate(machine, dotted, file)
            if module is not None:
                return module
        if self.folder.namespace_directories(dotted, env.module.file):
            return NamespacePackage(dotted, env.module.file)
        return None

    # -------------------------------------------------------------------------------------------- import statements

    def load(self, machine: Machine, dotted: str, node: cst.CSTNode, env: Env) -> Any:
        """`import a.b.c as x`: the module itself."""
        found = self.find(machine, dotted, env)
        if found is None:
            return External(canonical(dotted), dotted)
        return ModuleValue(found) if isinstance(found, LoadedModule) else found

    def package(self, machine: Machine, first: str, node: cst.CSTNode, env: Env) -> Any:
        """`import a.b.c`: what the name `a` means."""
        return self.load(machine, first, node, env)

    def absolute(self, dotted: str, level: int, env: Env) -> str | None:
        """The absolute name that a (relative) import means; None where it leaves the top package."""
        if level == 0:
            return dotted
        parts = env.module.file.removesuffix(".py").split("/")
        if parts[-1] == "__init__":
            parts = parts[:-1]
            level -= 1
        if level > len(parts):
            return None
        base = parts[: len(parts) - level] if level else parts
        return ".".join([*base, *([dotted] if dotted else [])])

    def member(self, machine: Machine, dotted: str, level: int, name: str, node: cst.CSTNode, env: Env) -> Any:
        """`from a.b import name`."""
        absolute = self.absolute(dotted, level, env)
        if absolute is None:
            return machine.unknown(node, env, "the relative import leaves the folder")
        found = self.find(machine, absolute, env) if absolute else None
        if isinstance(found, LoadedModule):
            value = found.globals.get(name, MISSING)
            if value is MISSING:
                value = self.submodule(machine, found, name, node, env)
            if value is MISSING:
                value = self.made_on_demand(machine, found, name, node, env)
            if value is MISSING:
                return machine.unknown(node, env, f"`{absolute}` has no `{name}`")
            return value
        if isinstance(found, NamespacePackage) or absolute == "":
            inner = self.find(machine, f"{absolute}.{name}".lstrip("."), env)
            if isinstance(inner, LoadedModule):
                return ModuleValue(inner)
            if inner is not None:
                return inner
        if level:
            machine.report("MIG104", node, env, f"`{'.' * level}{dotted}` is not in the folder")
            return machine.unknown(node, env, "the module is not in the folder")
        from migrator.analyzers.interpreter.libraries.library import constant

        imported = f"{absolute}.{name}"
        self.note_import(imported, env.module.file)
        if absolute.startswith("airflow.") and canonical(imported) == imported:
            added = plugin_member(machine, absolute, name, env)
            if added is not MISSING:
                return added
        value = constant(machine, canonical(imported))
        return External(canonical(imported), imported) if value is MISSING else value

    def star(self, machine: Machine, dotted: str, level: int, node: cst.CSTNode, env: Env) -> dict[str, Any]:
        """`from a.b import *`: the names it binds."""
        absolute = self.absolute(dotted, level, env)
        found = self.find(machine, absolute, env) if absolute else None
        if not isinstance(found, LoadedModule) and absolute in _STAR_LIBRARIES:
            return library_names(absolute)
        if not isinstance(found, LoadedModule):
            if absolute is not None and absolute.startswith("airflow."):
                self._stars.setdefault(env.module.file, []).append(absolute)
            if absolute is None or absolute.partition(".")[0] not in _NEVER_LOCAL:
                machine.report("MIG104", node, env, f"`from {dotted} import *` cannot be followed")
            return {}
        exported = found.globals.get("__all__")
        if isinstance(exported, (list, tuple)):
            return {name: found.globals[name] for name in exported if isinstance(name, str) and name in found.globals}
        return {name: value for name, value in found.globals.items() if not name.startswith("_")}

    def is_only_use(self, name: str, module: LoadedModule) -> bool:
        """Whether the file has the name in one place only, so that nothing in it can have defined it."""
        return "import *" not in module.text and len(re.findall(rf"\b{re.escape(name)}\b", module.text)) == 1

    def from_star(self, machine: Machine, name: str, env: Env) -> Any:
        """A name that `from airflow... import *` may have given; MISSING where no module of Airflow is known to have it."""
        from migrator.analyzers.interpreter.libraries.library import CALLS

        for module in self._stars.get(env.module.file, ()):
            imported = f"{module}.{name}"
            path = canonical(imported)
            if path in CALLS or is_operator(path):
                self.note_import(imported, env.module.file)
                return External(path, imported)
        return MISSING

    def made_on_demand(self, machine: Machine, module: LoadedModule, name: str, node: cst.CSTNode, env: Env) -> Any:
        """What the module's own `__getattr__` (PEP 562) gives for a name that it lacks, else MISSING."""
        function = module.globals.get("__getattr__", MISSING)
        return machine.call(function, [name], {}, node, env) if isinstance(function, Function) else MISSING

    def submodule(self, machine: Machine, module: LoadedModule, name: str, node: cst.CSTNode, env: Env) -> Any:
        """A module below a package of the folder, else MISSING."""
        if not module.is_package:
            return MISSING
        folder = module.file.rpartition("/")[0]
        prefix = f"{folder}/" if folder else ""
        for file in (f"{prefix}{name}.py", f"{prefix}{name}/__init__.py"):
            if self.folder.is_file(file):
                loaded = self.evaluate(machine, f"{module.name}.{name}", file)
                return MISSING if loaded is None else ModuleValue(loaded)
        return MISSING

    def below(self, machine: Machine, package: NamespacePackage, name: str, node: cst.CSTNode, env: Env) -> Any:
        """`package.name` where package is a folder without `__init__.py`."""
        return self.load(machine, f"{package.name}.{name}", node, env)

    def missing(self, path: str, env: Env) -> str:
        """Of the dotted name of a library's function the package that is not in the folder; empty for one of Python's or Airflow's."""
        parts = path.split(".")
        if parts[0] in _NEVER_LOCAL or len(parts) == 1:
            return ""
        names = [".".join(parts[:count]) for count in range(1, len(parts))]
        file = env.module.file
        there = (
            self.folder.module_candidates(name, file) or self.folder.namespace_directories(name, file) for name in names
        )
        return next((name for name, found in zip(names, there, strict=True) if not found), "")

    # ------------------------------------------------------------------------------------------------------ helpers

    def is_generator(self, node: cst.FunctionDef, module: LoadedModule) -> bool:
        """Whether a `yield` stands in the function's own body."""
        tree = self.parsed(module)
        if not tree.fact(
            "yield", lambda: "yield" in module.text
        ):  # so no function of the module need be looked through
            return False
        return tree.fact((has_yield, node), lambda: has_yield(node.body))


_OWN_SCOPE = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})


def has_yield(root: cst.CSTNode) -> bool:
    """Whether a `yield` stands below the node, nested functions, classes and lambdas aside."""
    stack: list[cst.CSTNode] = [root]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is cst.Yield:
            return True
        if kind not in _OWN_SCOPE:
            stack.extend(children(node))
    return False
