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


_TOLD = frozenset({"MIG103", "MIG104", "MIG207", "MIG404", "MIG406"})
"""Codes of causes that go away when something is told in `migrator.toml`: a value, or where a module or a file is."""


@dataclass
class Staying:
    """The tasks that stay because of one cause. `rule`: a rule for their operator is missing. `likes` are the subjects that are the same
    cause: tasks that one call made in a loop, each with another name of the missing."""

    reason: str
    operator: str
    rule: bool
    place: Span
    tasks: list[tuple[str, str]] = field(default_factory=list)
    """DAG id and task id."""
    likes: set[str] = field(default_factory=set)

    @property
    def dags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(dag_id for dag_id, _ in self.tasks))


def stay_by_cause(project: AirflowProject, plan: MigrationPlan) -> dict[Key, Staying]:
    """The tasks that stay for a reason of their own. Of a DAG that stays whole and has no such task, the DAG itself (empty task id)."""
    spans = {(task.dag_id, task.task_id): (task.operator, task.span) for task in project.tasks()}
    own = {dag.dag_id: {task.task_id for task in dag.tasks} for dag in project.dags}
    found: dict[Key, Staying] = {}
    loops: dict[tuple[str, Span], str] = {}
    for item in plan.dispositions:
        if item.kind == "airflow" and not is_consequence(item.code, item.reason):
            operator, span = spans[item.dag_id, item.task_id]
            subject = _subject(item, operator, own[item.dag_id])
            first = loops.setdefault((item.code, span), subject) if item.code in _TOLD else subject
            staying = found.setdefault((item.code, first), Staying(item.reason, operator, needs_rule(item), span))
            staying.tasks.append((item.dag_id, item.task_id))
            staying.likes.add(subject)
    told = {dag_id for staying in found.values() for dag_id in staying.dags}
    homes = {dag.dag_id: dag.span for dag in project.dags}
    for dag in plan.dags:
        if dag.form == "airflow" and dag.dag_id not in told:
            key = "MIG506", dag.reason
            found.setdefault(key, Staying(dag.reason, "", False, homes[dag.dag_id])).tasks.append((dag.dag_id, ""))
    return found


def needs_rule(item: Disposition) -> bool:
    """Whether a task stays because no rule translates its operator, and not because of what this one task does with it."""
    return item.code == "MIG201" and (
        item.reason.startswith("no rule translates ") or item.reason.endswith("of the team's own")
    )


def weight_of(key: Key, cause: Staying) -> str:
    """The name of the weight for dealing with a cause once."""
    return "rule" if cause.rule else "setting" if key[0] in _TOLD else "blocker"


def _subject(item: Disposition, operator: str, tasks: Collection[str]) -> str:
    """What has to be dealt with: the operator, or what the reason names last, tasks aside: that is the most particular."""
    if item.code == "MIG201":
        return operator if needs_rule(item) else f"`{operator}`: {item.reason}"
    names = [name for name in _QUOTED.findall(item.reason) if name not in tasks]
    return names[-1] if names else item.reason


def causes(staying: Mapping[Key, Staying], live: Collection[str], weight: Mapping[str, Effort]) -> tuple[Cause, ...]:
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
        found.append(_cause(key, staying[key], live, free[key], weight[weight_of(key, staying[key])]))
    return tuple(found)


def _cause(key: Key, staying: Staying, live: Collection[str], free: Iterable[str], effort: Effort) -> Cause:
    code, subject = key
    return Cause(
        code=code,
        subject=subject,
        title=title(key, staying),
        remedy=_remedy(key, staying),
        tasks=sum(dag_id in live for dag_id, _ in staying.tasks),
        dags=tuple(dag_id for dag_id in staying.dags if dag_id in live),
        unlocks=tuple(sorted(free)),
        effort=effort,
        place=staying.place,
    )


def _remedy(key: Key, staying: Staying) -> str:
    if staying.rule:
        return f"write a rule for it, or run it as it is with `--wrap {staying.operator}`"
    if key[0] == "MIG201":
        return "change the task in Airflow, or write it by hand in Dagster"
    return CATALOGUE[key[0]].remedy


def title(key: Key, staying: Staying) -> str:
    """A cause in a few words; unique."""
    code, subject = key
    if staying.rule:
        return f"a rule for `{subject}`"
    if code == "MIG201" or subject == staying.reason:
        return subject
    more = len(staying.likes) - 1
    return f"{_lower(CATALOGUE[code].title)}: `{subject}`" + (f" and {more:,} like it" if more > 0 else "")


def _lower(text: str) -> str:
    """The title of a finding in the middle of a sentence: names keep their capitals."""
    return text[:1].lower() + text[1:]
