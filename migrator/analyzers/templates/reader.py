"""Walks the statements of a template.

Comes in: text. Goes out: a `ParsedTemplate`. Jinja's own search for undeclared names is not used: it folds constants on the
way, that is, it runs a part of the template (`{{ 'a' * 10 ** 9 }}` costs a gigabyte).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from jinja2 import Environment, TemplateError, nodes

from migrator.analyzers.templates.expressions import Converter
from migrator.analyzers.templates.model import ParsedTemplate, TemplateExpression, leaves

MAX_LENGTH = 1_000_000
"""Characters; a longer text is reported as an error, not parsed."""

_GLOBALS = frozenset({"range", "dict", "lipsum", "cycler", "joiner", "namespace"})


def is_template(text: str) -> bool:
    """Whether Jinja would change the text."""
    return "{{" in text or "{%" in text or "{#" in text


@lru_cache(maxsize=512)
def parse_template(text: str) -> ParsedTemplate:
    """Takes a templated argument apart. Never raises: what Jinja refuses comes back with `error` and its text as the only part."""
    if not is_template(text):
        return ParsedTemplate(text, (text,) if text else ())
    if len(text) > MAX_LENGTH:
        return ParsedTemplate(text, (text,), simple=False, error=f"longer than {MAX_LENGTH} characters")
    return _in_pieces(text) or _parsed(text)


def statements(text: str) -> list[nodes.Node] | None:
    """The statements of a template, as Jinja parses them; None where it does not."""
    try:
        return _environment().parse(text).body if len(text) <= MAX_LENGTH else None
    except (TemplateError, RecursionError, ValueError, OverflowError, MemoryError):
        return None


def classified(node: nodes.Node, tested: bool = False) -> TemplateExpression:
    """What an expression of such a statement asks for, where its names are Airflow's; `tested`: it only matters whether that is true."""
    converter = Converter("", frozenset())
    return converter.tested(node) if tested else converter.convert(node)


_VARIABLE = re.compile(r"(\{\{[^-+{}'\"\\](?:[^{}'\"\\]*[^-+{}'\"\\])?\}\})")
"""`{{ }}` without text, dictionaries and control of white space in it: nothing outside of it has to do with what it means."""


def _in_pieces(text: str) -> ParsedTemplate | None:
    """The template, put together of its `{{ }}`, most of which were seen before; None where that might be something else."""
    pieces = _VARIABLE.split(text)
    data = pieces[::2]
    if len(pieces) < 3 or text == pieces[1] or any(sign in text for sign in ("{%", "{#", "\r")):
        return None
    if any("{{" in part or part.endswith("{") for part in data):
        return None
    found = [_piece(part) for part in pieces[1::2]]
    if any(part.error is not None for part in found):
        return None
    if data[-1].endswith("\n"):
        data[-1] = data[-1][:-1]
    parts: list[str | TemplateExpression] = [data[0]]
    for piece, behind in zip(found, data[1:], strict=True):
        parts += [*piece.parts, behind]
    return ParsedTemplate(
        text=text,
        parts=tuple(part for part in parts if part != ""),
        simple=all(piece.simple for piece in found),
        names=frozenset().union(*(piece.names for piece in found)),
        expressions=tuple(expression for piece in found for expression in piece.expressions),
        filters=frozenset().union(*(piece.filters for piece in found)),
    )


def _parsed(text: str) -> ParsedTemplate:
    try:
        tree = _environment().parse(text)
        sources = _sources(text)
        reader = _Reader(sources)
        reader.block(tree.body, frozenset())
    except TemplateError as error:
        return ParsedTemplate(text, (text,), simple=False, error=error.message or type(error).__name__)
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        return ParsedTemplate(text, (text,), simple=False, error=f"too deep or too large: {type(error).__name__}")
    expressions = tuple(leaf for part in reader.found for leaf in leaves(part) if leaf.root)
    return ParsedTemplate(
        text=text,
        parts=tuple(reader.parts),
        simple=reader.simple,
        names=frozenset(reader.free),
        expressions=tuple(e for e in expressions if e.root in reader.free),
        filters=frozenset(node.name for node in tree.find_all(nodes.Filter)),
        includes=tuple(reader.includes),
    )


_piece = lru_cache(maxsize=512)(_parsed)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # As Airflow builds it: a file's last newline is dropped, and the `do` extension is on. Used only to parse.
    return Environment(extensions=["jinja2.ext.do"], autoescape=False)


def _sources(text: str) -> list[str]:
    """The text of each `{{ }}`, in order."""
    found: list[str] = []
    inside: list[str] | None = None
    for _, token, value in _environment().lex(text):
        if token == "variable_begin":
            inside = []
        elif token == "variable_end":
            found.append("".join(inside or []).strip())
            inside = None
        elif inside is not None:
            inside.append(value)
    return found


class _Reader:
    """Walks a template's statements in the order of the source, with Jinja's scopes."""

    def __init__(self, sources: list[str]) -> None:
        self.sources = iter(sources)
        self.source = ""
        self.parts: list[str | TemplateExpression] = []
        self.found: list[TemplateExpression] = []
        self.free: set[str] = set()
        self.includes: list[str] = []
        self.simple = True

    def block(self, body: Sequence[nodes.Node], bound: frozenset[str]) -> frozenset[str]:
        """Reads statements; gives back the names that are bound after them."""
        for node in body:
            bound = self.statement(node, bound)
        return bound

    def statement(self, node: nodes.Node, bound: frozenset[str]) -> frozenset[str]:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                self.output(child, bound)
            return bound
        self.simple = False
        if isinstance(node, nodes.For):
            self.expression(node.iter, bound)
            inner = bound | _stored(node.target) | {"loop"}
            if node.test is not None:
                self.expression(node.test, inner)
            self.block(node.body, inner)
            self.block(node.else_, bound)
        elif isinstance(node, nodes.If):
            self.test(node.test, bound)
            branches: list[Sequence[nodes.Node]] = [node.body, *[[branch] for branch in node.elif_], node.else_]
            # Bound afterwards only if every way binds it: on the others Jinja still looks it up outside.
            return bound | frozenset.intersection(*(self.block(branch, bound) for branch in branches))
        elif isinstance(node, nodes.Assign):
            self.expression(node.node, bound)
            return bound | _stored(node.target)
        elif isinstance(node, nodes.AssignBlock):
            self.block(node.body, bound)
            return bound | _stored(node.target)
        elif isinstance(node, nodes.With):
            for value in node.values:
                self.expression(value, bound)
            self.block(node.body, bound.union(*(_stored(target) for target in node.targets)))
        elif isinstance(node, (nodes.Macro, nodes.CallBlock)):
            for value in [*node.defaults, *([node.call] if isinstance(node, nodes.CallBlock) else [])]:
                self.expression(value, bound)
            named = frozenset({node.name}) if isinstance(node, nodes.Macro) else frozenset()
            arguments = bound.union(named, *(_stored(argument) for argument in node.args))
            self.block(node.body, arguments | {"caller", "varargs", "kwargs"})
            return bound | named
        elif isinstance(node, (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)):
            return bound | self.include(node, bound)
        elif isinstance(node, nodes.ExprStmt):
            self.expression(node.node, bound)
        else:
            for inside in node.iter_child_nodes():
                if isinstance(inside, nodes.Expr):
                    self.expression(inside, bound)
                else:
                    bound = self.statement(inside, bound)
        return bound

    def include(
        self, node: nodes.Include | nodes.Extends | nodes.Import | nodes.FromImport, bound: frozenset[str]
    ) -> frozenset[str]:
        name = node.template.value if isinstance(node.template, nodes.Const) else "{?}"
        self.includes.append(str(name))
        self.expression(node.template, bound)
        if isinstance(node, nodes.Import):
            return frozenset({node.target})
        if isinstance(node, nodes.FromImport):
            return frozenset(item if isinstance(item, str) else item[1] for item in node.names)
        return frozenset()

    def output(self, node: nodes.Expr, bound: frozenset[str]) -> None:
        if isinstance(node, nodes.TemplateData):
            if self.parts and isinstance(self.parts[-1], str):
                self.parts[-1] += node.data
            else:
                self.parts.append(node.data)
            return
        self.source = next(self.sources, "")
        expression = self.expression(node, bound)
        self.source = ""
        self.parts.append(expression)

    def expression(self, node: nodes.Node, bound: frozenset[str]) -> TemplateExpression:
        self.reads(node, bound)
        expression = Converter(self.source, bound).convert(node)
        self.found.append(expression)
        return expression

    def test(self, node: nodes.Node, bound: frozenset[str]) -> None:
        """The condition of an `{% if %}`."""
        self.reads(node, bound)
        self.found.append(Converter(self.source, bound).tested(node))

    def reads(self, node: nodes.Node, bound: frozenset[str]) -> None:
        self.free |= {
            name.name
            for name in (node, *node.find_all(nodes.Name))
            if isinstance(name, nodes.Name)
            and name.ctx == "load"
            and name.name not in bound
            and name.name not in _GLOBALS
        }


def _stored(node: nodes.Node) -> frozenset[str]:
    """The names that a target binds."""
    return frozenset(
        name.name for name in (node, *node.find_all(nodes.Name)) if isinstance(name, nodes.Name) and name.ctx != "load"
    )
