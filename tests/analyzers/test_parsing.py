"""From text to tree: what cannot be parsed is a finding, and never the end of the process."""

import ast
import time
import warnings

import libcst
import pytest

from migrator.analyzers.parsing import MAX_DEPTH, parse_module, span_of, too_deep
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile


def parse(text: str) -> libcst.Module | Diagnostic:
    return parse_module(SourceFile("a.py", text))


@pytest.mark.parametrize(
    "text", ["", "x = 1", "x = 1\r\ny = 2\r\n", "def f():\n\tpass\n", "type X = int\n", "f'{'a'}'\n"]
)
def test_python_of_every_version_is_parsed(text: str) -> None:
    module = parse(text)
    assert isinstance(module, libcst.Module)
    assert module.code == text


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("x = 1\ndef f(:\n", 2, 7),
        ("f(\n    a b)\n", 2, 5),
        ("x = 'a\n", 1, 5),
        ("if x:\npass\n", 2, 1),
        ("x = 1\0", 1, 1),
    ],
)
def test_syntax_errors_have_a_place(text: str, line: int, column: int) -> None:
    found = parse(text)
    assert isinstance(found, Diagnostic)
    assert (found.code, found.span.file, found.span.line) == ("MIG003", "a.py", line)
    assert found.span.column == column


@pytest.mark.parametrize(
    "text",
    [
        "print 'a'\n",
        "x = 1\nprint x\n",
        "try:\n    f()\nexcept ValueError, e:\n    pass\n",
        "try:\n    f()\nexcept (A, B), e:\n    pass\n",
        "raise ValueError, 'a'\n",
        "exec 'a' in {}\n",
        "x = 0777\n",
        "x = 10L\n",
        "x = ur'a'\n",
        "if a <> b: pass\n",
        "x = `a`\n",
    ],
)
def test_python_2_is_recognized(text: str) -> None:
    found = parse(text)
    assert isinstance(found, Diagnostic)
    assert found.code == "MIG004"


DEEP = {
    "chain": "a" + " >> a" * 8000,
    "sum": "a" + " + a" * 950,
    "and": "a" + " and a" * 8000,
    "list": "x = " + "[" * 1500 + "]" * 1500,
    "parentheses": "(" * 5000,
    "calls": "a" + ".b()" * 5000,
    "subscripts": "a" + "[0]" * 1000,
    "lambda": "lambda: " * 8000 + "x",
    "not": "not " * 8000 + "x",
    "elif": "if a:\n pass\n" + "elif a:\n pass\n" * 8000,
    "strings": "x = (" + "'a' " * 8000 + ")",
    "indentation": "".join(" " * i + "if x:\n" for i in range(120)) + " " * 120 + "pass\n",
}


@pytest.mark.parametrize("kind", sorted(DEEP))
def test_deep_nesting_is_a_finding(kind: str) -> None:
    started = time.process_time()
    found = parse(DEEP[kind])
    assert isinstance(found, Diagnostic)
    assert found.code in ("MIG003", "MIG006")
    assert time.process_time() - started < 5


@pytest.mark.parametrize("kind", ["chain", "list", "and", "lambda"])
def test_a_syntax_error_does_not_open_the_way_to_the_native_parser(kind: str) -> None:
    """Python's parser stops at the error and has not judged what follows; the chain behind it would end this process."""
    found = parse("type X[T = int] = int\ntype Y = $\n" + DEEP[kind])
    assert isinstance(found, Diagnostic)


def test_what_is_below_the_limit_is_parsed() -> None:
    assert isinstance(parse("a" + " >> a" * (MAX_DEPTH - 10)), libcst.Module)
    assert isinstance(parse("x = [" + "a, " * 50_000 + "]"), libcst.Module)


def test_depth_counts_nesting_not_length() -> None:
    assert too_deep(ast.parse("x = [" + "a, " * 5000 + "]"), 10) == 0
    assert too_deep(ast.parse("\n\nf(" + "g(" * 20 + ")" * 21), 10) == 3
    assert too_deep(ast.parse("a" + " and a" * 20), 10) == 1


def test_warnings_about_the_analyzed_code_are_not_printed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(parse(r"x = '\d'" + "\nif 1 is 1: pass\n"), libcst.Module)


def test_span_of_cuts_to_the_text() -> None:
    source = SourceFile("a.py", "a = 1\r\n  bé = 2\nlast")
    assert source.cut(span_of(source, 2)) == "bé = 2"
    assert source.cut(span_of(source, 2, 3, 2, 5)) == "bé"
    assert source.cut(span_of(source, 99, 99)) == ""
    assert span_of(source, 99).line == 3


def test_refuses_a_file_of_very_many_expressions() -> None:
    found = parse_module(SourceFile("big.py", f"x = [{', '.join(['1'] * 400_000)}]\n"))

    assert isinstance(found, Diagnostic)
    assert found.code == "MIG006"
    assert "too many" in found.message
