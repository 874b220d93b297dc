"""Which function of the team's own a call means.

In: what stands in front of the parentheses. Out: the function; None where it is another thing, or none of the folder.
"""

from __future__ import annotations

import re

import libcst as cst

from migrator.analyzers.callables.classes.base_calls import method_of_base
from migrator.analyzers.callables.classes.hierarchy import method_of
from migrator.analyzers.callables.classes.overriding import is_abstract
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.resolve import class_of, function_named, named

_MANAGER = "contextlib.contextmanager"
"""A decorator that leaves a function what it takes."""
_PLAIN = frozenset({"classmethod", "property", "staticmethod"})


def callee(
    workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression, given: bool
) -> tuple[ModuleInfo, cst.FunctionDef, bool] | None:
    """The function that is called, and whether it is a method that gets its instance by the call: of a class that is called
    and `given` something of the context, its `__init__`."""
    if given and (made := constructor(workspace, module, func)) is not None:
        return *made, True
    of_call = called_object(workspace, module, func)
    found = (
        of_call
        or function_named(workspace, module, func)
        or _inherited(workspace, module, func)
        or method_of_base(workspace, module, func)
    )
    if found is None:
        return None
    where, function = found
    names = plain_decorators(where, function)
    if names is None or "property" in names:
        return None
    around = where.enclosing(function)[:1]
    method = bool(around) and isinstance(around[0], cst.ClassDef)
    instance = of_call is not None or (isinstance(func, cst.Attribute) and _is_object(workspace, module, func.value))
    if method and not instance and not names:
        return None
    return where, function, method and "staticmethod" not in names


def plain_decorators(module: ModuleInfo, function: cst.FunctionDef) -> set[str] | None:
    """The names of a function's decorators that matter to what it is called with; None where one may do anything."""
    decorators = [one for one in function.decorators if not is_abstract(module, one)]
    decorators = [one for one in decorators if module.qualified(one.decorator) != _MANAGER]
    names = {one.decorator.value for one in decorators if isinstance(one.decorator, cst.Name)}
    return names if len(names) == len(decorators) and names <= _PLAIN else None


def called_object(
    workspace: Workspace, module: ModuleInfo, func: cst.CSTNode
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The `__call__` of the object that a name or an attribute stands for."""
    if not isinstance(func, cst.Name | cst.Attribute):
        return None
    found = class_of(workspace, module, func)
    return method_of(workspace, *found, "__call__") if found is not None else None


def property_read(
    workspace: Workspace, module: ModuleInfo, node: cst.Attribute
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The method behind an attribute of an object that is computed each time (`@property`)."""
    found = function_named(workspace, module, node)
    if found is None or len(found[1].decorators) != 1 or class_of(workspace, module, node.value) is None:
        return None
    return found if is_property(found[1].decorators[0]) else None


def is_property(decorator: cst.Decorator) -> bool:
    """Whether a decorator is `@property`."""
    return isinstance(decorator.decorator, cst.Name) and decorator.decorator.value == "property"


def _inherited(
    workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The method of a base in the folder that `self.name` means."""
    if not is_own(func) or not isinstance(func, cst.Attribute):
        return None
    read = module.table.by_node.get(func.value)
    scope = module.table.scope_of(read) if read is not None else None
    around = module.enclosing(scope.node)[:1] if scope is not None else []
    cls = around[0] if around else None
    return method_of(workspace, module, cls, func.attr.value) if isinstance(cls, cst.ClassDef) else None


def is_own(func: cst.BaseExpression) -> bool:
    """Whether a method is asked for that the class of the object, which may be one below, has."""
    return isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name) and func.value.value == "self"


def _is_object(workspace: Workspace, module: ModuleInfo, node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Call) or (isinstance(node, cst.Name) and not node.value[:1].isupper()):
        return True
    return class_of(workspace, module, node) is not None


def constructor(
    workspace: Workspace, module: ModuleInfo, func: cst.CSTNode
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The `__init__` of the class in the folder that a name means; None for a class that others of the folder derive from."""
    found = class_named(workspace, module, func)
    inner = found[0].table.scopes[found[1]].bindings.get("__init__", []) if found is not None else []
    method = inner[0].node if len(inner) == 1 else None
    if found is None or not isinstance(method, cst.FunctionDef) or has_below(workspace, found[1]):
        return None
    return found[0], method


def has_below(workspace: Workspace, cls: cst.ClassDef) -> bool:
    """Whether others of the folder derive from a class, by its name."""
    derived = re.compile(rf"^\s*class\s+\w+\s*\([^)]*\b{cls.name.value}\b", re.MULTILINE)
    return any(derived.search(source.text) for source in workspace.sources.values())


def class_named(workspace: Workspace, module: ModuleInfo, func: cst.CSTNode) -> tuple[ModuleInfo, cst.ClassDef] | None:
    """The class in the folder that a name means."""
    found = named(workspace, module, func) if isinstance(func, cst.Name) else None
    cls = found[1].node if found is not None and found[1] is not None else None
    return (found[0], cls) if found is not None and isinstance(cls, cst.ClassDef) else None
