"""The part of the search that reads hooks, connections, and what sends messages.

In: a call, or an annotation, in a piece of code. Out: uses and blockers in a `Scan`.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.hooks import (
    asks_database,
    asks_for_hook,
    holds_connection,
    hook_arguments,
    hook_detail,
)
from migrator.analyzers.callables.airflow_use.inner_operators import find_inner
from migrator.analyzers.callables.airflow_use.messages import find_message
from migrator.analyzers.callables.airflow_use.names import FROM_AIRFLOW
from migrator.analyzers.callables.airflow_use.own_operators import makes_own_operator
from migrator.analyzers.callables.source.tree import descend, keywords, positional
from migrator.model.expressions import Helper
from migrator.model.values import is_known
from migrator.operators import hook_classes
from migrator.operators.hook_classes import HOOK_CLASSES
from migrator.operators.hooks import HOOKS
from migrator.operators.messages import MESSAGES


class HookScanner(ClassScanner):
    """The part of a scanner that knows Airflow's hooks."""

    line: cst.CSTNode | None
    sent: set[cst.CSTNode]

    def given_annotation(self, node: cst.Annotation) -> None:
        """The annotation of what a function takes or returns: a hook that goes through it is of the project's class."""
        names = [
            binding for read in self.module.table.reads_in(node) for binding in self.module.table.bindings_of(read)
        ]
        airflow = [binding for binding in names if binding.target is not None and binding.target.is_airflow]
        hooks = [binding for binding in airflow if binding.target is not None and binding.target.name in HOOK_CLASSES]
        if airflow and hooks == airflow and not any(b.type_checking for b in hooks) and not _is_quoted(node):
            self.descend(node)
        else:
            self.visit(node)

    def connection(self, node: cst.Call) -> bool:
        args, named = positional(node), keywords(node)
        value = self.frame.value(args[0] if args else named.get("conn_id"))
        self.consume(node.func)
        name = value if isinstance(value, str) else ""
        if asks_for_hook(self.module, node, self.line) and not asks_database(self.module):
            self.block("has a Connection of Airflow make a hook", node, library=True)
        self.use("connection", name, self.module.span(node.func), conn_id=value)
        for arg in node.args:
            self.visit(arg)
        return True

    def hook(self, node: cst.Call, qualified: str) -> bool:
        """A hook that a resource can stand for; `node` makes it, or calls a method of one that is made on the spot."""
        inner = node.func.value if type(node.func) is cst.Attribute else None
        made = inner if type(inner) is cst.Call else node
        name = (self.module.qualified(made.func) if made is not node else qualified).rpartition(".")[2]
        if not self.module.qualified(made.func).startswith(FROM_AIRFLOW):
            return False
        if name not in HOOKS:
            return made is node and name in HOOK_CLASSES and self.hook_object(node, name)
        outer = node if made is not node else None
        detail = hook_detail(self.module, self.frame, made, self.line, outer)
        if detail is None:
            return made is node and self.hook_object(node, name)
        known = hook_arguments(made, name) is not None
        detail = {**detail, "class": self.module.span(made.func) if known else None}
        self.use("hook", name, self.module.span(made), made, **detail)
        self.consume(made)
        if any(value is not None and not is_known(value) for value in detail["arguments"].values()):
            # The call may stay as it is, with all that its arguments read.
            self.found.consumed.difference_update(item for arg in made.args for item in descend(arg.value))
            for arg in made.args:
                self.visit(arg.value)
        for arg in outer.args if outer is not None else ():
            self.visit(arg)
        return True

    def hook_of_connection(self, node: cst.Call) -> bool:
        """`get_connection(...).get_hook()`, or that of a connection which a name holds: the hook of a database."""
        func = node.func
        if type(func) is not cst.Attribute or func.attr.value != "get_hook" or node.args:
            return False
        made = func.value
        of_connection = type(made) is cst.Call and self.makes_connection(made)
        held = type(made) is cst.Name and holds_connection(self.module, made)
        if not (of_connection or held) or not asks_database(self.module):
            return False
        end = self.module.places.offsets(node)[1]
        text = Helper("database_hook", hook_classes.MODULE)
        if type(made) is cst.Call:
            args, named = positional(made), keywords(made)
            conn_id = self.frame.value(args[0] if args else named.get("conn_id"))
            self.use("hook_class", "get_hook", self.module.span(made.func), text=text, conn_id=conn_id)
            behind = self.module.between(self.module.places.offsets(made)[1], end)
            self.use("rewrite", "get_hook", behind, text="")
            self.consume(made.func)
            for arg in made.args:
                self.visit(arg.value)
        else:
            self.use("library", "get_hook", self.module.span(func), text=text)
            self.use(
                "rewrite", "get_hook", self.module.between(end - 1, end - 1), text=f"{self.module.text(made)}.conn_id"
            )
        return True

    def makes_connection(self, node: cst.Call) -> bool:
        """Whether a call asks for a connection of Airflow."""
        if type(node.func) is cst.Attribute and self.is_attribute(node.func, "get_connection"):
            return True
        qualified = self.module.qualified(node.func)
        return qualified.startswith("airflow.") and qualified.endswith((".get_connection", ".Connection.get"))

    def hook_object(self, node: cst.Call, name: str) -> bool:
        """A hook that goes on somewhere: it becomes an object of the class of that name that the project has."""
        if name == "get_hook" and len(node.args) == 1 and asks_database(self.module):
            conn_id = self.frame.value(node.args[0].value)
            text = Helper("database_hook", hook_classes.MODULE)
            self.use("hook_class", name, self.module.span(node.func), text=text, conn_id=conn_id)
            self.consume(node.func)
            self.visit(node.args[0].value)
            return True
        given = hook_arguments(node, name)
        if given is None:
            self.consume(node.func)
            self.block(f"makes a `{name}` with arguments that have no translation", node, library=True)
            return False
        default = HOOK_CLASSES[name].default_connection
        conn_id = self.frame.value(given[0]) if given else default
        self.use(
            "hook_class", name, self.module.span(node.func), text=Helper(name, hook_classes.MODULE), conn_id=conn_id
        )
        self.consume(node.func)
        for arg in node.args:
            self.visit(arg)
        return True

    def message(self, node: cst.Call, qualified: str) -> bool:
        """A message that a resource can send, or an operator of the team's own; `node` makes the operator, executes one that is made on the spot, or calls a function."""
        if makes_own_operator(self, node):
            return True
        inner = node.func.value if type(node.func) is cst.Attribute and node.func.attr.value == "execute" else None
        made = inner if type(inner) is cst.Call else node
        qualified = self.module.qualified(made.func) if made is not node else qualified
        name = qualified.rpartition(".")[2]
        outer = node if made is not node else None
        if name in ("BashOperator", "PythonOperator") and qualified.startswith("airflow."):
            return self.inner_operator(made, outer)
        if name not in MESSAGES or not qualified.startswith(FROM_AIRFLOW):
            return False
        found = find_message(self.module, self.frame, self.reader, made, self.line, outer)
        if found is None:
            return False
        self.use("message", name, self.module.span(made.func), **found.detail)
        self.consume(made.func, *found.cut, *found.runs)
        self.sent.update(found.runs)
        for arg in found.kept:
            self.visit(arg)
        return True

    def inner_operator(self, node: cst.Call, outer: cst.Call | None) -> bool:
        """An operator that the code executes itself; `node` makes it, `outer` executes it at once."""
        found = find_inner(self.frame.workspace, self.module, node, self.line, outer)
        if found is None:
            return False
        for span, text in found.library:
            self.use("library", "operator", span, text=text)
        for span, written in found.texts:
            self.use("rewrite", "operator", span, text=written)
        self.consume(node.func, *found.gone, *found.runs)
        self.sent.update(found.runs)
        for arg in found.kept:
            self.visit(arg.value)
        return True


def _is_quoted(node: cst.Annotation) -> bool:
    return any(isinstance(item, cst.SimpleString) for item in descend(node))
