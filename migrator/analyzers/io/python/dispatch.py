"""`functools.singledispatch` and `singledispatchmethod`: the function that is registered for the class of the first argument.

In: a call of the generic function. Out: the function that does the work; the generic one where the class is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.io.python.attributes import decorators
from migrator.analyzers.io.python.kinds import is_of
from migrator.analyzers.io.python.registries import definitions
from migrator.analyzers.io.python.values import OwnFunction, Scope
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.callables.source.modules import ModuleInfo
    from migrator.analyzers.io.python.evaluator import Evaluator

_GENERIC = frozenset({"singledispatch", "singledispatchmethod"})


def dispatched(evaluator: Evaluator, function: OwnFunction, args: Sequence[Value]) -> OwnFunction:
    """The function that a call with these arguments reaches."""
    node = function.node
    if not isinstance(node, cst.FunctionDef) or not node.decorators or not args or not decorators(node) & _GENERIC:
        return function
    for module, found in _registered(evaluator, function, node.name.value):
        if any(is_of(evaluator, args[0], kind) for kind in _kinds(evaluator, module, found, function)):
            return OwnFunction(module, found, function.outer, function.receiver, function.owner)
    return function


def _registered(evaluator: Evaluator, function: OwnFunction, name: str) -> Iterator[tuple[ModuleInfo, cst.FunctionDef]]:
    """Functions under `@name.register`: of the same class, or at the top of the module and of those that know it."""
    if function.owner is not None:
        lines = [(function.module, line) for line in function.owner.node.body.body]
    else:
        lines = list(definitions(evaluator, function.module))
    for module, line in lines:
        if isinstance(line, cst.FunctionDef) and any(_register(one, name) is not None for one in line.decorators):
            yield module, line


def _register(decorator: cst.Decorator, name: str) -> cst.BaseExpression | None:
    """`name.register` or `name.register(kind)`; None for other decorators."""
    called = decorator.decorator
    function = called.func if isinstance(called, cst.Call) else called
    if not isinstance(function, cst.Attribute) or function.attr.value != "register":
        return None
    return called if isinstance(function.value, cst.Name) and function.value.value == name else None


def _kinds(evaluator: Evaluator, module: ModuleInfo, node: cst.FunctionDef, generic: OwnFunction) -> list[Value]:
    """The classes that a function is registered for: by the decorators, else by the annotation of its first parameter."""
    assert isinstance(generic.node, cst.FunctionDef)
    given = [_register(one, generic.node.name.value) for one in node.decorators]
    named = [one.args[0].value for one in given if isinstance(one, cst.Call) and one.args]
    if not named:
        params = [*node.params.posonly_params, *node.params.params][1 if generic.owner is not None else 0 :]
        annotation = params[0].annotation if params else None
        named = list(_sides(annotation.annotation)) if annotation is not None else []
    evaluator.quiet += 1
    try:
        return [evaluator.eval(one, Scope(module, {}, generic.outer)) for one in named]
    finally:
        evaluator.quiet -= 1


def _sides(annotation: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The classes of `A | B`."""
    if isinstance(annotation, cst.BinaryOperation):
        yield from _sides(annotation.left)
        yield from _sides(annotation.right)
    else:
        yield annotation
