"""What rows depend on, said with as little in each row as can be: what all of them depend on stands in the function, the rest is said by names.

Comes in: the members of each row's list of dependencies, as source. Goes out: one list in terms of the row's columns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from migrator.codegen.factories.cells import ANY, InCode
from migrator.codegen.factories.unify import Hole, asset_key_of
from migrator.codegen.python.serialize import literal, text_literal
from migrator.model.assets import AssetKey
from migrator.model.expressions import Expr

if TYPE_CHECKING:
    from migrator.codegen.factories.columns import Columns

_COLUMN = "upstream"
"""What a column with names of assets is called."""
_Code = tuple[str | Expr, ...]
_Keys = list[list[AssetKey] | None]
"""Of each row; None for one that does not have the list at all."""


def listed_dependencies(columns: Columns, hole: Hole) -> InCode:
    """The list of all rows, with what differs taken from columns."""
    rows = [row for row in hole.listed if row is not None]
    common = [item for item in rows[0] if all(item in row for row in rows)]
    keys: _Keys = [
        None if row is None else [asset_key_of(ast.parse(item, mode="eval").body) for item in row if item not in common]
        for row in hole.listed
    ]
    members: list[_Code] = [(item,) for item in common]
    members += _told(columns, keys)
    members += _untold(columns, keys)
    if len(members) == 1 and (alone := _without_star(members[0])):
        return InCode(alone)
    return InCode(("[", *_joined(members), "]"))


def _without_star(member: _Code) -> _Code:
    """The list that has nothing but the members of another one; empty where this is one member."""
    first, *rest = member
    if first == "*":
        return tuple(rest)
    if isinstance(first, str) and first.startswith("*("):
        return (f"[{first.removeprefix('*(')}", *rest[:-1], "]")
    return ()


def _told(columns: Columns, keys: _Keys) -> Iterator[_Code]:
    """The members that the columns tell, which are taken out of `keys`: all that stand at one place of their lists."""
    place = 0
    while all(row is None or place < len(row) for row in keys):
        found = _told_key(columns, [ANY if row is None else row[place] for row in keys])
        if found is None:
            place += 1
            continue
        yield found
        for row in keys:
            if row is not None:
                del row[place]


def _told_key(columns: Columns, keys: Sequence[Any]) -> _Code | None:
    lengths = {len(key) for key in keys if key is not ANY}
    if len(lengths) != 1:
        return None
    parts = [tuple(ANY if key is ANY else key[place] for key in keys) for place in range(lengths.pop())]
    if not all(_same(part) or columns.tells(part) for part in parts):
        return None
    return _key(_one(part) if _same(part) else columns.expression(Hole(0, 0, part)) for part in parts)


def _untold(columns: Columns, keys: _Keys) -> Iterator[_Code]:
    """What is left, by a column: names where all are beside each other, else whole keys."""
    rows = [row for row in keys if row is not None]
    homes = {key[:-1] for row in rows for key in row}
    if not homes:
        return
    home = homes.pop()
    if homes:
        column = _column(columns, [ANY if row is None else list(map(list, row)) for row in keys])
        yield "*(dg.AssetKey(key) for key in ", column, ")"
    elif all(len(row) == 1 for row in rows):
        yield _key([*home, _column(columns, [ANY if row is None else row[0][-1] for row in keys])])
    else:
        column = _column(columns, [ANY if row is None else [key[-1] for key in row] for row in keys])
        before = "".join(f"{text_literal(part)}, " for part in home)
        yield ("*", column) if not home else (f"*(dg.AssetKey([{before}name]) for name in ", column, ")")


def _column(columns: Columns, values: Sequence[Any]) -> Expr:
    found = columns.expression(Hole(0, 0, tuple(values), _COLUMN))
    assert found is not None, "a hole without finer holes has an expression"
    return found


def _key(parts: Iterable[Expr]) -> _Code:
    """The source of an asset's key."""
    shown: list[_Code] = [(literal(part) if isinstance(part, str) else part,) for part in parts]
    return shown[0] if len(shown) == 1 else ("dg.AssetKey([", *_joined(shown), "])")


def _same(values: Sequence[Any]) -> bool:
    return len({value for value in values if value is not ANY}) == 1


def _one(values: Sequence[Any]) -> Any:
    return next(value for value in values if value is not ANY)


def _joined(members: Sequence[_Code]) -> _Code:
    return tuple(part for number, member in enumerate(members) for part in ((", ",) if number else ()) + member)
