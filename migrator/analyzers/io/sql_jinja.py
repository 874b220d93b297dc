"""Jinja's control structures in SQL: which texts a template with loops and conditions may become.

Comes in: a template and what is known of its names. Goes out: templates without `for`, `if` and `set`, whose `{{ }}` are as they were or, where a
loop's variable decides them, replaced by text. A loop over something known is unrolled, any other body stands once; of a condition that
is not known each branch stands in one of the texts. Nothing of Jinja is run: expressions are read by the small evaluator below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateError, nodes

MAX_LENGTH = 1_000_000
MAX_TEXTS = 4
MAX_ROUNDS = 200
"""Rounds of one loop."""
MAX_EXPANDED = 2_000_000
"""Characters of an unrolled text."""

PARTLY_KNOWN = "\ue000{}\ue001"
"""The form of a text in what is `known` that stands for one of which only parts are known: it may be put together with others, not compared."""


class _Unknown(Exception):
    """The value of an expression cannot be told."""


class _TooMuch(Exception):
    """The template is beyond what is followed."""


@dataclass(slots=True)
class _Block:
    """A control structure: `kind` is `for`, `if` or `set`; `arms` are (header expression or target, content)."""

    kind: str
    arms: list[tuple[str, list[Any]]] = field(default_factory=list)


def expanded(text: str, known: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts that a template may become, first the one with all first branches. The template itself where it has no control structures, or
    such as are not followed (macros, includes, raw)."""
    if "{%" not in text or len(text) > MAX_LENGTH:
        return (text,)
    try:
        pieces, widest = _Tree(text).read()
        found = [_Writer(dict(known), number).write(pieces) for number in range(min(widest, MAX_TEXTS))]
    except (_TooMuch, TemplateError, RecursionError, StopIteration):
        return (text,)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(autoescape=False)


class _Tree:
    """Takes a template's tokens apart into text and blocks."""

    def __init__(self, text: str) -> None:
        self.tokens: Iterator[tuple[int, str, str]] = iter(list(_environment().lex(text)))
        self.widest = 1

    def read(self) -> tuple[list[Any], int]:
        """The pieces of the whole template, and the number of branches of its widest condition."""
        pieces, end, _ = self.body()
        if end:
            raise _TooMuch
        return pieces, self.widest

    def body(self) -> tuple[list[Any], str, str]:
        """Pieces up to a tag that ends or divides the block that they are in; that tag's word and the rest of it."""
        pieces: list[Any] = []
        for _, token, value in self.tokens:
            if token == "block_begin":
                word, rest = self.tag()
                if word in ("elif", "else", "endif", "endfor", "endset"):
                    return pieces, word, rest
                pieces.append(self.block(word, rest))
            elif token == "comment_begin":
                while next(self.tokens)[1] != "comment_end":
                    pass
            elif token == "raw_begin":
                raise _TooMuch
            else:
                pieces.append(value)
        return pieces, "", ""

    def tag(self) -> tuple[str, str]:
        parts: list[str] = []
        for _, token, value in self.tokens:
            if token == "block_end":
                break
            parts.append(value)
        word, _, rest = "".join(parts).strip().partition(" ")
        return word, rest.strip()

    def block(self, word: str, rest: str) -> _Block:
        if word == "set" and "=" in rest:
            return _Block("set", [(rest, [])])
        if word not in ("for", "if"):
            raise _TooMuch
        block = _Block(word)
        header = rest
        while True:
            content, end, more = self.body()
            block.arms.append((header, content))
            if end == f"end{word}":
                break
            if end not in ("elif", "else"):
                raise _TooMuch
            header = more if end == "elif" else ""
        if word == "if":
            self.widest = max(self.widest, len(block.arms) + (block.arms[-1][0] != ""))
        return block


class _Writer:
    """Writes pieces as text; of conditions that are not known the branch of that `number`."""

    def __init__(self, known: dict[str, Any], number: int) -> None:
        self.known, self.number = known, number
        self.bound: set[str] = set()
        self.size = 0

    def write(self, pieces: Sequence[Any]) -> str:
        done: list[str] = []
        inside: list[str] | None = None
        for piece in pieces:
            if isinstance(piece, _Block):
                done.append(getattr(self, f"_{piece.kind}")(piece))
            elif inside is None and piece.startswith("{{"):
                inside = [piece]
            elif inside is not None:
                inside.append(piece)
                if piece.endswith("}}"):
                    done.append(self.expression(inside))
                    inside = None
            else:
                done.append(piece)
        text = "".join(done)
        self.size += len(text)
        if self.size > MAX_EXPANDED:
            raise _TooMuch
        return text

    def expression(self, pieces: list[str]) -> str:
        """A `{{ }}` as it is, unless names that the template sets itself decide it."""
        source = "".join(pieces[1:-1]).strip()
        node = _parsed(source)
        names = {name.name for name in _names(node)}
        if not names & self.bound:
            return "".join(pieces)
        try:
            value = evaluate(node, self.known)
        except _Unknown:
            return "{?}"
        return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else "{?}"

    def _set(self, block: _Block) -> str:
        name, _, source = block.arms[0][0].partition("=")
        name = name.strip()
        self.bound.add(name)
        try:
            self.known[name] = evaluate(_parsed(source.strip()), self.known)
        except _Unknown:
            self.known.pop(name, None)
        return ""

    def _if(self, block: _Block) -> str:
        open_arms: list[list[Any]] = []
        for header, content in block.arms:
            try:
                chosen = not header or bool(evaluate(_parsed(header), self.known))
            except _Unknown:
                open_arms.append(content)
                continue
            if chosen:
                open_arms.append(content)
                break
        else:
            open_arms.append([])
        return self.write(open_arms[min(self.number, len(open_arms) - 1)])

    def _for(self, block: _Block) -> str:
        target, _, source = block.arms[0][0].partition(" in ")
        names = [name.strip() for name in target.strip("() ").split(",")]
        if not source or not all(name.isidentifier() for name in names):
            raise _TooMuch
        content = block.arms[0][1]
        outer, bound = dict(self.known), set(self.bound)
        self.bound |= {*names, "loop"}
        try:
            if " if " in source or source.rstrip().endswith("recursive"):
                raise _Unknown
            rounds = list(_iterated(evaluate(_parsed(source), self.known)))
        except _Unknown:
            rounds = [None]
        done = []
        for index, item in enumerate(rounds):
            for name in names:
                self.known.pop(name, None)
            if item is not None:
                values = [item] if len(names) == 1 else list(item) if isinstance(item, (list, tuple)) else []
                self.known |= dict(zip(names, values, strict=False))
            self.known["loop"] = {
                "first": index == 0,
                "last": index == len(rounds) - 1,
                "index": index + 1,
                "index0": index,
                "length": len(rounds),
            }
            done.append(self.write(content))
        self.known, self.bound = outer, bound
        if not rounds and len(block.arms) > 1:
            return self.write(block.arms[1][1])
        return "".join(done)


def _iterated(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        value = list(value)
    if not isinstance(value, (list, tuple)) or len(value) > MAX_ROUNDS:
        raise _Unknown
    return value


@lru_cache(maxsize=2048)
def _parsed(source: str) -> nodes.Node:
    tree = _environment().parse(f"{{{{ {source} }}}}").body
    output = tree[0] if tree else None
    if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
        raise _TooMuch
    return output.nodes[0]


def _names(node: nodes.Node) -> list[nodes.Name]:
    return [*([node] if isinstance(node, nodes.Name) else []), *node.find_all(nodes.Name)]


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "trim": lambda value: str(value).strip(),
    "string": str,
    "length": len,
    "count": len,
    "list": list,
    "join": lambda value, sign="": str(sign).join(map(str, value)),
    "replace": lambda value, old, new: str(value).replace(str(old), str(new)),
    "default": lambda value, other="": value,
    "d": lambda value, other="": value,
    "first": lambda value: value[0],
    "last": lambda value: value[-1],
}
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "in": lambda a, b: a in b,
    "notin": lambda a, b: a not in b,
    "gt": lambda a, b: bool(a > b),
    "lt": lambda a, b: bool(a < b),
    "gteq": lambda a, b: bool(a >= b),
    "lteq": lambda a, b: bool(a <= b),
}


def evaluate(node: nodes.Node | None, known: Mapping[str, Any]) -> Any:
    """The value of an expression of plain data. Raises `_Unknown`."""
    try:
        return _evaluate(node, known)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
        raise _Unknown from None


def _evaluate(node: nodes.Node | None, known: Mapping[str, Any]) -> Any:
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return [_evaluate(item, known) for item in node.items]
    if isinstance(node, nodes.Dict):
        return {_evaluate(pair.key, known): _evaluate(pair.value, known) for pair in node.items}
    if isinstance(node, nodes.Name):
        if node.name not in known:
            raise _Unknown
        return known[node.name]
    if isinstance(node, nodes.Getattr):
        return _member(_evaluate(node.node, known), node.attr)
    if isinstance(node, nodes.Getitem):
        return _member(_evaluate(node.node, known), _evaluate(node.arg, known))
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) and not node.args and not node.kwargs:
        value = _evaluate(node.node.node, known)
        if isinstance(value, Mapping) and node.node.attr in ("items", "keys", "values"):
            return [list(one) if isinstance(one, tuple) else one for one in getattr(value, node.node.attr)()]
        if isinstance(value, str) and node.node.attr in ("lower", "upper", "strip"):
            return getattr(value, node.node.attr)()
    if isinstance(node, nodes.Filter) and node.name in _FILTERS and not node.kwargs:
        return _FILTERS[node.name](_evaluate(node.node, known), *(_evaluate(arg, known) for arg in node.args))
    if isinstance(node, nodes.Not):
        return not _evaluate(node.node, known)
    if isinstance(node, nodes.And):
        return _evaluate(node.left, known) and _evaluate(node.right, known)
    if isinstance(node, nodes.Or):
        return _evaluate(node.left, known) or _evaluate(node.right, known)
    if isinstance(node, nodes.CondExpr):
        if _evaluate(node.test, known):
            return _evaluate(node.expr1, known)
        return _evaluate(node.expr2, known) if node.expr2 is not None else ""
    if isinstance(node, nodes.Concat):
        return "".join(str(_evaluate(part, known)) for part in node.nodes)
    if isinstance(node, nodes.Add):
        left, right = _evaluate(node.left, known), _evaluate(node.right, known)
        if isinstance(left, (str, int)) and isinstance(right, type(left)):
            return left + right  # type: ignore[operator]
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        left, right = _evaluate(node.expr, known), _evaluate(node.ops[0].expr, known)
        if any(isinstance(one, str) and PARTLY_KNOWN[0] in one for one in (left, right)):
            raise _Unknown
        return _COMPARED[node.ops[0].op](left, right)
    raise _Unknown


def _member(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if isinstance(value, (list, tuple, str)) and isinstance(key, int):
        return value[key]
    raise _Unknown
