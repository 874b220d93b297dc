"""Names of one module: where each is bound and what each read of a name means, by Python's scoping rules.

In: a module fresh from the parser. Out: a `ScopeTable`. One pass over the tree. All reads are kept in one list in the order
of the pass, so the reads inside a statement or definition are a slice of it.

A *unit* is the statement that has to be carried over to carry a binding: the statement of the module's or function's own
block, so the whole `try` for an import inside of it. `with DAG(...)` is looked through: its statements are units themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, NamedTuple

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import DYNAMIC
from migrator.analyzers.callables.source.tree import children, dotted, is_for_programs, root_name, statements
from migrator.analyzers.nodes import is_kind, string_value
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef, cst.Lambda)
_STATEMENTS = (cst.BaseCompoundStatement, cst.SimpleStatementLine)
MAX_ANNOTATION = 2000
"""Longer texts in annotations are not parsed."""


class _Kind(NamedTuple):
    """What the builder does with nodes of a class. `role`: `owner` of the nodes below it, `part` with reads of its own, or neither."""

    visit: Callable[[_Builder, Any], None]
    role: str
    is_statement: bool


class _Kinds(dict[type[cst.CSTNode], _Kind]):
    """By class, as this is asked for every node and the checks of abstract classes are slow."""

    def __missing__(self, kind: type[cst.CSTNode]) -> _Kind:
        other = _Builder.suite if is_kind(kind, cst.BaseSuite) else _Builder.below
        other = _Builder.comprehension if is_kind(kind, *_COMPREHENSIONS) else other
        role = "part" if is_kind(kind, cst.Decorator, cst.Annotation) else ""
        role = "owner" if is_kind(kind, *_STATEMENTS, *_DEFINITIONS) else role
        visit = getattr(_Builder, f"visit_{kind.__name__}", other)
        self[kind] = _Kind(visit, role, is_kind(kind, *_STATEMENTS))
        return self[kind]


_KINDS = _Kinds()


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """What an import binds a name to: `name` of `module` (None: the module itself), `level` dots in front of it."""

    module: str
    name: str | None
    level: int = 0
    alias: str | None = None
    of_plugin: bool = False
    """The module is one of a plugin of Airflow's, which imports Airflow."""

    @property
    def qualified(self) -> str:
        """Dotted name of an absolute import; relative ones start with a dot."""
        if self.name is not None:
            return f"{'.' * self.level}{self.module}{'.' if self.module else ''}{self.name}"
        return self.module if self.alias is not None else self.module.partition(".")[0]

    @property
    def is_airflow(self) -> bool:
        return self.of_plugin or (self.level == 0 and self.module.partition(".")[0] == "airflow")

    @property
    def is_watched(self) -> bool:
        """Of Airflow, or of what imports modules by their names."""
        return self.is_airflow or self.module == "importlib"


@dataclass(eq=False, slots=True)
class Binding:
    """One place that binds a name, or changes what it holds (`touch`)."""

    name: str
    kind: str
    """`import`, `function`, `class`, `parameter`, `assign`, `loop`, `with`, `except`, `type`, `touch`."""
    node: cst.CSTNode
    statement: cst.CSTNode | None
    """The innermost statement it stands in."""
    unit: cst.CSTNode | None
    target: ImportTarget | None = None
    type_checking: bool = False


@dataclass(eq=False, slots=True)
class Scope:
    kind: str
    """`module`, `function`, `class`, `lambda` or `comprehension`."""
    node: cst.CSTNode
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    touches: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    _by_statement: dict[cst.CSTNode | None, set[str]] | None = None

    def by_statement(self) -> dict[cst.CSTNode | None, set[str]]:
        """The names that each statement binds; to be asked for when all are known."""
        if self._by_statement is None:
            self._by_statement = {}
            for name, bindings in self.bindings.items():
                for binding in bindings:
                    self._by_statement.setdefault(binding.statement, set()).add(name)
        return self._by_statement

    def of_airflow(self, name: str) -> Binding | None:
        """What binds a name of this scope to something of Airflow."""
        return next((b for b in self.bindings[name] if b.target is not None and b.target.is_airflow), None)


@dataclass(eq=False, slots=True)
class Read:
    """One read of a name. `place` has a position also where the name stands inside a text (a quoted annotation)."""

    name: str
    node: cst.Name
    scope: Scope
    place: cst.CSTNode
    annotation: bool = False
    quoted: bool = False


@dataclass(eq=False, slots=True)
class ScopeTable:
    module: Scope
    reads: list[Read] = field(default_factory=list)
    by_node: dict[cst.CSTNode, Read] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """All names that are read anywhere."""
    slices: dict[cst.CSTNode, tuple[int, int]] = field(default_factory=dict)
    lines: list[cst.SimpleStatementLine] = field(default_factory=list)
    line_slices: dict[cst.CSTNode, tuple[int, int]] = field(default_factory=dict)
    scopes: dict[cst.CSTNode, Scope] = field(default_factory=dict)
    """By FunctionDef, ClassDef, Lambda, comprehension."""
    parents: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    """Of statements and definitions: the compound statement or definition around."""
    blocks: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    """Of statements: the block they stand in."""
    imports: dict[cst.CSTNode, list[Binding]] = field(default_factory=dict)
    """Of import statements at any depth: what they bind."""
    program_imports: dict[cst.CSTNode, list[Binding]] = field(default_factory=dict)
    """The same of those that run where the module is a program only."""
    marked: set[cst.CSTNode] = field(default_factory=set)
    """Statements and definitions that hold what no read of a name tells of: a class, `global`, an import of Airflow."""
    _watched: frozenset[str] | None = None

    def note_plugin(self, binding: Binding) -> None:
        """Takes what an import binds for a part of Airflow."""
        assert binding.target is not None
        binding.target = replace(binding.target, of_plugin=True)
        statement = binding.statement
        while statement is not None and statement not in self.marked:
            self.marked.add(statement)
            statement = self.parents.get(statement)

    def watched_names(self) -> frozenset[str]:
        """Names that may lead to Airflow, or to code that is only known at run time: those that somewhere in the module are bound to an import
        of it, or to an expression that starts with such a name."""
        if self._watched is None:
            scopes = (self.module, *self.scopes.values())
            bound = [binding for scope in scopes for found in scope.bindings.values() for binding in found]
            names = {binding.name for binding in bound if binding.target is not None and binding.target.is_watched}
            led = [binding.name for binding in bound if not names.isdisjoint(_given_by(binding.node))]
            self._watched = frozenset((*names, *led, *DYNAMIC, "__import__"))
        return self._watched

    def reads_in(self, node: cst.CSTNode) -> list[Read]:
        """All reads of names inside a statement, definition, decorator or annotation."""
        start, end = self.slices.get(node, (0, 0))
        return self.reads[start:end]

    def imports_in(self, node: cst.CSTNode) -> list[list[Binding]]:
        """What each import statement inside a statement or definition binds, in file order."""
        return [bindings for bindings in self.imports.values() if self.is_in(bindings[0].statement, node)]

    def is_in(self, statement: cst.CSTNode | None, node: cst.CSTNode) -> bool:
        """Whether a statement is another one, or stands in it."""
        while statement is not None and statement is not node:
            statement = self.parents.get(statement)
        return statement is node

    def lines_in(self, node: cst.CSTNode) -> list[cst.SimpleStatementLine]:
        """The lines of simple statements inside a statement or definition, itself included, in file order."""
        start, end = self.line_slices.get(node, (0, 0))
        return self.lines[start:end]

    def scope_of(self, read: Read) -> Scope | None:
        """The scope that binds the name that is read; None if no scope of the module does."""
        scope: Scope | None = read.scope
        own = True
        while scope is not None:
            if read.name in scope.global_names:
                return self.module if read.name in self.module.bindings else None
            if read.name in scope.bindings and (own or scope.kind != "class"):
                return scope
            own = False
            scope = scope.parent
        return None

    def bindings_of(self, read: Read) -> list[Binding]:
        """Every place that binds the name that is read; empty if there is none in the module."""
        scope = self.scope_of(read)
        return scope.bindings[read.name] if scope else []


def _given_by(node: cst.CSTNode) -> Iterator[str]:
    """The names that the expressions start with which an assignment or `with` gives a name to."""
    values: list[cst.BaseExpression | None] = []
    if type(node) is cst.Assign or type(node) is cst.AnnAssign:
        values = [node.value]
    elif type(node) is cst.With:
        values = [item.item for item in node.items]
    for value in values:
        root = root_name(value) if value is not None else None
        if root is not None:
            yield root.value


def build(module: cst.Module) -> ScopeTable:
    """The table of a module. RecursionError if it is nested too deeply."""
    table = ScopeTable(Scope("module", module))
    _Builder(table).block(module)
    return table


class _Builder:
    def __init__(self, table: ScopeTable) -> None:
        self.table = table
        self.scope = table.module
        self.statement: cst.CSTNode | None = None
        self.unit: cst.CSTNode | None = None
        self.owner: cst.CSTNode | None = None
        self.annotation = False
        self.type_checking = False
        self.not_loaded = False
        """What is visited runs where the module is a program, not where it is imported."""

    # -- statements

    def block(self, body: cst.BaseSuite | cst.Module, transparent: bool = True) -> None:
        outer = self.statement, self.unit
        for statement in statements(body):
            if _KINDS[type(statement)].is_statement:
                self.statement = statement
                self.table.blocks[statement] = body
                if transparent:
                    self.unit = statement
            self.visit(statement)
        self.statement, self.unit = outer

    def visit(self, node: cst.CSTNode) -> None:
        visit, role, _ = _KINDS[type(node)]
        if not role:
            visit(self, node)
            return
        start = len(self.table.reads)
        if role == "owner":
            outer, first = self.owner, len(self.table.lines)
            if outer is not None:
                self.table.parents[node] = outer
            if type(node) is cst.SimpleStatementLine:
                self.table.lines.append(node)
            self.owner = node
            visit(self, node)
            self.owner = outer
            self.table.line_slices[node] = (first, len(self.table.lines))
        else:
            visit(self, node)
        self.table.slices[node] = (start, len(self.table.reads))

    def below(self, node: cst.CSTNode) -> None:
        for child in children(node):
            visit, role, _ = _KINDS[type(child)]
            if role:
                self.visit(child)
            else:
                visit(self, child)

    def suite(self, node: cst.BaseSuite) -> None:
        self.block(node, transparent=False)

    def bind(self, name: str, kind: str, node: cst.CSTNode, target: ImportTarget | None = None) -> None:
        scope = self.scope
        while scope.kind == "comprehension" and kind == "assign" and scope.parent is not None:
            scope = scope.parent
        binding = Binding(name, kind, node, self.statement, self.unit, target, self.type_checking)
        if self.not_loaded and scope.kind == "module":
            if target is not None:
                self.table.program_imports.setdefault(node, []).append(binding)
            return
        if name in scope.global_names or name in scope.nonlocal_names:
            return
        scope.bindings.setdefault(name, []).append(binding)
        if target is not None:
            self.table.imports.setdefault(node, []).append(binding)
            if target.is_airflow:
                self.mark()

    def mark(self) -> None:
        """Marks the statement and all around it."""
        owner = self.owner
        while owner is not None and owner not in self.table.marked:
            self.table.marked.add(owner)
            owner = self.table.parents.get(owner)

    def touch(self, target: cst.CSTNode) -> None:
        name = root_name(target)
        if name is not None and not (self.not_loaded and self.scope.kind == "module"):
            binding = Binding(name.value, "touch", target, self.statement, self.unit)
            self.scope.touches.setdefault(name.value, []).append(binding)

    def target(self, node: cst.CSTNode, kind: str = "assign", owner: cst.CSTNode | None = None) -> None:
        if type(node) is cst.Name:
            self.bind(node.value, kind, owner or node)
        elif type(node) is cst.Tuple or type(node) is cst.List:
            for element in node.elements:
                self.target(element.value, kind, owner)
        elif type(node) is cst.StarredElement:
            self.target(node.value, kind, owner)
        else:
            self.touch(node)
            self.visit(node)

    def visit_Assign(self, node: cst.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.target(target.target, owner=node)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        self.target(node.target, owner=node)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.visit(node.value)
        self.visit(node.target)
        if type(node.target) is cst.Name:
            self.bind(node.target.value, "assign", node)
        else:
            self.touch(node.target)

    def visit_Expr(self, node: cst.Expr) -> None:
        call = node.value.expression if type(node.value) is cst.Await else node.value
        if type(call) is cst.Call and type(call.func) is cst.Attribute:
            self.touch(call)
        self.visit(node.value)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self.visit(node.value)
        self.target(node.target, owner=node)

    def visit_Del(self, node: cst.Del) -> None:
        self.touch(node.target)
        self.visit(node.target)

    def visit_For(self, node: cst.For) -> None:
        self.visit(node.iter)
        self.target(node.target, "loop", node)
        self.visit(node.body)
        if node.orelse is not None:
            self.visit(node.orelse)

    def visit_With(self, node: cst.With) -> None:
        for item in node.items:
            self.visit(item.item)
            if item.asname is not None:
                self.target(item.asname.name, "with", node)
        self.block(node.body, transparent=self.unit is node and all(self.is_airflow(item.item) for item in node.items))

    def is_airflow(self, node: cst.CSTNode) -> bool:
        """Whether the expression starts with a name that was imported from Airflow."""
        name = root_name(node)
        read = self.table.by_node.get(name) if name is not None else None
        bindings = self.table.bindings_of(read) if read is not None else []
        return any(b.target is not None and b.target.is_airflow for b in bindings)

    def visit_ExceptHandler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name is not None:
            self.target(node.name.name, "except", node)
        self.visit(node.body)

    visit_ExceptStarHandler = visit_ExceptHandler

    def visit_If(self, node: cst.If) -> None:
        self.visit(node.test)
        outer = self.type_checking, self.not_loaded
        if dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            self.type_checking = True
        self.not_loaded = self.not_loaded or is_for_programs(node)
        self.visit(node.body)
        self.type_checking, self.not_loaded = outer
        if node.orelse is not None:
            self.visit(node.orelse)

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            module = dotted(alias.name)
            asname = dotted(alias.asname.name) if alias.asname else None
            target = ImportTarget(module, None, 0, asname)
            self.bind(asname or module.partition(".")[0], "import", node, target)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        module, level = dotted(node.module), len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self.bind("*", "import", node, ImportTarget(module, "*", level))
            return
        for alias in node.names:
            name = dotted(alias.name)
            asname = dotted(alias.asname.name) if alias.asname else None
            self.bind(asname or name, "import", node, ImportTarget(module, name, level, asname))

    def visit_Global(self, node: cst.Global) -> None:
        self.mark()
        if self.scope.kind != "module":
            self.scope.global_names.update(item.name.value for item in node.names)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        self.scope.nonlocal_names.update(item.name.value for item in node.names)

    # -- definitions

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self.visit(decorator)
        self.parameters(node.params, outside=True)
        if node.returns is not None:
            self.visit(node.returns)
        self.bind(node.name.value, "function", node)
        self.enter("function", node)
        self.type_parameters(node.type_parameters)
        self.parameters(node.params, outside=False)
        self.block(node.body)
        self.leave()

    def visit_Lambda(self, node: cst.Lambda) -> None:
        self.parameters(node.params, outside=True)
        self.enter("lambda", node)
        self.parameters(node.params, outside=False)
        self.visit(node.body)
        self.leave()

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.mark()
        for decorator in node.decorators:
            self.visit(decorator)
        for arg in (*node.bases, *node.keywords):
            self.visit(arg)
        self.bind(node.name.value, "class", node)
        self.enter("class", node)
        self.type_parameters(node.type_parameters)
        self.block(node.body, transparent=False)
        self.leave()

    def comprehension(self, node: cst.CSTNode) -> None:
        assert isinstance(node, _COMPREHENSIONS)
        self.visit(node.for_in.iter)
        self.enter("comprehension", node)
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            if clause is not node.for_in:
                self.visit(clause.iter)
            self.target(clause.target, "loop", node)
            for condition in clause.ifs:
                self.visit(condition)
            clause = clause.inner_for_in
        for child in children(node):
            if child is not node.for_in:
                self.visit(child)
        self.leave()

    def enter(self, kind: str, node: cst.CSTNode) -> None:
        self.scope = self.table.scopes[node] = Scope(kind, node, self.scope)

    def leave(self) -> None:
        assert self.scope.parent is not None
        self.scope = self.scope.parent

    def parameters(self, params: cst.Parameters, outside: bool) -> None:
        """Defaults and annotations belong to the scope outside, the names to the one inside."""
        found = [*params.posonly_params, *params.params, *params.kwonly_params]
        found.extend(p for p in (params.star_arg, params.star_kwarg) if type(p) is cst.Param)
        for param in found:
            if not outside:
                self.bind(param.name.value, "parameter", param)
                continue
            if param.default is not None:
                self.visit(param.default)
            if param.annotation is not None:
                self.visit(param.annotation)

    def type_parameters(self, params: cst.TypeParameters | None) -> None:
        for param in params.params if params is not None else ():
            self.bind(param.param.name.value, "type", param)
            for child in children(param.param):
                if child is not param.param.name:
                    self.visit(child)

    def visit_TypeAlias(self, node: cst.TypeAlias) -> None:
        self.bind(node.name.value, "assign", node)
        self.enter("function", node)
        self.type_parameters(node.type_parameters)
        self.visit(node.value)
        self.leave()

    # -- expressions

    def visit_Name(self, node: cst.Name) -> None:
        read = Read(node.value, node, self.scope, node, self.annotation)
        self.table.reads.append(read)
        self.table.by_node[node] = read
        self.table.names.add(node.value)

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.visit(node.value)

    def visit_Subscript(self, node: cst.Subscript) -> None:
        self.visit(node.value)
        if self.annotation and dotted(node.value).rpartition(".")[2] == "Literal":
            return
        for element in node.slice:
            self.visit(element)

    def visit_Call(self, node: cst.Call) -> None:
        self.visit(node.func)
        outer = self.annotation
        self.annotation = outer or dotted(node.func) in ("cast", "typing.cast", "t.cast")
        for arg in node.args:
            self.visit(arg.value)
            self.annotation = outer
        self.annotation = outer

    def visit_Arg(self, node: cst.Arg) -> None:
        self.visit(node.value)

    def visit_Annotation(self, node: cst.Annotation) -> None:
        outer, self.annotation = self.annotation, True
        self.visit(node.annotation)
        self.annotation = outer

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        if not self.annotation:
            return
        text = string_value(node)
        if not isinstance(text, str) or len(text) > MAX_ANNOTATION:
            return
        try:
            parsed = cst.parse_expression(text)
        except Exception:  # libcst raises several unrelated classes for text that is no code
            return
        for name in _names(parsed):
            self.table.reads.append(Read(name.value, name, self.scope, node, annotation=True, quoted=True))

    # -- patterns

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.pattern is not None:
            self.visit(node.pattern)
        if node.name is not None:
            self.target(node.name, owner=node)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self.target(node.name, owner=node)

    def visit_MatchMapping(self, node: cst.MatchMapping) -> None:
        for element in node.elements:
            self.visit(element)
        if node.rest is not None:
            self.target(node.rest, owner=node)

    def visit_MatchKeywordElement(self, node: cst.MatchKeywordElement) -> None:
        self.visit(node.pattern)


def _names(node: cst.CSTNode) -> list[cst.Name]:
    """Names that an annotation reads."""
    if type(node) is cst.Name:
        return [node]
    if type(node) is cst.Attribute:
        return _names(node.value)
    return [name for child in children(node) for name in _names(child)]
