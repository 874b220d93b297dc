"""Compares what the analysis found with what Airflow has.

Comes in: `truth`, as `load` and `rest` give it, and the DAGs as the JSON report has them. Goes out: a `Comparison`. What Airflow's side does
not tell (the REST API knows no task groups) is not compared. What the analysis itself calls unknown is no wrong answer, and counted apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = ("operator", "mapped", "trigger_rule", "retries", "pool", "group_id")
"""What is compared of a task, besides its upstream tasks."""

UNTOLD = "{untold}"
"""A value that Airflow's side does not tell."""

_UNKNOWN = re.compile(r"\{(?:\?|(?:var|env|conn|param|const|xcom):[^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same. `what` is `dag`, `task`, `edge` or the name of a field; `airflow` and `analysis` what each has (None:
    it is not there). `unknown`: the analysis says itself that it does not know."""

    file: str
    dag_id: str
    what: str
    name: str = ""
    """The task, or `upstream -> downstream`; empty for the DAG itself."""
    airflow: Any = None
    analysis: Any = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that Airflow does not import; its DAGs are not compared."""

    file: str
    error: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, by file, and how much was compared: numbers of DAGs, tasks and edges that both sides have."""

    airflow: str
    source: str
    """What was asked: a path or a URL without credentials."""
    same: Mapping[str, int]
    differences: tuple[Difference, ...]
    refused: tuple[Refused, ...]

    @property
    def wrong(self) -> tuple[Difference, ...]:
        """The differences without what the analysis calls unknown."""
        return tuple(difference for difference in self.differences if not difference.unknown)


def compare(truth: Mapping[str, Any], dags: Sequence[Mapping[str, Any]], source: str = "") -> Comparison:
    """All that differs. `dags` as in the JSON report."""
    refused = tuple(
        sorted(
            (Refused(record["file"], _last_line(record["error"])) for record in truth["files"] if not record["loaded"]),
            key=lambda item: item.file,
        )
    )
    broken = {item.file for item in refused}
    wanted = {dag["dag_id"]: (record["file"], dag) for record in truth["files"] for dag in record["dags"]}
    found = {dag["dag_id"]: dag for dag in dags if dag["file"] not in broken}
    open_files = {dag["file"] for dag in found.values() if _is_unknown(dag["dag_id"])}
    differences: list[Difference] = []
    same = {"dags": 0, "tasks": 0, "edges": 0}
    for dag_id in sorted(wanted.keys() | found.keys()):
        if dag_id not in found:
            # It may be one whose id the analysis does not know.
            file = wanted[dag_id][0]
            differences.append(Difference(file, dag_id, "dag", airflow=dag_id, unknown=file in open_files))
        elif dag_id not in wanted:
            file = found[dag_id]["file"]
            differences.append(Difference(file, dag_id, "dag", analysis=dag_id, unknown=_is_unknown(dag_id)))
        else:
            same["dags"] += 1
            differences += _dag(wanted[dag_id][1], found[dag_id], same)
    ordered = sorted(differences, key=lambda item: (item.file, item.dag_id, item.what, item.name))
    return Comparison(str(truth["airflow"]), source, same, tuple(ordered), refused)


def _dag(wanted: Mapping[str, Any], found: Mapping[str, Any], same: dict[str, int]) -> Iterable[Difference]:
    file, dag_id = found["file"], found["dag_id"]
    theirs, ours = schedule(wanted["schedule"]), schedule(found["schedule"])
    if not same_schedule(theirs, ours):
        unknown = found["schedule"]["kind"] == "unknown" or _is_unknown(ours)
        yield Difference(file, dag_id, "schedule", "", theirs, ours, unknown)
    if wanted.get("catchup", UNTOLD) not in (UNTOLD, None, found["catchup"]):
        yield Difference(
            file, dag_id, "catchup", "", wanted["catchup"], found["catchup"], _is_unknown(found["catchup"])
        )
    there = {task["task_id"]: task for task in wanted["tasks"]}
    here = {task["task_id"]: task for task in found["tasks"]}
    vague = {task_id for task_id in here if _is_unknown(task_id)}
    if vague:  # tasks that only Airflow has may be those whose ids are not known
        vague |= there.keys() - here.keys()
    for task_id in sorted(there.keys() | here.keys()):
        if task_id not in here:
            yield Difference(file, dag_id, "task", task_id, airflow=task_id, unknown=task_id in vague)
        elif task_id not in there:
            yield Difference(file, dag_id, "task", task_id, analysis=task_id, unknown=task_id in vague)
        else:
            same["tasks"] += 1
            yield from _task(file, dag_id, there[task_id], here[task_id])
    edges = [
        {(above, task["task_id"]) for task in side.values() for above in task["upstream"]} for side in (there, here)
    ]
    same["edges"] += len(edges[0] & edges[1])
    for edge in sorted(edges[0] ^ edges[1]):
        name = " -> ".join(edge)
        missed = edge in edges[0]
        unknown = not vague.isdisjoint(edge)
        yield Difference(file, dag_id, "edge", name, name if missed else None, None if missed else name, unknown)


def _task(file: str, dag_id: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[Difference]:
    for name in FIELDS:
        theirs, ours = wanted.get(name, UNTOLD), found[name]
        if theirs not in (UNTOLD, ours):
            yield Difference(file, dag_id, name, found["task_id"], theirs, ours, _is_unknown(ours))


def _is_unknown(value: object) -> bool:
    return isinstance(value, str) and _UNKNOWN.search(value) is not None


def same_schedule(theirs: str | None, ours: str | None) -> bool:
    """Whether two schedules in one spelling (see `schedule`) mean the same; `assets:` without names fits any assets."""
    if theirs == UNTOLD:
        return True
    if theirs == "assets:":
        return (ours or "").startswith("assets:")
    return theirs == ours


def schedule(value: str | Mapping[str, Any] | None) -> str | None:
    """One spelling of a schedule: Airflow's side is text, the report's `{"kind", "value"}`."""
    if value is None or isinstance(value, str):
        return PRESETS.get(value or "", value)
    kind, content = value["kind"], value["value"]
    if kind in ("once", "continuous"):
        return f"@{kind}"
    if content is None:
        return None
    if kind == "timedelta":
        return f"timedelta:{float(content):g}"
    if kind in ("assets", "timetable"):
        return f"{kind}:{','.join(sorted(content)) if isinstance(content, list) else content}"
    return PRESETS.get(content, str(content))


_SECRET_IN_URL = re.compile(r"(?<=://)([^\s/@:]*):[^\s/@]+@")


def _last_line(error: str | None) -> str:
    """The line of a traceback that says what is wrong."""
    lines = [line.strip() for line in (error or "").splitlines() if line.strip()]
    return _SECRET_IN_URL.sub(r"\1:***@", lines[-1])[:300] if lines else "no reason is given"
