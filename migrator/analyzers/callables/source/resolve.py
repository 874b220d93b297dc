"""What a name in the code means in terms of the folder: a binding of one of its modules, a function, what a function returns.

In: an expression in a module. Out: the module and the place in it that defines the thing; None for libraries and for what is only
known at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import Binding, Read, Scope
from migrator.analyzers.callables.source.tree import children, descend, statements

MAX_STEPS = 8
"""Names that are followed from an instance to its class."""


def named(workspace: Workspace, module: ModuleInfo, node: cst.Name) -> tuple[ModuleInfo, Binding | None] | None:
    """What a name that is bound once means: a binding, or (without a binding) a module of the folder itself."""
    read = module.table.by_node.get(node)
    bindings = module.table.bindings_of(read) if read is not None else []
    return _meant(workspace, module, bindings[0], MAX_STEPS) if len(bindings) == 1 else None


def _meant(
    workspace: Workspace, module: ModuleInfo, binding: Binding, steps: int
) -> tuple[ModuleInfo, Binding | None] | None:
    """What a binding means, where it imports something of the folder: what that is there, which may be an import again."""
    target = binding.target
    if target is None:
        return module, binding
    found = workspace.find(module.file, target)
    if found is None or (target.name is None and target.alias is None and "." in target.module):
        return None
    inner = found.table.module.bindings.get(target.name or "", [])
    if not inner:
        return found, None
    if len(inner) != 1:
        return None
    further = _meant(workspace, found, inner[0], steps - 1) if steps and inner[0].target is not None else None
    return further or (found, inner[0])


def names_of_folder(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode) -> list[cst.CSTNode]:
    """The names in a piece of code that may lead to functions of the team's own; where there are any, all that stands behind a dot as well."""
    reads = [read.node for read in module.table.reads_in(node) if _leads_home(workspace, module, read)]
    return [*reads, *(item for item in descend(node) if type(item) is cst.Attribute)] if reads else []


def _leads_home(workspace: Workspace, module: ModuleInfo, read: Read) -> bool:
    return (
        read.name in ("self", "cls")
        or any(
            binding.kind in ("class", "function")
            or (binding.target is not None and workspace.find(module.file, binding.target) is not None)
            for binding in module.table.bindings_of(read)
        )
        or class_of(workspace, module, read.node) is not None
    )


def function_named(
    workspace: Workspace, module: ModuleInfo, node: cst.CSTNode
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The function that `name`, `module.name`, `Class.name`, `Class().name`, `instance.name` or `self.name` means."""
    if type(node) is cst.Name:
        found = named(workspace, module, node)
        binding = found[1] if found is not None else None
        target = binding.node if binding is not None else None
        return (found[0], target) if found is not None and type(target) is cst.FunctionDef else None
    if type(node) is not cst.Attribute:
        return None
    owner = _owner(workspace, module, node.value)
    if owner is None:
        return None
    where, scope, of_object = owner
    return _function_in(workspace, where, scope, node.attr.value, MAX_STEPS if of_object else 0)


def _function_in(
    workspace: Workspace, module: ModuleInfo, scope: Scope, name: str, bases: int
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The function of that name in a module or class, or in a base of the class, so many steps above."""
    inner = scope.bindings.get(name, [])
    if inner:
        function = inner[0].node if len(inner) == 1 else None
        return (module, function) if type(function) is cst.FunctionDef else None
    cls = scope.node if bases and type(scope.node) is cst.ClassDef else None
    for base in cls.bases if cls is not None else ():
        found = named(workspace, module, base.value) if type(base.value) is cst.Name else None
        node = found[1].node if found is not None and found[1] is not None else None
        if found is not None and type(node) is cst.ClassDef:
            method = _function_in(workspace, found[0], found[0].table.scopes[node], name, bases - 1)
            if method is not None:
                return method
    return None


def class_of(
    workspace: Workspace, module: ModuleInfo, node: cst.BaseExpression
) -> tuple[ModuleInfo, cst.ClassDef] | None:
    """The class of the folder of which an expression is an object: `Class()`, a name that is set to that once, `self`."""
    owner = _owner(workspace, module, node)
    if owner is None or not owner[2] or type(owner[1].node) is not cst.ClassDef:
        return None
    return owner[0], owner[1].node


def _owner(
    workspace: Workspace, module: ModuleInfo, node: cst.BaseExpression, steps: int = MAX_STEPS
) -> tuple[ModuleInfo, Scope, bool] | None:
    """Module and names of what stands in front of a dot: a module, a class, or (the third is true) an object of a class."""
    called = type(node) is cst.Call
    if type(node) is cst.Call and type(node.func) is cst.Attribute:
        return _giving_itself(workspace, module, node.func, steps, sole_return)
    if type(node) is cst.Call:
        node = node.func
    elif type(node) is cst.Attribute and steps:
        kept = _kept(workspace, module, node, steps)
        return _owner(workspace, kept[0], kept[1], steps - 1) if kept is not None else None
    found = named(workspace, module, node) if type(node) is cst.Name else None
    if found is None:
        return None
    where, binding = found
    if binding is None:
        return where, where.table.module, False
    if type(binding.node) is cst.ClassDef:
        return where, where.table.scopes[binding.node], called
    if binding.kind == "parameter" and binding.name in ("self", "cls"):
        scope = module.table.scope_of(module.table.by_node[node])
        around = module.enclosing(scope.node)[:1] if scope is not None else []
        inside = bool(around) and type(around[0]) is cst.ClassDef
        return (where, where.table.scopes[around[0]], called or binding.name == "self") if inside else None
    value = getattr(binding.node, "value", None) if binding.kind == "assign" and not called else None
    if binding.kind == "with" and not called:
        return _entered(workspace, where, binding, steps)
    return _owner(workspace, where, value, steps - 1) if steps and type(value) is cst.Call else None


def _giving_itself(
    workspace: Workspace,
    module: ModuleInfo,
    func: cst.Attribute,
    steps: int,
    gives: Callable[[cst.FunctionDef], cst.BaseExpression | None],
) -> tuple[ModuleInfo, Scope, bool] | None:
    """The object whose method a call asks, where that is what the method `gives`, or the one that a class makes so (`return cls(...)`)."""
    owner = _owner(workspace, module, func.value, steps - 1) if steps else None
    if owner is None or owner[1].kind != "class":
        return None
    found = _function_in(workspace, owner[0], owner[1], func.attr.value, MAX_STEPS)
    given = gives(found[1]) if found is not None else None
    if type(given) is cst.Call and type(given.func) is cst.Name and given.func.value == "cls":
        return owner[0], owner[1], True
    return owner if owner[2] and type(given) is cst.Name and given.value == "self" else None


def sole_yield(function: cst.FunctionDef) -> cst.BaseExpression | None:
    """What a generator yields, if that is one thing."""
    yields = [node for node in descend(function.body) if type(node) is cst.Yield]
    value = yields[0].value if len(yields) == 1 else None
    return value if isinstance(value, cst.BaseExpression) else None


def yields_itself(workspace: Workspace, module: ModuleInfo, call: cst.CSTNode) -> tuple[ModuleInfo, Scope, bool] | None:
    """The object whose method a call asks that is a context manager, and gives the object (`yield self`)."""
    if type(call) is not cst.Call or type(call.func) is not cst.Attribute:
        return None
    return _giving_itself(workspace, module, call.func, MAX_STEPS, sole_yield)


def _entered(
    workspace: Workspace, module: ModuleInfo, binding: Binding, steps: int
) -> tuple[ModuleInfo, Scope, bool] | None:
    """The object that a `with` gives a name: one whose `__enter__` returns `self`, or one that a method of it yields."""
    items = binding.node.items if type(binding.node) is cst.With else ()
    names = ((item.asname.name, item.item) for item in items if item.asname is not None)
    value = next((made for name, made in names if type(name) is cst.Name and name.value == binding.name), None)
    if value is None or not steps:
        return None
    owner = _owner(workspace, module, value, steps - 1)
    enter = _function_in(workspace, owner[0], owner[1], "__enter__", MAX_STEPS) if owner is not None else None
    given = sole_return(enter[1]) if enter is not None else None
    if type(given) is cst.Name and given.value == "self":
        return owner
    return yields_itself(workspace, module, value)


def _kept(
    workspace: Workspace, module: ModuleInfo, node: cst.Attribute, steps: int
) -> tuple[ModuleInfo, cst.Call] | None:
    """The call whose result an attribute of an object of the folder (`self.name`), or a name of a module (`module.name`), is set to, once."""
    owner = _owner(workspace, module, node.value, steps - 1)
    if owner is None:
        return None
    where, scope, _ = owner
    named_so = [binding.node for binding in scope.bindings.get(node.attr.value, ())]
    if type(scope.node) is cst.ClassDef:
        named_so += [item for item in descend(scope.node) if _sets(item, node.attr.value)]
    value = getattr(named_so[0], "value", None) if len(named_so) == 1 else None
    return (where, value) if type(value) is cst.Call else None


def _sets(node: cst.CSTNode, name: str) -> bool:
    """Whether a statement sets an attribute of that name."""
    targets = [one.target for one in node.targets] if type(node) is cst.Assign else []
    targets += [node.target] if type(node) in (cst.AnnAssign, cst.AugAssign) else []  # type: ignore[attr-defined]
    return any(type(one) is cst.Attribute and one.attr.value == name for one in targets)


def is_always_reached(module: ModuleInfo, line: cst.CSTNode | None) -> bool:
    """Whether a statement of a function is reached in every run of it that does not fail."""
    function = next((node for node in module.enclosing(line) if type(node) is cst.FunctionDef), None) if line else None
    if line is None or function is None or module.table.blocks.get(line) is not function.body:
        return False
    before = list(statements(function.body))
    return not _returns(before[: before.index(line)])


def _returns(block: Sequence[cst.CSTNode]) -> list[cst.Return]:
    """The `return`s in statements, but for those of functions in them."""
    returns: list[cst.Return] = []
    stack: list[cst.CSTNode] = list(block)
    while stack:
        current = stack.pop()
        if type(current) is cst.Return:
            returns.append(current)
        if not isinstance(current, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            stack.extend(children(current))
    return returns


def sole_return(function: cst.FunctionDef) -> cst.BaseExpression | None:
    """What a function returns, if its last statement is its only `return`."""
    returns = _returns(statements(function.body))
    last = statements(function.body)[-1] if statements(function.body) else None
    small = last.body[-1] if type(last) is cst.SimpleStatementLine else last
    return returns[0].value if len(returns) == 1 and returns[0] is small else None


def star_libraries(workspace: Workspace, module: ModuleInfo, name: str, with_airflow: bool) -> list[Binding]:
    """The imports of everything (`from x import *`) one of which gives a name that nothing else does: that of the folder's module which has it, else all
    those of libraries."""
    libraries: list[Binding] = []
    for binding in module.table.module.bindings.get("*", []):
        if binding.target is None or (binding.target.is_airflow and not with_airflow):
            continue
        local = workspace.find(module.file, binding.target)
        if local is None:
            libraries.append(binding)
        elif name in local.table.module.bindings:
            return [binding]
    return libraries
