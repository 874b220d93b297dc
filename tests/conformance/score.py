"""Compares what the analyzer found with what Airflow loaded, file by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.against.compare import FIELDS as TASK_FIELDS
from migrator.against.compare import schedule

PARTS = ("dags", "tasks", "edges")
FIELDS = ("schedule", *TASK_FIELDS)


@dataclass(frozen=True)
class FileScore:
    """What one file costs: DAGs, tasks and edges that were missed or invented, and whether the analyzer said a word about it."""

    file: str
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    told: bool


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
        """Files that were read wrongly and without a finding."""
        return sum(not file.told for file in self.wrong)

    def figures(self) -> dict[str, float]:
        """All that the budget holds, best 1.0 (for `silent_files`: 0)."""
        return {
            **{f"{part}_f1": round(self.f1(part), 4) for part in PARTS},
            **{f"{name}_right": round(self.share_right(name), 4) for name in FIELDS},
            "silent_files": self.silent_files,
        }


def compare(truth: Mapping[str, Any], analysis: Mapping[str, Any]) -> Score:
    """`truth` as `load_in_airflow` writes it, `analysis` as `migrate analyze --format json` prints it."""
    score = Score()
    by_file: dict[str, dict[str, Any]] = {}
    for dag in analysis["dags"]:
        by_file.setdefault(dag["file"], {})[dag["dag_id"]] = dag
    told = {diagnostic["file"] for diagnostic in analysis["diagnostics"]}
    for record in truth["files"]:
        if record["loaded"]:
            wanted = {dag["dag_id"]: dag for dag in record["dags"]}
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
    if missed or invented:
        score.wrong.append(FileScore(file, missed, invented, told))
    for dag_id in wanted.keys() & found.keys():
        _ask(score, "schedule", schedule(wanted[dag_id]["schedule"]), schedule(found[dag_id]["schedule"]))
        tasks = {task["task_id"]: task for task in found[dag_id]["tasks"]}
        for task in wanted[dag_id]["tasks"]:
            if task["task_id"] in tasks:
                for name in FIELDS[1:]:
                    _ask(score, name, task[name], tasks[task["task_id"]][name])


def _ask(score: Score, name: str, wanted: object, found: object) -> None:
    score.asked[name] += 1
    score.right[name] += wanted == found


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
