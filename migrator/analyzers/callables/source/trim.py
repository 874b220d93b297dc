"""What of a module of the folder can be carried out of Airflow: all of it but the statements that need Airflow.

In: a file. Out: `CarriedModule`. A helper module often mixes plain functions with some that use a hook. Statements at its top level that
import Airflow, and those that read what they define, are left out whole, in this module and in those that import from it. Those that only
read Variables or name Airflow's exceptions stay, with a `ContextUse` for each place to be replaced. Who needs a name that is left out
cannot be moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.context import ContextReader
from migrator.analyzers.callables.airflow_use.names import EXCEPTIONS
from migrator.analyzers.callables.airflow_use.reforming import reform
from migrator.analyzers.callables.airflow_use.scan import scan
from migrator.analyzers.callables.classes.class_members import methods_of
from migrator.analyzers.callables.facts import ContextUse, ImportedName
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.filling import fillings
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.scopes import Binding, ImportTarget
from migrator.analyzers.callables.source.tree import defined_name, descend, dotted, root_name
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Symbolic, is_known

MAX_ROUNDS = 50
_REPLACED = frozenset(
    {
        "alias",
        "annotation",
        "attribute",
        "connection",
        "hook_class",
        "library",
        "logger",
        "reform",
        "rewrite",
        "stored",
        "unneeded",
    }
)
_NEEDED = {"os": "os", "json": "json"}
"""Names that replacements of Variables read, and the modules that they must mean."""


@dataclass(frozen=True, slots=True)
class CarriedModule:
    """`text` is the file without `dropped`; `imports` are those that remain; `missing` says of each name left out what it does that needs Airflow."""

    text: str
    imports: tuple[ImportedName, ...] = ()
    dropped: tuple[Span, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[ContextUse, ...] = ()
    """Places in `text` to be replaced."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A name of a module of the folder that is left out; `reason` says what it does that needs Airflow."""

    name: str
    file: str
    reason: str

    def __str__(self) -> str:
        return f"needs `{self.name}` of `{self.file}`, which {self.reason}"


@dataclass(eq=False, slots=True)
class _State:
    """Of one module: statements left out, with the reason."""

    module: ModuleInfo
    airflow: dict[cst.CSTNode, str]
    """Statements in which Airflow is imported, with what is said of that."""
    lazy: bool
    """Annotations are never evaluated."""
    replaced: dict[cst.CSTNode, Scan] = field(default_factory=dict)
    """What can be replaced in a statement."""
    hindered: dict[cst.CSTNode, str] = field(default_factory=dict)
    """Of statements in which not all can be replaced: what cannot."""
    dropped: dict[cst.CSTNode, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    absent: dict[cst.ImportFrom, list[cst.ImportAlias]] = field(default_factory=dict)
    """Of imports that stay: the names in them that are left out where they come from."""


class Trimmer:
    """Answers for the modules of one workspace; keeps its answers."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._states: dict[str, _State] = {}
        self._carried: dict[str, CarriedModule] = {}
        self._names: dict[cst.CSTNode, list[tuple[cst.CSTNode, str, str]]] = {}
        self._local: dict[str, set[str]] = {}
        """By file: the names that it imports from the folder."""

    def carried(self, file: str) -> CarriedModule:
        """What is carried of a file. Raises ModuleUnreadable."""
        if file not in self._carried:
            self._settle(file)
            self._carried[file] = self._result(self._states[file])
        return self._carried[file]

    def missing(self, file: str) -> Mapping[str, str]:
        """The names of a file that are left out; none where it cannot be read (which is found out elsewhere)."""
        try:
            return self.carried(file).missing
        except ModuleUnreadable:
            return {}

    def needs_missing(self, module: ModuleInfo, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, Missing]]:
        """Names of other modules that a statement of `module` imports, or reads as `other.name`, and that are left out there."""
        for place, file, name in self._local_names(module, node):
            reason = self._known(file).get(name)
            if reason is not None:
                yield place, Missing(name, file, reason)

    def imported_missing(self, module: ModuleInfo, binding: Binding) -> Missing | None:
        """Where an import means a name that is left out."""
        file = self._imported_from(module, binding)
        name = binding.target.name if binding.target is not None else None
        reason = self._known(file).get(name) if file is not None and name is not None else None
        return Missing(name, file, reason) if file is not None and name is not None and reason is not None else None

    def star_missing(self, module: ModuleInfo, name: str) -> Missing | None:
        """Where a name comes from `from module import *` and is left out there."""
        for binding in module.table.module.bindings.get("*", []):
            kind, file = self.workspace.finder.find(module.file, binding.target) if binding.target else ("", None)
            reason = self._known(file).get(name) if kind == "local" and file is not None else None
            if file is not None and reason is not None:
                return Missing(name, file, reason)
        return None

    # -- how far Airflow reaches

    def _known(self, file: str) -> Mapping[str, str]:
        state = self._states.get(file)
        return state.missing if state is not None else self.missing(file)

    def _settle(self, file: str) -> None:
        """Follows Airflow through all modules that the file leads to, until nothing changes."""
        fresh: list[str] = []
        queue = [file]
        while queue:
            current = queue.pop()
            if current in self._states:
                continue
            try:
                module = self.workspace.module(current)
            except ModuleUnreadable:
                if current == file:
                    raise
                continue
            self._states[current] = _begin(module)
            fresh.append(current)
            queue.extend(name.file for name in self.workspace.imports(current) if name.file is not None)
        for _ in range(MAX_ROUNDS):
            changed = [current for current in fresh if self._spread(self._states[current])]
            if not changed:
                return

    def _spread(self, state: _State) -> bool:
        """One round over the statements of a module; whether one more is left out."""
        before, missing = len(state.dropped), len(state.missing)
        changed = True
        while changed:
            changed = False
            for unit in state.module.tree.body:
                if unit not in state.dropped:
                    self._note_absent(state, unit)
                reason = None if unit in state.dropped else self._reason(state, unit)
                if reason is not None:
                    state.dropped[unit] = reason
                    self._lose(state, unit, reason)
                    changed = True
        return len(state.dropped) > before or len(state.missing) > missing

    def _note_absent(self, state: _State, unit: cst.CSTNode) -> None:
        """Notes the names of an import that cannot be had, where it has others, too: only these are left out."""
        small = unit.body[0] if type(unit) is cst.SimpleStatementLine and len(unit.body) == 1 else None
        if not isinstance(small, cst.ImportFrom) or isinstance(small.names, cst.ImportStar):
            return
        lacking = {
            missing.name: missing.reason for place, missing in self.needs_missing(state.module, unit) if place is small
        }
        gone = [alias for alias in small.names if alias.evaluated_name in lacking]
        if 0 < len(gone) < len(small.names):
            state.absent[small] = gone
            for alias in gone:
                state.missing.setdefault(alias.evaluated_alias or alias.evaluated_name, lacking[alias.evaluated_name])

    def _reason(self, state: _State, unit: cst.CSTNode) -> str | None:
        """Why a statement cannot be carried: what it uses of Airflow."""
        table = state.module.table
        replaced = self._replaced(state, unit)
        if unit in state.airflow and not replaced.uses:
            return state.airflow[unit]
        for read in table.reads_in(unit):
            if read.node in replaced.consumed:
                continue
            if read.name in state.missing and unit in state.hindered:
                return state.hindered[unit]
            if read.name in state.missing and not read.annotation and table.scope_of(read) is table.module:
                return state.missing[read.name]
            if read.name in state.missing and read.annotation and not read.quoted and not state.lazy:
                return state.missing[read.name]
            if table.scope_of(read) is None and "*" in table.module.bindings:
                star = self.star_missing(state.module, read.name)
                if star is not None:
                    return star.reason
        if type(unit) is cst.SimpleStatementLine and unit.body[0] in state.absent:
            return None
        return next((found.reason for _, found in self.needs_missing(state.module, unit)), None)

    def _replaced(self, state: _State, unit: cst.CSTNode) -> Scan:
        """The uses of Airflow in a statement if all of them can be replaced; else none."""
        if not state.airflow:
            return Scan()
        if unit not in state.replaced:
            reader = ContextReader(state.module, unit)
            found = scan(unit, reader, Frame(self.workspace, state.module, reader), defined_name(unit))
            self._reformed(state.module, unit, found)
            imports_only = type(unit) is cst.SimpleStatementLine and unit in state.airflow
            hindered = self._hindered(state, unit, found)
            if hindered and not imports_only:
                state.hindered[unit] = hindered
            state.replaced[unit] = Scan() if imports_only or found.dropped or hindered else found
        return state.replaced[unit]

    def _hindered(self, state: _State, unit: cst.CSTNode, found: Scan) -> str:
        """What a statement does with Airflow that has no replacement; empty where there is nothing."""
        for use in found.uses:
            if not _has_replacement(use, state.module):
                return f"uses `{'.'.join((use.name, *map(str, use.path)))}` of Airflow"
        return self._left(state, unit, found) or (found.blockers[0].reason if found.blockers else "")

    def _reformed(self, module: ModuleInfo, unit: cst.CSTNode, found: Scan) -> None:
        """Puts the form of a function that asks Airflow for its context, or of each such method of a class, in the place of all that it uses of that."""
        methods = methods_of(unit) if type(unit) is cst.ClassDef and found.plain is None else []
        for function in (*methods, unit):
            if type(function) is cst.FunctionDef:
                reform(self.workspace, module, function, found)

    def _left(self, state: _State, unit: cst.CSTNode, found: Scan) -> str:
        """What a statement imports of Airflow itself, and reads in a way that no use covers; empty where there is nothing."""
        table = state.module.table
        left = (
            _uses_of_airflow(binding.target)
            for read in table.reads_in(unit)
            if read.node not in found.consumed and table.scope_of(read) is not table.module
            for binding in table.bindings_of(read)
            if binding.target is not None and binding.target.is_airflow and not binding.type_checking
        )
        return next(left, "")

    def _lose(self, state: _State, unit: cst.CSTNode, reason: str) -> None:
        """Notes the names that a statement left out would have bound or changed."""
        inside = set(descend(unit))
        scope = state.module.table.module
        for name, found in scope.bindings.items():
            if any(binding.unit is unit for binding in fillings(state.module, name, found)):
                state.missing.setdefault(name, reason)
        for names in (scope.bindings, scope.touches):
            for name, bindings in names.items():
                if any(binding.statement in inside for binding in bindings):
                    state.missing.setdefault(name, reason)

    def _local_names(self, module: ModuleInfo, node: cst.CSTNode) -> list[tuple[cst.CSTNode, str, str]]:
        """Place, file and name of everything of other modules of the folder that a statement imports or reads as `other.name`."""
        if node not in self._names:
            found: list[tuple[cst.CSTNode, str, str]] = []
            for item in descend(node) if self._names_local(module, node) else ():
                for binding in module.table.imports.get(item, ()):
                    file = self._imported_from(module, binding)
                    if file is not None and binding.target is not None and binding.target.name is not None:
                        found.append((item, file, binding.target.name))
                if type(item) is cst.Attribute:
                    found.extend((item, file, item.attr.value) for file in self._module_read(module, item))
            self._names[node] = found
        return self._names[node]

    def _names_local(self, module: ModuleInfo, node: cst.CSTNode) -> bool:
        """Whether a statement imports anything, or reads a name that the module imports from the folder."""
        if module.file not in self._local:
            self._local[module.file] = {
                binding.name
                for bindings in module.table.imports.values()
                for binding in bindings
                if binding.target is not None and self.workspace.finder.find(module.file, binding.target)[0] == "local"
            }
        local = self._local[module.file]
        return any(read.name in local for read in module.table.reads_in(node)) or bool(module.table.imports_in(node))

    def _imported_from(self, module: ModuleInfo, binding: Binding) -> str | None:
        """The file in which the name of a `from` import is defined."""
        target = binding.target
        if target is None or target.name is None or binding.type_checking:
            return None
        kind, file = self.workspace.finder.find(module.file, target)
        if kind != "local" or file is None or self.workspace.finder.is_submodule(module.file, target, file):
            return None
        return file

    def _module_read(self, module: ModuleInfo, node: cst.Attribute) -> Iterator[str]:
        """The file of the module in front of the last dot of `module.name`."""
        root = root_name(node)
        read = module.table.by_node.get(root) if root is not None else None
        path = dotted(node.value)
        for binding in module.table.bindings_of(read) if read is not None and path else ():
            target = binding.target
            if target is None or binding.type_checking or path != (target.alias or target.name or target.module):
                continue
            kind, file = self.workspace.finder.find(module.file, target)
            if kind == "local" and file is not None and self._imported_from(module, binding) is None:
                yield file

    # -- result

    def _result(self, state: _State) -> CarriedModule:
        module = state.module
        imports = self.workspace.imports(module.file)
        if not state.dropped and not state.absent:
            return CarriedModule(module.source.text, imports, uses=_uses(state))
        gone = {*state.dropped, *self._unused_imports(state)}
        spans = _with_blank_lines(module, sorted(self._span(module, unit) for unit in gone))
        text, end = "", 0
        for span in spans:
            text += module.source.text[end : max(span.start, end)]
            end = max(span.end, end)
        text += module.source.text[end:]
        kept = tuple(name for name in imports if not any(span.start <= name.span.start < span.end for span in spans))
        missing = dict(state.missing)
        for unit in gone - set(state.dropped):
            for name in (binding.name for item in descend(unit) for binding in module.table.imports.get(item, ())):
                missing.setdefault(name, next(iter(state.dropped.values())))
        absent = {
            (module.span(node).start, alias.evaluated_name) for node, gone in state.absent.items() for alias in gone
        }
        inside = tuple(
            name
            for name in kept
            if (name.kind != "airflow" or name.type_checking) and (name.span.start, name.name) not in absent
        )
        return CarriedModule(text, inside, tuple(spans), dict(sorted(missing.items())), _uses(state))

    def _unused_imports(self, state: _State) -> list[cst.CSTNode]:
        """Import statements of which every name was read by statements that are left out, and by no other."""
        table = state.module.table
        kept = {
            read.name for unit in state.module.tree.body if unit not in state.dropped for read in table.reads_in(unit)
        }
        lost = {read.name for unit in state.dropped for read in table.reads_in(unit)}
        found: list[cst.CSTNode] = []
        for unit in state.module.tree.body:
            if unit in state.dropped or type(unit) is not cst.SimpleStatementLine:
                continue
            names = [binding.name for small in unit.body for binding in table.imports.get(small, ())]
            plain = all(small in table.imports for small in unit.body)
            if plain and names and all(name in lost and name not in kept for name in names):
                found.append(unit)
        return found

    def _span(self, module: ModuleInfo, unit: cst.CSTNode) -> Span:
        """The statement's lines, with the comments directly above."""
        start, end = module.places.offsets(unit)
        start = module.leading_comments(module.line_start(start), "")
        end = module.next_line(
            module.trailing_comments(module.line_end(end), "") if isinstance(unit, cst.BaseCompoundStatement) else end
        )
        return module.between(start, end)


def _with_blank_lines(module: ModuleInfo, spans: list[Span]) -> list[Span]:
    """The spans to cut, neighbours as one, with blank lines below: of those above and below, the more remain."""
    text = module.source.text
    groups: list[tuple[int, int]] = []
    for span in spans:
        if groups and not text[groups[-1][1] : span.start].strip():
            groups[-1] = (groups[-1][0], max(span.end, groups[-1][1]))
        else:
            groups.append((span.start, span.end))
    found: list[Span] = []
    for start, end in groups:
        lines = text[:start].splitlines()
        above = next((number for number, line in enumerate(reversed(lines)) if line.strip()), len(lines))
        below = re.compile(r"(?:[ \t]*\r?\n)*").match(text, end)
        blank = below.group().splitlines(keepends=True) if below is not None else []
        rest = len("".join(blank)) + end >= len(text)
        cut = blank if rest or not start else blank[:above]
        found.append(module.between(start, end + len("".join(cut))))
    return found


def _begin(module: ModuleInfo) -> _State:
    airflow: dict[cst.CSTNode, str] = {}
    for bindings in module.table.imports.values():
        for binding in bindings:
            target, unit = binding.target, binding.statement
            if target is None or unit is None or not target.is_airflow or binding.type_checking:
                continue
            unit = [unit, *module.enclosing(unit)][-1]
            airflow.setdefault(unit, _uses_of_airflow(target))
    annotations = module.table.module.bindings.get("annotations", [])
    lazy = any(b.target is not None and b.target.module == "__future__" for b in annotations)
    return _State(module, airflow, lazy)


def _uses_of_airflow(target: ImportTarget) -> str:
    name = f"{target.module}.{target.name}" if target.name else target.module
    return f"uses `{name}` of Airflow"


def _uses(state: _State) -> tuple[ContextUse, ...]:
    """All that is to be replaced in the statements that remain, in file order."""
    found = [use for unit, scanned in state.replaced.items() if unit not in state.dropped for use in scanned.uses]
    found += _cuts(state)
    return tuple(sorted(found, key=lambda use: (use.span.start, -use.span.end, use.kind)))


def _cuts(state: _State) -> Iterator[ContextUse]:
    """Names that are left out of the imports that stay, and of `__all__`."""
    for unit in state.module.tree.body:
        if type(unit) is not cst.SimpleStatementLine or unit in state.dropped:
            continue
        small = unit.body[0]
        if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
            yield from _without(state.module, small.names, state.absent.get(small, ()))
        elif isinstance(small, cst.Assign) and isinstance(small.value, (cst.List, cst.Tuple)):
            targets = [target.target.value for target in small.targets if isinstance(target.target, cst.Name)]
            items = [element.value for element in small.value.elements] if targets == ["__all__"] else []
            gone = [item for item in items if type(item) is cst.SimpleString and item.evaluated_value in state.missing]
            yield from _without(state.module, items, gone)


def _without(module: ModuleInfo, items: Sequence[cst.CSTNode], gone: Sequence[cst.CSTNode]) -> Iterator[ContextUse]:
    """Cuts items out of a list, with their commas."""
    places = [module.places.offsets(item) for item in items]
    stay = [number for number, item in enumerate(items) if item not in gone]
    for number, (start, end) in enumerate(places):
        if number in stay:
            continue
        if not stay:
            cut = (start, places[number + 1][0]) if number + 1 < len(places) else (start, end)
        elif number < stay[-1]:
            cut = start, places[number + 1][0]
        else:
            cut = places[number - 1][1], end
        yield ContextUse("unread", module.text(items[number]), module.between(*cut), own=False)


def _has_replacement(use: ContextUse, module: ModuleInfo) -> bool:
    """Whether a use can be replaced wherever the module is imported."""
    if use.kind == "exception":
        return use.name in EXCEPTIONS
    if use.kind == "variable":
        default = use.detail.get("default")
        known = not use.detail.get("has_default") or is_known(default)
        known = known or (isinstance(default, Symbolic) and default.span is not None)  # It stays as it is written.
        needed = [name for name in _NEEDED if name != "json" or use.detail.get("json")]
        return known and all(_means_module(module, name) for name in needed)
    if use.kind == "hook":
        # Where it is not known which one it is, the project's class of that name stands there.
        known = is_known(use.detail["arguments"]) and _means_module(module, "os")
        return known or (not is_known(use.detail["arguments"]) and isinstance(use.detail["class"], Span))
    return use.kind in _REPLACED


def _means_module(module: ModuleInfo, name: str) -> bool:
    """Whether a name is bound nowhere in the module, but by the import of the module that it is called after."""
    scopes = [module.table.module, *module.table.scopes.values()]
    bound = [binding for scope in scopes for binding in scope.bindings.get(name, [])]
    return all(
        binding.target is not None and (binding.target.module, binding.target.name) == (_NEEDED[name], None)
        for binding in bound
    )
