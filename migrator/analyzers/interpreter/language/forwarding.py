"""Lambdas that do nothing but hand on what they are given: `lambda **context: self.load(table, **context)`.

Comes in: a lambda of a function or method of the analyzed code. Goes out: the method that it calls, with what it gives it besides. A lambda cannot move
without the object around it; the method can, with the object that it is called on.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from migrator.analyzers.interpreter.values import BoundMethod, Function, Instance, PartialCall

_UNKNOWN = object()


def forwarded(function: Function) -> PartialCall | None:
    """The call that the lambda stands for; None for one that does anything else."""
    node = function.node
    if type(node) is not cst.Lambda or type(node.body) is not cst.Call or node.params.star_kwarg is None:
        return None
    params, call, rest = node.params, node.body, node.params.star_kwarg.name.value
    named = [*params.posonly_params, *params.params, *params.kwonly_params]
    if isinstance(params.star_arg, cst.Param) or any(param.name.value not in function.defaults for param in named):
        return None
    if not call.args:
        return None
    *given, last = call.args
    if last.star != "**" or type(last.value) is not cst.Name or last.value.value != rest:
        return None
    method = _method(function, call.func)
    args = [_value(function, arg.value) for arg in given if arg.keyword is None]
    kwargs = {arg.keyword.value: _value(function, arg.value) for arg in given if arg.keyword is not None}
    stars = any(arg.star for arg in given)
    if method is None or stars or any(value is _UNKNOWN for value in (*args, *kwargs.values())):
        return None
    return PartialCall(method, args, kwargs)


def _method(function: Function, node: cst.BaseExpression) -> BoundMethod | None:
    """`self.load`, where `self` is an object of the function around."""
    if type(node) is not cst.Attribute or type(node.value) is not cst.Name:
        return None
    receiver = _value(function, node.value)
    if not isinstance(receiver, Instance) or receiver.cls is None or node.attr.value in receiver.attributes:
        return None
    method = receiver.cls.find(node.attr.value)
    return BoundMethod(method, receiver) if isinstance(method, Function) else None


def _value(function: Function, node: cst.BaseExpression) -> Any:
    """What a name or a literal is, in the lambda."""
    if isinstance(node, cst.SimpleString | cst.Integer):
        return node.evaluated_value
    if type(node) is not cst.Name:
        return _UNKNOWN
    scopes = [function.defaults, *function.enclosing]
    return next((scope[node.value] for scope in scopes if node.value in scope), _UNKNOWN)
