"""Tables that decorators and subclasses fill while modules are imported: `HANDLERS = {}` and `@handler("csv")` above functions.

In: a dict or list of a module or class that is empty where it is made. Out: the same, with what the definitions of the modules that know it put
into it. Nothing is run: decorators and `__init_subclass__` are read as the task's code is.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.modules import ModuleInfo, ModuleUnreadable
from migrator.analyzers.io.python.values import OwnClass, OwnFunction, Scope
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_MAX_MODULES = 24
_MAX_DEFINITIONS = 200


def filled(evaluator: Evaluator, module: ModuleInfo, table: Value, owner: OwnClass | None = None) -> None:
    """Lets the definitions of the module, and of those that import it, fill the table; `owner` is the class that it is a member of."""
    if not isinstance(table, (dict, list)) or table or module.file in evaluator.filling:
        return
    evaluator.filling.add(module.file)
    evaluator.quiet += 1
    try:
        for index, (where, node) in enumerate(_definitions(evaluator, module)):
            if index >= _MAX_DEFINITIONS:
                break
            if isinstance(node, cst.ClassDef) and owner is not None and node is not owner.node:
                _subclass(evaluator, OwnClass(where, node), owner)
            _decorated(evaluator, where, node)
    finally:
        evaluator.quiet -= 1
        evaluator.filling.discard(module.file)


def _definitions(
    evaluator: Evaluator, module: ModuleInfo
) -> Iterator[tuple[ModuleInfo, cst.FunctionDef | cst.ClassDef]]:
    for where in _modules(evaluator, module):
        for node in where.tree.body:
            if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
                yield where, node


def _modules(evaluator: Evaluator, module: ModuleInfo) -> list[ModuleInfo]:
    """The module, and those whose text names it."""
    path = module.file.removesuffix(".py").removesuffix("/__init__")
    name, found = posixpath.basename(path), [module]
    sources = evaluator.workspace.sources
    for file in sorted(sources):
        if len(found) >= _MAX_MODULES:
            break
        if file != module.file and file.endswith(".py") and name in sources[file].text:
            try:
                found.append(evaluator.workspace.module(file))
            except ModuleUnreadable:
                continue
    return found


def decorated(evaluator: Evaluator, function: OwnFunction, scope: Scope) -> OwnFunction:
    """What the folder's decorators make of a function: the function around it where that is known."""
    assert isinstance(function.node, cst.FunctionDef)
    found = function
    for decorator in reversed(function.node.decorators):
        around = evaluator.eval(decorator.decorator, scope)
        result = evaluator.enter(around, [found], {}) if isinstance(around, OwnFunction) else None
        found = result if isinstance(result, OwnFunction) else found
    return found


def _decorated(evaluator: Evaluator, module: ModuleInfo, node: cst.FunctionDef | cst.ClassDef) -> None:
    """Reads the folder's decorators of a definition with what they decorate."""
    given: Value = OwnFunction(module, node) if isinstance(node, cst.FunctionDef) else OwnClass(module, node)
    for decorator in reversed(node.decorators):
        function = evaluator.eval(decorator.decorator, Scope(module, {}))
        if isinstance(function, OwnFunction):
            evaluator.enter(function, [given], {})


def _subclass(evaluator: Evaluator, cls: OwnClass, owner: OwnClass) -> None:
    """Reads `__init_subclass__` of the owner for a class below it."""
    from migrator.analyzers.io.python.attributes import own_attribute, own_bases

    hook = own_attribute(evaluator, owner, "__init_subclass__")
    if isinstance(hook, OwnFunction) and any(base.node is owner.node for base in own_bases(evaluator, cls)):
        evaluator.enter(OwnFunction(hook.module, hook.node, hook.outer, cls, hook.owner), [], {})
