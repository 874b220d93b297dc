"""Statements at the top of a module that fill what a name holds by way of a function or class: `@register("csv")` above a function,
`register("csv", Csv)` in a loop, a subclass of a class that lists its subclasses.

Comes in: a name that the top of a module binds. Goes out: the definitions and statements without which it would hold less. Statements that change
what it holds by themselves (`NAMES.append(1)`) are found by `process.changes`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import Binding, Scope
from migrator.analyzers.callables.source.tree import descend, is_for_programs, root_name, statements

_LOGGERS = frozenset({"getLogger", "get_logger"})
_MAKING = frozenset({"__init__", "__new__", "__post_init__"})
"""Methods that run when an object of a class is made."""
_ADDING = frozenset({"add", "append", "appendleft", "extend", "insert", "setdefault", "update"})


def fillings(module: ModuleInfo, name: str, bindings: Sequence[Binding]) -> list[Binding]:
    """The statements at the top of a module that fill what a name holds which `bindings` bind there, as changes of it."""
    kinds = {binding.kind for binding in bindings}
    if kinds == {"assign"} and not any(is_logger(module, binding) for binding in bindings):
        fillers = _fillers(module, name)
        above = {name, *fillers}
        found = [
            unit
            for unit in _units(module.tree)
            if _decorated(unit, above) or (fillers and _calls(module, unit, fillers))
        ]
    elif kinds == {"class"} and len(bindings) == 1 and type(bindings[0].node) is cst.ClassDef:
        found = list(_of_class(module, bindings[0].node))
    else:
        return []
    return [Binding(name, "touch", unit, unit, unit) for unit in found]


def filling_imports(workspace: Workspace, module: ModuleInfo, files: Set[str]) -> list[Binding]:
    """The imports at the top of a module of files that nothing asks for a name, but that fill what one of the `files` holds."""
    found = []
    for bindings in module.table.module.bindings.values():
        for binding in bindings:
            at_top = binding.target is not None and type(binding.unit) is cst.SimpleStatementLine
            other = workspace.find(module.file, binding.target) if binding.target is not None and at_top else None
            if (
                other is not None
                and other.file not in files
                and not binding.type_checking
                and _fills(workspace, other, files)
            ):
                found.append(binding)
    return found


def _fills(workspace: Workspace, module: ModuleInfo, files: Set[str]) -> bool:
    """Whether what a module imports of the `files` fills something there while the module is loaded."""
    names = set()
    for binding in (one for bindings in module.table.module.bindings.values() for one in bindings):
        giver = workspace.find(module.file, binding.target) if binding.target is not None else None
        if (
            giver is not None
            and giver.file in files
            and binding.target is not None
            and binding.target.name in _filling(giver)
        ):
            names.add(binding.name)
    return bool(names) and any(
        _decorated(unit, names) or _calls(module, unit, names) or _derives(unit, names) for unit in _units(module.tree)
    )


def _filling(module: ModuleInfo) -> set[str]:
    """The functions and classes of a module by which others fill what it holds, and the objects that have such methods."""
    found: set[str] = set()
    for name, bindings in module.table.module.bindings.items():
        kinds = {binding.kind for binding in bindings}
        if kinds == {"assign"}:
            found |= _fillers(module, name)
        elif kinds == {"class"} and isinstance(cls := bindings[0].node, cst.ClassDef):
            methods = [node for node in statements(cls.body) if type(node) is cst.FunctionDef]
            found |= {name} if any(_changes_class(module, node, name) for node in methods) else set()
    return found


def is_logger(module: ModuleInfo, binding: Binding) -> bool:
    """Whether a name holds a logger, which messages do not fill."""
    value = binding.node.value if isinstance(binding.node, (cst.Assign, cst.AnnAssign)) else None
    made = module.qualified(value.func) if type(value) is cst.Call else ""
    return made.rpartition(".")[2] in _LOGGERS


def _derives(unit: cst.CSTNode, names: Collection[str]) -> bool:
    roots = (root_name(base.value) for base in unit.bases) if type(unit) is cst.ClassDef else ()
    return any(root is not None and root.value in names for root in roots)


def _units(body: cst.Module | cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """The statements that run while the module is loaded, those inside of `with` blocks one by one."""
    for statement in statements(body):
        if type(statement) is cst.With:
            yield from _units(statement.body)
        elif not is_for_programs(statement):
            yield statement


def _fillers(module: ModuleInfo, name: str) -> set[str]:
    """The functions and classes at the top of the module whose code changes what the name holds, or calls such a function."""
    scopes = [scope for scope in module.table.scopes.values() if name in scope.touches and not _hides(scope, name)]
    found = {top for scope in scopes if (top := _top(module, scope))}
    more = found
    while more:
        inside = [read.scope for read in module.table.reads if read.name in more and read.scope.kind != "module"]
        more = {top for scope in inside if (top := _top(module, scope))} - found
        found |= more
    return found


def _hides(scope: Scope | None, name: str) -> bool:
    """Whether the name means something else in a scope inside of the module."""
    while scope is not None and scope.kind != "module":
        if name in scope.bindings:
            return True
        scope = scope.parent
    return False


def _top(module: ModuleInfo, scope: Scope) -> str:
    """The function or class at the top of the module that a scope is in; empty for none, and for a task or DAG, which Airflow calls."""
    node, top = scope.node, None
    for around in (node, *module.enclosing(node)):
        top = around if isinstance(around, (cst.FunctionDef, cst.ClassDef)) else top
    if top is None or any(module.qualified(_called(one.decorator)).startswith("airflow.") for one in top.decorators):
        return ""
    return top.name.value


def _calls(module: ModuleInfo, unit: cst.CSTNode, names: Collection[str]) -> bool:
    """Whether a statement calls one of the functions while the module is loaded."""
    for node in descend(unit) if any(read.name in names for read in module.table.reads_in(unit)) else ():
        root = _called(node) if type(node) is cst.Call else None
        read = module.table.by_node.get(root) if type(root) is cst.Name and root.value in names else None
        if read is not None and read.scope.kind in ("module", "comprehension"):
            return True
    return False


def _called(node: cst.BaseExpression) -> cst.BaseExpression:
    while type(node) is cst.Call:
        node = node.func
    return node


def _decorated(unit: cst.CSTNode, names: Collection[str]) -> bool:
    """Whether a definition stands below a decorator that starts with one of the names."""
    decorators = unit.decorators if isinstance(unit, (cst.FunctionDef, cst.ClassDef)) else ()
    roots = (root_name(one.decorator) for one in decorators)
    return any(root is not None and root.value in names for root in roots)


def _of_class(module: ModuleInfo, cls: cst.ClassDef) -> Iterator[cst.CSTNode]:
    """What a class lists: definitions below a decorator that is a method of it, calls of such a method, its subclasses, and its objects."""
    methods = [node for node in statements(cls.body) if type(node) is cst.FunctionDef]
    filling = {node.name.value for node in methods if _changes_class(module, node, cls.name.value)}
    lists_subclasses = "__init_subclass__" in filling or "__subclasses__" in module.source.text
    lists_objects = not filling.isdisjoint(_MAKING)
    below = {cls.name.value}
    for unit in _units(module.tree):
        if unit is cls:
            continue
        if type(unit) is cst.ClassDef and _derives(unit, below):
            below.add(unit.name.value)
            if lists_subclasses:
                yield unit
                continue
        makes = lists_objects and type(unit) not in (cst.FunctionDef, cst.ClassDef) and _calls(module, unit, below)
        if makes or (filling and _names_method(unit, cls.name.value, filling)):
            yield unit


def _changes_class(module: ModuleInfo, method: cst.FunctionDef, cls: str) -> bool:
    """Whether a method changes what its class holds."""
    first = method.params.params[0].name.value if method.params.params else ""
    inside = [node for node in descend(method) if node in module.table.scopes]
    on_class = {cls} | ({first} if _is_of_class(method) else set())
    if any(not on_class.isdisjoint(module.table.scopes[node].touches) for node in inside):
        return True
    return any(_adds_to_class(node, first) for node in descend(method))


def _adds_to_class(node: cst.CSTNode, first: str) -> bool:
    """Whether a method changes by a statement what the class of its object holds: `type(self).ALL.append(self)`, `self.__class__.BY_NAME[name] = self`."""
    if type(node) is cst.Call and type(node.func) is cst.Attribute and node.func.attr.value in _ADDING:
        held = node.func.value
    elif type(node) is cst.AssignTarget and type(node.target) is cst.Subscript:
        held = node.target.value
    elif (
        type(node) in (cst.AssignTarget, cst.AugAssign)
        and type(target := getattr(node, "target", None)) is cst.Attribute
    ):
        held = target
    else:
        return False
    owner = held.value if type(held) is cst.Attribute else None
    if type(owner) is cst.Call and type(owner.func) is cst.Name and owner.func.value == "type" and len(owner.args) == 1:
        owner = owner.args[0].value
    elif type(owner) is cst.Attribute and owner.attr.value == "__class__":
        owner = owner.value
    else:
        return False
    return type(owner) is cst.Name and owner.value == first


def _is_of_class(method: cst.FunctionDef) -> bool:
    decorators = [one.decorator.value for one in method.decorators if type(one.decorator) is cst.Name]
    return method.name.value == "__init_subclass__" or "classmethod" in decorators


def _names_method(unit: cst.CSTNode, cls: str, methods: Collection[str]) -> bool:
    """Whether a method of the class decorates a definition, or is called by a plain statement."""
    if isinstance(unit, (cst.FunctionDef, cst.ClassDef)):
        nodes = [_called(one.decorator) for one in unit.decorators]
    else:
        nodes = [_called(node) for node in descend(unit) if type(node) is cst.Call]
    attributes = [node for node in nodes if type(node) is cst.Attribute and node.attr.value in methods]
    return any(type(node.value) is cst.Name and node.value.value == cls for node in attributes)
