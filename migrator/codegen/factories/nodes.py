"""A factory of nodes (assets, checks, ops) that a loop of the DAG file made: the rows, the function that makes what one row asks for, and all of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrator.codegen.factories.cells import Column, InCode, InColumn, value_text
from migrator.codegen.factories.columns import Columns
from migrator.codegen.factories.named import named_list
from migrator.codegen.factories.unify import Different, Hole, filled, texts_in, unify
from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import class_name, identifier, plural, unique
from migrator.codegen.python.serialize import Environment, Verbatim, literal, serialize
from migrator.codegen.render.node import Node
from migrator.model.expressions import Expr, Format
from migrator.model.frozen import dataclass
from migrator.model.source import lines_of

_ABSENT = {
    "deps": "[]",
    "ins": "{}",
    "additional_deps": "[]",
    "additional_ins": "{}",
    "blocking": "False",
    "output_required": "True",
}
"""What an argument of a decorator is where it is not given; `None` for all others."""
_TYPES = {
    "dg.asset": "dg.AssetsDefinition",
    "dg.multi_asset": "dg.AssetsDefinition",
    "dg.op": "dg.OpDefinition",
    "dg.asset_check": "dg.AssetChecksDefinition",
}
_WORDS = {"dg.asset": "assets", "dg.multi_asset": "assets", "dg.op": "ops", "dg.asset_check": "checks"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as code: `parameter` is what a function that takes one row calls it, with its `annotation`; `definition` the statements that define
    the rows under the name `name`; empty where the module has them anyway."""

    parameter: str
    annotation: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Factory:
    """Nodes of each row (one for each place), as code in terms of the row; `operations` names the operations by row."""

    nodes: tuple[Node, ...]
    table: Table
    name: str
    all: str
    operations: tuple[tuple[str, ...], ...]
    key: str = ""
    """What an op is found by, in terms of the row; empty where nothing has to be found."""
    keys: tuple[Any, ...] = ()
    """Its value in each row."""

    def render(self, common: Mapping[str, str] | None = None) -> str:
        """The statements: rows, the function, and what it makes of all rows."""
        made = [_TYPES[node.decorator] for node in self.nodes]
        returns = made[0] if len(made) == 1 else f"list[{' | '.join(dict.fromkeys(made))}]"
        inner = "\n\n".join(moved_in(node.render(common)) for node in self.nodes)
        # A path of two parts stood in parentheses, which the one value in its place needs no more.
        inner = re.sub(rf"\(({self.table.parameter}(?:\.\w+)?)\)\.read_text\(", r"\1.read_text(", inner)
        names = [node.function_name for node in self.nodes]
        result = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        table = self.table
        definition = f"{table.definition}\n\n\n" if table.definition else ""
        call = f"{self.name}({table.parameter})"
        if self.nodes[0].decorator == "dg.op":
            each = f"{{{self.key}: {call} for {table.parameter} in {table.name}}}"
        elif len(names) == 1:
            each = f"[{call} for {table.parameter} in {table.name}]"
        else:
            each = f"[made for {table.parameter} in {table.name} for made in {call}]"
        return (
            f"{definition}"
            f"def {self.name}({table.parameter}: {table.annotation}) -> {returns}:\n{inner}\n\n    return {result}\n\n\n"
            f"{self.all} = {each}"
        )

    def references(self) -> dict[str, str]:
        """How others refer to what it makes of each row."""
        if self.nodes[0].decorator == "dg.op":
            return {
                names[0]: f"{self.all}[{value_text(value)}]"
                for names, value in zip(self.operations, self.keys, strict=bool(self.keys))
            }
        made = [name for names in self.operations for name in names]
        return {name: f"{self.all}[{number}]" for number, name in enumerate(made)}


_LINE = 80
"""So long may a row be that is to stand in one line."""
_NAME = 24
"""So long may the name of the rows be."""
MANY = 8
"""Rows of which no variable of a loop tells anything have no more in common than the call that made their tasks: fewer than so many are written out."""


def make_factories(nodes: Sequence[Node], module: Module, of_dags: bool = False) -> list[Node | Factory]:
    """The nodes, those of one family put together as a factory, which stands where the last of them stood. With `of_dags`, the module is a row
    of a factory of DAGs: one node alone is then a row all the same, as there are others beside it in other DAGs."""
    families: dict[str, list[int]] = {}
    for number, node in enumerate(nodes):
        if node.row is not None:
            families.setdefault(node.row.family, []).append(number)
    found: dict[int, list[Node | Factory]] = {number: [node] for number, node in enumerate(nodes)}
    for numbers in families.values():
        rows: dict[int, list[Node]] = {}
        for number in numbers:
            node = nodes[number]
            rows.setdefault(node.row.number if node.row else 0, []).append(node)
            found[number] = []
        members = [sorted(row, key=lambda node: node.row.place if node.row else 0) for row in rows.values()]
        found[numbers[-1]] = _factories(members, module, of_dags)
    return [item for number in sorted(found) for item in found[number]]


def _factories(members: list[list[Node]], module: Module, of_dags: bool) -> list[Node | Factory]:
    """Factories of the rows whose code has one form; what is left alone gets a function of its own name."""
    groups: list[list[list[Node]]] = []
    for member in members:
        for group in groups:
            if _template([group[0], member]) is not None:
                group.append(member)
                break
        else:
            groups.append([member])
    made: list[Node | Factory] = []
    for group in groups:
        factory = _factory(group, module) if len(group) > 1 or (of_dags and len(members) == 1) else None
        if factory is not None:
            made.append(factory)
        else:
            made += [node.renamed(module.claim(node.operation, "_asset")) for member in group for node in member]
    return made


# --------------------------------------------------------------------------------------------------------- the template


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the code of the first row: of which node, which argument (or its function), and the holes in it."""

    place: int
    argument: str
    text: str
    holes: list[Hole]


def _template(members: Sequence[Sequence[Node]]) -> list[_Piece] | None:
    """The pieces of the first row's code with their holes; None if the code differs in form."""
    pieces = []
    try:
        for place, nodes in enumerate(zip(*members, strict=True)):
            if len({node.decorator for node in nodes}) > 1:
                return None
            for argument in _arguments(nodes):
                texts = [dict(node.arguments).get(argument) or _ABSENT.get(argument, "None") for node in nodes]
                texts = [f"({text})" if "\n" in text else text for text in texts]
                pieces.append(_Piece(place, argument, texts[0], unify(texts, "eval", hint=argument)))
            functions = [node.function for node in nodes]
            pieces.append(_Piece(place, "", functions[0], unify(functions)))
    except (Different, SyntaxError, ValueError):
        return None
    return pieces


def _arguments(nodes: Sequence[Node]) -> list[str]:
    """All arguments that a decorator has in some row, in the order in which they stand."""
    order: list[str] = []
    for node in nodes:
        place = 0
        for name, _ in node.arguments:
            if name in order:
                place = order.index(name) + 1
            else:
                order.insert(place, name)
                place += 1
    return order


def _factory(members: Sequence[Sequence[Node]], module: Module) -> Factory | None:
    pieces = _template(members)
    if pieces is None:
        return None
    variables = [member[0].row.variables if member[0].row else {} for member in members]
    columns = Columns(variables, alone=len(members) == 1)
    if len(members) == 1:
        pieces = [replace(piece, holes=texts_in(piece.text, "eval" if piece.argument else "exec")) for piece in pieces]
    places = []
    for piece in pieces:
        columns.scope = members[0][piece.place].function_name
        places += [(piece, hole, value) for hole, value in hole_values(piece.holes, columns)]
    is_op = members[0][0].decorator == "dg.op"
    key, keys = _key(columns, [member[0].operation for member in members]) if is_op else (None, ())
    if not columns.chosen or (1 < len(members) < MANY and not columns.are_told):
        return None
    taken = {*module.taken, *(name for piece in pieces for name in all_names(_statement(piece)))}
    row = members[0][0].row
    stem = (row.about if row is not None else "") or columns.subject
    if f"build_{stem}" in module.taken and columns.subject not in stem.split("_"):
        stem = f"{columns.subject}_{stem}"  # another loop makes the same of something else
    columns.settle()
    table = make_table(stem, columns.in_order(), taken, module)
    filled_nodes = []
    for place, node in enumerate(members[0]):
        texts = {}
        for piece in (piece for piece in pieces if piece.place == place):
            holes = [(hole, row_text(value, table, columns)) for found, hole, value in places if found is piece]
            texts[piece.argument] = filled(piece.text, holes)
        arguments = tuple((name, text) for name, text in texts.items() if name)
        filled_nodes.append(replace(node, arguments=arguments, function=texts[""], row=None))
    table, filled_nodes = _without_second_name(table, filled_nodes, columns, module)
    name = module.claim(f"build_{stem}")
    word = _WORDS[members[0][0].decorator]
    all_made = word if word.startswith(stem) else f"{stem}_{word}"
    return Factory(
        tuple(_with_siblings(filled_nodes)),
        table,
        name,
        module.claim(all_made),
        tuple(tuple(node.operation for node in member) for member in members),
        row_text(key, table, columns) if key is not None else "",
        keys,
    )


def _without_second_name(table: Table, nodes: list[Node], columns: Columns, module: Module) -> tuple[Table, list[Node]]:
    """The same with the parameter called as the functions call it, where all that these do is to give it that name: `region = region_`."""
    wish = next(iter(columns.chosen))
    if table.parameter != f"{wish}_" or wish in module.taken:
        return table, nodes
    functions = [re.sub(rf"(?m)^    {wish} = {wish}_\n", "", node.function, count=1) for node in nodes]
    for node, function in zip(nodes, functions, strict=True):
        uses = [
            one for one in ast.walk(ast.parse(function)) if wish in (getattr(one, "id", ""), getattr(one, "arg", ""))
        ]
        is_read = all(isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load) for one in uses)
        if uses and (not is_read or function == node.function):
            return table, nodes

    def called(text: str) -> str:
        return re.sub(rf"\b{wish}_\b", wish, text)

    renamed = [
        replace(node, function=called(function), arguments=tuple((name, called(text)) for name, text in node.arguments))
        for node, function in zip(nodes, functions, strict=True)
    ]
    return replace(table, parameter=wish), renamed


def all_names(text: str) -> Iterator[str]:
    """All names in a piece of code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def _statement(piece: _Piece) -> str:
    return piece.text if not piece.argument else f"_ = {piece.text}"


def hole_values(holes: Sequence[Hole], columns: Columns) -> list[tuple[Hole, Expr]]:
    found: list[tuple[Hole, Expr]] = []
    for hole in holes:
        value = columns.told(hole) if columns.alone else columns.expression(hole)
        if value is None:
            found += hole_values(hole.inside or (), columns)
        else:
            found.append((hole, value))
    return found


def row_text(value: Expr, table: Table, columns: Columns) -> str:
    """The source of a value in terms of the row."""
    return serialize(spelled(value, table, columns), Environment()).text


def spelled(value: Expr, table: Table, columns: Columns) -> Expr:
    if isinstance(value, Format):
        parts = (_settled(part, columns) for part in value.parts)
        flat = (one for part in parts for one in (part.parts if isinstance(part, Format) else (part,)))
        return Format(tuple(spelled(part, table, columns) for part in flat))
    if _settled(value, columns) is not value:
        return spelled(_settled(value, columns), table, columns)
    if isinstance(value, InCode):
        parts = (part if isinstance(part, str) else row_text(part, table, columns) for part in value.parts)
        return Verbatim("".join(parts))
    if isinstance(value, InColumn):
        text = table.parameter if len(columns.chosen) == 1 else f"{table.parameter}.{value.column}"
        if value.method == "in":
            return Verbatim(f"{literal(value.key)} in {text}")
        text = f"{text}[{literal(value.key)}]" if value.key != "" else text
        if value.method:
            text = f"{text}.{value.method}" if value.method.endswith(")") else f"{text}.{value.method}()"
        return Verbatim(text)
    return value


def _settled(value: Expr, columns: Columns) -> Expr:
    return columns.settled.get(value.column, value) if isinstance(value, InColumn) and value.key == "" else value


def _key(columns: Columns, names: Sequence[str]) -> tuple[Expr, tuple[Any, ...]]:
    """What an op is found by: the first column with a different text or number in each row, else the op's name."""
    for column in columns.chosen.values():
        if all(isinstance(value, (str, int)) for value in column.values) and len(set(column.values)) == len(names):
            return InColumn(column.name), column.values
    told = columns.expression(Hole(0, 0, tuple(names), "name"))
    assert told is not None, "a hole without finer holes has an expression"
    return told, tuple(names)


def _with_siblings(nodes: Sequence[Node]) -> list[Node]:
    """The nodes, with an asset of the same row that one depends on called by its function."""
    found: list[Node] = []
    for node in nodes:
        arguments = dict(node.arguments)
        deps, ins = arguments.get("deps", ""), arguments.get("ins", "")
        for other in found:
            key = dict(other.arguments).get("key", "") if other.decorator == "dg.asset" else ""
            if key and ins:
                ins = re.sub(rf"dg\.AssetIn\({re.escape(key)}(?=[,)])", f"dg.AssetIn({other.function_name}.key", ins)
            if key and deps:
                deps = deps.replace(f"dg.AssetKey({key})", other.function_name)
                if not key.startswith("["):
                    deps = re.sub(rf"(?<![\w.(]){re.escape(key)}(?![\w.)])", other.function_name, deps)
        arguments |= {name: text for name, text in (("deps", deps), ("ins", ins)) if text}
        found.append(replace(node, arguments=tuple(arguments.items())))
    return found


_SQL = re.compile(r'(?m)^( *)(sql(?:_\d+)? = f?"""\n)((?: {8}.*\n|\n)*?)    """$')
"""A statement as it is written in a function at the left margin."""


def moved_in(text: str) -> str:
    """The text moved right, long SQL included."""
    from migrator.codegen.render.function import indented

    moved = indented(text.rstrip("\n"), "    ")
    return _SQL.sub(lambda found: f'{found[1]}{found[2]}{_deeper(found[3])}{found[1]}"""', moved)


def _deeper(lines: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in lines_of(lines))


# -------------------------------------------------------------------------------------------------------------- the rows


def make_table(stem: str, columns: Sequence[Column], taken: set[str], module: Module) -> Table:
    """The rows: a list of plain values where there is one column, else of a dataclass."""
    if len(columns) == 1:
        (column,) = columns
        parameter = unique(column.name, taken, "_")
        _import_types(column.annotation, module)
        if (known := named_list(module, column.values)) is not None:
            return Table(parameter, column.annotation, known, "")
        wish = _list_name(stem, column)
        rows = f"[{', '.join(value_text(value) for value in column.values)}]"
        name = module.lists.get((wish, rows)) or _claimed(wish, stem, module)
        module.lists[wish, rows] = name
        return Table(parameter, column.annotation, name, f"{name} = {rows}")
    parameter = "row" if "row" not in taken else unique(f"{stem}_row", taken)
    short = _short(stem)
    title = _class(f"{class_name(short)}Row", module)
    name = module.claim(f"{short.upper()}_ROWS")
    module.need(["from dataclasses import dataclass"])
    ordered = [column for column in columns if not column.has_default] + [c for c in columns if c.has_default]
    fields = []
    for column in ordered:
        _import_types(column.annotation, module)
        fields.append(f"    {column.name}: {column.annotation}{_default_text(column, module)}")
    shown = [f"{title}({_row_arguments(ordered, number)})" for number in range(len(columns[0].values))]
    if len(shown) >= MANY and max(map(len, shown)) > _LINE:
        places = [f"{title}({_row_places(ordered, number)})" for number in range(len(shown))]
        fitting = sum(len(place) <= _LINE for place in places)
        shown = places if fitting * 3 >= len(places) * 2 else shown
    rows = ", ".join(shown)
    lines = "\n".join(fields)
    return Table(parameter, title, name, f"@dataclass(frozen=True)\nclass {title}:\n{lines}\n\n\n{name} = [{rows},]")


def _list_name(stem: str, column: Column) -> str:
    """What the list of a column's values is called: after the column, or where this says nothing, after what is made of them."""
    if len(column.name) > 1:
        return plural(identifier(column.name)).upper()
    are_numbers = all(isinstance(value, int) for value in column.values)
    return f"{_short(stem)}_{'numbers' if are_numbers else 'names'}".upper()


def _claimed(wish: str, stem: str, module: Module) -> str:
    """A name for a list, with what is made of it in front where another one is called so."""
    longer = f"{_short(stem)}_{wish}".upper()
    return module.claim(wish if wish not in module.taken or longer in module.taken or stem.upper() in wish else longer)


def _default_text(column: Column, module: Module) -> str:
    if not column.has_default:
        return ""
    if isinstance(column.default, (list, dict)):
        module.need(["from dataclasses import field"])
        return f" = field(default_factory={type(column.default).__name__})"
    return f" = {value_text(column.default)}"


def _row_arguments(columns: Sequence[Column], number: int) -> str:
    given = [column for column in columns if not (column.has_default and column.values[number] == column.default)]
    return ", ".join(f"{column.name}={value_text(column.values[number])}" for column in given)


def _row_places(columns: Sequence[Column], number: int) -> str:
    """A row's values by their place, those that have a default by their name."""
    by_place = [value_text(column.values[number]) for column in columns if not column.has_default]
    by_name = _row_arguments([column for column in columns if column.has_default], number)
    return ", ".join(filter(None, [*by_place, by_name]))


def _short(stem: str) -> str:
    """The last words of a long name."""
    words = stem.split("_")
    while len(words) > 1 and len("_".join(words)) > _NAME:
        del words[0]
    return "_".join(words)


def _class(wish: str, module: Module) -> str:
    number, name = 1, wish
    while name in module.taken:
        number += 1
        name = f"{wish}{number}"
    module.taken.add(name)
    return name


def _import_types(annotation: str, module: Module) -> None:
    if "Any" in annotation:
        module.need(["from typing import Any"])
    if "dt." in annotation:
        module.need(["import datetime as dt"])
