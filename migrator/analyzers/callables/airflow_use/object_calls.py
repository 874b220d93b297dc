"""Where code calls a function of the team's own, also where that is a method, a property or the call of an object: `book.open()`, `book.folder`, `book()`.

In: a function, and a module or a piece of code. Out: the expressions that call it, and whether it, or the object whose method it is, goes where it is not
followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import called_object, class_named, is_property
from migrator.analyzers.callables.classes.hierarchy import ancestry
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.resolve import class_of, yields_itself
from migrator.analyzers.callables.source.tree import descend

Means = Callable[[ModuleInfo, cst.BaseExpression], bool]
CALLED = "__call__"


def properties(function: cst.FunctionDef) -> list[cst.Decorator]:
    """The decorators that make a property of a method."""
    return [one for one in function.decorators if is_property(one)]


def calls_of(
    workspace: Workspace, module: ModuleInfo, function: cst.FunctionDef, means: Means
) -> Iterator[tuple[cst.FunctionDef, list[cst.Call]]]:
    """By function of a module that names another one: what calls that (of a property, reads it); none where it is named otherwise, too. `means`: whether an
    expression names it."""
    for outer in (node for node in descend(module.tree) if isinstance(node, cst.FunctionDef)):
        inner = {part for below in descend(outer.body) if isinstance(below, cst.FunctionDef) for part in descend(below)}
        inner |= {part for item in descend(outer) if isinstance(item, cst.Annotation) for part in descend(item)}
        nodes = [node for node in descend(outer) if node not in inner]
        if function.name.value == CALLED:
            objects = [
                node for node in nodes if isinstance(node, cst.Call) and _calls(workspace, module, node, function)
            ]
            if objects:
                yield outer, objects
            continue
        named = [node for node in nodes if isinstance(node, cst.Name | cst.Attribute) and means(module, node)]
        called = {node.func: node for node in nodes if isinstance(node, cst.Call)}
        if properties(function):
            if named:
                yield outer, [cst.Call(node) for node in named]
            continue
        calls = [called[node] for node in called if node in named]
        if named:
            yield outer, calls if all(node in called for node in named) else []


def _calls(workspace: Workspace, module: ModuleInfo, call: cst.Call, function: cst.FunctionDef) -> bool:
    found = called_object(workspace, module, call.func)
    return found is not None and found[1] is function


def escaping(
    workspace: Workspace, module: ModuleInfo, nodes: Sequence[cst.CSTNode], cls: cst.ClassDef
) -> cst.CSTNode | None:
    """Where an object of a class, or of one below it, goes on to what is not followed: anything but a call of it or of its methods, and a name that it
    gets; None where it does not."""
    followed = _followed(workspace, module, nodes)
    for node in nodes:
        if node in followed or not isinstance(node, cst.Name | cst.Attribute | cst.Call):
            continue
        yielded = yields_itself(workspace, module, node)
        found = class_of(workspace, module, node)
        if yielded is not None and type(yielded[1].node) is cst.ClassDef:
            found = yielded[0], yielded[1].node
        if found is not None and any(one is cls for _, one in ancestry(workspace, *found)):
            return node
    return None


def followed_objects(workspace: Workspace, module: ModuleInfo, piece: cst.CSTNode) -> set[cst.CSTNode]:
    """The names of classes of which a piece of code makes objects that do not go where they are not followed."""
    nodes = list(descend(piece))
    followed = _followed(workspace, module, nodes)
    made = [node for node in nodes if isinstance(node, cst.Call) and node in followed]
    asked = {node.value for node in nodes if isinstance(node, cst.Attribute)}
    classes = {node for node in asked if class_named(workspace, module, node) is not None}
    return classes | {node.func for node in made if class_of(workspace, module, node) is not None}


def _followed(workspace: Workspace, module: ModuleInfo, nodes: Sequence[cst.CSTNode]) -> set[cst.CSTNode]:
    """The expressions that are called, asked for a member, entered, or set a name to an object that is known by it."""
    found: set[cst.CSTNode] = set()
    for node in nodes:
        if isinstance(node, cst.Attribute):
            found.add(node.value)
        elif isinstance(node, cst.Call):
            found.add(node.func)
        elif isinstance(node, cst.WithItem):
            found.add(node.item)
        elif isinstance(node, cst.Assign) and all(_names(workspace, module, node, one.target) for one in node.targets):
            found |= {node.value, *(one.target for one in node.targets)}
        elif (
            isinstance(node, cst.AnnAssign) and node.value is not None and _names(workspace, module, node, node.target)
        ):
            found |= {node.value, node.target}
        elif isinstance(node, cst.AsName):
            found.add(node.name)
        elif isinstance(node, cst.Return | cst.Yield | cst.Expr) and node.value is not None and _is_dealt_with(node):
            found.add(node.value)
    return found


def _is_dealt_with(node: cst.Return | cst.Yield | cst.Expr) -> bool:
    """Whether an object that is given goes to who calls the method that gives it (`return self`, `return cls(...)`), which is followed, or to nobody."""
    value = node.value
    called = value.func if isinstance(value, cst.Call) else None
    if isinstance(node, cst.Expr):
        return called is not None
    made = isinstance(called, cst.Name) and called.value == "cls"
    return made or (isinstance(value, cst.Name) and value.value == "self")


def _names(
    workspace: Workspace, module: ModuleInfo, statement: cst.Assign | cst.AnnAssign, target: cst.BaseExpression
) -> bool:
    """Whether a name, or an attribute, that is set to an object stands for that wherever it is read."""
    if not isinstance(target, cst.Name):
        return class_of(workspace, module, target) is not None
    scopes = (module.table.module, *module.table.scopes.values())
    bound = (scope.bindings.get(target.value, ()) for scope in scopes)
    value = statement.value
    is_object = isinstance(value, cst.Call) and class_of(workspace, module, value) is not None
    return is_object and any(len(bindings) == 1 and bindings[0].node is statement for bindings in bound)
