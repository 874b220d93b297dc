"""What an `__init__` does with its `**kwargs` before it hands them on: sets arguments that only its base takes, and takes some for itself.

In: an `__init__`, and the name of its `**kwargs`. Out: the statements and calls by which it does so.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.source.tree import descend, literal_index, literal_key, positional, statements
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

ANY = "*"
"""Stands for names of arguments that are not written down where they are set."""
_CONSTANTS = frozenset({"False", "None", "True"})


@dataclass(frozen=True, slots=True)
class Taken:
    """`kwargs.pop("name", default)`, `.get` or `kwargs["name"]`; `default` is None where there is none. `read` is the name of the `**kwargs`."""

    node: cst.BaseExpression
    read: cst.BaseExpression
    name: str
    default: cst.BaseExpression | None


def settings(init: cst.FunctionDef, star: str) -> Iterator[tuple[cst.CSTNode, frozenset[str]]]:
    """Statements that only set arguments, with their names: `kwargs.setdefault("retries", 2)`, `kwargs["mode"] = "poke"`, also under `if "mode" not in kwargs`;
    `kwargs = {"retries": 2, **kwargs}`, `kwargs.update(mode="poke")`. `ANY` is among the names where they are not all written down there."""
    for statement in statements(init.body):
        names = _set_by(statement, star)
        if names is not None:
            yield statement, names


def taken(init: cst.FunctionDef, star: str) -> Iterator[Taken]:
    """Arguments that are taken out, or looked up, with a default that is written down there, or where it is set before."""
    before: list[tuple[cst.CSTNode, frozenset[str]]] = []
    for statement in statements(init.body):
        for one in _taken_in(statement, star):
            setting = [other for other, names in before if names & {one.name, ANY}]
            default = _default_set(setting[0], star, one.name) if len(setting) == 1 else None
            if not setting:
                yield one
            elif default is not None and _is_plain(default):
                yield replace(one, default=default)
        names = _set_by(statement, star)
        if names is not None:
            before.append((statement, names))


def _taken_in(statement: cst.CSTNode, star: str) -> Iterator[Taken]:
    for item in descend(statement):
        if type(item) is cst.Subscript and _is_name(item.value, star):
            key = literal_index(item)
            if isinstance(key, str) and key.isidentifier():
                yield Taken(item, item.value, key, None)
        if type(item) is not cst.Call or not _is_method(item, star, ("get", "pop")):
            continue
        args = positional(item)
        name = literal_key(args[0]) if 0 < len(args) == len(item.args) < 3 else None
        default = args[1] if len(args) == 2 else cst.Name("None") if _is_method(item, star, ("get",)) else None
        if isinstance(name, str) and name.isidentifier() and (default is None or _is_plain(default)):
            yield Taken(item, cst.ensure_type(item.func, cst.Attribute).value, name, default)


def _is_plain(value: cst.BaseExpression) -> bool:
    return all(one.value in _CONSTANTS for one in descend(value) if type(one) is cst.Name)


def _default_set(statement: cst.CSTNode, star: str, name: str) -> cst.BaseExpression | None:
    """What a statement sets an argument to where it is not given; None where it sets it anyway."""
    if type(statement) is cst.If:
        inner = list(statements(statement.body))
        small = cst.ensure_type(inner[0], cst.SimpleStatementLine).body[0] if len(inner) == 1 else None
        asked = literal_key(cst.ensure_type(statement.test, cst.Comparison).left)
        return small.value if type(small) is cst.Assign and asked == name else None
    small = cst.ensure_type(statement, cst.SimpleStatementLine).body[0]
    if type(small) is cst.Expr and type(small.value) is cst.Call and _is_method(small.value, star, ("setdefault",)):
        args = positional(small.value)
        return args[1] if len(args) == 2 else cst.Name("None")
    if type(small) is not cst.Assign or type(small.value) is not cst.Dict:
        return None
    *others, last = small.value.elements
    values = [one.value for one in others if type(one) is cst.DictElement and literal_key(one.key) == name]
    is_last = type(last) is cst.StarredDictElement and _is_name(last.value, star)
    return values[-1] if is_last and values else None


def _set_by(statement: cst.CSTNode, star: str) -> frozenset[str] | None:
    """The names of what a statement sets; None where it does something else."""
    if type(statement) is cst.If:
        return _set_where_lacking(statement, star)
    if type(statement) is not cst.SimpleStatementLine or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if type(small) is cst.Expr and type(small.value) is cst.Call:
        return _set_by_call(small.value, star)
    if type(small) is cst.AugAssign and type(small.operator) is cst.BitOrAssign and _is_name(small.target, star):
        return _names_in(small.value, star)
    target = small.targets[0].target if type(small) is cst.Assign and len(small.targets) == 1 else None
    if type(small) is cst.Assign and target is not None and _is_name(target, star):
        return _names_in(small.value, star) if _keeps(small.value, star) else None
    if type(target) is cst.Subscript and _is_name(target.value, star) and len(target.slice) == 1:
        index = target.slice[0].slice
        return _one(literal_key(index.value) if type(index) is cst.Index else None)
    return None


def _set_where_lacking(statement: cst.If, star: str) -> frozenset[str] | None:
    test = statement.test
    if type(test) is not cst.Comparison or len(test.comparisons) != 1 or statement.orelse is not None:
        return None
    wanted = test.comparisons[0]
    if type(wanted.operator) is not cst.NotIn or not _is_name(wanted.comparator, star):
        return None
    found = [_set_by(inner, star) for inner in statements(statement.body)]
    known = [names for names in found if names is not None]
    return frozenset().union(*known) if len(known) == len(found) else None


def _set_by_call(call: cst.Call, star: str) -> frozenset[str] | None:
    if _is_method(call, star, ("setdefault",)):
        args = positional(call)
        return _one(literal_key(args[0]) if args else None)
    return _names_in(call, star) if _is_method(call, star, ("update",)) else None


def _one(name: str | int | None) -> frozenset[str] | None:
    return frozenset({name}) if isinstance(name, str) else None


def _keeps(value: cst.BaseExpression, star: str) -> bool:
    """Whether a dictionary is put together of others, `**kwargs` being one of them: `{**kwargs}`, `dict(kwargs)`, `others | kwargs`."""
    if type(value) is cst.Dict:
        return any(type(one) is cst.StarredDictElement and _is_name(one.value, star) for one in value.elements)
    if type(value) is cst.Call:
        of_dict = _is_name(value.func, "dict")
        return of_dict and any(arg.keyword is None and _is_name(arg.value, star) for arg in value.args)
    if type(value) is cst.BinaryOperation and type(value.operator) is cst.BitOr:
        return any(_is_name(side, star) or _keeps(side, star) for side in (value.left, value.right))
    return False


def _names_in(value: cst.BaseExpression, star: str) -> frozenset[str]:
    """The keys of a dictionary, or of the call that makes or updates one, but for those of `**kwargs`; `ANY` for those of others that it takes in."""
    inside: list[frozenset[str]] = []
    if _is_name(value, star):
        return frozenset()
    if type(value) is cst.Dict:
        for one in value.elements:
            key = literal_key(one.key) if type(one) is cst.DictElement else ANY
            of_other = type(one) is cst.StarredDictElement
            inside.append(_names_in(one.value, star) if of_other else _one(key) or frozenset({ANY}))
    elif type(value) is cst.Call and (_is_name(value.func, "dict") or _is_method(value, star, ("update",))):
        for arg in value.args:
            inside.append(frozenset({arg.keyword.value}) if arg.keyword else _names_in(arg.value, star))
    elif type(value) is cst.BinaryOperation and type(value.operator) is cst.BitOr:
        inside += [_names_in(side, star) for side in (value.left, value.right)]
    else:
        return frozenset({ANY})
    return frozenset().union(*inside)


def _is_method(call: cst.Call, star: str, names: tuple[str, ...]) -> bool:
    func = call.func
    return type(func) is cst.Attribute and func.attr.value in names and _is_name(func.value, star)


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return type(node) is cst.Name and node.value == name
