"""A constant folder: what an expression of a function or module is, as far as the code alone says it.

In: an expression and a `Frame` (where it stands, what the parameters are). Out: a `Value`; `Symbolic` where it is not
known, of kind `context` for a member of Airflow's context (`source` is then its Jinja form, `{{ ds }}`), `temporary` for a
temporary file, and `argument` for an argument that the task gives (`name`). It follows names that are bound once, constants of other modules of the folder, and functions that return at
their end only. It runs nothing, and knows no order of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import libcst as cst

from migrator.analyzers.callables.airflow_use.context import ContextReader, Part
from migrator.analyzers.callables.classes.plain_classes import PlainClass
from migrator.analyzers.callables.folding.expressions import DATE_FORMATS, Expressions, context_value
from migrator.analyzers.callables.folding.library import (
    MISSING,
    PATH_TYPES,
    SAME_TEXT,
    SAME_TEXT_METHODS,
    change_end,
    collected,
    format_text,
    is_text,
    join_path,
    join_text,
    parent,
    text_method,
    truth,
)
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.process import changes_member, may_change
from migrator.analyzers.callables.source.resolve import function_named, named, sole_return
from migrator.analyzers.callables.source.scopes import Binding, Scope
from migrator.analyzers.callables.source.tree import children, dotted, keywords, positional, root_name
from migrator.model.changed import replace
from migrator.model.values import Symbolic, Value

T = TypeVar("T")
MAX_STEPS = 20_000
MAX_DEPTH = 40
MAX_CALLS = 8
MAX_CHOICES = 64
_CONSTANTS = {"True": True, "False": False, "None": None}
_DATES = frozenset(["logical_date", "execution_date", "data_interval_start", "data_interval_end"])
_VIEWS: dict[str, Callable[[dict[Value, Value]], list[Value]]] = {
    "items": lambda d: list(d.items()),
    "keys": list,
    "values": lambda d: list(d.values()),
}
_RUN_ID = {"ti.run_id": "run_id", "dag_run.run_id": "run_id"}


@dataclass(slots=True)
class Budget:
    """How much may still be done, shared by all frames of one question."""

    steps: int = MAX_STEPS
    depth: int = 0
    active: set[object] = field(default_factory=set)
    """Bindings and functions that are being folded, so that none is folded inside itself."""
    choices: dict[Binding, Value] = field(default_factory=dict)
    """The element that a loop variable stands for at the moment."""


class _Choice(Exception):
    """A loop variable is needed whose values are known."""

    def __init__(self, binding: Binding, items: Sequence[Value]) -> None:
        super().__init__(binding.name)
        self.binding, self.items = binding, items


class Run(Protocol):
    """What is known of the DAG that the code runs in."""

    def result(self, task_id: str, key: str) -> Value:
        """What a task of the DAG hands over."""

    def param(self, path: tuple[str | int, ...]) -> Value:
        """The default of a param, or a member of it."""


class Frame(Expressions):
    """Where code is read: a module and, below a function, its arguments and Airflow's context.

    `arguments` are by scope and name (see `enclosing_values` for free variables of an enclosing function); `extra` the arguments
    that `**kwargs` takes; `run` what is known of the DAG around; `calls` how many calls deep it is.
    """

    def __init__(
        self,
        workspace: Workspace,
        module: ModuleInfo,
        reader: ContextReader | None = None,
        arguments: Mapping[tuple[Scope, str], Value] | None = None,
        extra: Mapping[str, Value] | None = None,
        run: Run | None = None,
        calls: int = 0,
        budget: Budget | None = None,
    ) -> None:
        self.workspace, self.module, self.reader, self.run, self.calls = workspace, module, reader, run, calls
        self.arguments = dict(arguments or {})
        self.extra = dict(extra or {})
        self.budget = budget or Budget()
        self.instances: Mapping[tuple[Scope, str], frozenset[str]] = {}
        """Of methods of an operator's class: the name of the instance, and the attributes that are set once, in `__init__`."""
        self.attributes: Mapping[str, Value] = {}
        """What these are, where it is known."""
        self.members: Mapping[str, Value] = {}
        """What members of the context are, by their Jinja names, where it is known."""
        self.by_task = False
        """The arguments of the function that is read are those of a task, although another function calls it."""
        self.of_root = False
        """The class that is read is the one whose method is called, or a base of it."""
        self.line: Sequence[cst.ClassDef] = ()
        """Of methods of an object that the team's own code makes: its class, and the bases of that."""
        self.formed: Collection[cst.FunctionDef] = ()
        """Functions that take what they use of the context, by their form."""
        self.parts: Mapping[cst.CSTNode, PlainClass] = {}
        """Classes that are bases of an operator's class without being one of Airflow's themselves."""

    def value(self, node: cst.CSTNode | None) -> Value:
        """What the expression is. A loop variable is unknown; see `values`."""
        try:
            return self.fold(node)
        except _Choice:
            return self.unknown(node)

    def values(self, node: cst.CSTNode) -> list[Value]:
        """All that the expression may be while loops over known elements run, at most `MAX_CHOICES`."""
        return self.alternatives(lambda: self.fold(node))

    def alternatives(self, question: Callable[[], T]) -> list[T]:
        """The answers to a question that folds expressions, one for each round of the loops over known elements."""
        try:
            return [question()]
        except _Choice as choice:
            found: list[T] = []
            for item in choice.items[:MAX_CHOICES]:
                self.budget.choices[choice.binding] = item
                found.extend(self.alternatives(question))
                if len(found) >= MAX_CHOICES:
                    break
            self.budget.choices.pop(choice.binding, None)
            return found[:MAX_CHOICES]

    def unknown(self, node: cst.CSTNode | None) -> Symbolic:
        if node is None:
            return Symbolic("unknown", "")
        source = self.module.text(node)
        return Symbolic("unknown", source, "is only known at run time", span=self.module.span(node))

    def module_frame(self, module: ModuleInfo) -> Frame:
        """The top level of a module, within the same budget."""
        return Frame(self.workspace, module, run=self.run, calls=self.calls, budget=self.budget)

    def fold(self, node: cst.CSTNode | None) -> Value:
        budget = self.budget
        budget.steps -= 1
        if node is None or budget.steps < 0 or budget.depth > MAX_DEPTH:
            return self.unknown(node)
        budget.depth += 1
        try:
            found = self._context(node)
            if found is not MISSING:
                return found
            method: Callable[[cst.CSTNode], Value] | None = getattr(self, f"fold_{type(node).__name__}", None)
            return method(node) if method is not None else self.unknown(node)
        finally:
            budget.depth -= 1

    # -- Airflow's context

    def _context(self, node: cst.CSTNode) -> Value:
        """The value of a part of the context, or of a method of one."""
        if self.reader is None or not isinstance(node, (cst.Name, cst.Attribute, cst.Subscript, cst.Call)):
            return MISSING
        part = self.reader.part(node)
        if part is not None:
            return self._part(part, node)
        if type(node) is cst.Call and type(node.func) is cst.Attribute:
            base = self.reader.part(node.func.value)
            if base is not None and base.name == "ti" and node.func.attr.value == "xcom_pull":
                return self._pulled(node)
            if base is not None:
                return self._context_method(base, node.func.attr.value, [self.fold(a) for a in positional(node)])
        return MISSING

    def _part(self, part: Part, node: cst.CSTNode) -> Value:
        if part.argument:
            if part.name in self.extra:
                return self.extra[part.name]
            if self.run is None and not part.has_default:
                return Symbolic("argument", self.module.text(node), "is given by the task", name=part.name)
            return self.fold(part.default) if part.has_default else self.unknown(node)
        if part.is_whole:
            return self.unknown(node)
        if part.name == "var" and len(part.path) == 2:
            return Symbolic("variable", self.module.text(node), name=str(part.path[1]))
        if part.name == "params" and part.path:
            name = ".".join(map(str, part.path))
            return self.run.param(part.path) if self.run else Symbolic("param", self.module.text(node), name=name)
        name = ".".join([part.name, *map(str, part.path)])
        return self.members[name] if name in self.members else context_value(_RUN_ID.get(name, name))

    def _pulled(self, node: cst.Call) -> Value:
        """What `ti.xcom_pull` gives, where it names one task."""
        args, given = positional(node), keywords(node)
        task_id = self.fold(args[0] if args else given.get("task_ids"))
        key = self.fold(given["key"]) if "key" in given else "return_value"
        if self.run is None or not isinstance(task_id, str) or not isinstance(key, str) or "dag_id" in given:
            return self.unknown(node)
        return self.run.result(task_id, key)

    def _context_method(self, base: Part, method: str, args: Sequence[Value]) -> Value:
        name = base.path[-1] if base.path else base.name
        if name in _DATES and method == "strftime" and len(args) == 1 and isinstance(args[0], str):
            return context_value(DATE_FORMATS.get(args[0]) or f"{name}.strftime({args[0]!r})")
        if name in _DATES and method == "to_date_string":
            return context_value("ds")
        if name == "ds" and method == "replace" and list(args) == ["-", ""]:
            return context_value("ds_nodash")
        return MISSING

    # -- names

    def fold_Name(self, node: cst.Name) -> Value:
        if node.value in _CONSTANTS:
            return _CONSTANTS[node.value]
        read = self.module.table.by_node.get(node)
        scope = self.module.table.scope_of(read) if read is not None else None
        if scope is None:
            return self.module.file if node.value == "__file__" else self.unknown(node)
        found = self.bound(scope, node.value)
        return self.unknown(node) if found is MISSING else found

    def bound(self, scope: Scope, name: str) -> Value:
        """The value of a name of a scope; MISSING where it is not known."""
        if (scope, name) in self.arguments:
            return self.arguments[scope, name]
        bindings = scope.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0] in self.budget.active:
            return MISSING
        binding = bindings[0]
        if binding in self.budget.choices:
            return self.budget.choices[binding]
        self.budget.active.add(binding)
        try:
            found = self._binding(binding)
        finally:
            self.budget.active.discard(binding)
        return MISSING if isinstance(found, (list, dict, set)) and scope.touches.get(name) else found

    def _binding(self, binding: Binding) -> Value:
        node = binding.node
        if binding.kind == "assign" and isinstance(node, (cst.Assign, cst.AnnAssign, cst.NamedExpr)):
            targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]
            found = (_taken(target, self.fold(node.value), binding.name) for target in targets)
            return next((value for value in found if value is not MISSING), MISSING)
        if binding.kind == "with" and type(node) is cst.With:
            items = (item for item in node.items if item.asname is not None)
            opened = next((i.item for i in items if i.asname and dotted(i.asname.name) == binding.name), None)
            made = self.fold(opened) if opened is not None else None
            return made if isinstance(made, Symbolic) and made.kind == "temporary" else MISSING
        if binding.kind == "parameter" and type(node) is cst.Param:
            return self.fold(node.default) if node.default is not None else MISSING
        if binding.kind == "loop":
            return self._loop(binding)
        if binding.target is not None and binding.target.name is not None:
            module = self.workspace.find(self.module.file, binding.target)
            if module is not None and binding.target.name in module.table.module.bindings:
                return self.module_frame(module).bound(module.table.module, binding.target.name)
        return MISSING

    def _loop(self, binding: Binding) -> Value:
        """Raises _Choice where the elements are known."""
        node = binding.node
        clause: cst.For | cst.CompFor | None = node if type(node) is cst.For else getattr(node, "for_in", None)
        while type(clause) is cst.CompFor and not _binds(clause.target, binding.name):
            clause = clause.inner_for_in
        items = self._elements(clause.iter) if clause is not None else None
        if clause is None or items is None:
            return MISSING
        taken = [_taken(clause.target, item, binding.name) for item in items]
        if MISSING in taken:
            return MISSING
        raise _Choice(binding, taken)

    def _elements(self, node: cst.BaseExpression) -> list[Value] | None:
        """What a loop runs over: a list, tuple or dict, a view of a dict, files of a pattern, `sorted` or `enumerate` of these, a `range`, the letters of a text."""
        if type(node) is cst.Call and type(node.func) is cst.Attribute and not node.args:
            whole = self.fold(node)
            return whole[:MAX_CHOICES] if isinstance(whole, list) else None
        if type(node) is cst.Call and node.args and dotted(node.func) in ("enumerate", "list", "reversed", "sorted"):
            items = self._elements(node.args[0].value)
            return list(enumerate(items)) if items is not None and dotted(node.func) == "enumerate" else items
        if type(node) is cst.Call and node.args and dotted(node.func) == "range":
            bounds = [self.fold(arg.value) for arg in node.args]
            known = all(type(bound) is int for bound in bounds) and len(bounds) <= 3 and bounds[2:] != [0]
            return list(range(*bounds)[:MAX_CHOICES]) if known else None
        if type(node) is cst.Call and len(node.args) >= 1:
            found = self._files(node)
            return [found] if found is not MISSING else None
        whole = self.fold(node)
        return list(whole)[:MAX_CHOICES] if isinstance(whole, (list, tuple, dict, str)) else None

    def fold_ListComp(self, node: cst.ListComp | cst.GeneratorExp) -> Value:
        """The list of a comprehension over known elements."""
        found: list[Value] = []
        return found if self._goes_through(node, node.for_in, found) else self.unknown(node)

    fold_GeneratorExp = fold_ListComp

    def _goes_through(
        self, node: cst.ListComp | cst.GeneratorExp, clause: cst.CompFor | None, found: list[Value]
    ) -> bool:
        """Adds what the loop of a comprehension gives, with those in it; whether all that it is over, and what it leaves out, is known."""
        items = self._elements(clause.iter) if clause is not None else None
        if clause is None or items is None or len(items) >= MAX_CHOICES:
            return False
        names = self.module.table.scopes[node].bindings
        bindings = [b for name in names for b in names[name] if b.kind == "loop" and _binds(clause.target, name)]
        for item in items:
            self.budget.choices.update({b: _taken(clause.target, item, b.name) for b in bindings})
            kept = [truth(self.fold(test.test)) for test in clause.ifs]
            if None in kept or len(found) >= MAX_CHOICES:
                break
            if all(kept) and clause.inner_for_in is None:
                found.append(self.fold(node.elt))
            elif all(kept) and not self._goes_through(node, clause.inner_for_in, found):
                break
        else:
            items = []
        for binding in bindings:
            self.budget.choices.pop(binding, None)
        return not items

    def _files(self, node: cst.Call) -> Value:
        """The pattern of `folder.glob("*.csv")` or `glob.glob("data/*.csv")`, which stands for any file it matches."""
        pattern = self.fold(node.args[0].value)
        if not is_text(pattern):
            return MISSING
        if self.module.qualified(node.func) in ("glob.glob", "glob.iglob"):
            return pattern
        if type(node.func) is cst.Attribute and node.func.attr.value in ("glob", "rglob"):
            folder = self.fold(node.func.value)
            return join_path([folder, pattern]) if is_text(folder) else MISSING
        return MISSING

    # -- attributes, items, calls

    def fold_Attribute(self, node: cst.Attribute) -> Value:
        name = node.attr.value
        found: Value = MISSING
        if self.instances and type(node.value) is cst.Name:
            read = self.module.table.by_node.get(node.value)
            scope = self.module.table.scope_of(read) if read is not None else None
            if scope is not None and name in self.instances.get((scope, node.value.value), ()):
                unknown = Symbolic("attribute", self.module.text(node), "is an attribute of the operator", name=name)
                return self.attributes.get(name, unknown)
        if name in ("parent", "name", "stem", "suffix"):
            found = parent(self.fold(node.value), name)
            owner = self.fold(node.value) if found is MISSING and name == "name" else None
            found = owner if isinstance(owner, Symbolic) and owner.kind == "temporary" else found
        if found is MISSING:
            found = self._member(node.value, name)
        if found is MISSING and type(node.value) in (cst.Name, cst.Attribute):
            owner = self.fold(node.value)
            if isinstance(owner, Symbolic) and owner.kind in ("argument", "attribute"):
                found = replace(owner, source=self.module.text(node), path=(*owner.path, name))
        return self.unknown(node) if found is MISSING else found

    def _member(self, owner: cst.CSTNode, name: str) -> Value:
        """A constant of a module of the folder or of a class."""
        found = named(self.workspace, self.module, owner) if type(owner) is cst.Name else None
        if found is None:
            return MISSING
        module, binding = found
        if binding is None:
            return self.module_frame(module).bound(module.table.module, name)
        if type(binding.node) is cst.ClassDef:
            value = self.module_frame(module).bound(module.table.scopes[binding.node], name)
            holds = isinstance(value, (list, dict, set))
            return MISSING if holds and any(changes_member(one, name) for one in (module, self.module)) else value
        return MISSING

    def fold_Subscript(self, node: cst.Subscript) -> Value:
        if len(node.slice) == 1 and isinstance(part := node.slice[0].slice, cst.Slice):
            return self._sliced(node, part)
        if len(node.slice) != 1 or type(node.slice[0].slice) is not cst.Index:
            return self.unknown(node)
        key = self.fold(node.slice[0].slice.value)
        if not isinstance(key, (str, int)):
            return self.unknown(node)
        if self.module.qualified(node.value) == "os.environ":
            return Symbolic("env", self.module.text(node), name=str(key))
        owner = self.fold(node.value)
        if isinstance(owner, Symbolic) and owner.kind == "variable":
            return replace(owner, name=f"{owner.name}.{key}", default=None, has_default=False)
        if isinstance(owner, dict) and key in owner:
            return owner[key]
        if isinstance(owner, (list, tuple)) and isinstance(key, int) and -len(owner) <= key < len(owner):
            return owner[key]
        return self._of_argument(node, node.value, owner, key) or self.unknown(node)

    def _of_argument(self, node: cst.CSTNode, where: cst.CSTNode, owner: Value, key: str | int) -> Symbolic | None:
        """A member of what the task gives for a parameter; None of anything else, and where the code may have changed what was given."""
        if not isinstance(owner, Symbolic) or owner.kind != "argument" or owner.has_default:
            return None
        root = root_name(where)
        read = self.module.table.by_node.get(root) if root is not None else None
        scope = self.module.table.scope_of(read) if read is not None else None
        if read is None or scope is None or may_change(self.module, scope.node, read.name, node):
            return None
        return replace(owner, source=self.module.text(node), path=(*owner.path, key))

    def _sliced(self, node: cst.Subscript, part: cst.Slice) -> Value:
        owner = self.fold(node.value)
        bounds = [None if bound is None else self.fold(bound) for bound in (part.lower, part.upper, part.step)]
        if isinstance(owner, (list, tuple, str)) and all(bound is None or type(bound) is int for bound in bounds):
            return owner[slice(*bounds)] if bounds[2] != 0 else self.unknown(node)
        return self.unknown(node)

    def fold_Call(self, node: cst.Call) -> Value:
        found: Value = MISSING
        if not any(arg.star for arg in node.args):
            found = self._library(node)
            if found is MISSING and type(node.func) is cst.Attribute:
                found = self._method(node, node.func)
            if found is MISSING:
                found = self._own_function(node)
        return self.unknown(node) if found is MISSING else found

    def _library(self, node: cst.Call) -> Value:
        name = self.module.qualified(node.func)
        if name in ("os.getenv", "os.environ.get"):
            return self._lookup(node, "env")
        if name.startswith("airflow.") and name.endswith(".Variable.get"):
            return self._lookup(node, "variable")
        if name.startswith("tempfile."):
            return Symbolic("temporary", self.module.text(node), "is a file that only this code knows")
        if not name and dotted(node.func) == "dict" and not positional(node):
            return {key: self.fold(value) for key, value in keywords(node).items()}
        kind = dotted(node.func) if not name else ""
        if kind in ("list", "range", "sorted", "tuple") and (kind == "range" or len(node.args) == 1):
            items = self._elements(node if kind == "range" else node.args[0].value)
            return collected(kind, items) if items is not None and len(items) < MAX_CHOICES else MISSING
        if not name and dotted(node.func) != "str":
            return MISSING
        args = [self.fold(arg) for arg in positional(node)]
        if not args or not all(map(is_text, args)):
            return MISSING
        if name == "os.path.join" or name in PATH_TYPES:
            return join_path(args)
        if name in SAME_TEXT or (not name and len(args) == 1):
            return args[0]
        if name in ("os.path.dirname", "os.path.basename"):
            return parent(args[0], "parent" if name.endswith("dirname") else "name")
        return MISSING

    def _lookup(self, node: cst.Call, kind: str) -> Value:
        args, given = positional(node), keywords(node)
        name = self.fold(args[0] if args else given.get("key"))
        if not isinstance(name, str):
            return MISSING
        default = args[1] if len(args) > 1 else given.get("default_var", given.get("default"))
        return Symbolic(
            kind,
            self.module.text(node),
            name=name,
            default=self.fold(default) if default is not None else None,
            has_default=default is not None,
            span=self.module.span(node),
        )

    def _method(self, node: cst.Call, func: cst.Attribute) -> Value:
        owner, method = self.fold(func.value), func.attr.value
        args = [self.fold(arg) for arg in positional(node)]
        if isinstance(owner, dict) and method == "get" and args and isinstance(args[0], (str, int)):
            return owner.get(args[0], args[1] if len(args) > 1 else None)
        if isinstance(owner, dict) and method in _VIEWS and not node.args:
            return _VIEWS[method](owner)
        if method == "get" and len(args) in (1, 2) and isinstance(args[0], (str, int)) and not keywords(node):
            member = self._of_argument(node, func.value, owner, args[0])
            return replace(member, default=args[1] if len(args) > 1 else None, has_default=True) if member else MISSING
        if isinstance(owner, str) and method == "format":
            return format_text(owner, args, {key: self.fold(value) for key, value in keywords(node).items()})
        if isinstance(owner, str) and method == "join" and len(args) == 1 and isinstance(args[0], (list, tuple)):
            return join_text(owner, args[0])
        if method in SAME_TEXT_METHODS and not args and is_text(owner):
            return owner
        if method == "joinpath" and is_text(owner) and all(map(is_text, args)):
            return join_path([owner, *args])
        if method in ("with_suffix", "with_name") and len(args) == 1 and isinstance(args[0], str):
            return change_end(owner, method, args[0])
        return text_method(owner, method, args) if isinstance(owner, str) else MISSING

    # -- functions of the folder

    def _own_function(self, node: cst.Call) -> Value:
        """The value of a function of the folder that returns at its end only."""
        found = self.function(node.func)
        if found is None or self.calls >= MAX_CALLS or found[1] in self.budget.active:
            return MISSING
        module, function = found
        value = sole_return(function)
        if value is None:
            return MISSING
        inner = self.call(module, function, node)
        self.budget.active.add(function)
        try:
            return inner.fold(value)
        finally:
            self.budget.active.discard(function)

    def function(self, node: cst.CSTNode) -> tuple[ModuleInfo, cst.FunctionDef] | None:
        """The function of the folder that an expression in front of the brackets of a call names."""
        return function_named(self.workspace, self.module, node)

    def call(self, module: ModuleInfo, function: cst.FunctionDef, node: cst.Call) -> Frame:
        """The frame of a function called by `node`: its parameters bound to what the call gives."""
        args = [self.fold(arg) for arg in positional(node)]
        kwargs = {key: self.fold(value) for key, value in keywords(node).items()}
        return self.enter(module, function, args, kwargs)

    def enter(
        self,
        module: ModuleInfo,
        function: cst.FunctionDef | cst.Lambda,
        args: Sequence[Value],
        kwargs: Mapping[str, Value],
        reader: ContextReader | None = None,
    ) -> Frame:
        """A frame inside a function that gets these arguments; the rest take their defaults."""
        scope, params = module.table.scopes[function], function.params
        names = [param.name.value for param in (*params.posonly_params, *params.params)]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        by_name = {*names, *(param.name.value for param in params.kwonly_params)}
        given = dict(zip(names, args, strict=False)) | {name: v for name, v in kwargs.items() if name in by_name}
        arguments = dict(self.arguments)
        for name, value in given.items():
            anew = len(scope.bindings.get(name, [])) > 1
            arguments[scope, name] = Symbolic("unknown", name, "is assigned anew") if anew else value
        extra = {name: value for name, value in kwargs.items() if name not in by_name}
        return Frame(
            self.workspace, module, reader, arguments, extra, run=self.run, calls=self.calls + 1, budget=self.budget
        )


def enclosing_values(
    module: ModuleInfo, node: cst.CSTNode, closure: Mapping[str, Value]
) -> dict[tuple[Scope, str], Value]:
    """The values of free variables as arguments of the functions around a definition."""
    scopes = [module.table.scopes[item] for item in module.enclosing(node) if type(item) is cst.FunctionDef]
    return {(scope, name): value for scope in scopes for name, value in closure.items() if name in scope.bindings}


def own_arguments(
    module: ModuleInfo, function: cst.CSTNode, filled: Collection[str], bound: bool
) -> dict[tuple[Scope, str], Value]:
    """A callable's own parameters but for those that are `filled`, as what its task gives for them: that differs from task to task. Of a `bound` method
    without the first one."""
    if not isinstance(function, (cst.FunctionDef, cst.Lambda)):
        return {}
    scope, params = module.table.scopes[function], function.params
    names = [param.name.value for param in (*params.posonly_params, *params.params, *params.kwonly_params)]
    return {
        (scope, name): Symbolic("argument", name, "is given by the task", name=name)
        for name in (names[1:] if bound else names)
        if name not in filled and len(scope.bindings.get(name, [])) == 1
    }


def _taken(target: cst.CSTNode, value: Value, name: str) -> Value:
    """The part of a value that `name` of an assignment's target takes; MISSING if it cannot be told."""
    if type(target) is cst.Name:
        return value if target.value == name else MISSING
    if not isinstance(target, (cst.Tuple, cst.List)) or not isinstance(value, (tuple, list)):
        return MISSING
    if len(target.elements) != len(value):
        return MISSING
    found = (_taken(element.value, item, name) for element, item in zip(target.elements, value, strict=True))
    return next((item for item in found if item is not MISSING), MISSING)


def _binds(target: cst.CSTNode, name: str) -> bool:
    if type(target) is cst.Name:
        return target.value == name
    return any(_binds(child, name) for child in children(target))
