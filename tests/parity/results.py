"""Compares cases and judges each difference: declared beforehand, or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.parity.cases import Case, Difference
from tests.parity.compare import differences
from tests.parity.worlds import Outcome, Project, generate, run_in_dagster


@dataclass(frozen=True)
class Result:
    """`declared` pairs a difference with what had told it; `unseen` are expected differences that did not show, or were not told."""

    case: Case
    project: Project
    declared: tuple[tuple[str, str], ...]
    undeclared: tuple[str, ...]
    unseen: tuple[Difference, ...]

    def __str__(self) -> str:
        word = "FAILED" if self.undeclared or self.unseen else "declared" if self.declared else "equal"
        lines = [f"{self.case.name}: {word}"]
        lines += [f"  undeclared: {difference}" for difference in self.undeclared]
        lines += [f"  expected, but not seen or not declared: {row}" for row in self.unseen]
        lines += [f"  {seen}\n    declared: {told}" for seen, told in self.declared]
        return "\n".join(lines)


def recorded(case: Case) -> Outcome:
    """What real Airflow did with the case when it was last asked (`python -m tests.parity record`)."""
    facts = json.loads(case.recorded.read_text(encoding="utf-8"))
    return Outcome(facts["runs"], facts["files"], facts["tables"], facts["error"])


def judge(case: Case, dagster: Outcome, project: Project) -> Result:
    """Compares a case's run in Dagster with what real Airflow is recorded to have done."""
    airflow = recorded(case)
    declared, undeclared, used = [], [], set()
    for seen in differences(airflow, dagster, project):
        for row in case.differences:
            told = next((text for text in project.declared if row.declared in text), None)
            if row.seen in seen and told is not None:
                declared.append((seen, told))
                used.add(row)
                break
        else:
            undeclared.append(seen)
    unseen = tuple(row for row in case.differences if row not in used)
    return Result(case, project, tuple(declared), tuple(undeclared), unseen)


def compare_cases(cases: Sequence[Case], scratch: Path, *, in_processes: bool = False) -> list[Result]:
    """Generates and runs the cases' projects (`run_in_dagster`), and compares each with its record."""
    (scratch / "projects").mkdir()
    (scratch / "dagster").mkdir()
    projects = {case.name: generate(case, scratch / "projects") for case in cases}
    outcomes = run_in_dagster(cases, projects, scratch / "dagster", in_processes=in_processes)
    return [judge(case, outcomes[case.name], projects[case.name]) for case in cases]
