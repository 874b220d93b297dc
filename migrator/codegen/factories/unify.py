"""Where several pieces of code of the same form differ.

Comes in: source texts. Goes out: the places in the first of them at which the others have another value, with all values. The code is
compared as a syntax tree; only expressions may differ, and only those that mean the same outside of the function they stand in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from migrator.model.frozen import dataclass

_HINTS = {
    "run": "sql",
    "first_row": "sql",
    "run_bash": "command",
    "bash": "command",
    "time_limit": "seconds",
    "subprocess.run": "command",
    "AssetMaterialization": "asset_key",
}
"""What an argument without a name is, by the function that it goes to."""
_DEPENDENCIES = frozenset({"deps", "additional_deps"})
_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_Node = TypeVar("_Node", bound=ast.AST)


class Different(Exception):
    """The pieces of code differ in form."""


@dataclass(frozen=True, slots=True)
class Source:
    """An expression that is no literal, as source. In an f-string it may have a format."""

    text: str
    spec: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place where the texts differ: offsets in the first text (bytes in UTF-8) and each text's value, a plain one or a `Source`.

    `hint` is what the value is called there (the argument's name). `inside` are the finer holes of a container, where all have
    the same form. `pieces` are those of an f-string: text, holes in the text, and expressions that are the same for all. `listed` are the members
    of each text's list of dependencies, as source.
    """

    start: int
    end: int
    values: tuple[Any, ...]
    hint: str = ""
    inside: tuple[Hole, ...] | None = None
    pieces: tuple[str | Source | Hole, ...] = ()
    listed: tuple[tuple[str, ...] | None, ...] = ()


def unify(texts: Sequence[str], mode: str = "exec", inner: Iterable[str] = (), hint: str = "") -> list[Hole]:
    """The holes in the order of the text. `mode` is `eval` for expressions, `hint` what these are; `inner` are further names that mean nothing where the
    values will stand.

    Different where the forms differ.
    """
    trees = [ast.parse(text, mode=mode) for text in texts]
    bound = frozenset(name for tree in trees for name in _bound(tree)) | frozenset(inner)
    return _Unifier([text.encode() for text in texts], bound).nodes(trees, hint)


def texts_in(text: str, mode: str = "exec") -> list[Hole]:
    """A hole for each text in a piece of code that stands alone, docstrings aside."""
    unifier = _Unifier([text.encode()], frozenset())
    tree = ast.parse(text, mode=mode)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    return [
        unifier.whole([node], "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation | inside
    ] + [hole for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for hole in unifier.pieces_of(node)]


def filled(text: str, holes: Iterable[tuple[Hole, str]]) -> str:
    """The first text, with each hole replaced."""
    data = text.encode()
    for hole, expression in sorted(holes, key=lambda item: item[0].start, reverse=True):
        data = data[: hole.start] + expression.encode() + data[hole.end :]
    return data.decode()


def _bound(tree: ast.AST) -> Iterator[str]:
    """Names that the code binds inside of functions: they mean nothing outside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


class _Unifier:
    def __init__(self, texts: Sequence[bytes], bound: frozenset[str]) -> None:
        self.texts, self.bound = texts, bound
        self.when_run = False
        """In a function, which runs later than the table is made, so that nothing may be computed there."""
        self.lines = [_line_starts(text) for text in texts]

    def nodes(self, nodes: Sequence[ast.AST], hint: str) -> list[Hole]:
        first = nodes[0]
        if isinstance(first, ast.expr):
            return self._expression(nodes, hint)
        return self._same_type(nodes, hint)

    def _same_type(self, nodes: Sequence[ast.AST], hint: str) -> list[Hole]:
        first = nodes[0]
        if any(type(node) is not type(first) for node in nodes):
            raise Different
        holes: list[Hole] = []
        for field in first._fields:
            if field in ("ctx", "kind", "type_comment"):
                continue
            values = [getattr(node, field, None) for node in nodes]
            if field == "decorator_list":
                holes += self._decorators([value or [] for value in values])
                continue
            outside, self.when_run = self.when_run, self.when_run or (field == "body" and _is_function(first))
            try:
                holes += self._field(values, _hint_in(first, field, hint))
            finally:
                self.when_run = outside
        if holes and isinstance(first, ast.Expr) and isinstance(first.value, (ast.Constant, ast.JoinedStr)):
            raise Different  # a docstring, which no value can stand in
        return holes

    def _decorators(self, rows: Sequence[list[ast.expr]]) -> list[Hole]:
        """The holes in the arguments of decorators, which themselves have to be the same."""
        if any(len(row) != len(rows[0]) for row in rows):
            raise Different
        return [hole for nodes in zip(*rows, strict=True) for hole in self._same_type(nodes, "")]

    def _field(self, values: Sequence[Any], hint: str) -> list[Hole]:
        first = values[0]
        if isinstance(first, list):
            if any(len(value) != len(first) for value in values):
                raise Different
            hints = [hint] * len(first)
            return [
                hole
                for items, name in zip(zip(*values, strict=True), hints, strict=True)
                for hole in self._field(items, name)
            ]
        if isinstance(first, ast.AST):
            if any(not isinstance(value, ast.AST) for value in values):
                raise Different
            return self.nodes(values, hint)
        if any(type(value) is not type(first) or value != first for value in values):
            raise Different
        return []

    # -------------------------------------------------------------------------------------------------- expressions

    def _expression(self, nodes: Sequence[ast.AST], hint: str) -> list[Hole]:
        first = nodes[0]
        same_type = all(type(node) is type(first) for node in nodes)
        if same_type and isinstance(first, ast.Constant):
            values = [node.value for node in nodes if isinstance(node, ast.Constant)]
            if all(type(value) is type(first.value) and value == first.value for value in values):
                return []
            return [self.whole(nodes, hint)]
        if same_type and isinstance(first, ast.JoinedStr):
            return self._f_string([node for node in nodes if isinstance(node, ast.JoinedStr)], hint)
        if same_type and isinstance(first, ast.Call):
            called = {_called(node.func) for node in nodes if isinstance(node, ast.Call)}
            if len(called) > 1:
                return [self.whole(nodes, hint)]
        if same_type and isinstance(first, ast.BinOp):
            folders = {
                node.left.id for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name)
            }
            if len(folders) > 1:
                return [self.whole(nodes, hint)]  # files in several folders: a path is one value
        if same_type:
            try:
                inside = self._pairs(nodes) if isinstance(first, ast.Dict) else self._same_type(nodes, hint)
            except Different:
                return [self.whole(nodes, hint)]
            if not inside or not isinstance(first, _CONTAINERS):
                return inside
            try:
                return [self.whole(nodes, hint, tuple(inside))]
            except Different:
                return inside
        return [self.whole(nodes, hint)]

    def _pairs(self, nodes: Sequence[ast.AST]) -> list[Hole]:
        """The holes of dictionaries, each called after its key."""
        found = [node for node in nodes if isinstance(node, ast.Dict)]
        if any(len(node.keys) != len(found[0].keys) for node in found):
            raise Different
        holes: list[Hole] = []
        for index, key in enumerate(found[0].keys):
            keys = [node.keys[index] for node in found]
            hint = str(key.value).rpartition("/")[2] if isinstance(key, ast.Constant) else ""
            if key is not None:
                holes += self.nodes([_present(other) for other in keys], hint)
            elif any(other is not None for other in keys):
                raise Different
            holes += self.nodes([node.values[index] for node in found], hint)
        return holes

    def _f_string(self, nodes: Sequence[ast.JoinedStr], hint: str) -> list[Hole]:
        rows = [_pieces(node) for node in nodes]
        first = rows[0]
        if any(row[1::2] != first[1::2] for row in rows):
            return [self.whole(nodes, hint)]
        start, end = self._span(0, nodes[0])
        pieces: list[str | Source | Hole] = []
        for items in zip(*rows, strict=True):
            same = all(item == items[0] for item in items)
            pieces.append(items[0] if same else Hole(start, end, items, hint))
        if not any(isinstance(piece, Hole) for piece in pieces):
            return []
        return [Hole(start, end, (), hint, pieces=tuple(pieces))]

    def pieces_of(self, node: ast.JoinedStr) -> list[Hole]:
        """An f-string that stands alone, with a hole for each of its texts; none where it cannot be written anew."""
        try:
            pieces = _pieces(node)
        except Different:
            return []
        start, end = self._span(0, node)
        holes = tuple(Hole(start, end, (piece,)) if isinstance(piece, str) and piece else piece for piece in pieces)
        return [Hole(start, end, (), pieces=holes)]

    def whole(self, nodes: Sequence[ast.AST], hint: str, inside: tuple[Hole, ...] | None = None) -> Hole:
        listed = self._listed(nodes) if hint in _DEPENDENCIES else ()
        values: tuple[Any, ...]
        try:
            values = tuple(self._value(number, node) for number, node in enumerate(nodes))
        except Different:
            if not listed:
                raise
            values = ()
        return Hole(*self._span(0, nodes[0]), values, hint, inside, listed=listed)

    def _listed(self, nodes: Sequence[ast.AST]) -> tuple[tuple[str, ...], ...]:
        """The members of lists, as source; nothing where one is no list, or where they differ in more than the keys of assets."""
        rows = [
            {self._source(number, item): item for item in node.elts}
            for number, node in enumerate(nodes)
            if isinstance(node, ast.List)
        ]
        common = set(rows[0]).intersection(*rows) if len(rows) == len(nodes) else set()
        others = [item for row in rows for text, item in row.items() if text not in common]
        return tuple(map(tuple, rows)) if len(rows) == len(nodes) and all(map(asset_key_of, others)) else ()

    def _source(self, number: int, node: ast.AST) -> str:
        start, end = self._span(number, node)
        return self.texts[number][start:end].decode()

    def _value(self, number: int, node: ast.AST) -> Any:
        """The plain value of a literal; of another expression its source, if that means the same elsewhere."""
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)) or isinstance(node, ast.Starred):
            raise Different
        try:
            return ast.literal_eval(node)
        except ValueError:
            pass
        own = {name for part in ast.walk(node) if isinstance(part, ast.comprehension) for name in _bound(part.target)}
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in self.bound - own:
                raise Different
            if self.when_run and isinstance(part, (ast.Call, ast.Subscript)):
                raise Different
            if isinstance(part, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)):
                raise Different
        return Source(self._source(number, node))

    def _span(self, number: int, node: ast.AST) -> tuple[int, int]:
        if not isinstance(node, ast.expr) or node.end_lineno is None or node.end_col_offset is None:
            raise Different
        starts = self.lines[number]
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def asset_key_of(node: ast.AST) -> tuple[str, ...]:
    """The key that `"name"` or `dg.AssetKey([...])` says in plain text; no part where it is something else."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dg.AssetKey" and len(node.args) == 1:
        parts = node.args[0].elts if isinstance(node.args[0], ast.List) else [node.args[0]]
    else:
        parts = [node] if isinstance(node, ast.expr) else []
    found = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return tuple(found) if len(found) == len(parts) else ()


def _called(function: ast.expr) -> str:
    """What is called: a name as it stands; a method of what an expression gives by its own name, as the expression may have holes."""
    owner = function
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    if isinstance(owner, ast.Name) or not isinstance(function, ast.Attribute):
        return ast.dump(function)
    return f".{function.attr}"


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


def _present(node: ast.expr | None) -> ast.expr:
    if node is None:
        raise Different
    return node


def _line_starts(text: bytes) -> list[int]:
    starts = [0]
    for line in text.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _hint_in(node: ast.AST, field: str, hint: str) -> str:
    """What the values in a field of a node are called."""
    if isinstance(node, ast.keyword) and node.arg:
        return node.arg
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.Call) and field == "args":
        called = ast.unparse(node.func)
        return _HINTS.get(called) or _HINTS.get(called.rpartition(".")[2]) or hint
    return hint


def _written(node: ast.expr) -> str:
    """The source of an expression; of the commonest ones without Python's slow way to it."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        return f"{_written(node.value)}.{node.attr}"
    return ast.unparse(node)


def _pieces(node: ast.JoinedStr) -> list[str | Source]:
    """Text and expressions of an f-string in turn, beginning and ending with a text."""
    pieces: list[str | Source] = []
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += part.value if isinstance(part.value, str) else repr(part.value)
            continue
        if not isinstance(part, ast.FormattedValue) or part.conversion != -1:
            raise Different
        spec = ""
        if isinstance(part.format_spec, ast.JoinedStr):
            if not all(isinstance(item, ast.Constant) for item in part.format_spec.values):
                raise Different
            spec = "".join(str(item.value) for item in part.format_spec.values if isinstance(item, ast.Constant))
        pieces += [text, Source(_written(part.value), spec)]
        text = ""
    return [*pieces, text]
