"""Writes docs/diagnostics.md from the catalogue of codes.

python -m migrator.report.diagnostics_doc          # writes it
python -m migrator.report.diagnostics_doc --check  # exit code 1 if it is not current
"""

from __future__ import annotations

import sys
from pathlib import Path

from migrator.diagnostics import CATALOGUE
from migrator.report.markdown import escape

PAGE = Path(__file__).parents[2] / "docs" / "diagnostics.md"

_GROUPS = {
    "0": "Reading",
    "1": "Structure of DAGs",
    "2": "Operators",
    "3": "Schedules and partitions",
    "4": "Assets and their inputs and outputs",
    "5": "Generated code",
    "6": "Bridge",
}

_HEAD = """\
# Findings

Every finding has a stable code. `migrate explain CODE` prints what stands here. A comment on the first or last line of the code that a
finding is about suppresses it: `# migrator: ignore[MIG203]`, or `# migrator: ignore` for all codes; one that suppresses nothing is a finding
itself. `migrate analyze --fail-on error|warning|never` says which severity makes the exit code 1.

This page is made from `migrator/catalogue.py` by `python -m migrator.report.diagnostics_doc`.
"""


def page() -> str:
    """The text of the page."""
    blocks = [_HEAD.rstrip()]
    group = ""
    for code, doc in sorted(CATALOGUE.items()):
        if code[3] != group:
            group = code[3]
            blocks.append(f"## {_GROUPS[group]}")
        remedy = "" if doc.remedy == "none" else f"\n\nWhat to do: {escape(doc.remedy)}."
        blocks.append(f"### {code}: {escape(doc.title)}\n\n*{doc.severity.value}.* {escape(doc.meaning)}{remedy}")
    return "\n\n".join(blocks) + "\n"


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
