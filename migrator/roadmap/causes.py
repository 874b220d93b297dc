"""What keeps tasks in Airflow, by cause: which one to deal with first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from migrator.diagnostics import CATALOGUE
from migrator.model.airflow import AirflowProject
from migrator.model.plan import Disposition, MigrationPlan, is_consequence
from migrator.model.source import Span
from migrator.roadmap.model import Cause, Effort

Key = tuple[str, str]
"""Code and subject."""

_QUOTED = re.compile(r"`([^`]+)`")


@dataclass
class Staying:
    """The tasks that stay because of one cause."""

    reason: str
    place: Span
    tasks: list[tuple[str, str]] = field(default_factory=list)
    """DAG id and task id."""

    @property
    def dags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(dag_id for dag_id, _ in self.tasks))


def stay_by_cause(project: AirflowProject, plan: MigrationPlan) -> dict[Key, Staying]:
    """The tasks that stay for a reason of their own. Of a DAG that stays whole and has no such task, the DAG itself (empty task id)."""
    spans = {(task.dag_id, task.task_id): (task.operator, task.span) for task in project.tasks()}
    own = {dag.dag_id: {task.task_id for task in dag.tasks} for dag in project.dags}
    found: dict[Key, Staying] = {}
    for item in plan.dispositions:
        if item.kind == "airflow" and not is_consequence(item.code, item.reason):
            operator, span = spans[item.dag_id, item.task_id]
            key = item.code, _subject(item, operator, own[item.dag_id])
            found.setdefault(key, Staying(item.reason, span)).tasks.append((item.dag_id, item.task_id))
    told = {dag_id for staying in found.values() for dag_id in staying.dags}
    homes = {dag.dag_id: dag.span for dag in project.dags}
    for dag in plan.dags:
        if dag.form == "airflow" and dag.dag_id not in told:
            key = "MIG506", dag.reason
            found.setdefault(key, Staying(dag.reason, homes[dag.dag_id])).tasks.append((dag.dag_id, ""))
    return found


def _subject(item: Disposition, operator: str, tasks: Collection[str]) -> str:
    """What has to be dealt with: the operator, or what the reason names last, tasks aside: that is the most particular."""
    if item.code == "MIG201":
        return operator
    names = [name for name in _QUOTED.findall(item.reason) if name not in tasks]
    return names[-1] if names else item.reason


def causes(staying: Mapping[Key, Staying], live: Collection[str], rule: Effort, blocker: Effort) -> tuple[Cause, ...]:
    """The causes in the order in which to deal with them: always the one that sets most DAGs free next, then what touches most DAGs."""
    holding = {key: {dag_id for dag_id in item.dags if dag_id in live} for key, item in staying.items()}
    left: dict[str, set[Key]] = {}
    for key, dags in holding.items():
        for dag_id in dags:
            left.setdefault(dag_id, set()).add(key)
    waiting = {key for key, dags in holding.items() if dags}
    found = []
    while waiting:
        free = {key: [dag_id for dag_id in holding[key] if left[dag_id] == {key}] for key in waiting}
        key = min(waiting, key=lambda one: (-len(free[one]), -len(holding[one]), one))
        waiting.remove(key)
        for dag_id in holding[key]:
            left[dag_id].discard(key)
        found.append(_cause(key, staying[key], live, free[key], rule if key[0] == "MIG201" else blocker))
    return tuple(found)


def _cause(key: Key, staying: Staying, live: Collection[str], free: Iterable[str], effort: Effort) -> Cause:
    code, subject = key
    return Cause(
        code=code,
        subject=subject,
        title=title(key, staying),
        remedy=f"write a rule for it, or run it as it is with `--wrap {subject}`"
        if code == "MIG201"
        else CATALOGUE[code].remedy,
        tasks=sum(dag_id in live for dag_id, _ in staying.tasks),
        dags=tuple(dag_id for dag_id in staying.dags if dag_id in live),
        unlocks=tuple(sorted(free)),
        effort=effort,
        place=staying.place,
    )


def title(key: Key, staying: Staying) -> str:
    """A cause in a few words; unique."""
    code, subject = key
    if code == "MIG201":
        return f"a rule for `{subject}`"
    return staying.reason if subject == staying.reason else f"{CATALOGUE[code].title.lower()}: `{subject}`"
