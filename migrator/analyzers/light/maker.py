"""From the tree of Python's parser to nodes of libcst's classes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from keyword import iskeyword
from typing import Any

import libcst as cst

from migrator.analyzers.light import nodes as make
from migrator.analyzers.light.formatted import parts_of
from migrator.analyzers.light.places import Find, Inner, LightPlaces, shifted
from migrator.analyzers.light.strings import literals
from migrator.analyzers.nodes import descend

_MAX_LITERALS = 900
"""In a row: each is one level of nesting."""


class UnknownSyntax(Exception):
    """Something that only libcst's parser reads: `match`, or a grammar newer than this module."""


class Maker:
    """Makes the nodes of one module, and notes where they are."""

    def __init__(self, places: LightPlaces) -> None:
        self.places, self.text, self.found, self.named_in = places, places.text, places.found, places.named_in

    # -- expressions

    def expression(self, node: Any) -> Any:
        """The expression, in which every part has its place."""
        kind = type(node)
        made = make.name(node.id) if kind is ast.Name else _EXPRESSIONS.get(kind, _unknown)(self, node)
        self.found[id(made)] = node
        return made

    def maybe(self, node: Any) -> Any:
        return None if node is None else self.expression(node)

    def name_of(self, text: str, place: object = None) -> cst.Name:
        made = make.name(text)
        if place is not None:
            self.found[id(made)] = place
        return made

    def attribute(self, node: ast.Attribute) -> cst.Attribute:
        name = make.name(node.attr)
        self.named_in[id(name)] = node
        return make.attribute(self.expression(node.value), name)

    def call(self, node: ast.Call) -> cst.Call:
        return make.call(self.expression(node.func), self.arguments(node.args, node.keywords))

    def arguments(self, args: list[ast.expr], keywords: list[ast.keyword]) -> list[cst.Arg]:
        if not keywords:
            return [self.argument(arg) for arg in args]
        if args and isinstance(args[-1], ast.Starred) and _position(keywords[0]) < _position(args[-1]):
            order: list[Any] = sorted([*args, *keywords], key=_position)
        else:
            order = [*args, *keywords]
        return [self.argument(part) for part in order]

    def argument(self, node: Any) -> cst.Arg:
        kind = type(node)
        if kind is ast.keyword:
            name = node.arg
            value = self.expression(node.value)
            if name is None:
                return make.arg(value, None, "**")
            keyword = make.name(name)
            self.named_in[id(keyword)] = node
            return make.arg(value, keyword, "")
        if kind is ast.Starred:
            return make.arg(self.expression(node.value), None, "*")
        return make.arg(self.expression(node), None, "")

    def subscript(self, node: ast.Subscript) -> cst.Subscript:
        key = node.slice
        parts = key.elts if isinstance(key, ast.Tuple) and key.elts and not self.places.in_parentheses(key) else [key]
        value = self.expression(node.value)
        return make.subscript(value, [make.subscript_element(self.index(part)) for part in parts])

    def index(self, node: ast.expr) -> cst.BaseSlice:
        if isinstance(node, ast.Slice):
            return make.slice_(self.maybe(node.lower), self.maybe(node.upper), self.maybe(node.step))
        if isinstance(node, ast.Starred):
            return make.index(self.expression(node.value), "*")
        return make.index(self.expression(node), None)

    def elements(self, nodes: Iterable[ast.expr]) -> list[cst.BaseElement]:
        return [
            self.expression(node) if type(node) is ast.Starred else make.element(self.expression(node))
            for node in nodes
        ]

    def starred(self, node: ast.Starred) -> cst.StarredElement:
        return make.starred(self.expression(node.value))

    def tuple_(self, node: ast.Tuple) -> cst.Tuple:
        return make.tuple_display(self.elements(node.elts))

    def list_(self, node: ast.List) -> cst.List:
        return make.list_display(self.elements(node.elts))

    def set_(self, node: ast.Set) -> cst.Set:
        return make.set_display(self.elements(node.elts))

    def dict_(self, node: ast.Dict) -> cst.Dict:
        return make.dict_display(
            [
                make.starred_pair(self.expression(value))
                if key is None
                else make.pair(self.expression(key), self.expression(value))
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        )

    def constant(self, node: ast.Constant) -> Any:
        value = node.value
        kind = type(value)
        if kind is str or kind is bytes:
            return self.string(node)
        if value is None or kind is bool:
            return make.name(str(value))
        if value is ...:
            return make.ellipsis_()
        start, end = self.places.of(node)
        text = self.text[start:end]
        if kind is int:
            return make.integer(text)
        return make.float_(text) if kind is float else make.imaginary(text)

    def string(self, node: ast.expr) -> Any:
        """A literal of text or bytes, or several in a row, formatted or not."""
        start, end = self.places.of(node)
        text = self.text[start:end]
        if text[0] in "\"'" and text.find(text[0], 1) == len(text) - 1:  # what most are
            return make.simple_string(text)
        parts = literals(self.text, start, end)
        if parts is None:
            raise UnknownSyntax
        if len(parts) > _MAX_LITERALS:
            raise RecursionError
        made = [self.literal(first, last) for first, last in parts]
        right: Any = made.pop()
        for left, (first, _) in zip(reversed(made), reversed(parts[:-1]), strict=True):
            right = make.joined_string(left, right)
            self.found[id(right)] = first, end
        return right

    def literal(self, start: int, end: int) -> Any:
        text = self.text[start:end]
        if "f" not in text[: text.index(text[-1])].lower():
            made: Any = make.simple_string(text)
        else:
            made = self.formatted(text, start) or self.parsed(text, start)
        self.found[id(made)] = start, end
        return made

    def formatted(self, text: str, start: int) -> cst.FormattedString | None:
        """An f-string; None where that takes libcst's parser."""
        found = parts_of(text)
        if found is None:
            return None
        made = []
        for part in found[1]:
            place = start + part.place[0], start + part.place[1]
            if part.is_code:
                code = self.code(part.text, place)
                if code is None:
                    return None
                shape = None if part.format is None else (make.formatted_text(part.format),)
                piece: Any = make.formatted_code(code, part.conversion, shape, None)
            else:
                piece = make.formatted_text(part.text)
            self.found[id(piece)] = start + part.whole[0], start + part.whole[1]
            made.append(piece)
        return make.formatted_string(found[0], made, found[2])

    def code(self, text: str, place: tuple[int, int]) -> Any:
        """An expression inside an f-string; None if it is none."""
        if text.isascii() and text.isidentifier() and not iskeyword(text):
            return self.name_of(text, place)
        try:
            tree = ast.parse(f"({text})", mode="eval").body
        except SyntaxError:
            return None
        inner = Maker(LightPlaces(f"({text})"))
        made = inner.expression(tree)
        for part in descend(made):
            self.found[id(part)] = shifted(inner.places, part, place[0] - 1)
        return made

    def parsed(self, text: str, start: int) -> Any:
        """An f-string, as libcst's parser makes it."""
        try:
            module = cst.parse_module(text)
        except Exception as error:  # libcst raises several unrelated classes
            raise UnknownSyntax from error
        made = module.body[0].body[0].value  # type: ignore[union-attr,index]
        inner = Inner(module, start)
        for part in descend(made):
            self.found[id(part)] = inner.of(part)
        return made

    def binary(self, node: ast.BinOp) -> cst.BinaryOperation:
        chain = []
        while type(node.left) is ast.BinOp:  # `a >> b >> c` is nested to the left, as deep as it is long
            chain.append(node)
            node = node.left
        made = make.binary(self.expression(node.left), make.BINARY[type(node.op)], self.expression(node.right))
        while chain:
            self.found[id(made)] = node
            node = chain.pop()
            made = make.binary(made, make.BINARY[type(node.op)], self.expression(node.right))
        return made

    def boolean(self, node: ast.BoolOp) -> cst.BooleanOperation:
        operator, values = make.BOOLEAN[type(node.op)], node.values
        made = make.boolean(self.expression(values[0]), operator, self.expression(values[1]))
        for last, value in pairwise(values[1:]):
            self.found[id(made)] = _until(node, last)
            made = make.boolean(made, operator, self.expression(value))
        return made

    def unary(self, node: ast.UnaryOp) -> cst.UnaryOperation:
        return make.unary(make.UNARY[type(node.op)], self.expression(node.operand))

    def comparison(self, node: ast.Compare) -> cst.Comparison:
        return make.comparison(
            self.expression(node.left),
            [
                make.comparison_target(make.COMPARED[type(operator)], self.expression(value))
                for operator, value in zip(node.ops, node.comparators, strict=True)
            ],
        )

    def conditional(self, node: ast.IfExp) -> cst.IfExp:
        return make.conditional(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))

    def lambda_(self, node: ast.Lambda) -> cst.Lambda:
        return make.lambda_(self.parameters(node.args), self.expression(node.body))

    def named(self, node: ast.NamedExpr) -> cst.NamedExpr:
        return make.named(self.expression(node.target), self.expression(node.value))

    def await_(self, node: ast.Await) -> cst.Await:
        return make.await_(self.expression(node.value))

    def yield_(self, node: ast.Yield) -> cst.Yield:
        return make.yield_(self.maybe(node.value))

    def yield_from(self, node: ast.YieldFrom) -> cst.Yield:
        return make.yield_(make.from_(self.expression(node.value)))

    def generator(self, node: ast.GeneratorExp) -> cst.GeneratorExp:
        return make.generator(self.expression(node.elt), self.comprehension(node.generators))

    def list_comprehension(self, node: ast.ListComp) -> cst.ListComp:
        return make.list_comprehension(self.expression(node.elt), self.comprehension(node.generators))

    def set_comprehension(self, node: ast.SetComp) -> cst.SetComp:
        return make.set_comprehension(self.expression(node.elt), self.comprehension(node.generators))

    def dict_comprehension(self, node: ast.DictComp) -> cst.DictComp:
        return make.dict_comprehension(
            self.expression(node.key), self.expression(node.value), self.comprehension(node.generators)
        )

    def comprehension(self, loops: Sequence[ast.comprehension]) -> cst.CompFor:
        made = None
        for loop in reversed(loops):
            made = make.comp_for(
                self.expression(loop.target),
                self.expression(loop.iter),
                [make.comp_if(self.expression(test)) for test in loop.ifs],
                made,
                make.asynchronous() if loop.is_async else None,
            )
        assert made is not None
        return made

    # -- definitions

    def parameters(self, node: ast.arguments) -> cst.Parameters:
        positional = [*node.posonlyargs, *node.args]
        defaults: list[Any] = [*(None for _ in range(len(positional) - len(node.defaults))), *node.defaults]
        made = [self.parameter(arg, default) for arg, default in zip(positional, defaults, strict=True)]
        only = len(node.posonlyargs)
        named = [self.parameter(arg, default) for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        star: object = cst.MaybeSentinel.DEFAULT
        if node.vararg is not None:
            star = self.parameter(node.vararg, None, "*")
        elif named:
            star = make.param_star()
        double = self.parameter(node.kwarg, None, "**") if node.kwarg is not None else None
        return make.parameters(made[only:], star, named, double, made[:only], cst.MaybeSentinel.DEFAULT)

    def parameter(self, node: ast.arg, default: ast.expr | None, star: str = "") -> cst.Param:
        name = make.name(node.arg)
        self.named_in[id(name)] = node
        made = make.param(name, self.annotation(node.annotation), self.maybe(default), star)
        self.found[id(made)] = lambda places: places.starred(node, star)
        return made

    def annotation(self, node: ast.expr | None) -> cst.Annotation | None:
        return None if node is None else make.annotation(self.expression(node))

    def decorators(self, nodes: list[ast.expr]) -> list[cst.Decorator]:
        return [self.decorator(node) for node in nodes]

    def decorator(self, node: ast.expr) -> cst.Decorator:
        made = make.decorator(self.expression(node))
        self.found[id(made)] = lambda places: places.decorator(node)
        return made

    def function(self, node: Any) -> cst.FunctionDef:
        if getattr(node, "type_params", None):
            raise UnknownSyntax
        return make.function(
            self.name_of(node.name, lambda places: places.named(node)),
            self.parameters(node.args),
            self.suite(node.body),
            self.decorators(node.decorator_list),
            self.annotation(node.returns),
            make.asynchronous() if type(node) is ast.AsyncFunctionDef else None,
            None,
        )

    def class_(self, node: ast.ClassDef) -> cst.ClassDef:
        if getattr(node, "type_params", None):
            raise UnknownSyntax
        arguments = self.arguments(node.bases, node.keywords)
        plain = [arg for arg in arguments if arg.keyword is None and arg.star != "**"]
        return make.class_(
            self.name_of(node.name, lambda places: places.named(node)),
            self.suite(node.body),
            plain,
            [arg for arg in arguments if arg.keyword is not None or arg.star == "**"],
            self.decorators(node.decorator_list),
            None,
        )

    # -- statements

    def lines(self, nodes: list[Any]) -> list[Any]:
        """The statements of a block: those that stand in one line, with `;` between them, make one of libcst's lines."""
        made: list[Any] = []
        small: list[Any] = []
        first: Any = None
        last: Any = None
        for node in nodes:
            compound = _COMPOUND.get(type(node))
            if small and (compound is not None or node.lineno != last.end_lineno):
                made.append(self.line(make.line, small, first, last))
                small = []
            if compound is not None:
                statement = compound(self, node)
                self.found[id(statement)] = node
                made.append(statement)
            else:
                if not small:
                    first = node
                small.append(self.small(node))
                last = node
        if small:
            made.append(self.line(make.line, small, first, last))
        return made

    def line(self, kind: Callable[..., Any], body: list[Any], first: ast.stmt, last: ast.stmt) -> Any:
        made = kind(body)
        self.found[id(made)] = first if first is last else _between(first, last)
        return made

    def small(self, node: ast.stmt) -> Any:
        made = _SMALL.get(type(node), _unknown)(self, node)
        self.found[id(made)] = node
        return made

    def suite(self, nodes: list[Any]) -> cst.BaseSuite:
        first, last = nodes[0], nodes[-1]
        if type(first) not in _COMPOUND and not self.places.starts_line(first):
            return self.line(make.suite, [self.small(node) for node in nodes], first, last)  # type: ignore[no-any-return]
        made = make.block(self.lines(nodes))
        self.found[id(made)] = _between(first, last)
        return made

    def expr(self, node: ast.Expr) -> cst.Expr:
        return make.expr(self.expression(node.value))

    def assign(self, node: ast.Assign) -> cst.Assign:
        targets = [make.assign_target(self.expression(target)) for target in node.targets]
        return make.assign(targets, self.expression(node.value))

    def annotated(self, node: ast.AnnAssign) -> cst.AnnAssign:
        return make.annotated(self.expression(node.target), self.annotation(node.annotation), self.maybe(node.value))

    def augmented(self, node: ast.AugAssign) -> cst.AugAssign:
        return make.augmented(self.expression(node.target), make.AUGMENTED[type(node.op)], self.expression(node.value))

    def return_(self, node: ast.Return) -> cst.Return:
        return make.return_(self.maybe(node.value))

    def raise_(self, node: ast.Raise) -> cst.Raise:
        cause = None if node.cause is None else make.from_(self.expression(node.cause))
        return make.raise_(self.maybe(node.exc), cause)

    def assert_(self, node: ast.Assert) -> cst.Assert:
        return make.assert_(self.expression(node.test), self.maybe(node.msg))

    def delete(self, node: ast.Delete) -> cst.Del:
        if len(node.targets) == 1:
            return make.del_(self.expression(node.targets[0]))
        return make.del_(make.tuple_display(self.elements(node.targets)))

    def global_(self, node: ast.Global) -> cst.Global:
        return make.global_([make.name_item(make.name(name)) for name in node.names])

    def nonlocal_(self, node: ast.Nonlocal) -> cst.Nonlocal:
        return make.nonlocal_([make.name_item(make.name(name)) for name in node.names])

    def pass_(self, node: ast.Pass) -> cst.Pass:
        return make.pass_()

    def break_(self, node: ast.Break) -> cst.Break:
        return make.break_()

    def continue_(self, node: ast.Continue) -> cst.Continue:
        return make.continue_()

    def import_(self, node: ast.Import) -> cst.Import:
        return make.import_([self.alias(alias) for alias in node.names])

    def import_from(self, node: ast.ImportFrom) -> cst.ImportFrom:
        names = make.import_star() if node.names[0].name == "*" else [self.alias(alias) for alias in node.names]
        module = None if node.module is None else self.dotted(node.module)
        return make.import_from(module, names, [make.dot() for _ in range(node.level)])

    def alias(self, node: ast.alias) -> cst.ImportAlias:
        name = None if node.asname is None else make.as_name(make.name(node.asname))
        made = make.alias(self.dotted(node.name), name)
        self.found[id(made)] = node
        return made

    def dotted(self, name: str) -> cst.Attribute | cst.Name:
        first, *others = name.split(".")
        made: cst.Attribute | cst.Name = make.name(first)
        for other in others:
            made = make.attribute(made, make.name(other))
        return made

    def if_(self, node: ast.If) -> cst.If:
        test, body = self.expression(node.test), self.suite(node.body)
        orelse: Any = None
        if len(node.orelse) == 1 and type(node.orelse[0]) is ast.If and self.places.is_elif(node.orelse[0]):
            orelse = self.if_(node.orelse[0])
            self.found[id(orelse)] = node.orelse[0]
        elif node.orelse:
            orelse = self.else_(node.orelse)
        return make.if_(test, body, orelse)

    def else_(self, nodes: list[ast.stmt]) -> cst.Else | None:
        return make.else_(self.suite(nodes)) if nodes else None

    def while_(self, node: ast.While) -> cst.While:
        return make.while_(self.expression(node.test), self.suite(node.body), self.else_(node.orelse))

    def for_(self, node: Any) -> cst.For:
        return make.for_(
            self.expression(node.target),
            self.expression(node.iter),
            self.suite(node.body),
            self.else_(node.orelse),
            make.asynchronous() if type(node) is ast.AsyncFor else None,
        )

    def with_(self, node: Any) -> cst.With:
        items = [
            make.with_item(
                self.expression(item.context_expr),
                None if item.optional_vars is None else make.as_name(self.expression(item.optional_vars)),
            )
            for item in node.items
        ]
        return make.with_(items, self.suite(node.body), make.asynchronous() if type(node) is ast.AsyncWith else None)

    def try_(self, node: ast.Try) -> cst.Try:
        finalbody = make.finally_(self.suite(node.finalbody)) if node.finalbody else None
        return make.try_(
            self.suite(node.body),
            [self.handler(handler) for handler in node.handlers],
            self.else_(node.orelse),
            finalbody,
        )

    def handler(self, node: ast.ExceptHandler) -> cst.ExceptHandler:
        name = None if node.name is None else make.as_name(make.name(node.name))
        made = make.handler(self.maybe(node.type), name, self.suite(node.body))
        self.found[id(made)] = node
        return made


def _until(first: ast.expr, last: ast.expr) -> Find:
    """Where the part of an expression is that ends with `last` and the parentheses around it."""
    return lambda places: (places.of(first)[0], places.closed(places.of(last)[1]))


def _between(first: ast.stmt, last: ast.stmt) -> Find:
    return lambda places: (places.of(first)[0], places.of(last)[1])


def _position(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _unknown(maker: Maker, node: Any) -> Any:
    raise UnknownSyntax


_Make = Callable[[Maker, Any], Any]

_EXPRESSIONS: dict[type[ast.AST], _Make] = {
    ast.Attribute: Maker.attribute,
    ast.Await: Maker.await_,
    ast.BinOp: Maker.binary,
    ast.BoolOp: Maker.boolean,
    ast.Call: Maker.call,
    ast.Compare: Maker.comparison,
    ast.Constant: Maker.constant,
    ast.Dict: Maker.dict_,
    ast.DictComp: Maker.dict_comprehension,
    ast.GeneratorExp: Maker.generator,
    ast.IfExp: Maker.conditional,
    ast.JoinedStr: Maker.string,
    ast.Lambda: Maker.lambda_,
    ast.List: Maker.list_,
    ast.ListComp: Maker.list_comprehension,
    ast.NamedExpr: Maker.named,
    ast.Set: Maker.set_,
    ast.SetComp: Maker.set_comprehension,
    ast.Starred: Maker.starred,
    ast.Subscript: Maker.subscript,
    ast.Tuple: Maker.tuple_,
    ast.UnaryOp: Maker.unary,
    ast.Yield: Maker.yield_,
    ast.YieldFrom: Maker.yield_from,
}
_SMALL: dict[type[ast.AST], _Make] = {
    ast.AnnAssign: Maker.annotated,
    ast.Assert: Maker.assert_,
    ast.Assign: Maker.assign,
    ast.AugAssign: Maker.augmented,
    ast.Break: Maker.break_,
    ast.Continue: Maker.continue_,
    ast.Delete: Maker.delete,
    ast.Expr: Maker.expr,
    ast.Global: Maker.global_,
    ast.Import: Maker.import_,
    ast.ImportFrom: Maker.import_from,
    ast.Nonlocal: Maker.nonlocal_,
    ast.Pass: Maker.pass_,
    ast.Raise: Maker.raise_,
    ast.Return: Maker.return_,
}
_COMPOUND: dict[type[ast.AST], _Make] = {
    ast.AsyncFor: Maker.for_,
    ast.AsyncFunctionDef: Maker.function,
    ast.AsyncWith: Maker.with_,
    ast.ClassDef: Maker.class_,
    ast.For: Maker.for_,
    ast.FunctionDef: Maker.function,
    ast.If: Maker.if_,
    ast.Try: Maker.try_,
    ast.While: Maker.while_,
    ast.With: Maker.with_,
}
