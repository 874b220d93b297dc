"""Tables that decorators and subclasses fill while modules are imported: `HANDLERS = {}` and `@handler("csv")` above functions.

In: a dict or list of a module or class that is empty where it is made. Out: the same, with what the definitions of the modules that know it put
into it. Nothing is run: decorators and `__init_subclass__` are read as the task's code is.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable
from migrator.analyzers.callables.source.tree import descend, dotted
from migrator.analyzers.io.python.values import UNKNOWN, OwnClass, OwnFunction, Scope
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_MAX_MODULES = 24
_MAX_DEFINITIONS = 200


def filled(evaluator: Evaluator, module: ModuleInfo, name: str, table: Value, owner: OwnClass | None = None) -> None:
    """Lets the definitions and calls at the top of the module, and of those that import it, fill the table of this name; `owner` is the class
    that it is a member of."""
    if not isinstance(table, (dict, list)) or table or (module.file, name) in evaluator.filling:
        return
    evaluator.filling.add((module.file, name))
    evaluator.quiet += 1
    try:
        for index, (where, node) in enumerate(definitions(evaluator, module)):
            if index >= _MAX_DEFINITIONS:
                break
            if isinstance(node, cst.ClassDef) and owner is not None and node is not owner.node:
                _subclass(evaluator, OwnClass(where, node), owner)
            _decorated(evaluator, where, node)
        _called(evaluator, module, name, owner)
    finally:
        evaluator.quiet -= 1
        evaluator.filling.discard((module.file, name))


def changed(evaluator: Evaluator, module: ModuleInfo, name: str, table: Value) -> Value:
    """A dict or list of a module after the statements of its top level that put something into it; unknown where others change it."""
    from migrator.analyzers.io.python.statements import block

    places = {id(line) for line in module.tree.body}
    lines: list[cst.CSTNode] = []
    for binding in module.table.module.touches.get(name, []):
        line = binding.statement if id(binding.statement) in places else binding.unit
        known = isinstance(line, cst.For) or _puts(evaluator, module, line, name)
        if line is None or id(line) not in places or not known:
            return UNKNOWN
        lines += [line] if all(line is not other for other in lines) else []
    evaluator.module_names[module.file, name] = table
    evaluator.quiet += 1
    try:
        block(evaluator, lines, Scope(module, {}))
    finally:
        evaluator.quiet -= 1
        del evaluator.module_names[module.file, name]
    return table


def _puts(evaluator: Evaluator, module: ModuleInfo, line: cst.CSTNode | None, name: str) -> bool:
    """Whether a line is `name["key"] = value`, `name.update({...})`, `name.append(value)` or `name.extend([...])`."""
    only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(only, cst.Assign) and len(only.targets) == 1:
        target = only.targets[0].target
        index = target.slice[0].slice if isinstance(target, cst.Subscript) and len(target.slice) == 1 else None
        if (
            not isinstance(target, cst.Subscript)
            or not isinstance(index, cst.Index)
            or not _is_name(target.value, name)
        ):
            return False
        return isinstance(evaluator.eval(index.value, Scope(module, {})), (str, int))
    call = only.value if isinstance(only, cst.Expr) else None
    if (
        not isinstance(call, cst.Call)
        or not isinstance(call.func, cst.Attribute)
        or not _is_name(call.func.value, name)
    ):
        return False
    if len(call.args) != 1 or call.args[0].star or call.args[0].keyword is not None:
        return False
    given = evaluator.eval(call.args[0].value, Scope(module, {}))
    known = {"append": True, "extend": isinstance(given, (list, tuple)), "update": isinstance(given, dict)}
    return known.get(call.func.attr.value, False)


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def definitions(
    evaluator: Evaluator, module: ModuleInfo
) -> Iterator[tuple[ModuleInfo, cst.FunctionDef | cst.ClassDef]]:
    """Functions and classes at the top of the module and of those that know it."""
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


def _called(evaluator: Evaluator, module: ModuleInfo, name: str, owner: OwnClass | None) -> None:
    """Reads calls at the top of modules of what puts something into the table: `register("a", A)`, `EVENTS = Table("events")`."""
    from migrator.analyzers.io.python.statements import block

    changes = re.compile(
        rf"\b{re.escape(name)}(?:\[[^\n]*\]\s*=(?!=)|\.(?:append|add|extend|insert|setdefault|update)\()"
    )
    names = {
        node.name.value
        for node in module.tree.body
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)) and changes.search(_text_of_body(module, node))
    }
    if not names:
        return
    names |= {below.node.name.value for below in subclasses(evaluator, owner)} if owner is not None else set()
    for where in _modules(evaluator, module):
        for line in where.tree.body[:_MAX_DEFINITIONS]:
            if isinstance(line, cst.For):
                if names & {one.value for one in descend(line) if type(one) is cst.Name}:
                    block(evaluator, [line], Scope(where, {}))
                continue
            only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
            call = only.value if isinstance(only, (cst.Expr, cst.Assign, cst.AnnAssign)) else None
            if not isinstance(call, cst.Call) or not names & set(dotted(call.func).split(".")):
                continue
            if isinstance(only, cst.Expr):
                evaluator.eval(call, Scope(where, {}))
            elif isinstance(only, (cst.Assign, cst.AnnAssign)):
                target = only.targets[0].target if isinstance(only, cst.Assign) else only.target
                if isinstance(target, cst.Name):
                    evaluator.module_name(where, target.value)


def _text_of_body(module: ModuleInfo, node: cst.FunctionDef | cst.ClassDef) -> str:
    """The source of what changes tables: of a function, or of a class's methods."""
    if isinstance(node, cst.FunctionDef):
        return module.text(node.body)
    return "\n".join(module.text(line) for line in node.body.body if isinstance(line, cst.FunctionDef))


def decorated(evaluator: Evaluator, function: OwnFunction, scope: Scope) -> OwnFunction:
    """What the folder's decorators make of a function: the function around it where that is known."""
    assert isinstance(function.node, cst.FunctionDef)
    found = function
    for decorator in reversed(function.node.decorators):
        around = evaluator.eval(decorator.decorator, scope)
        result = evaluator.enter(around, [found], {}) if isinstance(around, OwnFunction) else None
        found = result if isinstance(result, OwnFunction) else found
    return found


def decorated_class(evaluator: Evaluator, cls: OwnClass, scope: Scope) -> OwnClass:
    """What the folder's decorators make of a class: the class that they return, with the members that they give it."""
    found = cls
    for decorator in reversed(cls.node.decorators):
        around = evaluator.eval(decorator.decorator, scope)
        result = evaluator.enter(around, [found], {}) if isinstance(around, OwnFunction) else None
        found = result if isinstance(result, OwnClass) else found
    return found


def subclasses(evaluator: Evaluator, cls: OwnClass) -> list[OwnClass]:
    """The classes directly below a class, in its module and in those that name it."""
    from migrator.analyzers.io.python.attributes import direct_bases

    found: list[OwnClass] = []
    for where, node in islice(definitions(evaluator, cls.module), _MAX_DEFINITIONS):
        if isinstance(node, cst.ClassDef) and node is not cls.node:
            one = evaluator.module_name(where, node.name.value)
            if isinstance(one, OwnClass) and any(base.node is cls.node for base in direct_bases(evaluator, one)):
                found.append(one)
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
