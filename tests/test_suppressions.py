"""`# migrator: ignore[...]`: what it suppresses, and that one which suppresses nothing is told."""

from __future__ import annotations

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.source import SourceFile, Span
from migrator.suppressions import suppress


def run(text: str, *found: Diagnostic) -> list[tuple[str, int]]:
    return [(left.code, left.span.line) for left in suppress(found, {"a.py": SourceFile("a.py", text)})]


def at(code: str, line: int, column: int = 1, end: int = 0, file: str = "a.py", message: str = "m") -> Diagnostic:
    return diagnose(code, Span(file, line, column, end or line, column + 1), message)


def test_a_code_on_the_line() -> None:
    text = "x = 1\ny = 2  # migrator: ignore[MIG203]\n"
    assert run(text, at("MIG203", 1), at("MIG203", 2), at("MIG205", 2)) == [("MIG203", 1), ("MIG205", 2)]


def test_all_codes() -> None:
    assert run("x = 1  # migrator: ignore\n", at("MIG203", 1), at("MIG205", 1)) == []
    assert run("x = 1  #migrator:ignore -- we know\n", at("MIG203", 1)) == []


def test_several_codes_of_which_one_is_unused() -> None:
    text = "x = 1  # migrator: ignore[MIG203, MIG205]\n"
    assert run(text, at("MIG203", 1)) == [("MIG012", 1)]
    (unused,) = suppress([at("MIG203", 1)], {"a.py": SourceFile("a.py", text)})
    assert "`MIG205`" in unused.message
    assert text[unused.span.start : unused.span.end] == "# migrator: ignore[MIG203, MIG205]"
    assert unused.span.column == 8


def test_the_last_line_of_a_call_counts_too() -> None:
    text = "f(\n  1,\n)  # migrator: ignore[MIG201]\n"
    assert run(text, at("MIG201", 1, end=3)) == []
    assert run(text, at("MIG201", 2)) == [("MIG201", 2), ("MIG012", 3)]


def test_unused_ones() -> None:
    assert run("# migrator: ignore\n") == [("MIG012", 1)]
    assert run("# migrator: ignore[]\n# migrator: ignored\n", at("MIG201", 1)) == [("MIG012", 1), ("MIG201", 1)]


def test_order_and_doubles() -> None:
    found = [at("MIG205", 2), at("MIG201", 2, 3), at("MIG205", 2), at("MIG301", 1), at("MIG203", 9, file="A.py")]
    left = suppress(found, {})
    assert [(f.span.file, f.span.line, f.span.column, f.code) for f in left] == [
        ("A.py", 9, 1, "MIG203"), ("a.py", 1, 1, "MIG301"), ("a.py", 2, 1, "MIG205"), ("a.py", 2, 3, "MIG201"),
    ]  # fmt: skip


def test_other_files_are_not_touched() -> None:
    text = "x  # migrator: ignore[MIG203]\n"
    left = suppress([at("MIG203", 1, file="b.py")], {"a.py": SourceFile("a.py", text)})
    assert [finding.code for finding in left] == ["MIG012", "MIG203"]


def test_windows_newlines() -> None:
    assert run("a\r\nx  # migrator: ignore[MIG203]\r\n", at("MIG203", 2)) == []
