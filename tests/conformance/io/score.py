"""Compares what the analyzer says of labelled tasks with the labels.

A reference is right if a label of its direction names the same thing (`names.same`). What answers no label is invented, what no answer names is missed;
optional labels are neither. An invention counts against the difficulty of the task's first label of that direction, else of the other direction, else
against `no data`. Handovers (kind `xcom`) are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.io.labels import DIRECTIONS, Label, Reference
from tests.conformance.io.names import asked_for, same

NOT_FOUND = "not found"
NO_DATA = "no data"


@dataclass(frozen=True)
class Difference:
    """A reference that is missed or invented, or a role that is wrong."""

    label: Label
    what: str
    """`missed`, `invented` or `role`."""
    direction: str
    text: str
    place: str = ""


@dataclass
class Score:
    """Counts over labelled tasks. Keys are (direction, difficulty)."""

    tasks: int = 0
    roles: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(best right role, what was said) of each task."""
    right_roles: int = 0
    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    invented: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def precision(self, direction: str, difficulty: str | None = None) -> float:
        """The share of what was said that is right; 1 if nothing was said."""
        return _share(_of(self.hits, direction, difficulty), _of(self.invented, direction, difficulty))

    def recall(self, direction: str, difficulty: str | None = None) -> float:
        """The share of what stands in the code that was said; 1 if nothing stands there."""
        return _share(_of(self.hits, direction, difficulty), _of(self.missed, direction, difficulty))

    def counts(self, direction: str, difficulty: str | None = None) -> tuple[int, int, int]:
        """How many are right, missed and invented."""
        return tuple(_of(found, direction, difficulty) for found in (self.hits, self.missed, self.invented))  # type: ignore[return-value]

    def role_accuracy(self) -> float:
        """The share of the tasks with a right role. A task that the analyzer does not have is wrong."""
        return self.right_roles / self.tasks if self.tasks else 1.0

    def add(self, label: Label, task: Mapping[str, Any] | None) -> None:
        """Counts one labelled task and what the report says of it (None: the report does not have it)."""
        self.tasks += 1
        said = NOT_FOUND if task is None else role_of(task)
        self.roles[label.roles[0], said] += 1
        if said in label.roles:
            self.right_roles += 1
        else:
            why = str(task.get("why") or "") if task else ""
            self.differences.append(Difference(label, "role", "", f"{'/'.join(label.roles)}, said {said}", why))
        for direction in DIRECTIONS:
            self._references(label, direction, task[direction] if task else [])

    def _references(self, label: Label, direction: str, found: list[Mapping[str, Any]]) -> None:
        for handover in (False, True):
            named = [one for one in label.references(direction) if (one.kind == "xcom") == handover]
            answers = _distinct(ref for ref in found if (ref["kind"] == "xcom") == handover)
            key = f"handover {direction}" if handover else direction
            for one in named:
                if one.optional:
                    continue
                if any(_matches(one, answer) for answer in answers):
                    self.hits[key, one.difficulty] += 1
                    continue
                self.missed[key, one.difficulty] += 1
                text = f"{one.names[0]} ({one.kind}, {one.difficulty})"
                self.differences.append(Difference(label, "missed", key, text))
            for answer in () if handover else answers:
                if not any(_matches(one, answer) for one in named):
                    self.invented[key, self._blamed(label, direction)] += 1
                    self.differences.append(Difference(label, "invented", key, *_said(answer)))

    @staticmethod
    def _blamed(label: Label, direction: str) -> str:
        other = "inputs" if direction == "outputs" else "outputs"
        refs = (*label.references(direction), *label.references(other))
        return next((one.difficulty for one in refs if one.kind != "xcom"), NO_DATA)


def compare(labels: Iterable[Label], reports: Mapping[str, Iterable[Tasks]]) -> Score:
    """The score of these labels. `reports` has, by repository, the tasks of each of its folders."""
    score = Score()
    for label in labels:
        found = (
            find_task(label, report) for report in reports.get(label.repository, ()) if holds(report.folder, label.file)
        )
        score.add(label, next((task for task in found if task is not None), None))
    return score


@dataclass(frozen=True)
class Tasks:
    """What one analysis of a folder says: the DAGs' files, relative to the repository, and their tasks by id."""

    folder: str
    dags: tuple[tuple[str, str, Mapping[str, Mapping[str, Any]]], ...]
    """DAG id, file, tasks."""


def find_task(label: Label, report: Tasks) -> Mapping[str, Any] | None:
    """The labelled task, by ids. A DAG that a helper makes may be reported at the helper's file; the label's own file goes first."""
    fitting = [
        (file != label.file, tasks)
        for dag_id, file, tasks in report.dags
        if label.task in tasks and (dag_id == label.dag or ("{?}" in label.dag and _alike_id(label.dag, dag_id)))
    ]
    return min(fitting, key=lambda found: found[0])[1][label.task] if fitting else None


def holds(folder: str, file: str) -> bool:
    """Whether the file is in the folder; both relative to the repository, `.` is all of it."""
    return folder == "." or file.startswith(f"{folder}/")


_BY_DISPOSITION = {"asset": "asset", "check": "check", "sensor": "sensor", "folded": "control", "hook": "side_effect"}
_CONTROL = ("Empty", "Dummy", "Branch", "TriggerDagRun", "LatestOnly", "ShortCircuit")


def role_of(task: Mapping[str, Any]) -> str:
    """The role that the report gives a task.

    Reports without `role` say what the task becomes; what stays in Airflow or is wrapped is then judged by what it writes and by its operator's name.
    """
    if task.get("role"):
        return str(task["role"]).replace(" ", "_").replace("-", "_")
    disposition = task.get("disposition") or ""
    if disposition in _BY_DISPOSITION:
        return _BY_DISPOSITION[disposition]
    operator = str(task.get("operator") or "")
    if "Sensor" in operator:
        return "sensor"
    if any(name in operator for name in _CONTROL):
        return "control"
    return "asset" if any(ref["kind"] != "xcom" for ref in task["outputs"]) else "side_effect"


def _distinct(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One of each name: a thing that a task reads twice is one thing, and so is a folder of which it reads all files."""
    named = ({**ref, "name": asked_for(ref["name"], ref["evidence"]["why"])} for ref in found)
    return list({(ref["kind"], ref["name"]): ref for ref in named}.values())


def _matches(one: Reference, answer: Mapping[str, Any]) -> bool:
    if one.kind == "xcom":
        return True
    kind = "table" if "table" in (one.kind, answer["kind"]) else one.kind
    return any(same(name, answer["name"], kind) for name in one.names)


def _said(answer: Mapping[str, Any]) -> tuple[str, str]:
    """An answer, and where and why it was given."""
    evidence = answer["evidence"]
    return (
        f"{answer['name']} ({answer['kind']}, {answer['confidence']})",
        f"{evidence['file']}:{evidence['line']}: {evidence['why']}",
    )


def _alike_id(pattern: str, dag_id: str) -> bool:
    before, _, after = pattern.partition("{?}")
    return dag_id.startswith(before) and dag_id.endswith(after)


def _of(counts: Counter[tuple[str, str]], direction: str, difficulty: str | None) -> int:
    return sum(n for (one, level), n in counts.items() if one == direction and difficulty in (None, level))


def _share(right: int, wrong: int) -> float:
    return right / (right + wrong) if right + wrong else 1.0
