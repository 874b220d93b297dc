"""Compares what the analyzer found with what Airflow loaded, file by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.against.compare import FIELDS as TASK_FIELDS
from migrator.against.compare import schedule

_ABOUT_STRUCTURE = ("MIG0", "MIG1", "MIG3")
"""Findings about reading, DAGs and schedules; those about data or generated code announce nothing here."""
PARTS = ("dags", "tasks", "edges")
FIELDS = ("schedule", *TASK_FIELDS)


@dataclass(frozen=True)
class FileScore:
    """What is wrong with one file, and whether a finding of the analyzer announced it.

    `missed` and `invented` name DAGs, tasks and edges, `differing` the values that differ among what both found."""

    file: str
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    told: bool
    differing: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """One line for each thing that is wrong."""
        signs = (("-", self.missed), ("+", self.invented), ("", self.differing))
        return [f"{sign}{item}" for sign, items in signs for item in items]


@dataclass
class Score:
    """Counts over all files that Airflow loads. `fields`: how many values are right, of how many, among what both found."""

    files: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    truth: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[FileScore] = field(default_factory=list)

    def precision(self, part: str) -> float:
        return self.hits[part] / self.found[part] if self.found[part] else 1.0

    def recall(self, part: str) -> float:
        return self.hits[part] / self.truth[part] if self.truth[part] else 1.0

    def f1(self, part: str) -> float:
        both = self.precision(part) + self.recall(part)
        return 2 * self.precision(part) * self.recall(part) / both if both else 0.0

    def share_right(self, name: str) -> float:
        return self.right[name] / self.asked[name] if self.asked[name] else 1.0

    @property
    def silent_files(self) -> int:
        """Files of which DAGs, tasks or edges were read wrongly and without a finding."""
        return sum(not file.told and bool(file.missed or file.invented) for file in self.wrong)

    @property
    def silent_share(self) -> float:
        """What is wrong without a finding, among all DAGs, tasks, edges and values that were compared."""
        compared = sum(self.truth.values()) + sum(self.asked.values())
        return sum(len(file.lines()) for file in self.wrong if not file.told) / compared if compared else 0.0

    def figures(self) -> dict[str, float]:
        """All that the budget holds, best 1.0 (for `silent_files` and `silent_share`: 0)."""
        return {
            **{f"{part}_f1": round(self.f1(part), 4) for part in PARTS},
            **{f"{name}_right": round(self.share_right(name), 4) for name in FIELDS},
            "silent_files": self.silent_files,
            "silent_share": round(self.silent_share, 4),
        }


def compare(truth: Mapping[str, Any], analysis: Mapping[str, Any], below: str = "") -> Score:
    """`truth` as `load_in_airflow` writes it, `analysis` as `migrate analyze --format json` prints it; `below`: only files there."""
    score = Score()
    by_file: dict[str, dict[str, Any]] = {}
    for dag in analysis["dags"]:
        by_file.setdefault(dag["file"], {})[dag["dag_id"]] = dag
    told = {item["file"] for item in analysis["diagnostics"] if item.get("code", "MIG1").startswith(_ABOUT_STRUCTURE)}
    taken: set[str] = set()
    for record in truth["files"]:
        # Each file was loaded alone; of a folder Airflow refuses the later file with an id that is taken.
        wanted = {dag["dag_id"]: dag for dag in record["dags"] if dag["dag_id"] not in taken}
        taken |= wanted.keys()
        if record["loaded"] and record["file"].startswith(below):
            _compare_file(score, record["file"], wanted, by_file.get(record["file"], {}), record["file"] in told)
    return score


def _compare_file(score: Score, file: str, wanted: Mapping[str, Any], found: Mapping[str, Any], told: bool) -> None:
    score.files += 1
    there, here = _parts(wanted), _parts(found)
    for part in PARTS:
        score.hits[part] += len(there[part] & here[part])
        score.truth[part] += len(there[part])
        score.found[part] += len(here[part])
    missed = tuple(sorted(" ".join(item) for part in PARTS for item in there[part] - here[part]))
    invented = tuple(sorted(" ".join(item) for part in PARTS for item in here[part] - there[part]))
    differing = tuple(
        line
        for dag_id in sorted(wanted.keys() & found.keys())
        for line in _differing(score, wanted[dag_id], found[dag_id])
    )
    if missed or invented or differing:
        score.wrong.append(FileScore(file, missed, invented, told, differing))


def _differing(score: Score, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Compares the values of one DAG; gives a line for each that differs."""
    pairs = [("schedule", wanted["dag_id"], schedule(wanted["schedule"]), schedule(found["schedule"]))]
    tasks = {task["task_id"]: task for task in found["tasks"]}
    for task in wanted["tasks"]:
        if (other := tasks.get(task["task_id"])) is not None:
            where = f"{wanted['dag_id']} {task['task_id']}"
            pairs += [(name, where, task[name], other[name]) for name in FIELDS[1:]]
    for name, where, right, given in pairs:
        score.asked[name] += 1
        score.right[name] += right == given
        if right != given:
            yield f"{name} of {where}: {right!r} in Airflow, {given!r} here"


def _parts(dags: Mapping[str, Any]) -> dict[str, set[tuple[str, ...]]]:
    return {
        "dags": {(dag_id,) for dag_id in dags},
        "tasks": {(dag_id, task["task_id"]) for dag_id, dag in dags.items() for task in dag["tasks"]},
        "edges": {
            (dag_id, above, task["task_id"])
            for dag_id, dag in dags.items()
            for task in dag["tasks"]
            for above in task["upstream"]
        },
    }
