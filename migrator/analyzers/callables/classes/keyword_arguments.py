"""What an `__init__` does with its `**kwargs` before it hands them on: sets arguments that only its base takes, and takes some for itself.

In: an `__init__`, and the name of its `**kwargs`. Out: the statements and calls by which it does so.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.source.tree import descend, literal_index, literal_key, positional, statements
from migrator.model.frozen import dataclass

_CONSTANTS = frozenset({"False", "None", "True"})


@dataclass(frozen=True, slots=True)
class Taken:
    """`kwargs.pop("name", default)`, `.get` or `kwargs["name"]`; `default` is None where there is none. `read` is the name of the `**kwargs`."""

    node: cst.BaseExpression
    read: cst.BaseExpression
    name: str
    default: cst.BaseExpression | None


def settings(init: cst.FunctionDef, star: str) -> Iterator[tuple[cst.CSTNode, frozenset[str]]]:
    """Statements that only set arguments, with their names: `kwargs.setdefault("retries", 2)`, `kwargs["mode"] = "poke"`, also under `if "mode" not in kwargs`."""
    for statement in statements(init.body):
        names = _set_by(statement, star)
        if names:
            yield statement, names


def taken(init: cst.FunctionDef, star: str) -> Iterator[Taken]:
    """Arguments that are taken out, or looked up, with a default that is written down."""
    for item in descend(init.body):
        if type(item) is cst.Subscript and _is_name(item.value, star):
            key = literal_index(item)
            if isinstance(key, str) and key.isidentifier():
                yield Taken(item, item.value, key, None)
        if type(item) is not cst.Call or not _is_method(item, star, ("get", "pop")):
            continue
        args = positional(item)
        name = literal_key(args[0]) if 0 < len(args) == len(item.args) < 3 else None
        default = args[1] if len(args) == 2 else cst.Name("None") if _is_method(item, star, ("get",)) else None
        plain = default is None or all(n.value in _CONSTANTS for n in descend(default) if type(n) is cst.Name)
        if isinstance(name, str) and name.isidentifier() and plain:
            yield Taken(item, cst.ensure_type(item.func, cst.Attribute).value, name, default)


def _set_by(statement: cst.CSTNode, star: str) -> frozenset[str]:
    if type(statement) is cst.If:
        test = statement.test
        asks = type(test) is cst.Comparison and len(test.comparisons) == 1
        if not asks or statement.orelse is not None or type(test) is not cst.Comparison:
            return frozenset()
        wanted = test.comparisons[0]
        if type(wanted.operator) is not cst.NotIn or not _is_name(wanted.comparator, star):
            return frozenset()
        found = [_set_by(inner, star) for inner in statements(statement.body)]
        return frozenset().union(*found) if all(found) else frozenset()
    if type(statement) is not cst.SimpleStatementLine or len(statement.body) != 1:
        return frozenset()
    small = statement.body[0]
    if type(small) is cst.Expr and type(small.value) is cst.Call and _is_method(small.value, star, ("setdefault",)):
        args = positional(small.value)
        name = literal_key(args[0]) if args else None
        return frozenset({name}) if isinstance(name, str) else frozenset()
    target = small.targets[0].target if type(small) is cst.Assign and len(small.targets) == 1 else None
    if type(target) is cst.Subscript and _is_name(target.value, star) and len(target.slice) == 1:
        index = target.slice[0].slice
        name = literal_key(index.value) if type(index) is cst.Index else None
        return frozenset({name}) if isinstance(name, str) else frozenset()
    return frozenset()


def _is_method(call: cst.Call, star: str, names: tuple[str, ...]) -> bool:
    func = call.func
    return type(func) is cst.Attribute and func.attr.value in names and _is_name(func.value, star)


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return type(node) is cst.Name and node.value == name
