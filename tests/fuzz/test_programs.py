"""Random programs: the interpreter's value is Python's own or unknown, and no text takes the analysis down."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import hypothesmith
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.analyzers.interpreter import FileResult
from migrator.analyzers.source import Folder
from migrator.model.values import Symbolic, Text
from tests.fuzz.harness import analyze_text

FUZZ = settings.get_profile("fuzz")
SAMPLES = Path(__file__).parents[2] / "sample_dags"
DAG_FILES = sorted(
    path for path in [*SAMPLES.rglob("*.py"), *(Path(__file__).parents[1] / "fixtures" / "interpreter").glob("*.py")]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder.open(tmp_path_factory.mktemp("fuzz"))


# ------------------------------------------------------------------------------------------- programs of known meaning

names = st.sampled_from(["a", "b", "c", "d"])
constants = st.one_of(
    st.integers(-9, 9).map(lambda n: f"({n})"),
    st.text("ab_{}%", max_size=4).map(repr),
    st.sampled_from(["True", "False", "None", "[]", "{}", "()", "[1, 2, 3]", "{'k': 1, 'j': [2]}", "{1, 2}", "1.5"]),
)
operators = st.sampled_from(
    ["+", "-", "*", "//", "%", "and", "or", "==", "!=", "<", ">=", "in", "not in", "is", "|", "&"]
)
methods = st.sampled_from(
    [
        "upper()",
        "split('_')",
        "strip('a')",
        "get('k', 0)",
        "keys()",
        "copy()",
        "count(1)",
        "title()",
        "items()",
        "join(['x', 'y'])",
        "format(1, k=2)",
        "replace('a', 'bb')",
        "startswith('a')",
        "index(1)",
        "values()",
        "zfill(3)",
        "partition('_')",
    ]
)
calls = st.sampled_from(
    ["len", "str", "repr", "list", "tuple", "sorted", "bool", "sum", "max", "min", "set", "dict", "abs", "type", "int"]
)


def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda p: f"({' '.join(p)})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, methods).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(calls, inner).map(lambda p: f"{p[0]}({p[1]})"),
        pairs.map(lambda p: f"({p[0]})[{p[1]}]"),
        inner.map(lambda p: f"({p})[::-1]"),
        pairs.map(lambda p: f"[x for x in ({p[0]}) if {p[1]}]"),
        pairs.map(lambda p: f"{{x: {p[1]} for x in ({p[0]})}}"),
        pairs.map(lambda p: f"(lambda v, w=({p[0]}): [v, w])({p[1]})"),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        pairs.map(lambda p: f"dict(enumerate(zip(({p[0]}), ({p[1]}))))"),
        inner.map(lambda p: f"list(map(str, ({p})))"),
        pairs.map(lambda p: f"'%s-%r' % ({p[0]}, {p[1]})"),
        pairs.map(lambda p: f"'{{!r:>6}}{{}}'.format({p[0]}, {p[1]})"),
    )


expressions = st.recursive(st.one_of(constants, names), composed, max_leaves=5)
simple = st.one_of(
    st.tuples(names, expressions).map(lambda p: f"{p[0]} = {p[1]}"),
    st.tuples(names, st.sampled_from(["+=", "*=", "|=", "-="]), expressions).map(" ".join),
    st.tuples(names, names, expressions).map(lambda p: f"{p[0]}, {p[1]} = {p[2]}"),
    expressions.map(lambda p: f"a.append({p})"),
    st.tuples(names, expressions).map(lambda p: f"assert {p[1]}, {p[0]}"),
    expressions.map(lambda p: f"raise ValueError({p})"),
    names.map(lambda p: f"del {p}[0]"),
    st.just("pass"),
)


def indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for block in lines for line in block.split("\n"))


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map(indented)
    return st.one_of(
        st.tuples(expressions, body, body).map(lambda p: f"if {p[0]}:\n{p[1]}\nelse:\n{p[2]}"),
        st.tuples(names, expressions, body).map(lambda p: f"for {p[0]} in list({p[1]})[:4]:\n{p[2]}"),
        st.tuples(body, body).map(lambda p: f"for i in range(3):\n{p[0]}\n    if i: break\nelse:\n{p[1]}"),
        st.tuples(body, st.sampled_from(["ValueError", "Exception", "(TypeError, KeyError)", "LookupError"]), body).map(
            lambda p: f"try:\n{p[0]}\nexcept {p[1]} as error:\n    c = type(error).__name__\n{p[2]}"
        ),
        st.tuples(body, body).map(lambda p: f"try:\n{p[0]}\nfinally:\n{p[1]}"),
        st.tuples(body, expressions).map(
            lambda p: f"def f(a, b=1, *c, **d):\n{p[0]}\n    return {p[1]}\nd = f([1], 2)"
        ),
        st.tuples(body, expressions).map(
            lambda p: f"def g(a, b=1, c=2, d=3):\n{p[0]}\n    yield {p[1]}\n    yield b\nb = list(g([]))"
        ),
        st.tuples(expressions, body).map(
            lambda p: (
                f"match {p[0]}:\n    case int() | None:\n        b = 1\n    case [x, *c]:\n        d = x\n    case str(c):\n{indented([p[1]])}"
            )
        ),
    )


programs = st.lists(st.one_of(simple, st.recursive(simple, blocks, max_leaves=6)), min_size=1, max_size=6)


def run(program: str) -> dict[str, Any] | None:
    """What Python makes of a program; None where it raises."""
    scope: dict[str, Any] = {}
    try:
        exec(program, scope)
    except Exception:
        return None
    return {name: scope.get(name) for name in "abcd"}


def plain(value: Any, depth: int = 5) -> bool:
    """Whether a value can be compared: data, and not nested deeply."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return depth > 0 and all(plain(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return depth > 0 and all(isinstance(key, str) and plain(item, depth - 1) for key, item in value.items())
    return isinstance(value, (str, int, float, bool, type(None)))


def agrees(found: Any, expected: Any) -> bool:
    """Whether a value is the expected one, as far as it is known."""
    if isinstance(found, (Symbolic, Text)):
        return True
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(found) == len(expected) and all(map(agrees, found, expected))
    if isinstance(expected, (set, frozenset)):
        return all(any(agrees(one, other) for other in expected) for one in found)
    if isinstance(expected, dict) and isinstance(found, dict):
        return list(found) == list(expected) and all(agrees(found[key], expected[key]) for key in expected)
    return bool(found == expected)


@settings(FUZZ, max_examples=4 * FUZZ.max_examples)
@given(programs)
def test_a_known_value_is_what_python_says(folder: Folder, lines: list[str]) -> None:
    program = "a, b, c, d = [1, 2], 'ab', 3, {'k': 'v'}\n" + "\n".join(lines)
    expected = run(program)
    if expected is None or not plain(expected):
        return

    result = analyze_text(
        folder, f"from airflow.sdk import DAG\n{program}\nDAG('d', params={{'a': a, 'b': b, 'c': c, 'd': d}})\n"
    )

    told = {diagnostic.code for diagnostic in result.diagnostics}
    if result.dags:
        for name, value in expected.items():
            assert agrees(result.dags[0].params[name], value) or told, program


# ------------------------------------------------------------------------------------------------ programs of any kind


@settings(FUZZ)
@given(hypothesmith.from_node())
def test_any_program_is_survived(folder: Folder, program: str) -> None:
    assert isinstance(analyze_text(folder, program), FileResult)


@settings(FUZZ)
@given(st.text(max_size=200), st.sampled_from(["", "def ", "class A:\n ", "with DAG('d'):\n    ", "f'", "x = ["]))
def test_any_text_is_survived(folder: Folder, text: str, before: str) -> None:
    assert isinstance(analyze_text(folder, before + text), FileResult)


# ----------------------------------------------------------------------------------------------------- mutated real files

HOSTILE = [
    "None",
    "[]",
    "{}",
    "''",
    "0",
    "-1",
    "lambda *a, **k: a",
    "globals()",
    "__import__('os')",
    "dag",
    "*dag",
    "(yield)",
    "x := 1",
]


def mutated(text: str, seed: int) -> str:
    """A DAG file with a few random changes of its lines and words."""
    chance = random.Random(seed)
    lines = text.split("\n")
    for _ in range(chance.randint(1, 5)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        kind = chance.randrange(7)
        if kind == 0:
            del lines[at : at + chance.randint(1, 3)]
            lines = lines or [""]
        elif kind == 1:
            lines.insert(at, lines[other])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = (" " * 4 + lines[at]) if chance.random() < 0.5 else lines[at].removeprefix("    ")
        elif kind == 4:
            words = lines[at].split(" ")
            words[chance.randrange(len(words))] = chance.choice(HOSTILE)
            lines[at] = " ".join(words)
        elif kind == 5:
            lines[at] = lines[at].replace("=", chance.choice(["==", "+=", ":=", "= not ", "= await "]), 1)
        else:
            lines = lines[: max(1, at)]
    return "\n".join(lines)


@settings(FUZZ, max_examples=2 * FUZZ.max_examples)
@given(st.sampled_from(DAG_FILES), st.integers(0, 10**9))
def test_a_mutated_dag_file_is_survived(path: Path, seed: int) -> None:
    samples = Folder.open(path.parent)

    assert isinstance(analyze_text(samples, mutated(path.read_text(), seed)), FileResult)


@settings(FUZZ)
@given(st.sampled_from(DAG_FILES), st.floats(0, 1))
def test_a_truncated_dag_file_is_survived(path: Path, share: float) -> None:
    text = path.read_text()

    assert isinstance(analyze_text(Folder.open(path.parent), text[: int(len(text) * share)]), FileResult)
