"""One value or another, in the shortest way that says so.

Comes in: a condition and two expressions. Goes out: the expression of the whole. Where both say the same of two things, of which one is the condition, it is
that of either: `(last - week) if last else (date - week)` is `(last or date) - week`.
"""

from __future__ import annotations

from migrator.analyzers.templates.dates import base_of
from migrator.model.changed import replace
from migrator.model.expressions import Expr, Operation, RunDate


def either(test: Expr, one: Expr, other: Expr) -> Expr:
    """The value `one` where `test` is true, else the `other`."""
    if is_plain(test) or one == other:
        return one if test or one == other else other
    merged = _merged(test, one, other)
    return Operation("if", "", (one, test, other)) if merged is None else merged


def is_plain(value: Expr) -> bool:
    """Whether it is known now, and no more than a word or number."""
    return value is None or isinstance(value, str | int | float)


def _merged(test: Expr, one: Expr, other: Expr) -> Expr | None:
    """The expression in which both are the same but for the condition itself; None where there is none."""
    if one == test:
        return Operation("operator", "or", (test, other))
    if not isinstance(one, Operation):
        return None
    other = _taken_apart(other, one)
    if not isinstance(other, Operation) or _form(one) != _form(other):
        return None
    pairs = list(zip(one.operands, other.operands, strict=True))
    differing = [place for place, (left, right) in enumerate(pairs) if left != right]
    if len(differing) != 1:
        return None
    place = differing[0]
    inner = _merged(test, *pairs[place])
    return None if inner is None else replace(one, operands=(*one.operands[:place], inner, *one.operands[place + 1 :]))


def _form(value: Operation) -> tuple[object, ...]:
    return value.kind, value.name, len(value.operands), sorted(value.options.items())


def _taken_apart(value: Expr, like: Operation) -> Expr:
    """A date of the run as an operation on one, as the other side has it."""
    if not isinstance(value, RunDate):
        return value
    base, pattern = base_of(value.field, value.format)
    if like.name == "strftime" and pattern is not None:
        return Operation("method", "strftime", (RunDate(base, value.days), pattern))
    if like.kind == "operator" and pattern is None and value.days and like.name in "+-":
        span = Operation("call", "datetime.timedelta", (), {"days": abs(value.days)})
        return Operation("operator", "+" if value.days > 0 else "-", (RunDate(base), span))
    return value
