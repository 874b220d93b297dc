"""The columns of a table of rows: what differs between pieces of code, said with as few values as it can be.

Comes in: holes with the value of each row, and the loop variables of each row. Goes out: columns, and for each hole the expression that takes its
value from them. Where the variables tell a value, alone or within a text, they become columns; what they do not tell gets a column of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.codegen.factories.unify import Hole, Source
from migrator.codegen.naming import identifier, unique
from migrator.codegen.serialize import Verbatim, literal
from migrator.model.expressions import Expr, Format

_MAX_DEPTH = 2
_MISSING = object()
_RENAMED = {"group_name": "group", "ins": "inputs", "outs": "outputs", "partitions_def": "partitions"}


@dataclass(frozen=True, slots=True)
class Column:
    """`values` are plain, or a `Source`; one for each row."""

    name: str
    values: tuple[Any, ...]

    @property
    def annotation(self) -> str:
        """The type of its values."""
        found = list(dict.fromkeys(type_of(value) for value in self.values))
        if "None" in found:
            found = [*(kind for kind in found if kind != "None"), "None"]
        lists = [kind[5:-1] for kind in found if kind.startswith("list[")]
        if len(lists) > 1:
            inner = list(dict.fromkeys(part for kind in lists for part in kind.split(" | ") if part != "Any"))
            found = [f"list[{' | '.join(inner) or 'Any'}]", *(kind for kind in found if not kind.startswith("list["))]
        if any(kind == "Any" for kind in found):
            return "Any"
        return " | ".join(found)

    @property
    def default(self) -> Any:
        """A value that most rows have and that says that there is nothing; `_MISSING` where there is none."""
        empties: tuple[Any, ...] = (None, False, [], {})
        for empty in empties:
            count = sum(type(value) is type(empty) and value == empty for value in self.values)
            if count * 2 >= len(self.values) > count > 0:
                return empty
        return _MISSING

    @property
    def has_default(self) -> bool:
        return self.default is not _MISSING


@dataclass(frozen=True, slots=True)
class InColumn:
    """The value of a column in the row at hand, maybe in another spelling (`upper`, `lower`)."""

    column: str
    method: str = ""


@dataclass
class Columns:
    """Columns that are chosen while holes are asked for one after the other."""

    variables: Sequence[Mapping[str, Any]]
    chosen: dict[str, Column] = field(default_factory=dict)
    candidates: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        flat = [dict(_flat(row)) for row in self.variables]
        for name in dict.fromkeys(name for row in flat for name in row):
            values = tuple(row.get(name, _MISSING) for row in flat)
            if _MISSING not in values and len({_exact(value) for value in values}) > 1:
                self.candidates.setdefault(name, values)

    def expression(self, hole: Hole) -> Expr | None:
        """The value of a hole by the columns; None where its finer holes say it better."""
        if hole.pieces:
            return Format(tuple(self._piece(piece) for piece in hole.pieces))
        known = self._known(hole.values)
        if known is not None:
            return known
        if hole.inside is not None and all(self._is_told(inner) for inner in hole.inside):
            return None
        return self._own(hole)

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
        name = unique(wish, {*self.chosen, *self.candidates})
        self.chosen[name] = Column(name, hole.values)
        self.candidates[name] = hole.values
        return InColumn(name)

    def _known(self, values: tuple[Any, ...], take: bool = True) -> Expr | None:
        """The values, told by a candidate or a text with candidates in it."""
        found = self._equal(values) or self._text(values)
        if found is not None and take:
            for part in found.parts if isinstance(found, Format) else (found,):
                if isinstance(part, InColumn):
                    self.chosen.setdefault(part.column, Column(part.column, self.candidates[part.column]))
        return found

    def _equal(self, values: tuple[Any, ...]) -> InColumn | None:
        wanted = tuple(map(_exact, values))
        for name in [*self.chosen, *self.candidates]:
            if tuple(map(_exact, self.candidates[name])) == wanted:
                return InColumn(name)
        return None

    def _text(self, values: tuple[Any, ...]) -> Format | None:
        if not all(isinstance(value, str) for value in values):
            return None
        rows: list[list[Expr]] = [[value] for value in values]
        for name, method, texts in self._spellings():
            split = [_split(row, text, InColumn(name, method)) for row, text in zip(rows, texts, strict=True)]
            if len({len(row) for row in split}) == 1 and len(split[0]) > len(rows[0]):
                rows = split
            if all(row == rows[0] for row in rows):
                return Format(tuple(part for part in rows[0] if part != ""))
        return None

    def _spellings(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Candidates that are texts or numbers, long values before those that may be part of them, then their other spellings."""
        names = list(dict.fromkeys([*self.chosen, *self.candidates]))
        names.sort(key=lambda name: -min(len(str(value)) for value in self.candidates[name]))
        plain = {
            name: tuple(str(value) for value in self.candidates[name])
            for name in names
            if all(
                isinstance(value, (str, int)) and not isinstance(value, bool) and str(value)
                for value in self.candidates[name]
            )
        }
        yield from ((name, "", texts) for name, texts in plain.items())
        for name, texts in plain.items():
            if all(isinstance(value, str) for value in self.candidates[name]):
                yield name, "upper", tuple(text.upper() for text in texts)
                yield name, "lower", tuple(text.lower() for text in texts)


def _split(parts: Sequence[Expr], text: str, placeholder: InColumn) -> list[Expr]:
    """The parts with each place where `text` stands as a word (or part of a name between underscores) replaced."""
    pattern = re.compile(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])")
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


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values of variables, innermost first, then of what they hold."""
    inner = dict(reversed(list(row.items())))
    yield from ((name, value) for name, value in inner.items() if name.isidentifier())
    for depth in range(1, _MAX_DEPTH + 1):
        for name, value in inner.items():
            yield from _members(name, value, depth)


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


def type_of(value: Any) -> str:
    """The annotation of a value."""
    if value is None:
        return "None"
    if isinstance(value, Source):
        return _source_type(value.text)
    if isinstance(value, (list, tuple)):
        kinds = list(dict.fromkeys(type_of(item) for item in value))
        return f"list[{' | '.join(kinds) if kinds and 'Any' not in kinds else 'Any'}]"
    if isinstance(value, Mapping):
        kinds = list(dict.fromkeys(type_of(item) for item in value.values()))
        return f"dict[str, {kinds[0] if len(kinds) == 1 else 'Any'}]"
    if isinstance(value, (set, frozenset)):
        kinds = sorted({type_of(item) for item in value})
        return f"set[{' | '.join(kinds)}]"
    return type(value).__name__


def _source_type(text: str) -> str:
    """The type of an expression in generated code, where it is a call of a class of Dagster's."""
    if text.startswith("[") and text.endswith("]"):
        return "list[dg.AssetKey]" if re.fullmatch(r"\[(dg\.AssetKey\(\[[^\]]*\]\)(, )?)+\]", text) else "list[Any]"
    if text.startswith("{"):
        return "dict[str, Any]"
    called = re.match(r"(dg\.[A-Z]\w+|dt\.\w+)\(", text)
    return called[1] if called else "Any"


def value_text(value: Any) -> str:
    """The source of a value in a row."""
    return value.text if isinstance(value, Source) else literal(list(value) if isinstance(value, tuple) else value)
