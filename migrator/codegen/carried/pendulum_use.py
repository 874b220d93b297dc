"""Whether code uses a date as pendulum's: by a member that Python's own datetimes, or their differences, have not.

In: the source of a function, the name that the date has in it, and the modules of the team's that it may call. What is computed from the date counts
as well (`first = logical_date.replace(day=1)`), and functions, methods and objects of these modules that it is handed on to.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping, Sequence, Set

from migrator.analyzers.callables.pendulum_members import ATTRIBUTES, METHODS
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span, lines_of

_MEMBERS = METHODS | ATTRIBUTES
_OF_SCHEDULES = frozenset({"following_schedule", "previous_schedule"})
"""Functions that give another date of the class of the one that they get."""


@dataclass(frozen=True, slots=True)
class _Callee:
    """What may be called with a date: its code, and what its arguments are called there, in their order."""

    code: ast.AST
    parameters: tuple[str, ...]


_Callees = Mapping[str, Sequence[_Callee]]


def uses_pendulum(source: str, name: str, modules: Sequence[str] = ()) -> bool:
    """Whether a function's source, or what of the `modules` it calls, asks the date `name`, or what is computed from it, for a member of
    pendulum's. False for what is no Python."""
    try:
        tree = ast.parse(f"if True:\n{source}" if source[:1] in " \t" else source)
    except SyntaxError:
        return False
    return _asks(tree, name, _callees(tuple(modules)), frozenset())


def function_around(source: SourceFile, place: Span) -> Span:
    """The lines of the outermost function or method around a place; all of the file where there is none, or the file is no Python."""
    lines = lines_of(source.text)
    try:
        nodes = [*ast.walk(ast.parse(source.text))]
    except SyntaxError:
        nodes = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = node.end_lineno or node.lineno
            if node.lineno <= place.line <= last:
                start = len("".join(lines[: node.lineno - 1]))
                return Span(
                    source.path, node.lineno, start=start, end=start + len("".join(lines[node.lineno - 1 : last]))
                )
    return Span(source.path, 1, end=len(source.text))


def _asks(tree: ast.AST, name: str, callees: _Callees, seen: Set[tuple[_Callee, str]]) -> bool:
    dates = {name}
    found = -1
    while len(dates) > found:
        found = len(dates)
        for node in ast.walk(tree):
            for target, value in _bindings(node):
                if isinstance(target, ast.Name | ast.Attribute) and _reads(value, dates, callees):
                    dates.add(ast.unparse(target))
    if any(
        isinstance(node, ast.Attribute) and node.attr in _MEMBERS and _reads(node.value, dates, callees)
        for node in ast.walk(tree)
    ):
        return True
    handed = {pair for node in ast.walk(tree) for pair in _handed(node, dates, callees)} - seen
    return any(_asks(callee.code, parameter, callees, seen | handed) for callee, parameter in handed)


def _handed(node: ast.AST, dates: Set[str], callees: _Callees) -> Iterator[tuple[_Callee, str]]:
    """What a call hands a date on to, each with the name that this has there."""
    if not isinstance(node, ast.Call):
        return
    for callee in callees.get(_called(node), ()):
        given = [*zip(callee.parameters, node.args, strict=False)]
        names = {parameter.rpartition(".")[2]: parameter for parameter in callee.parameters}
        given += [(names.get(one.arg or "", one.arg or ""), one.value) for one in node.keywords]
        for parameter, value in given:
            if parameter and _reads(value, dates, callees):
                yield callee, parameter


def _called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


@functools.lru_cache(maxsize=16)
def _callees(modules: tuple[str, ...]) -> _Callees:
    """The functions, methods and classes of modules by name; kept, because many tasks are in one module."""
    found: dict[str, list[_Callee]] = {}
    for text in modules:
        try:
            body = ast.parse(text).body
        except SyntaxError:
            continue
        for node in body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(_Callee(node, _slots(node)))
            for name, callee in _of_class(node) if isinstance(node, ast.ClassDef) else ():
                found.setdefault(name, []).append(callee)
    return found


def _of_class(cls: ast.ClassDef) -> Iterator[tuple[str, _Callee]]:
    """The methods of a class, and the class itself, which is called for an object: what that is made of is called as its attributes are, where no
    method says so."""
    methods = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
    fields = tuple(
        f"self.{node.target.id}"
        for node in cls.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    )
    made = next((_slots(method)[1:] for method in methods if method.name == "__init__"), fields)
    yield cls.name, _Callee(cls, made)
    for method in methods:
        static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in method.decorator_list)
        yield method.name, _Callee(method, _slots(method)[not static :])


def _slots(function: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(one.arg for one in (*function.args.posonlyargs, *function.args.args))


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


def _reads(node: ast.expr, names: Set[str], callees: _Callees) -> bool:
    """Whether an expression is computed from one of the names by members and calls of it, or by the team's own code (not: a text that shows it)."""
    while True:
        if isinstance(node, ast.Name):
            return node.id in names
        if isinstance(node, ast.Call) and (_called(node) in callees or _called(node) in _OF_SCHEDULES):
            given = [*node.args, *(one.value for one in node.keywords)]
            return any(_reads(value, names, callees) for value in given)
        if isinstance(node, ast.Attribute):
            if ast.unparse(node) in names:
                return True
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        elif isinstance(node, ast.BinOp):
            return _reads(node.left, names, callees) or _reads(node.right, names, callees)
        elif isinstance(node, ast.IfExp):
            return _reads(node.body, names, callees) or _reads(node.orelse, names, callees)
        elif isinstance(node, ast.BoolOp):
            return any(_reads(value, names, callees) for value in node.values)
        else:
            return False
