"""Whether code uses a date as pendulum's: by a member that Python's own datetimes, or their differences, have not.

In: the source of a function, the name that the date has in it, and the module around it. What is computed from the date counts as well
(`first = logical_date.replace(day=1)`), and functions of the module that it is handed on to.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping

from migrator.analyzers.callables.pendulum_members import ATTRIBUTES, METHODS

_MEMBERS = METHODS | ATTRIBUTES


def uses_pendulum(source: str, name: str, module: str = "") -> bool:
    """Whether a function's source, or a function of its `module` that it calls, asks the date `name`, or what is computed from it, for a member
    of pendulum's. False for what is no Python."""
    try:
        tree = ast.parse(f"if True:\n{source}" if source[:1] in " \t" else source)
    except SyntaxError:
        return False
    return _asks(tree, name, _functions(module), frozenset())


def _asks(tree: ast.AST, name: str, functions: Mapping[str, ast.FunctionDef], seen: frozenset[tuple[str, str]]) -> bool:
    dates = {name}
    found = -1
    while len(dates) > found:
        found = len(dates)
        for node in ast.walk(tree):
            for target, value in _bindings(node):
                if isinstance(target, ast.Name) and _reads(value, dates):
                    dates.add(target.id)
    if any(
        isinstance(node, ast.Attribute) and node.attr in _MEMBERS and _reads(node.value, dates)
        for node in ast.walk(tree)
    ):
        return True
    handed = {pair for node in ast.walk(tree) for pair in _handed(node, dates, functions)} - seen
    return any(_asks(functions[called], parameter, functions, seen | handed) for called, parameter in sorted(handed))


def _handed(node: ast.AST, dates: set[str], functions: Mapping[str, ast.FunctionDef]) -> Iterator[tuple[str, str]]:
    """The functions that a call hands a date on to, each with the parameter that takes it."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in functions:
        return
    arguments = functions[node.func.id].args
    slots = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    given = [*zip(slots, node.args, strict=False), *((one.arg, one.value) for one in node.keywords)]
    for parameter, value in given:
        if parameter is not None and _reads(value, dates):
            yield node.func.id, parameter


@functools.lru_cache(maxsize=16)
def _functions(module: str) -> Mapping[str, ast.FunctionDef]:
    """The functions of a module by name; kept, because many tasks are in one module."""
    try:
        return {node.name: node for node in ast.parse(module).body if isinstance(node, ast.FunctionDef)}
    except SyntaxError:
        return {}


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a node gives values to, each with the value."""
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=False)
            else:
                yield target, node.value


def _reads(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression is computed from one of the names by members and calls of it (not: a text that shows it)."""
    while True:
        if isinstance(node, ast.Name):
            return node.id in names
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        elif isinstance(node, ast.BinOp):
            return _reads(node.left, names) or _reads(node.right, names)
        elif isinstance(node, ast.IfExp):
            return _reads(node.body, names) or _reads(node.orelse, names)
        elif isinstance(node, ast.BoolOp):
            return any(_reads(value, names) for value in node.values)
        else:
            return False
