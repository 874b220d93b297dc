"""What a callable needs of its file and of the folder, so that it can be moved byte for byte.

In: a callable's definition in its module. Out: `CallableFacts`. A statement that is needed becomes a piece, the names it reads are
looked up, and so on, until nothing new is needed. Airflow's names end the search: they are uses (see `scan`) or blockers.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import libcst as cst

from migrator.analyzers.callables.airflow_use.asset_events import yields_metadata_only
from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.context import WHOLE, ContextReader, Part, context_parameters
from migrator.analyzers.callables.airflow_use.decorators import is_dropped
from migrator.analyzers.callables.airflow_use.handing import FORMED
from migrator.analyzers.callables.airflow_use.library import object_of_airflow
from migrator.analyzers.callables.airflow_use.names import LIVE_KEYS
from migrator.analyzers.callables.airflow_use.reforming import reform
from migrator.analyzers.callables.airflow_use.scan import scan
from migrator.analyzers.callables.classes.class_members import methods_of
from migrator.analyzers.callables.classes.hierarchy import ancestry
from migrator.analyzers.callables.classes.lifecycle import ENTRY, WORK, Step, use_of
from migrator.analyzers.callables.classes.operator_objects import facts_of_called, facts_of_operator
from migrator.analyzers.callables.classes.own_objects import (
    facts_of,
    holds,
    idle,
    lists_in_vain,
    reached,
    serves_alone,
    trimmed,
    within,
)
from migrator.analyzers.callables.classes.plain_classes import PlainClass, own_attributes, part_of, plain_class
from migrator.analyzers.callables.facts import (
    Blocker,
    CallableFacts,
    Closure,
    ContextUse,
    ImportedName,
    InstanceFacts,
    Piece,
    forms_of,
)
from migrator.analyzers.callables.folding.fold import Frame, enclosing_values, own_arguments
from migrator.analyzers.callables.folding.plain_values import (
    OF_CALLS,
    is_constant,
    kept_value,
    told_to_decorator,
    told_to_lambda,
)
from migrator.analyzers.callables.source.called import called_as_they_are
from migrator.analyzers.callables.source.effects import coming
from migrator.analyzers.callables.source.filling import filling_imports, fillings
from migrator.analyzers.callables.source.imports_by_call import obstacles
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.pieces import piece_of, scopes_around
from migrator.analyzers.callables.source.process import changed_in, changes
from migrator.analyzers.callables.source.reaching import with_reached
from migrator.analyzers.callables.source.resolve import star_libraries
from migrator.analyzers.callables.source.returned import returns_value
from migrator.analyzers.callables.source.scopes import Binding, Read, Scope
from migrator.analyzers.callables.source.signatures import parameters_of
from migrator.analyzers.callables.source.tree import defined_name, descend
from migrator.analyzers.callables.source.trim import Trimmer
from migrator.model.changed import replace
from migrator.model.expressions import Helper, LibraryText
from migrator.model.source import Span
from migrator.model.values import CallableValue, ObjectValue, Value
from migrator.operators import hook_classes

_OF_PROJECTS = frozenset({"dagster", "migrator"})
"""What generated projects import themselves."""
_BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__package__", "__spec__", "__class__"}
MAX_PIECES = 500
_OF_A_DAG = re.compile(r"^(DAG|XComArg)$|(Operator|Sensor|TaskGroup)$")
"""Objects of Airflow that stand for a part of a DAG: they are what is to be translated, and not a library's."""
_OF_PYTHON_2 = frozenset({"basestring", "file", "long", "raw_input", "reduce", "reload", "unichr", "unicode", "xrange"})
_LOOPS = (cst.For, cst.While)


class ClosureBuilder:
    """Builds the facts of one callable; used once. `shared` keeps what was seen in helpers and constants of modules."""

    def __init__(
        self,
        workspace: Workspace,
        module: ModuleInfo,
        node: cst.CSTNode,
        callable: CallableValue,
        given: Iterable[str],
        trimmer: Trimmer,
        shared: dict[cst.CSTNode, Scan],
        keep: bool = False,
        whole: str = "",
        method: cst.FunctionDef | None = None,
        steps: Mapping[str, Step] = MappingProxyType({}),
        held: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        self.workspace, self.module, self.callable = workspace, module, callable
        self.trimmer, self.shared, self.keep = trimmer, shared, keep
        self.table = module.table
        self.given = frozenset(given)
        self.function: cst.CSTNode = method or node
        self.method = method
        """The method that is called on an object of the class `node`."""
        self.steps = steps
        """Methods of the class `node` that are called on one object, by name, or one that a class in another module has."""
        self.held = held
        """What names at the top of the file hold once it has been read, in the place of the statements that fill them."""
        self.root = node
        """The callable, or the class whose method it is."""
        for around in module.enclosing(node) if type(node) is cst.FunctionDef else ():
            if type(around) is cst.ClassDef:
                self.root = around
            elif type(around) is cst.FunctionDef:
                break
        self.around = [self.root, *module.enclosing(self.root)]
        self.pieces: dict[cst.CSTNode, Scan] = {}
        self.imports: dict[tuple[int, str], ImportedName] = {}
        self.constants: dict[str, Value] = {}
        self.uses: list[ContextUse] = []
        self.blockers: dict[tuple[str, int], Blocker] = {}
        self.queue: list[cst.CSTNode] = []
        self.is_called = isinstance(callable.receiver, ObjectValue) and not steps
        """The method is called by the team's own code, or as the function of an operator that has it: not as Airflow calls an operator's."""
        own = self.is_called and self.plain(node) is None
        of_operator = method is not None and not self.is_called
        self.parameters = context_parameters(module, self.function, self.given, whole, of_operator)
        self.asked: frozenset[str] | None = None
        """Of an object that the team's own code makes: the attributes that may be asked for."""
        if method is not None and type(node) is cst.ClassDef and own:
            self.asked = reached(workspace, module, node, method)
        elif type(node) is cst.FunctionDef and type(self.root) is cst.ClassDef:
            self.asked = reached(workspace, module, self.root, node)
        self.lists_in_vain = self.asked is not None and lists_in_vain(workspace, module, self.root, self.function)
        """The object's class lists its subclasses, but not for what is called."""
        self.cuts: list[Span] = []
        """Methods that are left out."""
        self.forms: dict[cst.FunctionDef, tuple[tuple[str, str], ...]] = {}
        """Functions of the module that are handed the context, and the parameters that take it."""
        self.formed: set[Span] = set()
        """Functions of any module that are."""
        self.reformed: set[cst.FunctionDef] = set()
        """Methods that ask for the context themselves, and take what they use of it whether anyone calls them or not."""
        self.forwards: set[Span] = set()
        """Where they hand on what is not the context any more."""
        if steps:
            assert type(node) is cst.ClassDef
            use = use_of(module, node, steps, callable.name)
            self.uses.append(use)
            self.follow(Scan([use]))

    def plain(self, node: cst.CSTNode) -> PlainClass | None:
        return plain_class(self.workspace, self.module, node) if type(node) is cst.ClassDef else None

    def run(self) -> CallableFacts:
        self.add(self.root)
        self.check_object()
        while self.queue:
            self.need(self.queue.pop(0))
            for unit in () if self.queue else coming(self.workspace, self.module, self.callable, self.pieces):
                self.add(unit)
        self.parameter_uses()
        self.future_imports()
        alone = (node for node in self.pieces if self.pieces.keys().isdisjoint(self.module.enclosing(node)))
        kept = sorted(alone, key=self.module.places.offsets)
        pieces = tuple(piece_of(self.module, node, self.pieces[node].dropped, node is self.root) for node in kept)
        self.check_names(pieces)
        for node in kept:
            self.imports_inside(node)
            self.uses.extend(use for use in self.pieces[node].uses if not self.is_of_form(use))
            for found in self.pieces[node].blockers:
                self.block(found.reason, found.span, found.library)
        local, third_party = self.local_modules()
        for binding in filling_imports(self.workspace, self.module, local) if local else ():
            filling = self.workspace.finder.imported(self.module, binding, inside=False)
            self.imports.setdefault((filling.span.start, filling.binds), replace(filling, for_effect=True))
            local, third_party = self.local_modules()
        self.check_hooks(kept, local)
        texts = [use.detail["text"] for use in self.uses if use.kind == "library" and not self.keep]
        needed = (text.needs.split()[1] for text in texts if isinstance(text, LibraryText) and text.needs)
        third_party |= {"pendulum", "upath"}.intersection(needed)
        called = () if self.keep else tuple(dict.fromkeys(called_as_they_are(self)))
        closure = Closure(
            self.module.file,
            pieces,
            tuple(sorted(self.imports.values(), key=lambda found: (found.span.start, found.binds))),
            tuple(sorted(local)),
            tuple(sorted(third_party)),
            dict(sorted(self.constants.items())),
            self.keep,
        )
        own, plain = self.module.file, yields_metadata_only(self.module, self.function)
        blockers = sorted(self.blockers.values(), key=lambda found: (found.span.file != own, found.span, found.reason))
        uses = self.uses if self.keep else with_reached(self.workspace, self.module, self.pieces, self.uses)
        return CallableFacts(
            closure,
            tuple(sorted(uses, key=lambda use: (use.span.start, -use.span.end, use.kind))),
            tuple(blockers),
            tuple(name for _, name, _, _ in self.parameters),
            self.gives(plain),
            self.instance(),
            plain,
            called,
        )

    def gives(self, plain: bool) -> bool:
        """Whether the callable has a value; `plain` of a generator for metadata alone."""
        if self.steps:
            work = self.steps.get(WORK) or self.steps.get(self.callable.name)
            return work is None or returns_value(work.method, "yield" in work.module.text(work.method))
        return returns_value(self.function, not plain and "yield" in self.module.text(self.function))

    def instance(self) -> InstanceFacts | None:
        """How an object is made for the method to be called on."""
        plain = self.pieces[self.root].plain
        if self.asked is not None and self.method is not None and type(self.root) is cst.ClassDef:
            return facts_of(self.module, self.root, self.method, self.asked)
        if not self.of_operator or plain is None or type(self.root) is not cst.ClassDef:
            return None
        if self.is_called and self.method is not None:
            return facts_of_called(self.workspace, self.module, self.root, plain, self.method)
        facts = facts_of_operator(self.workspace, self.module, self.root, plain, self.method)
        return facts if self.method is not None else replace(facts, whole=self.callable.name == ENTRY)

    def check_hooks(self, pieces: Iterable[cst.CSTNode], files: Iterable[str]) -> None:
        """Refuses code that asks of a hook what the project's class of that name has not."""
        helpers = [use.detail["text"] for use in self.uses if use.kind in ("hook_class", "library")]
        names = frozenset(one.name for one in helpers if isinstance(one, Helper) and one.module == hook_classes.MODULE)
        if self.keep or not names:
            return
        texts = (self.module.text(node) for node in pieces)
        for text in (*texts, *(self.trimmer.carried(file).text for file in files)):
            if lacks := hook_classes.lacking(names, text):
                self.block(f"asks `{lacks}` of a hook", self.module.span(self.function), library=True)

    def check_object(self) -> None:
        """Refuses a method that reads what of its object was changed after that was made."""
        receiver = self.callable.receiver
        if self.asked is None or not isinstance(receiver, ObjectValue) or receiver.made is None:
            return
        for name in sorted(self.asked & receiver.made.changed):
            reason = f"reads `{name}` of an object, which was changed after it was made"
            self.block(reason, self.module.span(self.function))

    def is_cut(self, node: cst.CSTNode) -> bool:
        """Whether something stands in a method that is left out."""
        return within(self.module, node, self.cuts)

    def is_idle(self, piece: cst.CSTNode, node: cst.CSTNode) -> bool:
        """Whether something stands in a method of an object's class that the callable does not ask for."""
        if self.asked is None or type(piece) is not cst.ClassDef or not self.is_of_root(piece):
            return False
        return within(self.module, node, idle(self.module, piece, self.asked))

    def block(self, reason: str, span: Span, library: bool = False) -> None:
        """Notes an obstacle; one that Airflow's library takes away (`library`) is none where the code keeps that."""
        if not (library and self.keep):
            self.blockers.setdefault((reason, span.start), Blocker(reason, span, library))

    # -- pieces

    def add(self, node: cst.CSTNode) -> None:
        """Makes a statement a piece, once."""
        if node in self.pieces:
            return
        if len(self.pieces) >= MAX_PIECES:
            self.block("needs too much of its file to be followed", self.module.span(self.function))
            return
        self.queue.append(node)
        holds = node is self.root or (self.method is not None and self.method in descend(node))
        shareable = not holds and not self.forms and not self.is_part(node)
        if shareable and node in self.shared:
            self.pieces[node] = self.shared[node]
            return
        known = -1
        while known < len(self.forms):
            known = len(self.forms)
            self.pieces[node] = self.scanned(node, holds)
            if self.asked is not None and type(node) is cst.ClassDef and self.is_of_root(node) and not self.keep:
                alone = serves_alone(self.workspace, self.module, node, self.function)
                self.pieces[node], cuts = trimmed(self.module, node, self.pieces[node], self.asked, alone)
                self.cuts += cuts
            elif type(node) is cst.ClassDef and not (self.keep or holds or self.is_part(node) or self.plain(node)):
                for method in methods_of(node):
                    if method not in self.forms or method in self.reformed:
                        self.reformed.add(method)
                        reform(self.workspace, self.module, method, self.pieces[node])
            self.follow(self.pieces[node])
        if shareable and not self.forms and not any(type(n) is cst.FunctionDef for n in self.module.enclosing(node)):
            self.shared[node] = self.pieces[node]

    def scanned(self, node: cst.CSTNode, holds: bool) -> Scan:
        """What a piece uses of Airflow; `holds` the callable itself."""
        parameters = self.parameters if holds else []
        handed = [
            (self.table.scopes[function], name, Part(part))
            for function, parts in self.forms.items()
            if function is not self.function
            for name, part in parts
        ]
        reader = ContextReader(
            self.module, node, [*((scope, name, part) for scope, name, part, _ in parameters), *handed], self.given
        )
        around = enclosing_values(self.module, self.function, self.callable.closure)
        if holds:
            filled = {name for _, name, _, _ in self.parameters}
            around |= own_arguments(self.module, self.function, filled, self.is_called)
        around |= {(self.table.module, name): value for name, value in self.held.items()}
        plain = self.plain(node)
        frame = Frame(self.workspace, self.module, reader, around)
        frame.of_root = type(node) is cst.ClassDef and self.is_of_root(node)
        frame.formed = self.forms.keys()
        if plain is not None and self.of_operator and frame.of_root:
            frame.instances = dict.fromkeys(plain.selves.items(), plain.fixed)
        elif type(node) is cst.ClassDef and type(self.root) is cst.ClassDef and self.is_part(node):
            whole = self.plain(self.root)
            members = whole.members if whole is not None else frozenset()
            frame.parts = {node: part_of(self.workspace, self.module, node, self.root, members)}
        elif self.asked is not None and type(node) is cst.ClassDef and frame.of_root:
            frame.instances = own_attributes(self.workspace, self.module, node)
            frame.line = self.line()
        dropped = {param for _, name, part, param in parameters if part.is_whole or name in LIVE_KEYS}
        for function, parts in self.forms.items():
            names = {name for name, _ in parts}
            dropped |= {p for p in parameters_of(function.params) if type(p) is cst.Param and p.name.value in names}
        own = self.function if holds and not self.steps else None
        return scan(node, reader, frame, defined_name(node), own, frozenset(dropped))

    def follow(self, found: Scan) -> None:
        """Notes the functions of this module to which a piece hands the context on."""
        for use in found.uses if not self.keep else ():
            for inner in (one for form in forms_of(use) for one in form.all()):
                self.formed.add(inner.function)
                self.forwards.update(inner.forwards)
                if inner.function.file == self.module.file:
                    function = self.module.definition(inner.function, inner.name)
                    if type(function) is cst.FunctionDef:
                        self.forms.setdefault(function, inner.parts)

    def is_of_form(self, use: ContextUse) -> bool:
        """Whether a use stands in a function that is handed the context, whose form says what becomes of it."""
        if use.kind == "escape":
            return any(span.start <= use.span.start and use.span.end <= span.end for span in self.forwards)
        return (use.kind in FORMED or use.kind == "alias") and any(
            span.start < use.span.start and use.span.end <= span.end
            for span in (self.module.span(function) for function in self.forms if function is not self.function)
        )

    @property
    def of_operator(self) -> bool:
        """Whether the callable is a method of an operator's class."""
        return (self.method is not None and self.asked is None) or bool(self.steps)

    def is_part(self, node: cst.CSTNode) -> bool:
        """Whether a class is a base of the operator's class without being one of Airflow's itself."""
        return self.of_operator and type(node) is cst.ClassDef and self.is_of_root(node) and self.plain(node) is None

    def is_in_base(self, place: Span) -> bool:
        """Whether a place lies in a class that the operator's class inherits from."""
        root = self.root
        line = ancestry(self.workspace, self.module, root) if self.of_operator and type(root) is cst.ClassDef else []
        return any(holds(where.span(cls), place) for where, cls in line)

    def is_of_root(self, node: cst.CSTNode) -> bool:
        """Whether a class is the one whose method is called, or one that it inherits from."""
        return any(cls is node for cls in self.line())

    def line(self) -> tuple[cst.ClassDef, ...]:
        """The class whose method is called, and those that it inherits from."""
        root = self.root
        return (
            tuple(cls for _, cls in ancestry(self.workspace, self.module, root))
            if isinstance(root, cst.ClassDef)
            else ()
        )

    def need(self, node: cst.CSTNode) -> None:
        """Looks up all names that a piece reads from outside itself."""
        found = self.pieces[node]
        dropped = {id(read) for decorator in found.dropped for read in self.table.reads_in(decorator)}
        outside = scopes_around(self.module, node)
        seen: set[tuple[str, bool]] = set()
        for read in self.table.reads_in(node):
            if (read.node in found.consumed and not self.keep) or id(read) in dropped or self.is_cut(read.node):
                continue
            scope = self.table.scope_of(read)
            if scope is None:
                self.unbound(read)
            elif scope in outside and not self.is_told(scope, read) and (read.name, read.quoted) not in seen:
                seen.add((read.name, read.quoted))
                self.need_name(scope, read)
            elif scope not in outside and not self.keep and (airflow := scope.of_airflow(read.name)) is not None:
                self.airflow_name(airflow, read)
        for read in found.needed if not self.keep else ():
            self.need_name(self.table.module, read)

    def is_told(self, scope: Scope, read: Read) -> bool:
        """Whether a name of an enclosing function stands in a decorator, where its value takes its place."""
        enclosing = scope.kind != "module" and not self.keep
        told = told_to_decorator(self.module, self.function, self.callable, read) if enclosing else None
        self.uses += [told] if told is not None else []
        return told is not None

    def unbound(self, read: Read) -> None:
        if read.name in _BUILTINS or read.quoted:
            return
        missing = None if self.keep else self.trimmer.star_missing(self.module, read.name)
        if missing is not None:
            self.block(str(missing), self.module.span(read.place), library=True)
            return
        libraries = star_libraries(self.workspace, self.module, read.name, self.keep)
        for binding in libraries:
            self.add_import(binding)
        if libraries:
            return
        where = "only Python 2 has" if read.name in _OF_PYTHON_2 else "is defined nowhere in the file"
        self.block(f"reads `{read.name}`, which {where}", self.module.span(read.place))

    def need_name(self, scope: Scope, read: Read) -> None:
        """Makes everything a piece that gives a name its value."""
        bindings = scope.bindings[read.name]
        if not self.keep and (airflow := scope.of_airflow(read.name)) is not None:
            self.airflow_name(airflow, read)
            return
        enclosing = scope.kind != "module"
        made_anew = enclosing or any(binding.unit in self.around for binding in bindings if binding.unit is not None)
        given = enclosing and not self.keep
        if made_anew and (kept := kept_value(self.module, self.function, self.callable, read, given)) is not None:
            self.uses += [kept] if kept not in self.uses else []
        elif enclosing and (told := told_to_lambda(self.module, self.function, self.callable, read)):
            self.uses += told.uses
            self.constants |= told.constants
        elif enclosing and is_constant(self.function, self.callable, read):
            self.constants[read.name] = self.callable.closure[read.name]
        elif enclosing and any(binding.kind in OF_CALLS for binding in bindings):
            reason = f"reads `{read.name}` of the function around it, whose value is not known"
            self.block(reason, self.module.span(read.place))
        elif not enclosing and read.name in self.held:
            self.constants[read.name] = self.held[read.name]
        else:
            vain = self.lists_in_vain and any(one.node is not None and self.is_of_root(one.node) for one in bindings)
            filled = [] if enclosing or vain else fillings(self.module, read.name, bindings)
            for binding in [*bindings, *changes(self.module, scope, read.name, bindings), *filled]:
                self.need_binding(binding, read)

    def need_binding(self, binding: Binding, read: Read) -> None:
        unit = binding.unit
        if unit is None:
            return
        if binding.statement is self.root:
            return
        if unit in self.around and binding.statement is not None:
            statement = binding.statement
            repeated = any(isinstance(around, _LOOPS) for around in self.around[: self.around.index(unit) + 1])
            definition = binding.kind in ("function", "class", "import")
            if (statement in self.around or (repeated and not definition)) and not object_of_airflow(
                self.module, binding
            ):
                self.block(f"reads `{read.name}` of the code around it", self.module.span(read.place))
                return
            unit = statement
        if binding.kind == "import" and (binding.type_checking or type(unit) is cst.SimpleStatementLine):
            self.add_import(binding)
            return
        airflow = object_of_airflow(self.module, binding)
        library = not _OF_A_DAG.search(airflow)
        if airflow and not (library and self.keep):
            reason = f"reads `{read.name}`, an object of Airflow (`{airflow}`)"
            self.block(reason, self.module.span(read.place), library)
            return
        if type(binding.node) is cst.FunctionDef and any(
            is_dropped(self.workspace, self.module, decorator) for decorator in binding.node.decorators
        ):
            self.block(f"calls the task `{read.name}` while it runs", self.module.span(read.place))
            return
        self.add(unit)

    def airflow_name(self, binding: Binding, read: Read) -> None:
        """A name of Airflow that is part of no use: it has no replacement."""
        if read.quoted or binding.type_checking:
            return
        assert binding.target is not None
        target = binding.target
        name = f"{target.module}.{target.name}" if target.name else target.module
        self.block(f"uses `{name}` of Airflow", self.module.span(read.place), library=True)

    def add_import(self, binding: Binding) -> None:
        found = self.workspace.finder.imported(self.module, binding, inside=False)
        self.imports.setdefault((found.span.start, found.binds), found)
        missing = None if self.keep else self.trimmer.imported_missing(self.module, binding)
        if missing is not None:
            self.block(str(missing), found.span, library=True)

    def imports_inside(self, node: cst.CSTNode) -> None:
        """Imports in a piece, which come along with it."""
        for place, missing in () if self.keep else self.trimmer.needs_missing(self.module, node):
            if self.is_cut(place):
                continue
            self.block(str(missing), self.module.span(place), library=True)
        gone = [*self.cuts, *(use.span for use in self.pieces[node].uses if use.kind == "alias")]
        for bindings in self.table.imports_in(node):
            for binding in bindings:
                if binding.statement is not None and within(self.module, binding.statement, gone):
                    continue
                found = self.workspace.finder.imported(self.module, binding, inside=True)
                if self.keep or found.kind != "airflow":
                    self.imports.setdefault((found.span.start, found.binds), found)

    def future_imports(self) -> None:
        for bindings in self.table.module.bindings.values():
            for binding in bindings:
                if binding.target is not None and binding.target.module == "__future__":
                    self.add_import(binding)

    # -- results

    def parameter_uses(self) -> None:
        """One use for each parameter of its own name that Airflow fills."""
        for scope, name, part, param in self.parameters:
            if (part.is_whole and name == WHOLE) or param.star == "**":
                continue
            reads = self.table.reads_in(self.function)
            used = any(read.name == name and self.table.scope_of(read) is scope for read in reads)
            span = self.module.span(param)
            self.uses.append(ContextUse("parameter", name, span, {"used": used}, (), None, defined_name(self.root)))

    def check_names(self, pieces: tuple[Piece, ...]) -> None:
        """Names of an enclosing function move to the top of a module, where they must not meet others."""
        levels: dict[str, set[int]] = {}
        for piece in pieces:
            for name in piece.names:
                levels.setdefault(name, set()).add(len(piece.indent))
        imported = {found.binds for found in self.imports.values() if not found.inside}
        for name in sorted(changed_in(self.module, self.pieces, self.constants.keys() & self.held.keys())):
            self.block(f"changes `{name}`, which other code fills", self.module.span(self.function))
        for name, found in sorted(levels.items()):
            if len(found) > 1 or name in self.constants or (name in imported and found != {0}):
                self.block(f"needs two different things called `{name}`", self.module.span(self.function))

    # -- modules of the folder

    def local_modules(self) -> tuple[set[str], set[str]]:
        """Files to be carried, and libraries; blocks for those that cannot be."""
        files: set[str] = set()
        libraries: set[str] = set()
        queue = list(self.imports.values())
        while queue:
            found = queue.pop(0)
            if found.kind == "third_party":
                libraries.add(found.module.partition(".")[0])
            elif found.kind in ("outside", "missing") and not found.type_checking:
                dots = "." * found.level
                what = "leaves the folder" if found.kind == "outside" else "is not in the folder"
                self.block(f"imports `{dots}{found.module}`, which {what}", found.span)
            elif found.kind == "local" and found.file is not None and not found.type_checking:
                if not found.level and found.module.partition(".")[0] in _OF_PROJECTS:
                    self.block(
                        f"imports `{found.module}` of the folder, which the project has from a library", found.span
                    )
                for file in (*self.workspace.finder.packages(found.file), found.file):
                    if file not in files:
                        files.add(file)
                        queue.extend(self.file_imports(file))
        return files, libraries

    def file_imports(self, file: str) -> tuple[ImportedName, ...]:
        try:
            module = self.workspace.module(file)
            for reason in obstacles(self.workspace, module):
                self.block(f"needs `{file}`, which {reason}", self.module.span(self.function))
            if self.keep:
                return self.workspace.imports(file)
            carried = self.trimmer.carried(file)
            self.uses += [use for use in carried.uses if use.kind != "attribute" or self.is_in_base(use.span)]
            return carried.imports
        except ModuleUnreadable as error:
            self.block(f"needs a module that cannot be read: {error}", self.module.span(self.function))
            return ()
