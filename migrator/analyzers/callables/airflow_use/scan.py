"""Every place where one piece of code touches Airflow, and what in it forbids a move.

In: a piece (the callable, a helper, a constant) with its `ContextReader`. Out: a `Scan`. Names that mean something of Airflow and
are part of no use found here stay in `Scan.consumed`'s complement: the closure judges them.
"""

from __future__ import annotations

from typing import cast

import libcst as cst

from migrator.analyzers.callables.airflow_use.asset_events import (
    adds_metadata,
    asks_for_events,
    asks_for_triggers,
    names_asset,
)
from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.computed_members import asks_by_name, asks_whether_there
from migrator.analyzers.callables.airflow_use.context import DENOTING, ContextReader, Part, assignments, cut_out
from migrator.analyzers.callables.airflow_use.context_mapping import adds_to_mapping, uses_as_mapping
from migrator.analyzers.callables.airflow_use.context_need import asks_for_context, may_start_runs
from migrator.analyzers.callables.airflow_use.decorators import is_dropped, makes_task
from migrator.analyzers.callables.airflow_use.formatting import formatted, unread_argument
from migrator.analyzers.callables.airflow_use.library import LOGGER, replaced_call, replaced_logger
from migrator.analyzers.callables.airflow_use.made_calls import followed
from migrator.analyzers.callables.airflow_use.names import DYNAMIC, EXCEPTIONS, PLAIN_KEYS, TRIGGERING
from migrator.analyzers.callables.airflow_use.own_operators import names_own_operator
from migrator.analyzers.callables.airflow_use.properties import reads_property
from migrator.analyzers.callables.airflow_use.switches import cuts_switch
from migrator.analyzers.callables.airflow_use.task_states import check_states
from migrator.analyzers.callables.airflow_use.wrappers import with_wrappers
from migrator.analyzers.callables.airflow_use.xcom_scan import XComScanner
from migrator.analyzers.callables.classes.plain_classes import PlainClass, plain_class
from migrator.analyzers.callables.facts import Assigned
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.imports_by_call import obstacle
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.signatures import expression_place
from migrator.analyzers.callables.source.tree import children
from migrator.analyzers.nodes import is_kind
from migrator.model.values import Value

_TESTING = frozenset({cst.BooleanOperation, cst.IfExp, cst.UnaryOperation})
_STATEMENTS = frozenset({cst.FunctionDef, cst.SimpleStatementLine, cst.If, cst.For, cst.While, cst.With, cst.Try})
"""What is not looked into where nothing in it may have to do with Airflow."""
_METHODS: dict[type, str] = {cst.Yield: "visit_Yield"}
"""The scanner's method for each class of node."""
_LOGGERS = frozenset({("ti", ("log",)), ("task", ("log",))})


def scan(
    node: cst.CSTNode,
    reader: ContextReader,
    frame: Frame,
    function: str | None,
    own: cst.CSTNode | None = None,
    dropped_parameters: frozenset[cst.CSTNode] = frozenset(),
) -> Scan:
    """Reads one piece, called `function`; `own` in it has the callable's own uses; `dropped_parameters` go with their annotations."""
    scanner = _Scanner(reader, frame, function, own, dropped_parameters)
    return with_wrappers(scanner.read(node), frame, node, scan_function)


class _Scanner(XComScanner):
    def __init__(
        self,
        reader: ContextReader,
        frame: Frame,
        function: str | None,
        own: cst.CSTNode | None,
        dropped_parameters: frozenset[cst.CSTNode],
    ) -> None:
        self.reader, self.frame, self.function, self.own_node = reader, frame, function, own
        self.module: ModuleInfo = frame.module
        self.dropped_parameters = dropped_parameters
        self.own = False
        self.found = Scan()
        self.call: cst.Call | None = None
        self.form = "other"
        self.aliases = {alias.statement: alias for alias in reader.aliases}
        self.line: cst.CSTNode | None = None
        self.tested: set[cst.CSTNode] = set()
        self.sent: set[cst.CSTNode] = set()
        """Calls that execute an operator which sends a message."""
        self.called_by_code = False
        """Not the task gives the arguments, but other code."""
        self.plain: PlainClass | None = None
        self.logs = False
        self.asks = asks_for_context(frame.workspace, frame.module) or may_start_runs(frame.workspace, frame.module)
        """Any function that is called may ask Airflow for the context."""
        self.around: PlainClass | None = None
        """Of a method that is read by itself: its class, where that derives from one of Airflow's."""

    def read(self, node: cst.CSTNode) -> Scan:
        self.piece = node
        self.visit(node)
        self.found.uses.sort(key=lambda use: (use.span.start, -use.span.end, use.kind))
        return self.found

    # -- results

    def assigned(self, node: cst.CSTNode) -> Assigned | None:
        """The line `name = <node>` that a use is the right side of."""
        name = next((name for name, value in assignments(self.line) if value is node), None)
        if name is None or self.line is None:
            return None
        functions = (around for around in self.module.enclosing(self.line) if type(around) is cst.FunctionDef)
        function = next(functions, None)
        bindings = self.module.table.scopes[function].bindings.get(name, []) if function is not None else []
        once = len(bindings) == 1
        alias = next((found for line, found in self.aliases.items() if line is self.line), None)
        if alias is not None or len(assignments(self.line)) > 1:
            whole = once and alias is not None and not alias.cuts
            return Assigned(name, self.module.whole_lines(self.line), whole, together=True)
        first = bool(bindings) and bindings[0].statement is bindings[0].unit is self.line
        first = first and function in (self.own_node, self.piece)  # a parameter of it is none of a function inside
        cut = (once or first) and self.cut(self.line)
        return Assigned(name, self.module.whole_lines(self.line), cut and once, starts=cut and not once)

    def cut(self, line: cst.CSTNode) -> bool:
        """Counts a line as gone; False if nothing would remain in its block."""
        return cut_out(self.module, line, self.reader.cut)

    # -- the walk

    def visit(self, node: cst.CSTNode) -> None:
        if self.plain is not None and node in self.plain.gone:
            self.consume(node)
            return
        kind, known = type(node), self.plain or self.around or self.asks
        if kind in _STATEMENTS and not (known or self.reader.may_touch(node) or names_own_operator(self, node)):
            for decorator in getattr(node, "decorators", ()):
                self.visit_Decorator(decorator)
            return
        outer, self.own = self.own, self.own or node is self.own_node
        if (method := _METHODS.get(kind)) is None:
            name = "visit_expression" if is_kind(kind, cst.BaseExpression) else f"visit_{kind.__name__}"
            method = _METHODS[kind] = name if hasattr(self, name) else "descend"
        getattr(self, method)(node)
        self.own = outer

    def visit_If(self, node: cst.If | cst.IfExp | cst.While | cst.Assert | cst.Try) -> None:
        if (alias := self.aliases.get(node)) is not None:
            self.take_alias(alias)
            return
        if isinstance(node, cst.If | cst.Try) and cuts_switch(self, self.cut, node):
            return
        if not isinstance(node, cst.Try):
            self.test(node.test)
        self.descend(node)

    visit_While = visit_Assert = visit_Try = visit_If

    def test(self, node: cst.BaseExpression) -> None:
        """Notes what an expression is only asked for whether it is true."""
        self.tested.add(node)
        if type(node) is cst.BooleanOperation:
            self.test(node.left)
            self.test(node.right)

    def visit_expression(self, node: cst.BaseExpression) -> None:
        if type(node) in _TESTING:
            if self.decided(node):
                return
            self.tests(node)
        if not self.expression(node):
            self.descend(node)

    def decided(self, node: cst.BaseExpression) -> bool:
        """`x and y`, `y if x else z` where `x` is an object of the context, which is always there: only `y` stays."""
        if type(node) is cst.IfExp:
            test, kept = node.test, node.body
        elif type(node) is cst.BooleanOperation and type(node.operator) is cst.And:
            test, kept = node.left, node.right
        else:
            return False
        part = self.reader.part(test)
        if part is None or part.argument or not (part.is_whole or part.is_live):
            return False
        begin, end = expression_place(self.module, test)[0], expression_place(self.module, kept)[0]
        if type(node) is cst.IfExp:
            begin, end = expression_place(self.module, kept)[1], expression_place(self.module, node.orelse)[1]
            self.consume(node.orelse)
        self.use("unread", part.name, self.module.between(begin, end))
        self.consume(test)
        self.visit(kept)
        return True

    def tests(self, node: cst.BaseExpression) -> None:
        """Notes what an expression asks another one for."""
        if type(node) is cst.IfExp:
            self.test(node.test)
        elif type(node) is cst.BooleanOperation and type(node.operator) is cst.And:
            self.test(node.left)
        elif type(node) is cst.UnaryOperation and type(node.operator) is cst.Not:
            self.test(node.expression)

    def descend(self, node: cst.CSTNode) -> None:
        outer, kind = self.call, type(node)
        if kind is cst.Call:
            self.call = cast(cst.Call, node)
        elif kind is not cst.Arg:
            self.call = None
        for child in children(node):
            self.visit(child)
        self.call = outer

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        self.line = node
        if (alias := self.aliases.get(node)) is not None:
            self.take_alias(alias)
            return
        if self.asks_for_nothing(node):
            return
        if self.reader.names_copy(node):
            self.use("alias", "context", self.module.whole_lines(node))
            self.consume(node)
            return
        for small in node.body:
            if len(node.body) > 1 or not adds_metadata(self, small):
                self.visit(small)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        outer = self.line
        for part in (*node.decorators, node.params):
            self.visit(part)
        if node.returns is not None:
            self.given_annotation(node.returns)
        self.visit(node.body)
        self.line = outer

    def visit_Param(self, node: cst.Param) -> None:
        if node.annotation is not None:
            if node in self.dropped_parameters:
                self.consume(node.annotation)
                self.found.consumed.update(read.node for read in self.module.table.reads_in(node.annotation))
            else:
                self.given_annotation(node.annotation)
        if node.default is not None:
            self.visit(node.default)

    def visit_Annotation(self, node: cst.Annotation) -> None:
        reads = self.module.table.reads_in(node)
        if not any(b.target and b.target.is_airflow for read in reads for b in self.module.table.bindings_of(read)):
            return
        start, end = self.module.places.offsets(node.annotation)
        text = self.module.source.text
        start = max(text.rfind(":", 0, start), text.rfind("->", 0, start))
        start = len(text[:start].rstrip(" ")) if text[start : start + 2] == "->" else start
        self.use("annotation", self.module.text(node.annotation), self.module.between(start, end))
        self.found.consumed.update(read.node for read in reads)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        before = len(self.found.uses)
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        elif len(self.found.uses) > before:
            self.found.uses.pop()
            self.cut_line(node, self.module.text(node.target), "declares a variable of a class of Airflow")

    def visit_AssignTarget(self, node: cst.AssignTarget | cst.AugAssign | cst.Del) -> None:
        target = node.target
        base = self.reader.part(target.value) if isinstance(target, (cst.Attribute, cst.Subscript)) else None
        if base is not None and not (base.is_whole and adds_to_mapping(self, target)):
            self.block("changes Airflow's context", node, library=True)
        if base is not None:
            self.consume(target)
        self.descend(node)

    visit_AugAssign = visit_AssignTarget
    visit_Del = visit_AssignTarget

    def visit_Decorator(self, node: cst.Decorator) -> None:
        if is_dropped(self.frame.workspace, self.module, node):
            self.found.dropped.append(node)
            self.consume(node)
        else:
            self.visit(node.decorator)

    def visit_Raise(self, node: cst.Raise) -> None:
        self.with_form("raise", node)

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        if node.type is not None:
            self.with_form("except", node.type)
        self.visit(node.body)

    def with_form(self, form: str, node: cst.CSTNode) -> None:
        outer, self.form = self.form, form
        self.descend(node) if type(node) is cst.Raise else self.visit(node)
        self.form = outer

    def visit_Global(self, node: cst.Global) -> None:
        names = ", ".join(f"`{item.name.value}`" for item in node.names)
        self.block(f"changes the module's variable {names}", node)

    def visit_Import(self, node: cst.Import | cst.ImportFrom) -> None:
        bindings = self.module.table.imports.get(node, [])
        airflow = [b for b in bindings if b.target is not None and b.target.is_airflow]
        if not airflow:
            return
        if len(airflow) < len(bindings):
            self.block("imports Airflow and other modules in one statement", node, library=True)
        elif not airflow[0].type_checking:
            self.cut_line(
                node, ", ".join(b.name for b in airflow), "imports Airflow where nothing else stands in the block"
            )

    visit_ImportFrom = visit_Import

    def cut_line(self, small: cst.BaseSmallStatement, name: str, reason: str) -> None:
        """Has a statement cut out if it stands alone in its line and not alone in its block."""
        line = self.line
        alone = type(line) is cst.SimpleStatementLine and len(line.body) == 1 and line.body[0] is small
        if line is not None and alone and self.cut(line):
            self.use("alias", name, self.module.whole_lines(line))
        else:
            self.block(reason, small, library=True)

    # -- expressions

    def expression(self, node: cst.BaseExpression) -> bool:
        """Whether the expression is a use (or part of no further interest)."""
        kind = type(node)
        if kind is cst.Comparison:
            return asks_whether_there(self, cast(cst.Comparison, node))
        if kind not in DENOTING:
            return False
        if self.use_of_around(node):
            return True
        if kind is cst.Call and asks_for_events(self, node, self.own_node):
            return True
        if kind is cst.Call and self.call_use(cast(cst.Call, node)):
            return True
        own = kind is cst.Attribute and self.asks and reads_property(self, cast(cst.Attribute, node))
        own = own or (self.plain is not None and self.instance_use(node))
        if own or names_asset(self, node) or asks_for_events(self, node, self.own_node) or asks_by_name(self, node):
            return True
        part = self.reader.part(node)
        if part is not None and part.name in TRIGGERING and not part.argument:
            return asks_for_triggers(self, node, part, self.own_node)
        if part is not None:
            self.part_use(node, part)
            return True
        if type(node) is cst.Attribute and (logger := replaced_logger(self.module, node)) is not None:
            self.use("library", "log", logger[0], node, text=logger[1])
            self.consume(node)
            return True
        return isinstance(node, (cst.Name, cst.Attribute)) and (self.exception_use(node) or self.helper_use(node))

    def part_use(self, node: cst.BaseExpression, part: Part) -> None:
        if type(node) is cst.Name and part.name in PLAIN_KEYS:
            return  # a parameter, which stays as it is
        check_states(self, node, part)
        span = self.module.span(node)
        self.consume(node)
        default = {"has_default": part.has_default, "default": self.default(part.default)} if part.has_default else {}
        if (part.name, part.path) in _LOGGERS and not part.argument:
            self.use("library", "log", span, text=LOGGER)
        elif part.is_accessor or (part.name == "var" and len(part.path) < 2 and not part.argument):
            self.block("uses all of Airflow's Variables", node, library=True)
        elif part.name == "var" and not part.argument:
            self.use(
                "variable",
                str(part.path[1]),
                span,
                node,
                json=part.path[0] == "json",
                **{"has_default": False, **default},
            )
        elif part.is_whole and uses_as_mapping(self, node):
            return
        elif node in self.tested and (part.is_whole or part.is_live):
            self.use("present", part.name, span, node)
        elif part.is_whole or part.is_live:
            detail: dict[str, Value] = {}
            if self.call is not None:
                detail["to"] = self.module.text(self.call.func)
            self.use("escape", part.name, span, node, **detail)
        else:
            self.use("argument" if part.argument else "key", part.name, span, node, path=part.path, **default)

    def call_use(self, node: cst.Call) -> bool:
        self.dynamic(node)
        qualified = self.module.qualified(node.func)
        if node in self.sent or self.hook(node, qualified) or self.message(node, qualified):
            return True
        if self.hook_of_connection(node) or makes_task(self, node):
            return True
        if self.makes_connection(node):
            return self.connection(node)
        if qualified.startswith("airflow."):
            if (found := replaced_call(self.module, node, qualified)) is not None:
                self.use("library", qualified.rpartition(".")[2], found[0], text=found[1])
                self.consume(node.func)
                for arg in node.args:
                    self.visit(arg.value)
                return True
            if self.variable(node, qualified) or self.setting(node, qualified):
                return True
        if type(node.func) is cst.Attribute and node.func.attr.value in ("xcom_pull", "xcom_push"):
            part = self.reader.part(node.func.value)
            if (part is not None and part.name == "ti" and part.is_live) or self.context_given(node) is not None:
                self.consume(node.func)
                self.pull(node) if node.func.attr.value == "xcom_pull" else self.push(node)
                return True
        return self.hand_on(node)

    def hand_on(self, node: cst.Call) -> bool:
        """A call of one of the team's own functions with the context or an object of it, or one that such an object does not matter to."""
        found = followed(self.reader, self.frame, node, scan_function)
        found = found or formatted(self.reader, self.module, node) or unread_argument(self.reader, self.module, node)
        if found is None:
            return False
        self.use("handed" if found.detail else "unread", "context", found.span, node, **found.detail)
        self.found.handing.update((node.func, *found.names))
        self.consume(*found.nodes)
        for part in (node.func, *(arg.value for arg in node.args)):
            if part not in found.nodes:
                self.visit(part)
        return True

    def scanned(self, function: cst.FunctionDef, reader: ContextReader, frame: Frame) -> Scan:
        return scan_function(function, reader, frame)

    def dynamic(self, node: cst.Call) -> None:
        name = node.func.value if type(node.func) is cst.Name else ""
        if name in DYNAMIC and not self.module.table.bindings_of(self.module.table.by_node[node.func]):
            self.block(f"calls `{name}()`", node)
        if reason := obstacle(self.frame.workspace, self.module, node):
            self.block(reason, node)

    def exception_use(self, node: cst.Name | cst.Attribute) -> bool:
        qualified = self.module.qualified(node)
        name = qualified.rpartition(".")[2]
        if not qualified.startswith("airflow.") or name not in EXCEPTIONS:
            return False
        self.use("exception", name, self.module.span(node), form=self.form)
        self.consume(node)
        return True


def scan_function(function: cst.FunctionDef, reader: ContextReader, frame: Frame) -> Scan:
    """Reads a function by itself. What one in it asks for that a decorator puts around others is given to that."""
    scanner = _Scanner(reader, frame, function.name.value, function, frozenset())
    scanner.called_by_code = not frame.by_task
    around = frame.module.enclosing(function)[:1]
    if around and type(around[0]) is cst.ClassDef:
        scanner.around = plain_class(frame.workspace, frame.module, around[0])
    return with_wrappers(scanner.read(function), frame, function, scan_function)
