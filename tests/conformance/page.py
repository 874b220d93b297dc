"""Writes the comparison down as a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.score import FIELDS, PARTS, Score, compare
from tests.integration.worlds import REPOSITORY

FILE = REPOSITORY / "docs" / "conformance.md"
_LINES_PER_FILE = 6
_INTRODUCTION = """# Compared with Airflow

The analyzer never runs a DAG file; Airflow does. `make conformance` analyzes folders of DAG files and compares each file with what
Airflow's own DagBag loads from it: which DAGs, tasks and edges there are (F1 of precision and recall), and, for those that both
found, operator class, schedule, mapped flag, trigger rule, retries, pool and task group (share that is right, in percent). *Silent*
is what is wrong in files without a finding of the analyzer about reading, structure or schedules, as a share of all that was compared.

The files are the example DAGs in Airflow's wheels (3.3.2 and 2.11.2) and the system tests in the sdists of the providers, in the
versions that `tests/conformance/requirements-providers.txt` pins. Files that Airflow itself does not load there are left out,
and so are DAGs with an id that an earlier file of the folder has: Airflow refuses them. What
Airflow loads from the system tests is recorded in `tests/conformance/recorded/`; `make conformance-record` asks it again.
`make conformance-page` writes this page, and `tests/conformance/budget.json` holds the figures below which the tests fail.
"""


def page(scores: Mapping[str, Score], providers: tuple[Mapping[str, Any], Mapping[str, Any]]) -> str:
    """The whole page; `providers`: what Airflow loads and what the analyzer finds in the providers' system tests."""
    truth, analysis = providers
    names = sorted(
        {
            file["file"].split("/")[1]
            for file in truth["files"]
            if file["file"].startswith("system/") and file["loaded"] and file["dags"]
        }
    )
    of_providers = {name: compare(truth, analysis, below=f"system/{name}/") for name in names}
    parts = [
        _INTRODUCTION,
        table(scores, "files from"),
        "## The system tests, provider by provider\n",
        table(of_providers, "provider"),
        "## What is wrong\n\nMissing here: `-`. Not in Airflow: `+`.\n",
        *(wrong(name, score) for name, score in scores.items()),
    ]
    return "\n".join(parts)


def table(scores: Mapping[str, Score], title: str) -> str:
    """A row for each score."""
    heads = [title, "files", "DAGs", "tasks", "edges", *(f"{part} F1" for part in PARTS), *FIELDS, "silent"]
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for name, score in scores.items():
        rows.append(
            [
                name,
                str(score.files),
                *(str(score.truth[part]) for part in PARTS),
                *(f"{100 * score.f1(part):.2f}" for part in PARTS),
                *(f"{100 * score.share_right(field):.2f}" for field in FIELDS),
                f"{100 * score.silent_share:.2f} %",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def wrong(name: str, score: Score) -> str:
    """The files of one folder that were read wrongly."""
    lines = [f"### {name}\n"]
    for file in sorted(score.wrong, key=lambda file: file.file):
        found = file.lines()
        shown = [f"  - `{line}`" for line in found[:_LINES_PER_FILE]]
        rest = [f"  - and {len(found) - _LINES_PER_FILE} more"] if len(found) > _LINES_PER_FILE else []
        lines += [f"- {file.file} ({'announced' if file.told else 'silent'})", *shown, *rest]
    return "\n".join(lines if score.wrong else [*lines, "Nothing."]) + "\n"
