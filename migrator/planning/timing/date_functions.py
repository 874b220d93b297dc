"""Functions that compute the date of another run (`execution_date_fn`): how long before its own date that always is."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterable

from migrator.model.values import CallableValue

_UNITS = frozenset("weeks days hours minutes seconds microseconds".split())
_FIELDS = frozenset("hour minute second microsecond".split())
_LONGEST = 2_000
"""Characters of a function that is looked at."""


class _Unknown(Exception):
    """The function does something else than to count from its date."""


def shift_of(function: CallableValue, body: str, dates: Iterable[dt.datetime]) -> dt.timedelta | None:
    """How long before each of some dates, in UTC as Airflow hands them over, the date is that a function of one makes of it; None where that is not
    always the same or is not known. `body` is the source of its block, or of its expression.

    >>> from migrator.model.values import Parameter
    >>> function = CallableValue("<lambda>", "<lambda>", "dags", kind="lambda", parameters=(Parameter("date"),))
    >>> dates = [dt.datetime(2024, 1, day, 6) for day in (5, 6)]
    >>> shift_of(function, "date.replace(hour=2) - timedelta(days=1)", dates)
    datetime.timedelta(days=1, seconds=14400)
    >>> shift_of(function, "date.replace(day=1)", dates) is None
    True
    """
    returned = _returned(body) if len(body) <= _LONGEST else None
    if returned is None or not function.parameters:
        return None
    name = function.parameters[0].name
    try:
        shifts = {date - _moment(returned, name, date) for date in dates}
    except (_Unknown, OverflowError, RecursionError, ValueError, TypeError):
        return None
    return shifts.pop() if len(shifts) == 1 else None


def _returned(body: str) -> ast.expr | None:
    """What a lambda is, or a function returns whose only statement that is, beside a docstring."""
    text = "\n".join(line.strip() for line in body.splitlines())
    for source in (f"({text}\n)", text):
        try:
            statements = ast.parse(source).body
        except (MemoryError, RecursionError, SyntaxError, ValueError):
            continue
        work = [one for one in statements if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
        only = work[0] if len(work) == 1 else None
        return only.value if isinstance(only, ast.Return | ast.Expr) else None
    return None


def _moment(node: ast.expr, name: str, date: dt.datetime) -> dt.datetime:
    if isinstance(node, ast.Name) and node.id == name:
        return date
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        moved = _duration(node.right)
        start = _moment(node.left, name, date)
        return start + moved if isinstance(node.op, ast.Add) else start - moved
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        start, given = _moment(node.func.value, name, date), _numbers(node)
        if node.func.attr == "replace" and given.keys() <= _FIELDS:
            return start.replace(**{field: int(value) for field, value in given.items()})  # type: ignore[arg-type]
        if node.func.attr in ("add", "subtract") and given.keys() <= _UNITS:
            moved = dt.timedelta(**given)
            return start + moved if node.func.attr == "add" else start - moved
    raise _Unknown


def _duration(node: ast.expr) -> dt.timedelta:
    named = node.func if isinstance(node, ast.Call) else None
    kind = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
    if not isinstance(node, ast.Call) or kind not in ("timedelta", "duration", "relativedelta"):
        raise _Unknown
    days = [_number(value) for value in node.args] if kind == "timedelta" else []
    given = _numbers(node)
    if not given.keys() <= _UNITS or len(days) > 1 or (node.args and not days):
        raise _Unknown
    return dt.timedelta(*days, **given)


def _numbers(call: ast.Call) -> dict[str, float]:
    return {keyword.arg or "": _number(keyword.value) for keyword in call.keywords}


def _number(node: ast.expr) -> float:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value) if isinstance(node.value, float) else node.value  # type: ignore[return-value]
    raise _Unknown
