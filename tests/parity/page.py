"""The page of the documentation that shows each case."""

from __future__ import annotations

from collections.abc import Sequence

from tests.generated.projects import REPOSITORY
from tests.parity.cases import DAGS
from tests.parity.results import Result

PAGE = REPOSITORY / "docs" / "parity.md"


def write_page(results: Sequence[Result]) -> None:
    """Writes `docs/parity.md`."""
    PAGE.write_text(render(results), encoding="utf-8")


def render(results: Sequence[Result]) -> str:
    """The page: what was compared, and the row of each case."""
    equal = sum(not result.declared and not result.undeclared for result in results)
    tasks = sum(len(result.project.dispositions) for result in results)
    kept = sum(kind == "airflow" for result in results for kind in result.project.dispositions.values())
    lines = [
        "# Parity with Airflow",
        "",
        "DAG files that are run by real Airflow (`dag.test`), and, translated, by Dagster, for the same dates. Compared are the files and",
        "tables that they leave behind, the states of runs and tasks, and the values that tasks hand over. What Airflow did is recorded in",
        "`tests/parity/recorded`, by `make parity-record`. This page is made by `make parity`, and CI fails when it is not true.",
        "",
        "`dag.test` makes runs as if by hand, whose data interval is the last one that is over. So that runs are compared as a scheduler makes",
        "them, the recording gives them the interval that starts at the logical date; a report says where that makes a difference.",
        "",
        f"{len(results)} files with {tasks} tasks: {equal} do the same, {len(results) - equal} differ in what the report declared beforehand."
        f" {kept} tasks stay in Airflow.",
        "",
        "| DAG file | what it shows | Airflow | runs | result |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(result) for result in results]
    declared = [result for result in results if result.declared]
    if declared:
        lines += ["", "## Declared differences", ""]
    for result in declared:
        lines += [f"### {result.case.name}", ""]
        told: dict[str, list[str]] = {}
        for seen, why in result.declared:
            told.setdefault(why, []).append(seen)
        for why, seen in told.items():
            lines += [f"- {why}", *(f"  - {difference}" for difference in seen)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(result: Result) -> str:
    case = result.case
    word = "undeclared" if result.undeclared or result.unseen else "declared" if result.declared else "equal"
    link = f"[{case.name}](../tests/parity/{case.file.relative_to(DAGS.parent).as_posix()})"
    return f"| {link} | {case.about} | {case.airflow} | {len(case.runs)} | {word} |"
