"""docs/diagnostics.md says what the catalogue says."""

from __future__ import annotations

from migrator.diagnostics import CATALOGUE
from migrator.report.diagnostics_doc import PAGE, main, page


def test_the_page_is_current() -> None:
    assert main(["--check"]) == 0, "run `python -m migrator.report.diagnostics_doc`"


def test_every_code_has_a_place() -> None:
    text = page()
    assert [code for code in CATALOGUE if f"### {code}: " not in text] == []
    assert PAGE.name == "diagnostics.md"


def test_the_catalogue_reads_well() -> None:
    for code, doc in CATALOGUE.items():
        assert code.startswith("MIG")
        assert len(code) == 6
        assert doc.meaning.endswith("."), code
        assert not doc.remedy.endswith("."), code
        assert doc.title[0].isupper(), code
