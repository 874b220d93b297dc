"""The files of a project as modules: parsed once, with names and positions, and what their imports mean.

In: `AirflowProject.sources`. Out: `ModuleInfo` by file, `ModuleFinder` from dotted names to files. Reads no file itself.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from migrator.analyzers.callables.facts import HandedForm, ImportedName
from migrator.analyzers.callables.source.scopes import Binding, ImportTarget, ScopeTable, build
from migrator.analyzers.callables.source.tree import dotted, root_name
from migrator.analyzers.import_paths import join, module_bases, parents
from migrator.analyzers.positions import Positions
from migrator.analyzers.source import Folder
from migrator.analyzers.trees import Tree, Trees
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue, Value

_NEWLINE = re.compile(r"[\r\n]")
_STDLIB = frozenset(sys.stdlib_module_names)
_PLUGINS = "airflow_"
"""How the packages of plugins of Airflow's begin."""


class ModuleUnreadable(Exception):
    """The file is not in the project, or is no code that can be parsed; the message says which."""


@dataclass(eq=False, slots=True)
class ModuleInfo:
    """One parsed file. `spans` gives positions of nodes; `definitions` the functions, classes and lambdas by their offsets."""

    source: SourceFile
    tree: cst.Module
    table: ScopeTable
    places: Positions
    definitions: Mapping[tuple[int, int], cst.CSTNode]

    @property
    def file(self) -> str:
        return self.source.path

    def span(self, node: cst.CSTNode) -> Span:
        """The node's span; a statement's covers no white space around it."""
        return self.places.span(node, self.file)

    def between(self, start: int, end: int) -> Span:
        """The span of two offsets."""
        line, column = self.places.line_column(start)
        end_line, end_column = self.places.line_column(end)
        return Span(self.file, line, column, end_line, end_column, start, end)

    def text(self, node: cst.CSTNode) -> str:
        """The node's source."""
        start, end = self.places.offsets(node)
        return self.source.text[start:end]

    def line_start(self, offset: int) -> int:
        text = self.source.text
        return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """Offset of the newline that ends the line, or of the end of the text."""
        found = _NEWLINE.search(self.source.text, offset)
        return found.start() if found else len(self.source.text)

    def next_line(self, offset: int) -> int:
        """Offset of the first character of the next line."""
        end = self.line_end(offset)
        newline = 2 if self.source.text[end : end + 2] == "\r\n" else 1
        return min(end + newline, len(self.source.text))

    def whole_lines(self, node: cst.CSTNode) -> Span:
        """The lines of a node with the newline behind them: cutting them leaves nothing behind."""
        start, end = self.places.offsets(node)
        return self.between(self.line_start(start), self.next_line(end))

    def leading_comments(self, start: int, prefix: str) -> int:
        """Start of the comment lines of the same indentation directly above."""
        text = self.source.text
        while start > 0:
            above = self.line_start(start - (2 if text[start - 2 : start] == "\r\n" else 1))
            line = text[above:start]
            if not line.startswith(f"{prefix}#") or (above == 0 and line.startswith("#!")):
                break
            start = above
        return start

    def trailing_comments(self, end: int, prefix: str) -> int:
        """End of the comment lines below that are indented deeper, so belong to the block."""
        text, last = self.source.text, end
        while end < len(text):
            start = self.next_line(end)
            end = self.line_end(start)
            line = text[start:end]
            if line.strip() and not (line.startswith(prefix) and re.match(r"[ \t]+#", line[len(prefix) :])):
                break
            if line.strip():
                last = end
            if start >= len(text):
                break
        return last

    def definition(self, span: Span, qualname: str) -> cst.CSTNode | None:
        """The function, class or lambda at `span`; else the one definition of that qualified name."""
        found = self.definitions.get((span.start, span.end))
        if found is not None:
            return found
        starting = [node for (start, _), node in self.definitions.items() if start == span.start]
        if len(starting) == 1:
            return starting[0]
        named = [node for node in self.definitions.values() if self.qualname(node) == qualname]
        return named[0] if len(named) == 1 else None

    def qualname(self, node: cst.CSTNode) -> str:
        """The qualified name of a definition, as Python gives it; `<lambda>` for a lambda."""
        parts: list[str] = []
        current: cst.CSTNode | None = node
        while current is not None:
            if type(current) is cst.FunctionDef:
                parts.extend(("<locals>", current.name.value) if parts else (current.name.value,))
            elif type(current) is cst.ClassDef:
                parts.append(current.name.value)
            elif type(current) is cst.Lambda:
                parts.extend(("<locals>", "<lambda>") if parts else ("<lambda>",))
            current = self.table.parents.get(current)
        return ".".join(reversed(parts))

    def qualified(self, node: cst.CSTNode | None) -> str:
        """Dotted name of an imported thing (`airflow.models.Variable.get`), whatever it is called here; empty if it is none.

        Where a name is imported in several ways (`try ... except ImportError`), Airflow's counts, else the first.
        """
        name, _, rest = dotted(node).partition(".")
        if node is None or not name:
            return ""
        root = root_name(node)
        read = self.table.by_node.get(root) if root is not None else None
        targets = [b.target for b in self.table.bindings_of(read) if b.target is not None] if read else []
        if not targets:
            return ""
        chosen = next((target for target in targets if target.is_airflow), targets[0])
        return f"{chosen.qualified}.{rest}" if rest else chosen.qualified

    def enclosing(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """Compound statements and definitions around a definition or statement, innermost first."""
        found: list[cst.CSTNode] = []
        current = self.table.parents.get(node)
        while current is not None:
            found.append(current)
            current = self.table.parents.get(current)
        return found


class ModuleFinder:
    """What imports mean. A local module hides a library of the same name, but not one of the standard library."""

    def __init__(
        self,
        sources: Mapping[str, SourceFile],
        root: str = "",
        folder: Folder | None = None,
        roots: tuple[str, ...] = (),
    ) -> None:
        self.sources, self.folder, self.roots = sources, folder, roots
        self._found: dict[tuple[str, ImportTarget], tuple[str, str | None]] = {}
        self.path = tuple(filter(None, root.split("/")))
        """The folders that the folder is in, and its own name: code names it by the last of them (`from acme.dags.utils import x`)."""

    def bases(self, importer: str, module: str, level: int) -> list[str] | None:
        """Paths without ending that an import may mean, best first; None if a relative one leaves the folder."""
        if level:
            around = parents(importer)
            return [join(around[level - 1], module.replace(".", "/"))] if level <= len(around) else None
        return module_bases(module, importer, self.path, self.roots)

    def file_at(self, base: str) -> str | None:
        """The file of a module at a path without its ending."""
        candidates = (f"{base}/__init__.py", f"{base}.py") if base not in ("", ".") else ("__init__.py",)
        return next((candidate for candidate in candidates if candidate in self.sources), None)

    def find(self, importer: str, target: ImportTarget) -> tuple[str, str | None]:
        """Kind (as of `ImportedName`) and file of an import.

        A relative import is of kind `outside` if it leaves the folder given, `missing` if nothing is there.
        """
        of_itself = importer.endswith(f"{target.module.rpartition('.')[2]}.py")
        key = (importer if of_itself else importer.rpartition("/")[0], target)
        if key not in self._found:
            self._found[key] = self._find(importer, target)
        return self._found[key]

    def _find(self, importer: str, target: ImportTarget) -> tuple[str, str | None]:
        top = target.module.partition(".")[0]
        if target.level == 0:
            if top == "__future__":
                return "future", None
            if top == "airflow":
                return "airflow", None
            if top in _STDLIB:
                return "stdlib", None
        modules = [target.module]
        if target.name not in (None, "*"):
            modules.insert(0, f"{target.module}.{target.name}".lstrip("."))
        candidates = [self.bases(importer, module, target.level) for module in modules]
        for found in candidates:
            if found is None:
                return "outside", None
            files = (self.file_at(base) for base in found)
            package = target.level or importer.endswith("__init__.py")
            file = next((file for file in files if file is not None and (file != importer or package)), None)
            if file is not None and (target.module or target.level):
                return "local", file
        file = self._elsewhere(importer, modules) if target.level == 0 and target.module else None
        if file is not None:
            return "local", file
        if target.level == 0 and top.startswith(_PLUGINS):
            return "airflow", None  # a plugin of Airflow's: importing it imports Airflow
        return ("third_party" if target.level == 0 else "missing"), None

    def _elsewhere(self, importer: str, modules: list[str]) -> str | None:
        """A file of the folder or its further roots that was not read so far."""
        if self.folder is None:
            return None
        candidates = (file for module in modules for file in self.folder.module_candidates(module, importer))
        return next(candidates, None)

    def is_submodule(self, importer: str, target: ImportTarget, file: str) -> bool:
        """Whether the name of a `from` import that means `file` is that module itself, not something in it."""
        return self.find(importer, ImportTarget(target.module, None, target.level))[1] != file

    def packages(self, file: str) -> list[str]:
        """The `__init__.py` files that run when the module is imported."""
        found = (f"{folder}/__init__.py" for folder in parents(file) if folder)
        return [path for path in found if path in self.sources]

    def imported(self, module: ModuleInfo, binding: Binding, inside: bool) -> ImportedName:
        """An import of a module as `ImportedName`."""
        target = binding.target
        assert target is not None
        kind, file = self.find(module.file, target)
        span = module.span(binding.node)
        return ImportedName(
            target.module, target.name, target.alias, span, kind, target.level, file, inside, binding.type_checking
        )


@dataclass(slots=True)
class Handing:
    """What was found out of functions that are handed Airflow's context. `roots` are those, by file and offset, that Airflow itself calls."""

    forms: dict[tuple[Any, ...], HandedForm | None] = field(default_factory=dict)
    active: list[tuple[Any, ...]] = field(default_factory=list)
    roots: frozenset[tuple[str, int]] = frozenset()
    asking: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether a file asks Airflow for the context by itself."""
    imported: dict[str, bool] = field(default_factory=dict)
    """Whether another file imports a file."""
    operators: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether a name stands in a file for a class of the team's own that derives from one of Airflow's."""
    registry_users: dict[tuple[str, str], tuple[cst.FunctionDef, ...]] = field(default_factory=dict)
    """By file and name of a registry of functions: those that ask it for one."""


class Workspace:
    """The modules of a project, each parsed when it is first asked for; `trees` are those that other analyses share.

    With a `folder`, also modules of it and its further roots that are not in `sources`.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceFile],
        root: str = "",
        trees: Trees | None = None,
        folder: Folder | None = None,
        roots: tuple[str, ...] = (),
    ) -> None:
        self.sources, self.root, self.folder, self.roots = sources, root, folder, roots
        self._trees = Trees() if trees is None else trees
        self.finder = ModuleFinder(sources, root, folder, roots)
        self._modules: dict[str, ModuleInfo | str] = {}
        self._imports: dict[str, tuple[ImportedName, ...]] = {}
        self.handing = Handing()
        self.task_makers: frozenset[tuple[str, int]] = frozenset()
        """File and offset of each decorator of the team's own that only makes a task of a function."""
        self.wrappers: dict[tuple[str, int], frozenset[str]] = {}
        """By file and offset of each function that a decorator of the team's own puts around tasks' functions: the names of these' parameters, with
        `**` where Airflow gives them the whole context."""
        self.wrapper_forms: dict[tuple[str, int], object] = {}
        """What was found out about these (see `airflow_use.wrappers`)."""
        self.templates: Mapping[tuple[str, int], Mapping[str, bool]] = {}
        """By file and offset of a class of operators: the attributes that hold a template in some task of it, and whether one is no argument."""
        self.held: Mapping[str, Mapping[str, Value]] = {}
        """By file: what names at its top hold once it has been read."""
        self.effects: dict[str, tuple[Any, ...]] = {}
        """By file: what its top tells libraries and can be moved (see `effects`)."""
        self.classes: dict[str, list[cst.ClassDef]] = {}
        """By file: the classes that it defines, also within others, once they were looked for."""
        self.registries: Mapping[str, Mapping[str, tuple[CallableValue, ...]]] = {}
        """By file and name: the functions in lists and dictionaries of the team's own."""

    def widened(self, folder: Folder) -> Workspace:
        """The same with all modules of a folder; trees are shared."""
        return Workspace(self.sources, self.root, self._trees, folder, self.roots)

    def module(self, file: str) -> ModuleInfo:
        """The module of a file. Raises ModuleUnreadable."""
        found = self._modules.get(file)
        if found is None:
            source = self.sources.get(file)
            if source is None and self.folder is not None:
                read = self.folder.source(file)
                source = read if isinstance(read, SourceFile) else None
            try:
                if source is None:
                    raise ModuleUnreadable(f"`{file}` is not in the folder")
                found = load(source, self._trees)
                self._note_plugins(found)
            except ModuleUnreadable as error:
                found = str(error)
            self._modules[file] = found
        if isinstance(found, str):
            raise ModuleUnreadable(found)
        return found

    def _note_plugins(self, module: ModuleInfo) -> None:
        """Has names that a module imports from plugins of Airflow's (`airflow_clickhouse_plugin`) count as Airflow's own, unless the folder has the package."""
        for bindings in module.table.imports.values():
            for binding in bindings:
                target = binding.target
                if target is None or target.level or not target.module.startswith(_PLUGINS):
                    continue
                if self.finder.find(module.file, target)[0] == "airflow":
                    module.table.note_plugin(binding)

    def imports(self, file: str) -> tuple[ImportedName, ...]:
        """All imports of a file at any depth, in file order. Raises ModuleUnreadable."""
        if file not in self._imports:
            module = self.module(file)
            found = [
                self.finder.imported(module, binding, inside=binding.statement in module.table.parents)
                for bindings in module.table.imports.values()
                for binding in bindings
            ]
            self._imports[file] = tuple(sorted(found, key=lambda item: (item.span.start, item.binds)))
        return self._imports[file]

    def local_imports(self, module: ModuleInfo) -> list[str]:
        """The files of the folder that a module imports at any depth, in file order."""
        targets = (binding.target for bindings in module.table.imports.values() for binding in bindings)
        found = (self.finder.find(module.file, target) for target in targets if target is not None)
        return [file for kind, file in found if kind == "local" and file is not None]

    def class_around(self, span: Span, name: str) -> cst.ClassDef | None:
        """The class whose method a function is; None of any other function."""
        module = self.module(span.file)
        function = module.definition(span, name)
        around = next(iter(module.enclosing(function)), None) if function is not None else None
        return around if type(around) is cst.ClassDef else None

    def find(self, importer: str, target: ImportTarget) -> ModuleInfo | None:
        """The module of the folder that an import means (the submodule where its name is one); None if there is none."""
        _, file = self.finder.find(importer, target)
        try:
            return self.module(file) if file is not None else None
        except ModuleUnreadable:
            return None


def load(source: SourceFile, trees: Trees | None = None) -> ModuleInfo:
    """The module of a file. Raises ModuleUnreadable."""
    tree = (trees or Trees()).tree(source)
    if isinstance(tree, Diagnostic):
        raise ModuleUnreadable(f"`{source.path}`: {tree.message}")
    return tree.fact(ModuleInfo, lambda: _module(tree))


def _module(tree: Tree) -> ModuleInfo:
    source = tree.source
    try:
        places = tree.positions
        if not source.text.startswith(places.text.rstrip()):  # libcst may lose comments at the very end only
            raise ModuleUnreadable(f"`{source.path}` cannot be read without loss")
        table = build(tree.module)
    except RecursionError:
        raise ModuleUnreadable(f"`{source.path}` is nested too deeply") from None
    definitions = {places.offsets(node): node for node in table.scopes if type(node) in _DEFINITIONS}
    return ModuleInfo(source, tree.module, table, places, definitions)


_DEFINITIONS = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})


def _join(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder and path else folder or path


def _above(folder: str) -> str:
    return folder.rpartition("/")[0]
