"""What a name in the code means in terms of the folder: a binding of one of its modules, a function, what a function returns.

In: an expression in a module. Out: the module and the place in it that defines the thing; None for libraries and for what is only
known at run time.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    if len(bindings) != 1:
        return None
    target = bindings[0].target
    if target is None:
        return module, bindings[0]
    found = workspace.find(module.file, target)
    if found is None or (target.name is None and target.alias is None and "." in target.module):
        return None
    inner = found.table.module.bindings.get(target.name or "", [])
    if not inner:
        return found, None
    return (found, inner[0]) if len(inner) == 1 else None


def names_of_folder(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode) -> list[cst.CSTNode]:
    """The names in a piece of code that may lead to functions of the team's own; where there are any, all that stands behind a dot as well."""
    reads = [read.node for read in module.table.reads_in(node) if _leads_home(workspace, module, read)]
    return [*reads, *(item for item in descend(node) if type(item) is cst.Attribute)] if reads else []


def _leads_home(workspace: Workspace, module: ModuleInfo, read: Read) -> bool:
    return read.name in ("self", "cls") or any(
        binding.kind in ("class", "function")
        or (binding.target is not None and workspace.find(module.file, binding.target) is not None)
        for binding in module.table.bindings_of(read)
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
    inner = owner[1].bindings.get(node.attr.value, []) if owner is not None else []
    if owner is None or len(inner) != 1 or type(inner[0].node) is not cst.FunctionDef:
        return None
    return owner[0], inner[0].node


def _owner(
    workspace: Workspace, module: ModuleInfo, node: cst.BaseExpression, steps: int = MAX_STEPS
) -> tuple[ModuleInfo, Scope] | None:
    """Module and names of what stands in front of a dot: a module, a class, or an instance of a class."""
    if type(node) is cst.Call:
        node = node.func
    found = named(workspace, module, node) if type(node) is cst.Name else None
    if found is None:
        return None
    where, binding = found
    if binding is None:
        return where, where.table.module
    if type(binding.node) is cst.ClassDef:
        return where, where.table.scopes[binding.node]
    if binding.kind == "parameter" and binding.name in ("self", "cls"):
        scope = module.table.scope_of(module.table.by_node[node])
        around = module.enclosing(scope.node)[:1] if scope is not None else []
        return (where, where.table.scopes[around[0]]) if around and type(around[0]) is cst.ClassDef else None
    value = getattr(binding.node, "value", None) if binding.kind == "assign" else None
    return _owner(workspace, where, value, steps - 1) if steps and type(value) is cst.Call else None


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
