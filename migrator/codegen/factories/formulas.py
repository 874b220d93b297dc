"""Containers that most rows of a table make alike of their other columns: only the others have them in their row.

Comes in: a container for each row. Goes out: the expression that makes it, with what a row says by itself in its place or added to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from migrator.codegen.factories.cells import ANY, InCode
from migrator.codegen.factories.unify import Hole
from migrator.codegen.python.serialize import literal
from migrator.model.expressions import Expr

if TYPE_CHECKING:
    from migrator.codegen.factories.columns import Columns

_FEW = 3
"""So many rows have to be there for some of them to be most."""


def by_formula(columns: Columns, hole: Hole) -> Expr | None:
    """The container of a row by its other columns, where these tell it of most rows, and a column for those of the others; else None."""
    values = hole.values
    if len(values) < _FEW or not all(value is ANY or isinstance(value, list | dict | set) for value in values):
        return None
    forms = [columns.form_of(number, value) for number, value in enumerate(values)]
    most, count = Counter(form for form, value in zip(forms, values, strict=True) if value is not ANY).most_common(1)[0]
    if count == len(values) or count * 3 < len(values) * 2:
        return None
    regular = [value if form == most else ANY for form, value in zip(forms, values, strict=True)]
    formula = _made(columns, regular)
    if formula is None or not all(values):
        return None
    if all(isinstance(value, dict) for value in values if value is not ANY):
        added = _added(columns, values, regular, forms)
        if added is not None:
            more = columns.expression(Hole(0, 0, added, hole.hint))
            return InCode((*formula[:-1], ", **", more, "}"))
    others = tuple(None if value is ANY or form == most else value for form, value in zip(forms, values, strict=True))
    return InCode((columns.expression(Hole(0, 0, others, hole.hint)), " or ", *formula))


def _added(
    columns: Columns, values: Sequence[Any], regular: Sequence[Any], forms: Sequence[str]
) -> tuple[Any, ...] | None:
    """What the dictionaries of the other rows have besides the entries of the formula; None where one has not all of these."""
    model = next((number, value) for number, value in enumerate(regular) if value is not ANY)
    wanted = {key: columns.form_of(model[0], value) for key, value in model[1].items()}
    found: list[Any] = []
    for number, value in enumerate(values):
        if value is ANY or regular[number] is not ANY:
            found.append({})
        elif all(key in value and columns.form_of(number, value[key]) == form for key, form in wanted.items()):
            found.append({key: entry for key, entry in value.items() if key not in wanted})
        else:
            return None
    return tuple(found)


def _made(columns: Columns, values: Sequence[Any]) -> tuple[str | Expr, ...] | None:
    """The source of a container, of which each row that has one has the same form."""
    first = next(value for value in values if value is not ANY)
    if isinstance(first, list):
        entries = [("", [value if value is ANY else value[place] for value in values]) for place in range(len(first))]
        signs = "[]"
    elif isinstance(first, dict):
        entries = [(f"{literal(key)}: ", [value if value is ANY else value[key] for value in values]) for key in first]
        signs = "{}"
    else:
        return (literal(first),) if all(value is ANY or value == first for value in values) else None
    shown: list[str | Expr] = []
    for before, parts in entries:
        told = [part for part in parts if part is not ANY]
        if all(type(part) is type(told[0]) and part == told[0] for part in told):
            part: str | Expr = literal(told[0])
        elif isinstance(told[0], str) and columns.tells(tuple(parts)):
            part = columns.expression(Hole(0, 0, tuple(parts)))
        else:
            return None
        shown += [f"{', ' if shown else ''}{before}", part]
    return (signs[0], *shown, signs[1])
