"""What each node has to wait for, after the tasks that dissolve are taken out of the graph.

A `Requirement` is a conjunction of groups of sources, as Dagster can say it: a group of one is a plain dependency; a group of several
is a fan-in, which runs when none failed and one was not skipped. Trigger rules and folded tasks become such groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product

from migrator.model.plan import Choose
from migrator.planning.draft import DagDraft, Draft, Requirement, Source, TaskDraft
from migrator.planning.forms import OPS
from migrator.planning.skipping import FAN_IN, NONE_FAILED, cuts_everything, may_be_skipped

ALWAYS = Source("")
"""An output that every run makes: what a task that runs even if all before it were skipped can wait for."""

_MAX_GROUPS = 40


def assign_requirements(draft: Draft) -> Draft:
    """Gives each task that is left what it waits for within its DAG."""
    return draft.with_dags(lambda dag: _Requirements(dag).assign())


def sources(requirement: Requirement) -> tuple[Source, ...]:
    """All that a requirement names, once."""
    return tuple(dict.fromkeys(source for group in requirement for source in group))


class _Requirements:
    """Walks a DAG downstream; `needed` is what a task waits for, `seen` what those after it wait for."""

    def __init__(self, dag: DagDraft) -> None:
        self.dag = dag
        self.skippable = may_be_skipped(dag) if dag.form == OPS else frozenset()
        self.needed: dict[str, Requirement] = {}
        self.cuts: dict[str, frozenset[str]] = {}
        """The gates above a task that, when shut, skip it whatever its trigger rule."""

    def assign(self) -> DagDraft:
        for task_id in self.dag.graph.topological:
            self.needed[task_id] = self._needed(task_id)
        tasks = {
            task_id: replace(task, requires=self.needed.get(task_id, ())) for task_id, task in self.dag.tasks.items()
        }
        return replace(self.dag, tasks=tasks)

    def _needed(self, task_id: str) -> Requirement:
        task = self.dag.tasks[task_id]
        upstream = self.dag.graph.upstream(task_id)
        self.cuts[task_id] = frozenset(
            gate
            for other in upstream
            for gate in (*self.cuts[other], *([other] if cuts_everything(self.dag.tasks[other]) else []))
        )
        seen = [self._seen(other, task_id) for other in upstream]
        rule = task.task.trigger_rule
        if rule not in (*FAN_IN, NONE_FAILED) or not self._skips(upstream):
            return _all_of(seen)
        found = _none_failed(seen, self._unskippable) if rule == NONE_FAILED else _any_of(seen)
        gates = [((Source(gate),),) for gate in sorted(self.cuts[task_id])] if self.dag.form == OPS else []
        return _all_of([found, *gates])

    def _skips(self, upstream: Iterable[str]) -> bool:
        return any(
            other in self.skippable or self.dag.tasks[other].role in ("branch", "gate") for other in upstream
        ) and (self.dag.form == OPS)

    def _seen(self, task_id: str, by: str) -> Requirement:
        """What a task waits for that comes right after another one."""
        task = self.dag.tasks[task_id]
        if task.is_node:
            return ((Source(task_id, _output(task, by)),),)
        if task.disposition == "airflow":
            return ((Source(task_id),),)
        if task.disposition == "check":
            return _all_of([((Source(task.checks),),), self.needed[task_id]])
        return self.needed[task_id]

    def _unskippable(self, source: Source) -> bool:
        task = self.dag.tasks[source.task_id]
        return source.task_id not in self.skippable and task.role not in ("branch", "gate")


def _output(task: TaskDraft, by: str) -> str:
    body = task.lowering.body
    return body.choices.get(by, "result") if isinstance(body, Choose) else "result"


def _all_of(requirements: list[Requirement]) -> Requirement:
    return tuple(dict.fromkeys(group for requirement in requirements for group in requirement))


def _any_of(requirements: list[Requirement]) -> Requirement:
    """One of several requirements was met and none failed; one that asks for nothing is always met."""
    wanted = [requirement or ((ALWAYS,),) for requirement in requirements]
    size = 1
    for requirement in wanted:
        size *= len(requirement)
    if size > _MAX_GROUPS:
        return (_group(group for requirement in wanted for group in requirement),)
    return tuple(dict.fromkeys(_group(groups) for groups in product(*wanted)))


def _none_failed(requirements: list[Requirement], unskippable: Callable[[Source], bool]) -> Requirement:
    """All are over and none failed: a fan-in with a source among them that is never skipped."""
    group = _group(group for requirement in requirements for group in requirement)
    if any(unskippable(source) for source in group if source != ALWAYS):
        return (group,)
    return (_group([group, (ALWAYS,)]),)


def _group(groups: Iterable[tuple[Source, ...]]) -> tuple[Source, ...]:
    return tuple(sorted({source for group in groups for source in group}, key=lambda s: (s.task_id, s.output)))
