"""The columns of a table of rows: what differs between pieces of code, said with as few values as it can be.

Comes in: holes with the value of each row, and the loop variables of each row. Goes out: columns, and for each hole the expression that takes its
value from them. Where the variables tell a value, alone or within a text, they become columns; what they do not tell gets a column of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import PurePosixPath
from typing import Any

from migrator.codegen.factories.cells import ANY, MISSING, Column, InColumn
from migrator.codegen.factories.formulas import by_formula
from migrator.codegen.factories.lists import listed_dependencies
from migrator.codegen.factories.unify import Hole, Source
from migrator.codegen.python.naming import identifier, unique
from migrator.codegen.python.serialize import Verbatim
from migrator.model.expressions import Expr, Format
from migrator.model.frozen import dataclass

_MAX_DEPTH = 2
_TOLD = 4
"""So many rows have to be there for what they have in common to be no chance."""
_TELLING = 3
"""So long has a value to be that is looked for in the text of one row alone."""
_RENAMED = {"group_name": "group", "ins": "inputs", "outs": "outputs", "partitions_def": "partitions"}


@dataclass
class Columns:
    """Columns that are chosen while holes are asked for one after the other."""

    variables: Sequence[Mapping[str, Any]]
    chosen: dict[str, Column] = field(default_factory=dict)
    scope: str = ""
    """What the holes that are asked for stand in: the name of a function."""
    alone: bool = False
    """There is one row only: whatever its variables tell is a column."""
    candidates: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    members: dict[str, list[tuple[str, str | int]]] = field(default_factory=dict)
    """Of a candidate that is a member of a dictionary or list: the variables that hold it and its key or place."""
    closed: bool = False
    """It has no candidates but those given."""
    settled: dict[str, Expr] = field(default_factory=dict)
    """What had a column until others told it, by these."""
    respelled: set[str] = field(default_factory=set)
    """The columns of which another spelling is asked for."""
    of_variables: frozenset[str] = frozenset()
    """The candidates that variables hold."""

    def __post_init__(self) -> None:
        if self.closed:
            return
        flat = [_flat(row) for row in self.variables]
        for row in self.variables:
            for name, value in row.items():
                for key, member in _members_of(name, value):
                    holders = self.members.setdefault(member, [])
                    holders += [(name, key)] if (name, key) not in holders else []
        for name in dict.fromkeys(name for row in flat for name in row):
            values = tuple(row.get(name, MISSING) for row in flat)
            if self.alone or len({_exact(value) for value in values}) > 1:
                self.candidates.setdefault(name, values)
        self.of_variables = frozenset(self.candidates)

    @property
    def are_told(self) -> bool:
        """Whether variables tell something of the rows."""
        return not self.of_variables.isdisjoint(self.chosen)

    @property
    def subject(self) -> str:
        """The column that the rows are about: the first one that a variable told, else the first."""
        return next((name for name in self.chosen if name in self.of_variables), next(iter(self.chosen)))

    def expression(self, hole: Hole) -> Expr | None:
        """The value of a hole by the columns; None where its finer holes say it better."""
        if hole.pieces:
            return Format(tuple(self._piece(piece) for piece in hole.pieces))
        known = self._known(hole.values) if hole.values else None
        if known is not None:
            return known
        if hole.inside is not None and (_is_one_text(hole.inside) or all(map(self._is_told, hole.inside))):
            return None
        if hole.listed:
            return listed_dependencies(self, hole)
        return by_formula(self, hole) or self._own(hole)

    def tells(self, values: tuple[Any, ...]) -> bool:
        """Whether the columns tell the values, so that they need none of their own."""
        return self._known(values, take=False) is not None

    def form_of(self, number: int, value: Any) -> str:
        """The form of a row's value: the same for those that are made alike of the row's variables."""
        if isinstance(value, Mapping):
            return repr({key: self.form_of(number, entry) for key, entry in value.items()})
        if isinstance(value, list):
            return repr([self.form_of(number, entry) for entry in value])
        if not isinstance(value, str):
            return repr(value)
        parts: list[Expr] = [value]
        for name, method, texts in self._spellings([number], shortest=1):
            if name in self.of_variables and not method:
                parts = _split(parts, texts[0], InColumn(name))
        return repr(parts)

    def _piece(self, piece: str | Source | Hole) -> Expr:
        if isinstance(piece, Hole):
            return self._known(piece.values) or self._own(piece)
        return Verbatim(piece.text, piece.spec) if isinstance(piece, Source) else piece

    def _is_told(self, hole: Hole) -> bool:
        if hole.pieces:
            return all(self._known(piece.values, take=False) for piece in hole.pieces if isinstance(piece, Hole))
        if self._known(hole.values, take=False) is not None:
            return True
        return hole.inside is not None and all(self._is_told(inner) for inner in hole.inside)

    def _own(self, hole: Hole) -> InColumn:
        wish = identifier(_RENAMED.get(hole.hint, hole.hint).lower(), "value")
        taken = {*self.chosen, *self.candidates}
        if wish in taken and self.scope:
            wish = identifier(f"{self.scope}_{wish}")
        name = unique(wish, taken)
        self.candidates[name] = tuple(None if value is ANY else value for value in hole.values)
        self.chosen[name] = Column(name, self.candidates[name])
        return InColumn(name)

    def in_order(self) -> list[Column]:
        """The chosen columns: what variables tell first, then what nothing else told."""
        names = {name for row in self.variables for name in _flat(row)}
        return sorted(self.chosen.values(), key=lambda column: column.name not in names)

    def settle(self) -> None:
        """Takes out the columns that others tell. Asked for when all holes have their expressions."""
        found = self.settled
        # Those that say whether a row has a part at all (`has_schedule`) are none of them.
        telling = [name for name in self.chosen if name in self.candidates]
        for name in sorted(telling, key=lambda name: -max(len(str(value)) for value in self.chosen[name].values)):
            others = {other: self.candidates[other] for other in telling if other != name and other in self.chosen}
            if name in self.respelled or not others or len(self.variables) < _TOLD:
                continue
            told = Columns(self.variables, candidates=dict(others), alone=self.alone, closed=True)._text(
                self.candidates[name]
            )
            if told is not None and isinstance(told, Format):
                found[name] = told
                del self.chosen[name]
        for holder in dict.fromkeys(holder for holders in self.members.values() for holder, _ in holders):
            inner = {
                name: key
                for name, holders in self.members.items()
                for owner, key in holders
                if owner == holder and isinstance(key, int) and name in self.chosen and name not in self.respelled
            }
            if len(inner) > 1:
                values = tuple(row.get(holder) for row in self.variables)
                found |= {name: InColumn(holder, key=key) for name, key in inner.items()}
                for name in inner:
                    del self.chosen[name]
                self.chosen[holder] = Column(holder, values)

    def told(self, hole: Hole) -> Expr | None:
        """The value of a hole, or of some of an f-string's texts, where the variables tell it."""
        if not hole.pieces:
            return self._known(hole.values)
        found = [self._known(piece.values) if isinstance(piece, Hole) else None for piece in hole.pieces]
        if all(part is None for part in found):
            return None
        parts = zip(found, hole.pieces, strict=True)
        return Format(tuple(known if known is not None else _as_it_is(piece) for known, piece in parts))

    def _known(self, values: tuple[Any, ...], take: bool = True) -> Expr | None:
        """The values, told by a candidate or a text with candidates in it."""
        found = self._equal(values) or self._text(values)
        if found is not None and take:
            for part in found.parts if isinstance(found, Format) else (found,):
                if isinstance(part, InColumn):
                    self.respelled |= {part.column} if part.method or part.key != "" else set()
                    values = tuple(None if v is MISSING else v for v in self.candidates[part.column])
                    self.chosen.setdefault(part.column, Column(part.column, values))
        return found

    def _of(self, name: str, method: str = "") -> InColumn:
        """A candidate; a member of a dictionary that is a column anyway is taken from there."""
        for holder, key in self.members.get(name, ()) if name not in self.chosen else ():
            if holder in self.chosen and isinstance(key, str):
                rows = self.chosen[holder].values
                if self.candidates[name] == tuple(_member(row, key) for row in rows):
                    return InColumn(holder, method, key)
        return InColumn(name, method)

    def by_presence(self, wanted: set[int]) -> InColumn | None:
        """What tells the rows of these numbers: a value that only they have."""
        for column in self.chosen.values():
            if {number for number, value in enumerate(column.values) if value is not None} == wanted:
                return InColumn(column.name)
        for holders in self.members.values():
            for holder, key in holders:
                if isinstance(key, int):
                    continue
                rows = self.chosen[holder].values if holder in self.chosen else ()
                if {number for number, row in enumerate(rows) if _member(row, key) is not MISSING} == wanted:
                    return InColumn(holder, "in", key)
        return None

    def _equal(self, values: tuple[Any, ...]) -> InColumn | None:
        wanted = [(number, _exact(value)) for number, value in enumerate(values) if value is not ANY]
        for name in [*self.chosen, *self.candidates]:
            row = self.candidates[name]
            if all(_exact(None if row[n] is MISSING else row[n]) == value for n, value in wanted):
                return self._of(name)
        return None

    def _text(self, values: tuple[Any, ...]) -> Format | InColumn | None:
        numbers = [number for number, value in enumerate(values) if value is not ANY]
        if not all(isinstance(values[number], str) for number in numbers):
            return None
        rows: list[list[Expr]] = [[values[number]] for number in numbers]
        for name, method, texts in self._spellings(numbers):
            split = [_split(row, text, self._of(name, method)) for row, text in zip(rows, texts, strict=True)]
            if len({len(row) for row in split}) == 1 and len(split[0]) > len(rows[0]):
                rows = split
            if len(rows[0]) > 1 and all(row == rows[0] for row in rows):
                parts = tuple(part for part in rows[0] if part != "")
                # A number is no text: the f-string makes one of it.
                alone = parts[0] if len(parts) == 1 and self._are_texts(name, numbers) else None
                return alone if isinstance(alone, InColumn) else Format(parts)
        return None

    def _are_texts(self, name: str, numbers: Sequence[int]) -> bool:
        return all(isinstance(self.candidates[name][number], str) for number in numbers)

    def _spellings(self, numbers: Sequence[int], shortest: int = 0) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Candidates that are texts or numbers, long values before those that may be part of them, then their other spellings."""
        given = {
            name: [self.candidates[name][number] for number in numbers]
            for name in dict.fromkeys([*self.chosen, *self.candidates])
        }
        names = sorted(given, key=lambda name: -min(len(str(value)) for value in given[name]))
        shortest = shortest or (1 if len(numbers) > 1 or self.alone else _TELLING)
        plain = {
            name: tuple(str(value) for value in given[name])
            for name in names
            if all(
                isinstance(value, (str, int)) and not isinstance(value, bool) and len(str(value)) >= shortest
                for value in given[name]
            )
        }
        yield from ((name, "", texts) for name, texts in plain.items())
        for name, texts in plain.items():
            if all(isinstance(value, str) for value in given[name]):
                yield name, "upper", tuple(text.upper() for text in texts)
                yield name, "lower", tuple(text.lower() for text in texts)
                endings = {PurePosixPath(text).suffix for text in texts}
                if len(endings) == 1 and (ending := endings.pop()):
                    yield name, f"removesuffix('{ending}')", tuple(text.removesuffix(ending) for text in texts)


def _is_one_text(holes: Sequence[Hole]) -> bool:
    """Whether a container differs in one text only, which says less than the whole."""
    return len(holes) == 1 and bool(holes[0].values) and all(isinstance(value, str) for value in holes[0].values)


def _split(parts: Sequence[Expr], text: str, placeholder: InColumn) -> list[Expr]:
    """The parts with each place where `text` stands as a word (or part of a name between underscores) replaced, a number behind letters, too."""
    if not any(isinstance(part, str) and text in part for part in parts):
        return [*parts]
    before = r"(?<!\d)" if text.isdecimal() else r"(?<![^\W_])"
    pattern = re.compile(rf"{before}{re.escape(text)}(?![^\W_])")
    found: list[Expr] = []
    for part in parts:
        if not isinstance(part, str):
            found.append(part)
            continue
        pieces = pattern.split(part)
        for number, piece in enumerate(pieces):
            found += [placeholder] if number else []
            found.append(piece)
    return found


def _as_it_is(piece: str | Source | Hole) -> Expr:
    if isinstance(piece, Hole):
        return next(value for value in piece.values if value is not ANY)
    return Verbatim(piece.text, piece.spec) if isinstance(piece, Source) else piece


def _member(row: Any, key: str) -> Any:
    return row.get(key, MISSING) if isinstance(row, Mapping) else MISSING


def _members_of(name: str, value: Any) -> Iterator[tuple[str | int, str]]:
    """The keys of a dictionary, or the places of a list's texts and numbers, each with the name of the candidate for it."""
    if isinstance(value, Mapping):
        yield from ((str(key), identifier(str(key))) for key in value)
    elif isinstance(value, (list, tuple)) and all(isinstance(item, str | int) for item in value):
        yield from ((place, f"{name}_{place}") for place in range(len(value)))


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Names and values of variables, innermost first, then of what they hold."""
    inner = dict(reversed(list(row.items())))
    found = {name: value for name, value in inner.items() if name.isidentifier()}
    for depth in range(1, _MAX_DEPTH + 1):
        for name, value in inner.items():
            for key, item in _members(name, value, depth):
                found.setdefault(key, item)
    return found


def _members(name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    pairs: Iterable[tuple[str, Any]] = ()
    if isinstance(value, Mapping):
        pairs = ((str(key), item) for key, item in value.items())
    elif isinstance(value, (list, tuple)) and depth == 1:
        pairs = ((f"{name}_{number}", item) for number, item in enumerate(value))
    for key, item in pairs:
        if depth > 1:
            yield from _members(key, item, depth - 1)
        elif identifier(key).isidentifier():
            yield identifier(key), item


def _exact(value: Any) -> str:
    """Equal for values of the same type and value; a tuple is as good as a list."""
    if isinstance(value, tuple):
        value = list(value)
    return f"{type(value).__name__} {value!r}"
