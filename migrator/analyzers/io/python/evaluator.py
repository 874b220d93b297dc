"""Reads a function of the folder in the order of its statements, and tells an observer of each call of a library in it.

In: a function with what it is called with. Out: what it returns, as far as the code says; all the rest goes to the `Observer`. Nothing is
run: branches whose condition is not known are both read, loops over known elements are read for each, others once. Steps, depth and
the number of calls are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import libcst as cst

from migrator.analyzers import constants
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import Binding
from migrator.analyzers.io.python.registries import changed, decorated, decorated_class, filled
from migrator.analyzers.io.python.values import (
    UNKNOWN,
    Library,
    OwnClass,
    OwnFunction,
    OwnModule,
    OwnPackage,
    Scope,
    Step,
    either,
)
from migrator.analyzers.source import Folder
from migrator.model.values import Symbolic, Text, Value

MAX_STEPS = 60_000
MAX_DEPTH = 12
MAX_ELEMENTS = 64
"""Elements of a loop that are looked at one by one."""


class BudgetExceeded(Exception):
    """The code takes more steps than it may; what was found so far is kept."""


class Observer(Protocol):
    """Is told of calls."""

    def begins(self, number: int) -> None:
        """What comes next is the call for the element of that number, of a mapped task; 0 where copies have none."""

    def call(self, path: str, owner: Value, step: Step, node: cst.Call, evaluator: Evaluator, scope: Scope) -> None:
        """A call of the library function `path`, or of the method `step.name` of `owner` (then `path` is empty)."""

    def fails(self, test: Value, node: cst.CSTNode, scope: Scope) -> None:
        """The code raises where `test`, a condition that is not known, holds or does not."""


class Run(Protocol):
    """What is known of the DAG that the code runs in."""

    def result(self, task_id: str, key: str) -> Value:
        """What a task of the DAG hands over."""

    def pushed(self, key: str) -> Value:
        """What the only task upstream that pushes under this key pushes."""

    def param(self, path: tuple[str | int, ...]) -> Value:
        """The default of a param, or a member of it."""

    def told(self, setting: Symbolic) -> Value:
        """The value that the user gave for an environment variable or Variable; None if they gave none."""


class Silent:
    """Looks away."""

    def begins(self, number: int) -> None:
        return

    def call(self, path: str, owner: Value, step: Step, node: cst.Call, evaluator: Evaluator, scope: Scope) -> None:
        return

    def fails(self, test: Value, node: cst.CSTNode, scope: Scope) -> None:
        return


class Evaluator:
    """Reads the code of one task."""

    def __init__(
        self, workspace: Workspace, observer: Observer, run: Run | None = None, folder: Folder | None = None
    ) -> None:
        from migrator.analyzers.io.python.expressions import EXPRESSIONS, parts

        self.workspace, self.observer, self.run, self.folder = workspace, observer, run, folder
        self._handlers, self._others = EXPRESSIONS, parts
        self.steps = MAX_STEPS
        self.calls: list[OwnFunction] = []
        """Functions that are being read, outermost first."""
        self.results: dict[object, Value] = {}
        """What functions returned, by definition and arguments."""
        self.alive: list[object] = []
        """What these are told apart by: the identity of an object that is gone would be given to another one."""
        self.module_names: dict[tuple[str, str], Value] = {}
        self.class_names: dict[tuple[cst.ClassDef, int, str], Value] = {}
        self.class_orders: dict[tuple[cst.ClassDef, int], list[OwnClass]] = {}
        """The bases of classes, by definition and scope, in the order in which Python looks through them."""
        self.pushed: dict[str, Value] = {}
        """What the code hands over by `xcom_push`, by key."""
        self.active: set[object] = set()
        self.filling: set[tuple[str, str]] = set()
        """Modules whose definitions are being asked what they put into a table, with its name."""
        self.script: list[Value] | None = None
        """`sys.argv`, where the code is run as a script."""
        self.quiet = 0
        """Definitions of names of modules that are being looked up: calls in them are not the task's own."""

    # -- evaluation

    def eval(self, node: cst.CSTNode, scope: Scope) -> Value:
        """The value of an expression."""
        self.steps -= 1
        if self.steps < 0:
            raise BudgetExceeded
        return self._handlers.get(type(node), self._others)(self, node, scope)

    def tick(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise BudgetExceeded

    def settled(self, value: Value) -> Value:
        """A setting that decides what the code does, as the value that the user gave for it, else as what the code takes where nobody sets it: so
        the DAG files are read, too."""
        if not isinstance(value, Symbolic) or value.kind not in ("env", "variable"):
            return value
        told = self.told(value)
        found = self.settled(value.default) if told is None else told  # one setting may be the default of another
        return value if found is None or isinstance(found, (Symbolic, Text)) else found

    def told(self, setting: Symbolic) -> Value:
        """The value that the user gave for a setting; None if they gave none."""
        return self.run.told(setting) if self.run is not None else None

    def enter(
        self, function: OwnFunction, args: Sequence[Value], kwargs: Mapping[str, Value], spread: Value = None
    ) -> Value:
        """What a function of the folder returns for these arguments."""
        from migrator.analyzers.io.python.calls import call_function

        return call_function(self, function, args, kwargs, spread)

    # -- names

    def lookup(self, name: str, scope: Scope) -> Value:
        """What a name means; `Library("builtins.name")` where nothing of the code binds it."""
        at: Scope | None = scope
        if name not in scope.global_names:
            while at is not None:
                if name in at.names:
                    return at.names[name]
                at = at.outer
        return self.module_name(scope.module, name)

    def module_name(self, module: ModuleInfo, name: str) -> Value:
        """The value of a name of a module's top level."""
        key = (module.file, name)
        if key in self.module_names:
            return self.module_names[key]
        bindings = module.table.module.bindings.get(name, [])
        if not bindings:
            star = self.starred(module, name)
            return star if star is not None else Library(f"builtins.{name}")
        if key in self.active:
            return UNKNOWN
        self.active.add(key)
        self.quiet += 1
        try:
            found = self.bound(module, bindings, Scope(module, {}))
        finally:
            self.quiet -= 1
            self.active.discard(key)
        if isinstance(found, (list, dict)) and self.is_changed(module, name, bindings):
            found = changed(self, module, name, found)
        if found is UNKNOWN and len(bindings) == 1 and isinstance(bindings[0].node, (cst.Assign, cst.AnnAssign)):
            found = constants.kept(found, module.file, name, module.text(bindings[0].node))
        self.module_names[key] = found
        filled(self, module, name, found)
        return found

    def is_changed(self, module: ModuleInfo, name: str, bindings: list[Binding]) -> bool:
        """Whether what a name of a module holds is changed after it was made."""
        return bool(module.table.module.touches.get(name))

    def bound(self, module: ModuleInfo, bindings: list[Binding], scope: Scope) -> Value:
        """The value of a name that these places bind: one of theirs."""
        targets = [binding for binding in bindings if binding.target is not None]
        if len(targets) == len(bindings):
            found = [self.imported(module, binding) for binding in bindings]
            own = [value for value in found if not isinstance(value, Library)]
            airflow = [value for value in found if isinstance(value, Library) and value.path.startswith("airflow.")]
            return (own or airflow or found)[0]
        return either([self.one_bound(module, binding, scope) for binding in bindings[:8] if binding not in targets])

    def one_bound(self, module: ModuleInfo, binding: Binding, scope: Scope) -> Value:
        from migrator.analyzers.io.python.statements import entered, taken

        node = binding.node
        if isinstance(node, cst.FunctionDef):
            return decorated(self, OwnFunction(module, node, scope if scope.names else None), scope)
        if isinstance(node, cst.ClassDef):
            return decorated_class(self, OwnClass(module, node, scope if scope.names else None), scope)
        if isinstance(node, (cst.Assign, cst.AnnAssign, cst.NamedExpr)) and node.value is not None:
            value = self.eval(node.value, scope)
            targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]
            return next((v for target in targets if (v := taken(target, value, binding.name)) is not None), UNKNOWN)
        if type(node) is cst.With:
            for item in node.items:
                bound = item.asname.name if item.asname is not None else None
                if type(bound) is cst.Name and bound.value == binding.name:
                    return entered(self, self.eval(item.item, scope))
        return UNKNOWN

    def imported(self, module: ModuleInfo, binding: Binding) -> Value:
        """What an import binds its name to."""
        target = binding.target
        assert target is not None
        kind, file = self.workspace.finder.find(module.file, target)
        if file is None or kind != "local":
            return Library(target.qualified) if kind != "missing" else UNKNOWN
        found = self.workspace.find(module.file, target)
        if found is None:
            return UNKNOWN
        if target.name is None:
            if target.alias is None and "." in target.module:
                return OwnPackage(target.qualified)
            return OwnModule(found)
        if self.workspace.finder.is_submodule(module.file, target, found.file):
            return OwnModule(found)
        return self.module_name(found, target.name)

    def starred(self, module: ModuleInfo, name: str) -> Value:
        """A name that a `from module import *` brings; None if there is none."""
        for binding in module.table.module.bindings.get("*", []):
            found = self.workspace.find(module.file, binding.target) if binding.target is not None else None
            if found is not None and found is not module and name in found.table.module.bindings:
                return self.module_name(found, name)
        return None

    def module_member(self, path: str, module: ModuleInfo) -> Value:
        """`package.module.name` where the package is the folder's own; None if it is a library's."""
        from migrator.analyzers.callables.source.scopes import ImportTarget

        head, _, name = path.rpartition(".")
        if not head:
            return None
        for target in (ImportTarget(path, None, 0, "x"), ImportTarget(head, None, 0, "x")):
            kind, file = self.workspace.finder.find(module.file, target)
            found = self.workspace.find(module.file, target) if kind == "local" and file is not None else None
            if found is not None:
                return OwnModule(found) if target.module == path else self.module_name(found, name)
        return None
