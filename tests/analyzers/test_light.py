"""Light trees are what libcst's parser makes of the same text, as far as their fields go, at the same places."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest

from migrator.analyzers.light import LightModule, light_module
from migrator.analyzers.nodes import children
from migrator.analyzers.parsing import parse_module
from migrator.analyzers.positions import positions
from migrator.model.source import SourceFile

REPOSITORY = Path(__file__).parents[2]

SYNTAX = '''# -*- coding: utf-8 -*-
"""Ünïcödé, and everything else."""
from __future__ import annotations
import os, sys as system
import a.b.c as d, e.f
from . import x
from ..pack.age import (one, two as zwei,)
from third import *

x = y = 1; z: int = 0x_ff; z2: "list[int]"
(a, b), *c = [(1, 2), 3]
a, (b) = ((1), (2), )
t = ((a).real, b), (  # comment, with )
    a, (b), # another, ( comment
)
a += 1; a @= b; a //= c; a **= d; a >>= 2
f"a{x!r:>{width}}b{{}}" 'c' """d
e""" rf"\\d{y}"
v = ("ä" f"{ö['ü']}"
     # between
     "€"), b"bytes" rb"\\x"
w = not a and b or (c) and (d), -a ** ~b, a < b <= c is not d not in e, a if b else c
del a, b[0], c.d
del (e)
lambda a, /, b=1, *c, d, e=2, **f: (yield)
lambda *, a: a
lambda: 0
g = (i for i in (j) if i if (k)), [i async for i in j], {i: k for i in j for k in l}, {*a, b}, {**a, "b": c}
h = a[1], a[1:2, ::3], a[(1, 2)], a[*b], a[b, ] , a[...]
h(*a, b, c=(d), *e, **f)
h(i for i in j)
(n := 10)
1_000 + 1.5e3 + 2j
a >> b >> (c >> d) >> [e, f]
if a: b; c
elif d:
    e
else:
    if f:
        g
while a: break
else: pass
for (i, j), k in l: continue
for i, in j:
    pass
else:
    assert a, "b"
with a as b, c() as (d, e), f: g
with (open("a") as b, c):
    raise A from b
try:
    import a
except (A, B) as error:
    raise
except C: pass
else: pass
finally:
    pass
@decorator
@other.one(a=(1))  # a comment (
@(third)
async def ä(a: int, b: str = "x", /, c=1, *args: int, d, e: "Q" = 2, **kwargs) -> dict[str, int]:
    global g1, g2
    async with a as b:
        async for c in d:
            await e
    def inner():
        nonlocal b
        return
    yield from f(); return (yield)
@d
class A(B, *D, metaclass=C, **E):
    """Doc."""
    async def  name (self): ...
class E: x = 1; y = 2
'''


def same(light: cst.CSTNode, parsed: cst.CSTNode) -> None:
    assert type(light) is type(parsed) or (type(light) is LightModule and type(parsed) is cst.Module)
    for field in dataclasses.fields(parsed):
        value = getattr(parsed, field.name)
        named = field.name in ("value", "star", "start", "operator", "asynchronous", "conversion")
        if named and (value is None or isinstance(value, str)):
            assert getattr(light, field.name) == value or isinstance(parsed, cst.NotEqual)
        elif named:
            assert type(getattr(light, field.name)) is type(value)
    for one, other in zip(children(light), children(parsed), strict=True):
        same(one, other)


_PLACED = (
    cst.BaseExpression,
    cst.BaseSmallStatement,
    cst.BaseCompoundStatement,
    cst.BaseSuite,
    cst.SimpleStatementLine,
    cst.Param,
    cst.Decorator,
)


def placed(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes whose places are those of expressions, statements and definitions: not of keywords and brackets around."""
    if isinstance(node, _PLACED):
        yield node
    if not isinstance(node, (cst.ImportAlias, cst.ImportFrom, cst.AsName, cst.NameItem)):
        for child in children(node):
            yield from placed(child)


def check(text: str) -> None:
    light, parsed = light_module(text, ast.parse(text)), cst.parse_module(text)
    assert light is not None
    same(light, parsed)
    places = positions(parsed)
    assert places.text == text
    for one, other in zip(placed(light), placed(parsed), strict=True):
        assert light.places.offsets(one) == places.offsets(other), text[slice(*places.offsets(other))]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_all_syntax(newline: str) -> None:
    check(SYNTAX.replace("\n", newline))


def test_files() -> None:
    for path in [
        *sorted((REPOSITORY / "sample_dags").rglob("*.py")),
        *sorted((REPOSITORY / "tests/cli").rglob("*.py")),
    ]:
        check(path.read_text())


@pytest.mark.parametrize(
    "text",
    ["match a:\n    case 1:\n        pass\n", "def f[T](a: T): ...\n", "type A = int\n", 'f"{a["b"]}"\n'],
)
def test_newer_syntax_is_left_to_libcst(text: str) -> None:
    module = parse_module(SourceFile("a.py", text))
    assert isinstance(module, cst.Module)
    assert [type(node) for node in module.body] == [type(node) for node in cst.parse_module(text).body]
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    if not text.startswith("f"):
        assert light_module(text, tree) is None
