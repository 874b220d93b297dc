"""A factory of DAGs: what one function or loop of the DAG files made, as one function that makes the definitions of a row.

Comes in: the modules of the DAGs, each with all of a DAG's code. Goes out: one module for those that differ in values only. A statement that only
some of them have (a sensor, a check) is made where its row asks for it.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from migrator.codegen.factories.cells import ANY, Column, InColumn
from migrator.codegen.factories.columns import Columns
from migrator.codegen.factories.nodes import MANY, Table, all_names, hole_values, make_table, moved_in, spelled
from migrator.codegen.factories.statements import Statement, in_common_order, statements
from migrator.codegen.factories.unify import Different, Hole, filled, texts_in, unify
from migrator.codegen.python.module import Module, imported_name
from migrator.codegen.python.naming import unique
from migrator.codegen.python.serialize import Environment, serialize
from migrator.model.expressions import Expr
from migrator.model.frozen import dataclass
from migrator.model.source import lines_of

KINDS = ("assets", "asset_checks", "jobs", "schedules", "sensors")
_LONG_TEXT = 300
"""A longer text is not taken out of a function into a row."""
_TYPES = {
    "assets": "dg.AssetsDefinition",
    "asset_checks": "dg.AssetChecksDefinition",
    "schedules": "dg.ScheduleDefinition",
    "sensors": "dg.SensorDefinition",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One DAG: its module and the variables that it was made with."""

    module: Module
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Line:
    """A statement of the factory: of which members (by number), its text for the first of them, and the holes in it."""

    statement: Statement
    members: tuple[int, ...]
    holes: tuple[Hole, ...]


def alike(members: Sequence[Member]) -> list[list[int]]:
    """The numbers of the members, those together whose code differs in values (and optional definitions) only."""
    groups: list[list[int]] = []
    for number, member in enumerate(members):
        for group in groups:
            pair = [members[group[0]], member]
            lines = _lines(pair)
            if lines is not None and _have_most_in_common(lines) and _has_short_rows(lines, pair):
                group.append(number)
                break
        else:
            groups.append([number])
    return groups


def dag_factory(members: Sequence[Member], name: str, path: str, dotted: str, about: str) -> Module | None:
    """The module of the factory; None if the members' code differs in form. `about` is its docstring."""
    lines = _lines(members)
    if lines is None:
        return None
    module = Module(path, dotted, about, taken={"dg"})
    for member in members:
        module.need(member.module.imports)
    columns = Columns([member.variables for member in members])
    places = []
    for line in lines:
        columns.scope = line.statement.label
        places += [(line, hole, value) for hole, value in hole_values(_spread(line, len(members)), columns)]
    places += [found for line in lines if len(line.members) == 1 for found in _told(line, len(members), columns)]
    conditions = {line.statement.label: _condition(line, columns, len(members)) for line in lines}
    if not columns.chosen or (len(members) < MANY and not columns.are_told):
        return None
    taken = {*module.taken, *(name for line in lines for name in all_names(line.statement.text))}
    taken |= {name for line in lines for name in line.statement.binds}
    module.taken |= taken
    columns.settle()
    table = make_table(name, columns.in_order(), taken, module)
    texts = [_filled(line, places, table, columns) for line in lines]
    shared = _shared(lines)
    module.blocks += [text for line, text in zip(lines, texts, strict=True) if line.statement.label in shared]
    texts = _without_tables(lines, texts)
    inner = [(line, text) for line, text in zip(lines, texts, strict=True) if line.statement.label not in shared]
    builder = module.claim(f"build_{name}")
    module.blocks += [
        *filter(None, [table.definition]),
        _function(builder, table, inner, {key: _spelled(value, table, columns) for key, value in conditions.items()}),
        "@dg.definitions\ndef defs() -> dg.Definitions:\n"
        f"    return dg.Definitions.merge(*({builder}({table.parameter}) for {table.parameter} in {table.name}))",
    ]
    module.need(["import dagster as dg"])
    return module


# ----------------------------------------------------------------------------------------------------------- unifying


def _lines(members: Sequence[Member]) -> list[_Line] | None:
    """The statements of all members; None where they do not fit together."""
    try:
        rows = [{found.label: found for found in statements(member.module)} for member in members]
        counts = [len(statements(member.module)) for member in members]
    except SyntaxError:
        return None
    if any("" in row or len(row) != count for row, count in zip(rows, counts, strict=True)):
        return None
    if not _imports_agree(members):
        return None
    inner = {
        label
        for row in rows
        for label, statement in row.items()
        if not statement.text.startswith(("@dataclass", "class "))
    }
    found = []
    for label in in_common_order(rows):
        having = tuple(number for number, row in enumerate(rows) if label in row)
        same = [rows[number][label] for number in having]
        if len({statement.kind for statement in same}) > 1:
            return None
        try:
            holes = unify([statement.text for statement in same], inner=inner)
        except (Different, SyntaxError, ValueError):
            return None
        found.append(_Line(same[0], having, tuple(holes)))
    optional = {line.statement.label for line in found if len(line.members) < len(members)}
    for line in found:
        if line.statement.label in optional and not line.statement.kind:
            return None
        if optional & line.statement.reads:
            return None
    return found


def _have_most_in_common(lines: Sequence[_Line]) -> bool:
    """Whether both of two members have most of what either does: a factory of DAGs that share little is harder to read than they are."""
    work = [line for line in lines if line.statement.is_node]
    return 2 * sum(len(line.members) == 2 for line in work) >= len(work)


def _has_short_rows(lines: Sequence[_Line], members: Sequence[Member]) -> bool:
    """Whether no long text, such as a query of another form, would stand in the rows that is none of the members' variables."""
    columns = Columns([member.variables for member in members])
    for line in lines:
        for hole in _spread(line, len(members)):
            hole_values([hole], columns)
    own = [column for column in columns.chosen.values() if column.name not in columns.of_variables]
    return not any(isinstance(value, str) and len(value) > _LONG_TEXT for column in own for value in column.values)


def _imports_agree(members: Sequence[Member]) -> bool:
    """Whether every imported name means the same in all members."""
    known: dict[str, str] = {}
    for member in members:
        for statement in member.module.imports:
            if known.setdefault(imported_name(statement), statement) != statement:
                return False
    return True


def _spread(line: _Line, count: int) -> list[Hole]:
    """The holes of a statement, with a value for each member: None for those that do not have it."""
    return [_with_all(hole, line.members, count) for hole in line.holes]


def _with_all(hole: Hole, members: Sequence[int], count: int) -> Hole:
    values: list[Any] = [ANY] * count
    for number, value in zip(members, hole.values, strict=False):
        values[number] = value
    inside = tuple(_with_all(inner, members, count) for inner in hole.inside) if hole.inside is not None else None
    pieces = tuple(_with_all(piece, members, count) if isinstance(piece, Hole) else piece for piece in hole.pieces)
    listed: list[tuple[str, ...] | None] = [None] * count
    for number, row in zip(members, hole.listed, strict=False):
        listed[number] = row
    return replace(
        hole,
        values=tuple(values) if hole.values else (),
        inside=inside,
        pieces=pieces,
        listed=tuple(listed) if hole.listed else (),
    )


def _told(line: _Line, count: int, columns: Columns) -> Iterator[tuple[_Line, Hole, Expr]]:
    """The texts of a statement that one row alone has, where the row tells them."""
    for hole in texts_in(line.statement.text):
        value = columns.told(_with_all(hole, line.members, count))
        if value is not None:
            yield line, hole, value


def _condition(line: _Line, columns: Columns, count: int) -> Expr:
    """By what a row tells that it has the statement; None for those that all have."""
    if len(line.members) == count:
        return None
    wanted = set(line.members)
    found = columns.by_presence(wanted)
    if found is not None:
        return found
    name = unique(f"has_{line.statement.label}", columns.chosen)
    columns.chosen[name] = Column(name, tuple(number in wanted for number in range(count)))
    return InColumn(name)


# ------------------------------------------------------------------------------------------------------------- writing


def _filled(line: _Line, places: Sequence[tuple[_Line, Hole, Expr]], table: Table, columns: Columns) -> str:
    holes = [
        (hole, serialize(spelled(value, table, columns), Environment()).text)
        for found, hole, value in places
        if found is line
    ]
    return filled(line.statement.text, holes)


def _spelled(value: Expr, table: Table, columns: Columns) -> str:
    if value is None:
        return ""
    text = serialize(spelled(value, table, columns), Environment()).text
    column = columns.chosen.get(value.column) if isinstance(value, InColumn) else None
    is_flag = column is not None and column.annotation == "bool"
    return text if is_flag or (isinstance(value, InColumn) and value.method == "in") else f"{text} is not None"


def _shared(lines: Sequence[_Line]) -> set[str]:
    """Statements that are the same for all rows and need nothing of a row: they stand above the function."""
    inside = {line.statement.label for line in lines if line.holes or line.statement.kind}
    while True:
        more = {line.statement.label for line in lines if line.statement.reads & inside} - inside
        if not more:
            return {line.statement.label for line in lines} - inside
        inside |= more


def _without_tables(lines: Sequence[_Line], texts: Sequence[str]) -> list[str]:
    """The statements, with the column itself in the place of a table that is just that; its own statement is empty then."""
    found = list(texts)
    for number, line in enumerate(lines):
        label = line.statement.label
        alone = re.fullmatch(rf"{re.escape(label)} = (\w+(?:\.\w+)?)", found[number])
        if alone and line.holes and label.isupper():
            renamed = [_renamed(text, label, alone[1]) for text in found]
            if None not in renamed:
                found = [text or "" for text in renamed]
                found[number] = ""
    return found


def _renamed(text: str, name: str, expression: str) -> str | None:
    """The code with a name replaced; None if the name may stand in an f-string."""
    lines = lines_of(text)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type == tokenize.NAME and token.string == name:
            row, start = token.start[0] - 1, token.start[1]
            lines[row] = lines[row][:start] + expression + lines[row][start + len(name) :]
        elif token.type == tokenize.STRING and "f" in token.string[:3].lower() and name in token.string:
            return None
    return "".join(lines)


def _function(name: str, table: Table, inner: Sequence[tuple[_Line, str]], conditions: Mapping[str, str]) -> str:
    parts: list[str] = []
    given: dict[str, list[str]] = {kind: [] for kind in KINDS}
    lists: dict[str, str] = {}
    for line, text in inner:
        kind, label = line.statement.kind, line.statement.label
        if not text:
            continue
        condition = conditions[label]
        # As it stood: a list of which each row has another one is a column by now.
        is_list = f"{label} = [" in line.statement.text
        if condition:
            if kind not in lists:
                lists[kind] = f"optional_{kind}"
                parts.append(f"    {lists[kind]}: list[{_TYPES.get(kind, 'Any')}] = []")
            added = f"{lists[kind]} += {label}" if is_list else f"{lists[kind]}.append({label})"
            parts.append(f"    if {condition}:\n{moved_in(moved_in(text))}\n\n        {added}")
            continue
        parts.append(moved_in(text))
        if kind:
            given[kind].append(f"*{label}" if is_list else label)
    for kind, optional in lists.items():
        given[kind].append(f"*{optional}")
    arguments = []
    for kind in KINDS:
        if given[kind]:
            alone = given[kind][0][1:] if len(given[kind]) == 1 and given[kind][0].startswith("*") else ""
            arguments.append(f"{kind}={alone or '[' + ', '.join(given[kind]) + ']'}")
    body = parts[0] if parts else ""
    for previous, part in pairwise(parts):
        body += ("\n" if "\n" not in previous + part else "\n\n") + part
    return (
        f"def {name}({table.parameter}: {table.annotation}) -> dg.Definitions:\n{body}\n\n"
        f"    return dg.Definitions({', '.join(arguments)})"
    )
