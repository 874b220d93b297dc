"""The statements of an `__init__`: the call of its base's, and what it assigns to what.

In: an `__init__`, or a statement of it. Out: those statements, and their parts.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.classes.working_bases import PLAIN_BASES, WORKING_BASES
from migrator.analyzers.callables.source.tree import descend, keywords, positional


def lines_of(function: cst.FunctionDef) -> Iterator[cst.SimpleStatementLine]:
    """The simple statements of a function, at any depth."""
    yield from (item for item in descend(function.body) if type(item) is cst.SimpleStatementLine)


def super_init(line: cst.SimpleStatementLine) -> cst.Call | None:
    """The call of `super().__init__(...)`, `super(Class, self).__init__(...)` or `BaseOperator.__init__(self, ...)`."""
    small = line.body[0] if len(line.body) == 1 else None
    call = small.value if type(small) is cst.Expr else None
    func = call.func if type(call) is cst.Call else None
    if type(call) is not cst.Call or type(func) is not cst.Attribute or func.attr.value != "__init__":
        return None
    if type(func.value) is cst.Call:
        return call if type(func.value.func) is cst.Name and func.value.func.value == "super" else None
    own = type(func.value) is cst.Name and func.value.value in {*PLAIN_BASES, *WORKING_BASES} and bool(positional(call))
    return call if own else None


def is_super_init(line: cst.SimpleStatementLine) -> bool:
    return super_init(line) is not None


def arguments_of(line: cst.SimpleStatementLine) -> dict[str, cst.BaseExpression]:
    """What a call of `super().__init__` is given by name."""
    call = super_init(line)
    return keywords(call) if call is not None else {}


def _target_and_value(small: cst.CSTNode | None) -> tuple[cst.CSTNode | None, cst.CSTNode | None]:
    if type(small) is cst.Assign and len(small.targets) == 1:
        return small.targets[0].target, small.value
    if type(small) is cst.AnnAssign:
        return small.target, small.value
    return None, None


def pairs_of(small: cst.CSTNode | None) -> Iterator[tuple[cst.CSTNode | None, cst.CSTNode | None]]:
    """What an assignment sets to what, element by element where it sets several at once."""
    target, value = _target_and_value(small)
    if isinstance(target, (cst.Tuple, cst.List)) and isinstance(value, (cst.Tuple, cst.List)):
        if len(target.elements) == len(value.elements):
            yield from zip(
                (element.value for element in target.elements),
                (element.value for element in value.elements),
                strict=True,
            )
        return
    yield target, value


def assigned(small: cst.CSTNode) -> str:
    target, _ = _target_and_value(small)
    return target.value if type(target) is cst.Name else ""
