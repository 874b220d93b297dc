"""The report for a pull request."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.diagnostics import diagnose
from migrator.model.airflow import Dag, Schedule
from migrator.model.source import Span
from migrator.report.markdown import MAX_CHARACTERS, code, escape, render
from tests.report.build import analysis, span


def test_report_is_as_expected() -> None:
    assert render(analysis()) == (Path(__file__).with_name("expected") / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a|b <img> *x* @someone #1", "a\\|b \\<img\\> \\*x\\* \\@someone \\#1"),
        ("use `a|b_c`", "use `a\\|b_c`"),
        ("one ` alone", "one \\` alone"),
        ("two\nlines", "two\\\\nlines"),
        ("[x](http://y)", "\\[x\\](http://y)"),
    ],
)
def test_escape(text: str, expected: str) -> None:
    assert escape(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "`a`"),
        ("a|b", "`a\\|b`"),
        ("a`b", "``a`b``"),
        ("`a`", "`` `a` ``"),
        ("a``b`", "``` a``b` ```"),
        ("<b>", "`<b>`"),
    ],
)
def test_code(text: str, expected: str) -> None:
    assert code(text) == expected


def test_hostile_names_cannot_break_a_table() -> None:
    name = "a | b\n| c `x` <script> [l](u)"
    report = render(analysis(dags=(Dag(name, span(), Schedule("none"), "3"),), diagnostics=()))
    (row,) = [line for line in report.splitlines() if "script" in line]
    assert row.startswith("| ``a \\| b\\n\\| c `x` <script> [l](u)`` | `none` | 0 |")


def test_long_lists_are_folded_and_cut_and_the_report_fits_into_a_comment() -> None:
    found = tuple(diagnose("MIG202", Span("a.py", n + 1), f"number {n} {'x' * 100}") for n in range(300))
    dags = tuple(Dag(f"d{n}", span(), Schedule("none"), "3") for n in range(1500))
    report = render(analysis(dags=dags, diagnostics=found))
    assert 20_000 < len(report) <= MAX_CHARACTERS < 65_536
    shown = report.count("- **MIG202**")
    assert 20 < shown < 300
    assert (
        f"{300 - shown} more notes (see all with `--format json`): {300 - shown} × MIG202 (Argument not carried over)."
        in report
    )
    assert "<summary><b>DAGs</b> (1,500)</summary>\n\n| DAG |" in report
    assert "more rows: see all with `--format json`." in report
    assert report.count("<details>") == report.count("</details>") == 2
