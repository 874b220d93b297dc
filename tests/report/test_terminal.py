"""The report at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Dag, Schedule
from migrator.model.assets import DataAsset
from migrator.model.source import SourceFile, Span
from migrator.report.terminal import MAX_ASSETS, MAX_DAGS, MAX_DIAGNOSTICS, excerpt, render
from tests.report.build import analysis, span


def text(terminal: bool = False, width: int = 80, **changes: object) -> str:
    return render(analysis(**changes), terminal=terminal, width=width)


def test_report_is_as_expected() -> None:
    assert text() == (Path(__file__).with_name("expected") / "terminal.txt").read_text(encoding="utf-8")


def test_no_colours_in_a_pipe() -> None:
    assert "\x1b" not in text()
    assert "\x1b[" in text(terminal=True)


def test_findings_that_say_the_same_are_shown_once() -> None:
    found = (
        *(diagnose("MIG109", Span(f"{n}.py", 1), "`STAGE` is not known") for n in range(6)),
        *(diagnose("MIG103", Span("loop.py", 7), f"the id of task {n} is not known") for n in range(3)),
    )
    shown = text(diagnostics=found)
    assert shown.count("MIG109 ") == 1 and "also: 1.py:1, 2.py:1, 3.py:1 and 2 more places" in shown
    assert shown.count("MIG103 the id") == 1 and "also: 2 more here" in shown


@pytest.mark.parametrize("width", [40, 60, 80])
def test_tables_fit_the_width(width: int) -> None:
    long = Dag("a_very_long_dag_id_" * 6, span(), Schedule("cron", "0 5 * * *"), "3")
    lines = text(width=width, dags=(long,), diagnostics=(), dispositions=()).splitlines()
    assert max(map(len, lines)) <= width
    assert "a_very_long_dag_id" in "".join(lines)


def test_long_lists_are_cut_and_say_so() -> None:
    dags = tuple(Dag(f"dag_{n:03}", span(), Schedule("none"), "3") for n in range(MAX_DAGS + 7))
    assets = tuple(DataAsset((f"a{n}",), "table", f"a{n}") for n in range(MAX_ASSETS + 1))
    found: tuple[Diagnostic, ...] = tuple(
        diagnose("MIG202", Span("x.py", n + 1), f"number {n}") for n in range(MAX_DIAGNOSTICS + 3)
    )
    found += (diagnose("MIG003", Span("z.py", 1), "the worst"),)
    shown = text(dags=dags, assets=assets, diagnostics=found)
    assert "... and 7 more DAGs: see all with `--format json`" in shown
    assert "... and 1 more asset: see all" in shown
    assert "4 more findings" in shown
    assert "     4  MIG202 Argument not carried over" in shown
    assert "the worst" in shown, "the most severe findings come first"
    assert shown.index("the worst") < shown.index("number 0")


def test_hostile_names_do_nothing() -> None:
    name = "[red]x[/red] \x1b[2J\n:smile: \u202eevil"
    shown = text(
        dags=(Dag(name, span(), Schedule("cron", name), "3"),), diagnostics=(diagnose("MIG003", Span(name, 1), name),)
    )
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown
    assert ":smile:" in shown


def lines(source: str, place: Span) -> list[str]:
    return [line.plain for line in excerpt(place, SourceFile("a.py", source))]


def test_carets_stand_below_the_code() -> None:
    assert lines("x = f(yy, 1)\n", Span("a.py", 1, 7, 1, 9)) == ["  |", "1 | x = f(yy, 1)", "  |       ^^"]
    assert lines("a\n\tf(1)\n", Span("a.py", 2, 2, 2, 6)) == ["  |", "2 |  f(1)", "  |  ^^^^"]
    assert lines("日本 = f()\n", Span("a.py", 1, 6, 1, 9)) == ["  |", "1 | 日本 = f()", "  |        ^^^"]
    assert lines("f(\n  1)\n", Span("a.py", 1, 1, 2, 5)) == ["  |", "1 | f(", "  | ^^"]


def test_excerpts_of_long_lines_and_odd_places() -> None:
    long = "x = '" + "a" * 500 + "' + bad + '" + "b" * 500 + "'\n"
    start = long.index("bad") + 1
    shown = lines(long, Span("a.py", 1, start, 1, start + 3))
    assert max(map(len, shown)) <= 80
    assert shown[1][shown[2].index("^") :].startswith("bad")
    assert lines("a\n", Span("a.py", 9)) == []
    assert lines("", Span("a.py", 1)) == []
    assert lines("ab\n", Span("a.py", 1, 99)) == ["  |", "1 | ab", "  |   ^"]


def test_excerpts_cover_passwords() -> None:
    shown = lines("c = 'postgres://me:hunter2@host/db'\n", Span("a.py", 1, 1, 1, 5))
    assert "hunter2" not in "".join(shown)
    assert "postgres://me:*******@host/db" in shown[1]


def test_no_findings() -> None:
    assert "No findings." in text(diagnostics=())
