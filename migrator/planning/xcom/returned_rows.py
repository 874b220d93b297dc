"""The names that the rows of a list have which a function returns: the arguments that `expand_kwargs` gives to each copy.

In: a function's tree, and those of the other functions of its module. Out: the names, where each of its `return`s shows them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_KEEPING = frozenset({"append", "copy", "index", "reverse", "sort"})
"""Methods of a list that change no row."""
Functions = Mapping[str, ast.stmt]
_NONE: Functions = {}


@dataclass(frozen=True)
class _Scope:
    """A function, and those of its module that it may call; of which `seen` are being looked into."""

    function: ast.stmt | None
    others: Functions
    seen: frozenset[str] = field(default=frozenset())

    def of(self, called: ast.expr) -> _Scope | None:
        """The scope of a function that is called by its name."""
        name = called.id if isinstance(called, ast.Name) else ""
        return (
            _Scope(self.others[name], self.others, self.seen | {name})
            if name in self.others and name not in self.seen
            else None
        )


def functions_of(module: ast.Module) -> Functions:
    """The functions that a module defines once, by their names."""
    found = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    names = [node.name for node in found]
    return {node.name: node for node in found if names.count(node.name) == 1}


def row_names(function: ast.stmt | None, others: Functions = _NONE) -> list[str] | None:
    """The keys that all rows have of the lists which a function returns; None where the function does not show them.

    >>> row_names(ast.parse("def rows(): return [{'name': n, 'size': 1} for n in 'ab']").body[0])
    ['name', 'size']
    """
    scope = _Scope(function, others)
    return _same([_keys(row, scope) for value in _returned(function) for row in _rows(value, function)])


def dict_names(function: ast.stmt | None, others: Functions = _NONE) -> list[str] | None:
    """The keys of the dictionary that a function returns; None where the function does not show them.

    >>> dict_names(ast.parse("lambda name: {'name': name, 'size': 1}").body[0])
    ['name', 'size']
    """
    return _names_of(_Scope(function, others))


def _names_of(scope: _Scope) -> list[str] | None:
    return _same([_keys(value, scope) for value in _returned(scope.function)])


def _same(found: list[list[str] | None]) -> list[str] | None:
    first = found[0] if found else None
    return first if first and all(keys is not None and set(keys) == set(first) for keys in found) else None


def _returned(function: ast.stmt | None) -> list[ast.expr | None]:
    if isinstance(function, ast.Expr):
        return [function.value.body] if isinstance(function.value, ast.Lambda) else []
    return [node.value for node in _own(function) if isinstance(node, ast.Return)]


def _own(function: ast.stmt | None) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions within it."""
    front: list[ast.AST] = list(function.body) if isinstance(function, ast.FunctionDef) else []
    while front:
        node = front.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            front += ast.iter_child_nodes(node)


def _rows(value: ast.expr | None, function: ast.stmt | None) -> list[ast.expr | None]:
    """The elements of a list; None among them for those that are not known."""
    if isinstance(value, ast.List | ast.Tuple):
        return list(value.elts)
    if isinstance(value, ast.ListComp):
        return [value.elt]
    if not isinstance(value, ast.Name):
        return [None]
    found: list[ast.expr | None] = []
    for node in _own(function):
        for bound in _bound(node, value.id):
            found += [None] if isinstance(bound, ast.Name) else _rows(bound, function)
        if isinstance(node, ast.Call) and _is_member(node.func, value.id):
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            found += node.args if method == "append" else [] if method in _KEEPING else [None]
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == value.id:
            found += _rows(node.value, function)
    return found


def _keys(row: ast.expr | None, scope: _Scope) -> list[str] | None:
    """The keys of a dictionary that is written down, that a function of the module gives, or that a name is bound to and that nothing changes."""
    if isinstance(row, ast.Dict):
        keys = [key.value for key in row.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        return keys if len(keys) == len(row.keys) else None
    if isinstance(row, ast.Call) and isinstance(row.func, ast.Name) and row.func.id == "dict" and not row.args:
        names = [keyword.arg for keyword in row.keywords]
        return [name for name in names if name] if None not in names else None
    if isinstance(row, ast.Call):
        called = scope.of(row.func)
        return _names_of(called) if called is not None else None
    if not isinstance(row, ast.Name):
        return None
    nodes = list(_own(scope.function))
    changed = any(
        (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del) and _names(node.value, row.id))
        or (isinstance(node, ast.Call) and _is_member(node.func, row.id))
        for node in nodes
    )
    bound = [value for node in nodes for value in _bound(node, row.id)]
    return _keys(bound[0], scope) if len(bound) == 1 and not changed and not _names(bound[0], row.id) else None


def _bound(node: ast.AST, name: str) -> list[ast.expr]:
    """The values that a node gives a name."""
    if isinstance(node, ast.Assign):
        return [node.value for target in node.targets if _names(target, name)]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return [node.value] if _names(node.target, name) else []
    # What a loop gives it is not looked into.
    return [ast.Constant(None)] if isinstance(node, ast.For) and _names(node.target, name) else []


def _names(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_member(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and _names(node.value, name)
