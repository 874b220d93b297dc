"""Operations on values of which parts are unknown agree with Python's where all is known."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.folding.library import (
    MISSING,
    change_end,
    format_text,
    join_path,
    join_text,
    parent,
    percent,
    text,
)
from migrator.analyzers.callables.source.modules import Workspace
from migrator.model.source import SourceFile
from migrator.model.values import Symbolic, Text, Value

ENV = Symbolic("env", "e", name="E")
PART = st.text(st.sampled_from("ab./"), min_size=1, max_size=6)


@given(st.lists(PART, min_size=1, max_size=4))
def test_join_path_is_that_of_posixpath(parts: list[str]) -> None:
    assert join_path(parts) == posixpath.join(*parts)


@given(st.lists(st.text("ab.", min_size=1, max_size=4), min_size=2, max_size=3))
def test_names_of_a_path_are_those_of_pathlib(parts: list[str]) -> None:
    if any(set(part) == {"."} for part in parts):
        return
    path = PurePosixPath(*parts)
    assert (parent(str(path), "parent"), parent(str(path), "name")) == (str(path.parent), path.name)


def test_paths_that_start_unknown() -> None:
    path = join_path([ENV, "raw", "x.csv"])
    assert str(path) == "{env:E}/raw/x.csv"
    assert str(parent(path, "parent")) == "{env:E}/raw"
    assert parent(path, "stem") == "x"
    assert str(change_end(path, "with_suffix", ".json")) == "{env:E}/raw/x.json"
    assert str(change_end(path, "with_name", "y")) == "{env:E}/raw/y"
    assert parent(Text((ENV, ".csv")), "parent") is MISSING
    assert parent(ENV, "name") is MISSING
    assert join_path([ENV, "/abs"]) == "/abs"


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("%s/%d", ("a", 1), "a/1"),
        ("%s", ENV, "{env:E}"),
        ("%05d", 1, MISSING),
        ("%s%s", ("a",), MISSING),
        ("%%", (), MISSING),
    ],
)
def test_percent(template: str, value: Value, expected: Value) -> None:
    found = percent(template, value)
    assert found is MISSING if expected is MISSING else str(found) == expected


@given(st.text("_,", max_size=2), st.lists(PART, max_size=4))
def test_join_text_is_that_of_str(between: str, parts: list[str]) -> None:
    assert join_text(between, parts) == between.join(parts)
    assert str(join_text(between, [*parts, ENV])) == between.join([*parts, "{env:E}"])
    assert join_text(between, [*parts, 1]) is MISSING


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{}/{}", "a/{env:E}"),
        ("{1}{0}{x}", "{env:E}a3"),
        ("{{}}{}", "{}a"),
        ("{:>3}", MISSING),
        ("{missing}", MISSING),
        ("{0.name}", MISSING),
        ("{", MISSING),
    ],
)
def test_format(template: str, expected: Value) -> None:
    found = format_text(template, ["a", ENV], {"x": 3})
    assert found is MISSING if expected is MISSING else str(found) == expected


def test_text_that_grows_too_long_is_unknown() -> None:
    assert isinstance(text(["a" * 50_000]), Symbolic)


CODE = """
import os
A = "a"
B, (C, D) = "b", ["c", 1]
E = {"k": {"n": [A, B]}}
F = E["k"]["n"][-1]
G = E.get("x", "g") + str(D)
H = f"{A!r}"
I = os.environ["ROOT"] or "x"
J = [x + "!" for x in [A, B]]
K = -1.5
L = None
M = (A or "x", None or "y")
N = A.upper().strip("x")
O = unknown(A)
P = P + "a"
Q = (Q2 := "walrus")
R = [A]
R.append("changed")
S = A if D else B
S2 = A if O else B
T = double(A)
U = f"a{{b}}{A}"
V = "x" "y" f"{A}"
W = os.path.join(os.path.dirname(__file__), "data")
X = __file__
def double(x, y="z"):
    "Twice."
    both = x + x
    return both + y
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "B": "b",
        "C": "c",
        "D": 1,
        "E": {"k": {"n": ["a", "b"]}},
        "F": "b",
        "G": "g1",
        "J": ["a!", "b!"],
        "K": -1.5,
        "L": None,
        "M": ("a", "y"),
        "N": "A",
        "Q": "walrus",
        "Q2": "walrus",
        "S": "a",
        "T": "aaz",
        "U": "a{b}a",
        "V": "xya",
        "W": "dags/data",
        "X": "dags/x.py",
    }.items(),
)
def test_constants_of_a_module(name: str, expected: Value) -> None:
    assert folded(name) == expected


@pytest.mark.parametrize("name", ["H", "O", "P", "R", "S2"])
def test_what_is_only_known_at_run_time(name: str) -> None:
    found = folded(name)
    assert isinstance(found, (Symbolic, Text)) and "{?}" in str(found)


def test_a_default_by_or() -> None:
    found = folded("I")
    assert (found.kind, found.name, found.default, found.has_default) == ("env", "ROOT", "x", True)


def folded(name: str) -> Value:
    source = SourceFile("dags/x.py", CODE + f"RESULT = {name}\n")
    workspace = Workspace({source.path: source})
    module = workspace.module(source.path)
    (binding,) = module.table.module.bindings["RESULT"]
    assert isinstance(binding.node, cst.Assign)
    return Frame(workspace, module).value(binding.node.value)
