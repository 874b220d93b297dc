"""What the code of a piece is found to use of Airflow, and the part of the search that reads classes.

In: the classes of a piece, those of operators, sensors and hooks among them. Out: uses and blockers in a `Scan`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import libcst as cst

from migrator.analyzers.callables.airflow_use.added_arguments import adds_arguments
from migrator.analyzers.callables.airflow_use.context import Alias, ContextReader
from migrator.analyzers.callables.airflow_use.names import INSTANCE_MEMBERS
from migrator.analyzers.callables.airflow_use.sensor_waits import poke_form
from migrator.analyzers.callables.airflow_use.skip_calls import skips_others
from migrator.analyzers.callables.classes.base_calls import does_nothing
from migrator.analyzers.callables.classes.class_members import instance_of
from migrator.analyzers.callables.classes.class_text import first_place, margin_of
from migrator.analyzers.callables.classes.mixins import mixins_log
from migrator.analyzers.callables.classes.plain_classes import PlainClass, plain_class
from migrator.analyzers.callables.classes.working_bases import CALLING, HOLDING_HOOKS, WORKING_BASES
from migrator.analyzers.callables.facts import Assigned, Blocker, ContextUse
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Read
from migrator.analyzers.callables.source.tree import descend, keywords, positional
from migrator.model.expressions import Helper
from migrator.model.source import Span
from migrator.model.values import Value
from migrator.operators import hook_classes

_CHANGING = frozenset({"clear", "pop", "popitem", "setdefault", "update"})
"""Methods that change a mapping."""
_WORK = "execute"
_BY_NAME = frozenset({"delattr", "getattr", "hasattr", "setattr"})


@dataclass(slots=True)
class Scan:
    uses: list[ContextUse] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)
    consumed: set[cst.CSTNode] = field(default_factory=set)
    """Reads of names (`cst.Name`) that a use covers."""
    dropped: list[cst.Decorator] = field(default_factory=list)
    handing: set[cst.CSTNode] = field(default_factory=set)
    """What is called in calls that hand the context on."""
    needed: list[Read] = field(default_factory=list)
    """Names of the module that the code reads without naming them."""
    plain: PlainClass | None = None
    """Of a class that derives from one of Airflow's: what makes a plain one of it."""


class ClassScanner(ABC):
    """The part of a scanner that knows what Airflow's classes give their instances."""

    module: ModuleInfo
    reader: ContextReader
    frame: Frame
    function: str | None
    own: bool
    own_node: cst.CSTNode | None
    piece: cst.CSTNode
    call: cst.Call | None
    line: cst.CSTNode | None
    found: Scan
    plain: PlainClass | None
    around: PlainClass | None
    logs: bool
    """The class around reads `self.log`."""

    @abstractmethod
    def visit(self, node: cst.CSTNode) -> None: ...

    @abstractmethod
    def descend(self, node: cst.CSTNode) -> None: ...

    @abstractmethod
    def hand_on(self, node: cst.Call) -> bool: ...

    @abstractmethod
    def scanned(self, function: cst.FunctionDef, reader: ContextReader, frame: Frame) -> Scan: ...

    @abstractmethod
    def assigned(self, node: cst.CSTNode) -> Assigned | None: ...

    def use(self, kind: str, name: str, span: Span, node: cst.CSTNode | None = None, **more: Value) -> None:
        path = more.pop("path", ())
        assigned = self.assigned(node) if node is not None else None
        self.found.uses.append(
            ContextUse(kind, name, span, dict(more), path, assigned, self.function, self.own),
        )

    def block(self, reason: str, node: cst.CSTNode, library: bool = False) -> None:
        self.found.blockers.append(Blocker(reason, self.module.span(node), library))

    def consume(self, *nodes: cst.CSTNode) -> None:
        """Marks all names in the nodes as covered by a use."""
        for node in nodes:
            self.found.consumed.update(item for item in descend(node) if isinstance(item, cst.Name))

    def take_alias(self, alias: Alias) -> None:
        """A statement that gives other names to parts of the context: it goes, or only these parts of it."""
        for span in alias.cuts:
            self.use("unread", alias.name, span)
        if not alias.cuts:
            self.use("alias", alias.name, self.module.whole_lines(alias.statement))
        self.consume(*(alias.gone if alias.rest else [alias.statement]))
        for value in alias.rest:
            self.visit(value)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        """A class; one that derives from an operator or a hook of Airflow's becomes a plain one."""
        outer = self.plain, self.logs
        self.plain = plain_class(self.frame.workspace, self.module, node) or self.frame.parts.get(node)
        self.logs = False
        if self.plain is not None:
            self.found.plain = self.plain
            self.found.dropped.extend(self.plain.decorators)
            if self.plain.refusal:
                self.block(self.plain.refusal, node, library=True)
            if self.plain.work and not self.frame.of_root:
                self.block(f"makes a `{self.plain.work}` of its own", node, library=True)
            if self.plain.bases is not None:
                self.use("rewrite", node.name.value, self.plain.bases[0], text=self.plain.bases[1])
            for span, text in self.plain.rewrites:
                self.use("rewrite", node.name.value, span, text=text)
            for span in self.plain.cuts:
                self.use("alias", node.name.value, span)
        self.descend(node)
        logs = self.logs or (
            self.plain is not None and bool(node.bases) and mixins_log(self.frame.workspace, self.module, node)
        )
        if self.plain is not None and logs and "log" not in self.plain.members:
            self.use("logger", "log", first_place(self.module, node), margin=margin_of(self.module, node))
        self.plain, self.logs = outer

    def visit_Return(self, node: cst.Return | cst.Yield) -> None:
        """`return self`, and the `yield self` of a context manager, give the object to who has it already."""
        if node.value is None or not self.is_instance(node.value):
            self.descend(node)

    visit_Yield = visit_Return

    def asks_for_nothing(self, line: cst.SimpleStatementLine) -> bool:
        """Whether a statement only calls a method of Airflow's class that does nothing: it is cut out."""
        if not does_nothing(self.frame.workspace, self.module, line):
            return False
        self.use("alias", "super", self.module.whole_lines(line))
        self.consume(line)
        return True

    def _is_class_of_instance(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is `type(self)`: the class moves under its own name."""
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name) or node.func.value != "type":
            return False
        return len(node.args) == 1 and self.is_instance(node.args[0].value)

    def instance_use(self, node: cst.BaseExpression) -> bool:
        """What a method of such a class asks of itself: its own attributes stay, those that Airflow gave it are replaced."""
        plain = self.plain
        if plain is None or not isinstance(node, (cst.Attribute, cst.Call, cst.Name)):
            return False
        if skips_others(self, node):
            return True
        if isinstance(node, cst.Name):
            if self.is_instance(node):
                self.block("hands on the object of a class of Airflow's", node, library=True)
            return False
        if isinstance(node, cst.Call):
            return self.asks_itself(node) or self.hook_of_base(node) or self.super_call(node)
        name = node.attr.value
        if isinstance(node.value, cst.Attribute) and name == "dag_id" and self.is_attribute(node.value, "dag"):
            self.consume(node)
            self.use("key", "dag", self.module.span(node), node, path=("dag_id",))
            return True
        if self._is_class_of_instance(node.value):
            return name == "__name__" or name in plain.members
        if not self.is_instance(node.value):
            return False
        if name in plain.changed:
            self.use("attribute", name, self.module.span(node), base=True)
            return True
        if name in plain.members or name in ("__class__", "__dict__", "__name__"):
            return True
        if name == "log":
            self.logs = True
            return True
        if name == "get_connection":
            return True
        if name in WORKING_BASES.get(plain.work, ()):
            self.consume(node)
            if self.own:
                self.use("base", name, self.module.span(node), node)
            else:
                self.use("attribute", name, self.module.span(node), base=True)
            return True
        found = INSTANCE_MEMBERS.get(name)
        if found is None:
            self.block(f"uses `{self.module.text(node)}`, which Airflow's class gives it", node, library=True)
            return True
        self.consume(node)
        if self.own or found == ("params",) or self._is_in_initializer(node.value):
            self.use("key", found[0], self.module.span(node), node, path=found[1:])
        else:
            # Another method than the one that is called: the object gets such an attribute.
            self.use("attribute", name, self.module.span(node), path=found)
        return True

    def _is_in_initializer(self, instance: cst.BaseExpression) -> bool:
        """Whether the name of the object is that of `__init__`: it has no attributes of Airflow's there that could be given to it afterwards."""
        read = self.module.table.by_node.get(cst.ensure_type(instance, cst.Name))
        scope = self.module.table.scope_of(read) if read is not None else None
        return scope is not None and isinstance(scope.node, cst.FunctionDef) and scope.node.name.value == "__init__"

    def is_instance(self, node: cst.CSTNode) -> bool:
        """Whether a name stands for the object whose method the code is."""
        return self.plain is not None and self._stands_for(node, self.plain)

    def _stands_for(self, node: cst.CSTNode, plain: PlainClass) -> bool:
        if not isinstance(node, cst.Name):
            return False
        read = self.module.table.by_node.get(node)
        scope = self.module.table.scope_of(read) if read is not None else None
        return scope is not None and plain.selves.get(scope) == node.value

    def is_attribute(self, node: cst.Attribute, name: str) -> bool:
        """Whether an expression is `self.name`, which Airflow's class gives."""
        missing = self.plain is not None and name not in self.plain.members
        return missing and node.attr.value == name and self.is_instance(node.value)

    def is_of_airflow(self, node: cst.Attribute) -> bool:
        """Whether an expression is an attribute that Airflow's class gives, in the code of a class or in a method of one that is read by itself."""
        plain = self.plain or self.around
        return plain is not None and node.attr.value not in plain.members and self._stands_for(node.value, plain)

    def is_own_id(self, node: cst.CSTNode | None) -> bool:
        """Whether an expression is `self.task_id`, in the code of a class or in a method of one that is read by itself."""
        plain = self.plain or self.around
        if plain is None or type(node) is not cst.Attribute or node.attr.value != "task_id":
            return False
        return "task_id" not in plain.members | plain.changed and self._stands_for(node.value, plain)

    def asks_itself(self, node: cst.Call) -> bool:
        """`hasattr(self, "process")` and its like, of an attribute that the class has itself."""
        args = positional(node)
        if not isinstance(node.func, cst.Name) or node.func.value not in _BY_NAME or len(args) < 2:
            return False
        name = self.frame.value(args[1])
        if self.plain is None or name not in self.plain.members or not self.is_instance(args[0]):
            return False
        for arg in args[2:]:
            self.visit(arg)
        return True

    def hook_of_base(self, node: cst.Call) -> bool:
        """`self.get_db_hook()`, by which an operator of Airflow's gives its subclasses a hook of its connection."""
        func = node.func
        holds = self.plain is not None and self.plain.work in HOLDING_HOOKS and not node.args
        if not holds or not isinstance(func, cst.Attribute) or not self.is_attribute(func, "get_db_hook"):
            return False
        self.consume(node)
        span, brackets = (
            self.module.span(func),
            self.module.source.text.index("(", self.module.places.offsets(func)[1]) + 1,
        )
        self.use("library", func.attr.value, span, text=Helper("database_hook", hook_classes.MODULE))
        self.use(
            "rewrite",
            func.attr.value,
            self.module.between(brackets, brackets),
            text=f"{self.module.text(func.value)}.conn_id",
        )
        self.use("attribute", "conn_id", span, base=True)
        return True

    def super_call(self, node: cst.Call) -> bool:
        """`super().method(...)`: it must find the method in the folder."""
        func = node.func
        inner = func.value if isinstance(func, cst.Attribute) else None
        is_super = isinstance(inner, cst.Call) and isinstance(inner.func, cst.Name) and inner.func.value == "super"
        if not is_super or self.plain is None or not isinstance(func, cst.Attribute) or not isinstance(inner, cst.Call):
            return False
        if self.work_of_base(node, self.plain) or self.wait_of_base(node, self.plain):
            return True
        if adds_arguments(self, node, self.plain):
            return True
        of_airflow = self.plain.bases is not None or bool(self.plain.work)
        if of_airflow and func.attr.value not in self.plain.inherited:
            self.block(f"calls `{self.module.text(func)}` of Airflow's class", node, library=True)
        elif self.hand_on(node):
            return True
        self.consume(*[arg.value for arg in inner.args])
        for arg in node.args:
            self.visit(arg)
        return True

    def work_of_base(self, node: cst.Call, plain: PlainClass) -> bool:
        """`super().execute(context)` that does the work of one of Airflow's operators: in the method that is called, or in one that it hands the context
        on to."""
        func = node.func
        name = func.attr.value if isinstance(func, cst.Attribute) else ""
        inner = func.value if isinstance(func, cst.Attribute) else None
        calls = name in CALLING.get(plain.work, ()) and not node.args
        if not isinstance(inner, cst.Call) or not isinstance(inner.func, cst.Name) or inner.func.value != "super":
            return False
        if not plain.work or name in plain.inherited:
            return False
        if not (self._takes_context(node) if name == "execute" else calls and self._is_called_as(name, inner.func)):
            return False
        self.consume(node)
        self.use("base", "execute", self.module.span(node), node)
        return True

    def _is_called_as(self, name: str, inside: cst.CSTNode) -> bool:
        """Whether code stands in a method of that name which Airflow calls: the callable itself, or one of several that are called on its object."""
        method = self.method_around(cst.ensure_type(inside, cst.Name))
        called = method is self.own_node or method in self.frame.formed
        return called and method is not None and method.name.value == name

    def method_around(self, name: cst.Name) -> cst.FunctionDef | None:
        """The method of a class, or else the outermost function, in which a name is read."""
        scope = self.module.table.by_node[name].scope
        while scope.parent is not None and scope.parent.kind not in ("class", "module"):
            scope = scope.parent
        return scope.node if isinstance(scope.node, cst.FunctionDef) else None

    def use_of_around(self, node: cst.BaseExpression) -> bool:
        """What a method that is read by itself does with the others of its class of Airflow's."""
        if self.around is None:
            return False
        return skips_others(self, node) or (isinstance(node, cst.Call) and self.work_of_base(node, self.around))

    def wait_of_base(self, node: cst.Call, plain: PlainClass) -> bool:
        """`super().execute(context)` by which Airflow's sensor asks `poke` until that is true, in an `execute` of the team's own."""
        own, func = self.own_node, node.func
        if not plain.waits or not isinstance(own, cst.FunctionDef) or not isinstance(func, cst.Attribute):
            return False
        if not own.name.value == func.attr.value == _WORK or _WORK in plain.inherited:
            return False
        form = poke_form(self.frame.workspace, self.module, plain, self.scanned) if self._takes_context(node) else None
        if form is None:
            return False
        self.consume(node)
        self.use("waiting", _WORK, self.module.span(node), node, form=form, instance=instance_of(own))
        return True

    def _takes_context(self, node: cst.Call) -> bool:
        """Whether a call is given the context as it came, and nothing else."""
        args, named = positional(node), keywords(node)
        given = args[0] if len(args) == 1 else named.get("context")
        part = self.reader.part(given) if given is not None and len(args) + len(named) == len(node.args) == 1 else None
        return part is not None and part.is_whole and not self._changes_context()

    def _changes_context(self) -> bool:
        """Whether the callable puts something into the context, which what it hands that on to would find there."""
        for item in descend(self.own_node) if self.own_node is not None else ():
            changed: cst.CSTNode | None = None
            if isinstance(item, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)):
                target = item.target
                changed = target.value if isinstance(target, cst.Subscript) else None
            elif isinstance(item, cst.Call) and isinstance(item.func, cst.Attribute):
                changed = item.func.value if item.func.attr.value in _CHANGING else None
            part = self.reader.part(changed) if isinstance(changed, cst.BaseExpression) else None
            if part is not None and part.is_whole:
                return True
        return False
