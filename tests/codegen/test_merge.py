from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.codegen.writing.merge import has_conflict, merge

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "def f():\n", "    return 1\n", "\n"]), max_size=12).map("".join)


@given(LINES, LINES)
def test_one_side_alone_is_taken_as_it_is(base: str, text: str) -> None:
    assert merge(base, text, base).text == text
    assert merge(base, base, text).text == text
    assert merge(base, text, text).text == text
    assert (
        merge(base, text, base).conflicts == merge(base, base, text).conflicts == merge(base, text, text).conflicts == 0
    )


@given(LINES, LINES, LINES)
def test_no_line_of_either_side_is_lost(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    kept = merged.text.splitlines()
    for text in (mine, theirs):
        for line in set(text.splitlines()) - set(base.splitlines()):
            assert line in kept
    assert has_conflict(merged.text) is bool(merged.conflicts)


@given(LINES, LINES, LINES)
def test_sides_are_equal_before_the_merge(base: str, mine: str, theirs: str) -> None:
    """Which side is whose decides the order inside a conflict, nothing else."""
    assert merge(base, mine, theirs).conflicts == merge(base, theirs, mine).conflicts


def test_markers_of_git_are_markers_too() -> None:
    assert has_conflict("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> feature\n")
    assert has_conflict("a\r\n<<<<<<< HEAD\r\nb\r\n=======\r\nc\r\n>>>>>>> feature\r\n")
    assert not has_conflict("Title\n=======\n\n>>>>>>> quoted\n<<<<<<< quoted\n")


BASE = "import a\n\nx = 1\n\ndef f():\n    return x\n\ndef g():\n    return 2\n"


def test_edits_in_different_places_are_joined() -> None:
    mine = BASE.replace("return x", "return x + 1")
    theirs = BASE.replace("import a", "import a\nimport b").replace("return 2", "return 3")
    merged = merge(BASE, mine, theirs)
    assert merged.conflicts == 0
    assert merged.text == theirs.replace("return x", "return x + 1")


def test_edits_of_one_place_are_marked() -> None:
    merged = merge(BASE, BASE.replace("x = 1", "x = 2"), BASE.replace("x = 1", "x = 3"))
    assert merged.conflicts == 1
    assert (
        "\n<<<<<<< edited\nx = 2\n||||||| generated before\nx = 1\n=======\nx = 3\n>>>>>>> generated now\n\ndef f()"
        in merged.text
    )


def test_a_last_line_without_an_end() -> None:
    merged = merge("a", "b", "c")
    assert merged.text.splitlines() == [
        "<<<<<<< edited",
        "b",
        "||||||| generated before",
        "a",
        "=======",
        "c",
        ">>>>>>> generated now",
    ]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (BASE.replace("return 2", "return 5"), BASE.replace("import a", "import z")),
        (BASE.replace("import a\n", ""), BASE + "\ny = 4\n"),
        (BASE.replace("x = 1", "x = 2"), BASE.replace("x = 1", "x = 3")),
        ("", BASE.replace("x = 1", "x = 3")),
        (BASE, ""),
    ],
)
def test_as_git_does(tmp_path: Path, mine: str, theirs: str) -> None:
    for name, text in (("base", BASE), ("mine", mine), ("theirs", theirs)):
        (tmp_path / name).write_text(text)
    git = subprocess.run(
        ["git", "merge-file", "-p", "--diff3", "mine", "base", "theirs"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    merged = merge(BASE, mine, theirs)
    assert merged.conflicts == git.returncode
    if not merged.conflicts:
        assert merged.text == git.stdout
