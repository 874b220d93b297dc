"""Modules of the DAG folder that are carried, without what needs Airflow, under the names by which the team's code imports them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import PurePosixPath

from migrator.analyzers.callables import CallableAnalyzer, ImportedName
from migrator.codegen.carried.source_text import carried_text
from migrator.codegen.distributions import loaded
from migrator.codegen.python.code import Code
from migrator.codegen.python.naming import identifier, unique
from migrator.model.airflow import AirflowProject
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import Expr, OtherName
from migrator.model.source import Span, lines_of

_ROOT_FOLDERS = ("dags", "plugins", "include", "config")
"""Folders on Airflow's module path that are no part of a module's name."""


def libraries(imports: Iterable[ImportedName], *kinds: str) -> set[str]:
    """The modules that imports of these kinds load."""
    return {loaded(found.module, found.name) for found in imports if found.kind in kinds}


class LocalModules:
    """Collects files to be carried; `files` are their places in the project, `third_party` the modules of libraries that they import."""

    def __init__(
        self,
        project: AirflowProject,
        analyzer: CallableAnalyzer,
        render: Callable[[Expr], Code],
        keeps_airflow: bool = False,
        plain: LocalModules | None = None,
    ) -> None:
        self.project, self.analyzer, self.render = project, analyzer, render
        self.keeps_airflow = keeps_airflow
        """The files are carried with what they import of Airflow, below the package `prefix`, which their imports then name."""
        self.plain = plain
        """Where the files go that need no Airflow themselves, of which there is one copy then: those without it."""
        self.shared: dict[str, str] = {}
        """Their dotted names."""
        self.prefix = ""
        self._edits: dict[str, dict[tuple[int, int], SourceEdit]] = {}
        self.third_party: set[str] = set()
        self.names: dict[str, str] = {}
        """Dotted name of each carried file, below `prefix`."""
        self._roots: dict[str, PurePosixPath] = {}
        """The folder in which the package or module stands that has a name at the top."""

    @property
    def top_level(self) -> set[str]:
        """Import names at the top of `src/` that are taken."""
        return {dotted.partition(".")[0] for dotted in self.names.values()}

    def places(self) -> dict[str, str]:
        """Path in the project of each carried file."""
        bases = {path: "src/" + self.full_name(path).replace(".", "/") for path in sorted(self.names)}
        return {path: f"{base}/__init__.py" if _is_package(path) else f"{base}.py" for path, base in bases.items()}

    def files(self) -> dict[str, str]:
        """Path in the project to text, byte for byte but for the statements that need Airflow and for the edits."""
        return {place: self._text(path) for path, place in self.places().items()}

    def edit(self, edit: SourceEdit) -> None:
        """Has a place of a carried file replaced. Whoever needs the file asks for the same replacements in it."""
        self._edits.setdefault(edit.span.file, {})[edit.span.start, edit.span.end] = edit

    def _text(self, path: str) -> str:
        if self.keeps_airflow:
            return self._renamed(path)
        carried = self.analyzer.carried(path)
        asked = self._edits.get(path, {}).values()
        source = self.project.sources[path]
        renamed = [SourceEdit(span, OtherName(statement)) for span, statement in self._renames(path)]
        edits = [
            one for one in (*asked, *renamed) if not any(_is_within(one.span, dropped) for dropped in carried.dropped)
        ]
        if not edits:
            return carried.text
        whole = Span(path, 1, start=0, end=len(source.text))
        text, imports = carried_text(source, whole, drop=carried.dropped, edits=edits, render=self.render)
        return with_imports(text, imports)

    def is_clean(self, path: str) -> bool:
        """Whether a file can be carried whole: all that it, its packages and what these import name is there, and unless Airflow is kept they need
        none."""
        found, queue = {path}, [path]
        while queue:
            current = queue.pop()
            if current not in self.project.sources:
                return False
            needed = self.analyzer.workspace.finder.packages(current)
            for name in self.analyzer.imports(current):
                if name.type_checking:
                    continue
                if name.kind in ("outside", "missing") or (name.kind == "airflow" and not self.keeps_airflow):
                    return False
                if name.kind == "local" and name.file is not None:
                    needed.append(name.file)
            queue += [one for one in needed if one not in found]
            found.update(needed)
        return True

    def carry_imported(self, importer: str, imports: Iterable[ImportedName]) -> None:
        """Carries what these imports, which stand in the file `importer`, mean."""
        for found in imports:
            if found.kind == "local" and found.file is not None and not found.type_checking:
                self.carry(found.file, self.meant(importer, found))

    def carry(self, path: str, dotted: str = "") -> str:
        """Carries a file, its packages and what it imports; returns the dotted name that it gets."""
        if path in self.names or path in self.shared or path not in self.project.sources:
            return self.names.get(path) or self.shared.get(path, dotted)
        dotted = dotted or dotted_name(path)
        if self.plain is not None and not _is_package(path) and self.plain.is_clean(path):
            self.shared[path] = self.plain.carry(path, dotted)
            return self.shared[path]
        if self._roots.setdefault(dotted.partition(".")[0], _root_of(path, dotted)) != _root_of(path, dotted):
            # Another folder has one of that name: both cannot stand at the top, and files of the one not in the other.
            dotted = dotted_name(path)
            self._roots.setdefault(dotted.partition(".")[0], _root_of(path, dotted))
        if dotted in self.names.values():
            dotted = unique(identifier(str(PurePosixPath(path).with_suffix(""))), set(self.names.values()))
        self.names[path] = dotted
        folder = PurePosixPath(path).parent.parent if _is_package(path) else PurePosixPath(path).parent
        packages = dotted.split(".")[:-1]
        while packages and folder != PurePosixPath("."):
            self.carry(str(folder / "__init__.py"), ".".join(packages))
            packages, folder = packages[:-1], folder.parent
        kept = self.keeps_airflow
        imports = self.analyzer.imports(path) if kept else self.analyzer.carried(path).imports
        kinds = ("third_party", "airflow") if kept else ("third_party",)
        self.third_party |= libraries((found for found in imports if not found.type_checking), *kinds)
        self.carry_imported(path, imports)
        return dotted

    def meant(self, importer: str, found: ImportedName) -> str:
        """The dotted name of the file that an import of the file `importer` means, as it is written there."""
        assert found.file is not None
        parts = found.module.split(".") if found.module else []
        if found.level:
            home = self.names.get(importer) or self.shared.get(importer)
            if home is None:
                return dotted_name(found.file)
            own = home.split(".")
            parts = [*own[: len(own) - found.level + _is_package(importer)], *parts]
        names = [*parts, str(found.name)] if self._is_submodule(found, parts) else parts
        if found.file == "__init__.py" and not found.level:
            return ".".join(parts)  # the folder is a package, and called so
        last = PurePosixPath(found.file).parent.name if _is_package(found.file) else PurePosixPath(found.file).stem
        return ".".join(names) if names and names[-1] == last else dotted_name(found.file)

    @staticmethod
    def _is_submodule(found: ImportedName, parts: Sequence[str]) -> bool:
        """Whether the name that is imported from the module `parts` is a file of its own, and not a name that a file like it defines.

        `from load import load` may mean either: what fits more of the file's path does."""
        if found.file is None or not found.name or found.name == "*":
            return False
        path = dotted_name(found.file).split(".")
        return path[-1] == found.name and _common_end([*parts, found.name], path) > _common_end(parts, path)

    def full_name(self, path: str) -> str:
        """The dotted name by which a carried file is imported."""
        if path in self.shared:
            return self.shared[path]
        return f"{self.prefix}.{self.names[path]}" if self.prefix else self.names[path]

    def place_beside(self, path: str) -> str:
        """The dotted name of a module for parts of a file, beside the files that are carried."""
        return f"{self.prefix}.{unique(dotted_name(path), set(self.names.values()))}"

    def module_of(self, importer: str, found: ImportedName) -> str:
        """The module that the import statement of one name has to name, for code of the file `importer` that stands elsewhere now."""
        module = found.module
        if found.kind != "local" or found.file is None:
            return module
        dotted = self.names.get(found.file) or self.shared.get(found.file, found.module)
        if found.level or self.meant(importer, found) != dotted:
            is_submodule = "." in dotted and self._is_submodule(found, found.module.split(".") if found.module else [])
            module = dotted.rpartition(".")[0] if is_submodule else dotted
        return f"{self.prefix}.{module}" if self.prefix and found.file not in self.shared else module

    def statement(self, importer: str, found: ImportedName) -> str:
        """The import statement of one name, for code of the file `importer` that stands in another module now."""
        module = self.module_of(importer, found)
        alias = f" as {found.alias}" if found.alias else ""
        if found.name:
            return f"from {module} import {found.name}{alias}"
        if module != found.module and not alias and "." not in found.module:
            return f"from {module.rpartition('.')[0]} import {found.module}"
        return f"import {module}{alias}"

    def _renamed(self, path: str) -> str:
        """A file's text in which imports of other files of the folder name their new places; relative ones do so already, unless there is one copy of what they import."""
        source = self.project.sources[path]
        text, end = "", 0
        for span, statement in self._renames(path):
            text += source.text[end : span.start] + statement
            end = span.end
        return text + source.text[end:]

    def _renames(self, path: str) -> list[tuple[Span, str]]:
        """The import statements of a file that have to name another place, in order, and what they say then."""
        statements: dict[Span, list[ImportedName]] = {}
        for found in self.analyzer.imports(path):
            statements.setdefault(found.span, []).append(found)
        source = self.project.sources[path]
        return [
            (span, self.renamed_statement(path, source.cut(span), names))
            for span, names in sorted(statements.items(), key=lambda item: item[0].start)
            if any(self._is_renamed(path, name) for name in names)
        ]

    def _is_renamed(self, path: str, found: ImportedName) -> bool:
        """Whether an import of the file `path` has to name another place."""
        if found.kind != "local" or (found.level and found.file not in self.shared):
            return False
        return bool(found.level) or self.module_of(path, found) != found.module

    def renamed_statement(self, path: str, text: str, names: list[ImportedName]) -> str:
        """An import statement of the file `path` that names the new places of the folder's files."""
        modules = {self.module_of(path, name) for name in names}
        if len(modules) == 1 and names[0].name:
            return re.sub(r"^(from\s+)\S+", lambda found: found[1] + next(iter(modules)), text)
        return "; ".join(self.statement(path, name) for name in names)


def _is_within(span: Span, other: Span) -> bool:
    return other.start <= span.start and span.end <= other.end


def _root_of(path: str, dotted: str) -> PurePosixPath:
    """The folder in which the first name of a file's dotted name stands."""
    place = PurePosixPath(path).parent if _is_package(path) else PurePosixPath(path)
    parents = (place, *place.parents)
    return parents[min(len(dotted.split(".")), len(parents) - 1)]


def dotted_name(path: str) -> str:
    """The dotted name of a file by its place in the folder."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    if len(parts) > 1 and parts[0] in _ROOT_FOLDERS:
        parts = parts[1:]
    return ".".join(identifier(part) for part in parts) or "dags"


def _common_end(first: Sequence[str], second: Sequence[str]) -> int:
    """How many parts both end with."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _is_package(path: str) -> bool:
    return PurePosixPath(path).name == "__init__.py"


def with_imports(text: str, imports: Iterable[str]) -> str:
    """A module's text with import statements that it lacks, in front of its first statement that is no docstring and no `__future__` import."""
    tree = ast.parse(text)
    known = {ast.unparse(node) for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))}
    known |= {f"import {alias.name}" for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    missing = sorted(set(imports) - known)
    if not missing:
        return text
    lines = lines_of(text)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    # A file's head of comments stays at its top, those of the first statement with that.
    front = next((number for number, line in enumerate(lines) if not line.startswith("#")), 0)
    front = front if front < len(lines) and not lines[front].strip() else 0
    rest: ast.stmt | None = None
    for number, node in enumerate(tree.body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            rest = node
            break
        front = node.end_lineno or node.lineno
    added = "".join(f"{statement}{newline}" for statement in missing)
    before = newline if front and lines[front - 1].strip() else ""
    after = "" if isinstance(rest, (ast.Import, ast.ImportFrom)) and not before else newline
    if front and front < len(lines) and not lines[front].strip():
        # There is an empty line already: the statements go below it.
        front, before = front + 1, ""
        after = "" if isinstance(rest, (ast.Import, ast.ImportFrom)) else newline
    return "".join([*lines[:front], before, added, after, *lines[front:]])
