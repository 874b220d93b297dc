"""What each node has to wait for, after the tasks that dissolve are taken out of the graph.

A `Requirement` is a conjunction of groups of sources, as Dagster can say it: a group of one is a plain dependency; a group of several
is a fan-in, which runs when none failed and one was not skipped. Trigger rules and folded tasks become such groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from migrator.diagnostics import Severity
from migrator.model.airflow import ALWAYS_RULES
from migrator.model.bodies import Choose
from migrator.model.changed import replace
from migrator.model.plan import Delta
from migrator.planning.draft import DagDraft, Draft, Requirement, Source, TaskDraft
from migrator.planning.flow.ends import ONE_FAILED, giving_up
from migrator.planning.flow.failures import DONE_RULES, FAILED, caught, failing, reacts
from migrator.planning.flow.skipping import (
    ALL_SKIPPED,
    FAN_IN,
    NONE_FAILED,
    cuts_everything,
    has_no_copy,
    lossy_tasks,
    may_be_skipped,
    skips,
    wants_all_of,
)
from migrator.planning.flow.ways import leads_on
from migrator.planning.forms import OPS

ALWAYS = Source("")
"""An output that every run makes: what a task that runs even if all before it were skipped can wait for."""

_MAX_GROUPS = 40


def assign_requirements(draft: Draft) -> Draft:
    """Gives each task that is left what it waits for within its DAG."""
    deltas: list[Delta] = []
    done = draft.with_dags(lambda dag: _Requirements(dag, deltas).assign())
    return replace(done, deltas=(*draft.deltas, *deltas))


def sources(requirement: Requirement) -> tuple[Source, ...]:
    """All that a requirement names, once."""
    return tuple(dict.fromkeys(source for group in requirement for source in group))


class _Requirements:
    """Walks a DAG downstream; `needed` is what a task waits for, `_seen` what those right after it wait for."""

    def __init__(self, dag: DagDraft, deltas: list[Delta]) -> None:
        self.dag, self.deltas = dag, deltas
        self.skippable = may_be_skipped(dag) if dag.form == OPS else frozenset()
        self.going_on = caught(dag) if dag.form == OPS else frozenset()
        self.needed: dict[str, Requirement] = {}
        self.cuts: dict[str, frozenset[str]] = {}
        """The gates above a task that, when shut, skip it whatever its trigger rule."""
        self.cut_by: dict[str, tuple[Source, ...]] = {}

    def assign(self) -> DagDraft:
        for task_id in self.dag.graph.topological:
            self.cuts[task_id] = self._cuts(task_id)
            self.needed[task_id] = self._needed(task_id)
        lossy = lossy_tasks(self.dag) if self.dag.form == OPS else frozenset()
        tasks = {
            task_id: replace(
                task,
                requires=self.needed.get(task_id, ()),
                cut_by=self.cut_by.get(task_id, ()),
                wants_all_of=wants_all_of(self.dag, task_id, lossy),
                wants_failed=self._wants_failed(task),
                stops_after=self._stops_after(task),
                given_up=self._given_up(task),
            )
            for task_id, task in self.dag.tasks.items()
        }
        return replace(self.dag, tasks=tasks)

    def _stops_after(self, task: TaskDraft) -> tuple[str, ...]:
        """A fan-in runs if one of several was not skipped, what asks for skips if none ran: whether one failed is asked for when it runs. What runs after
        failures asks it, too, where it may come after something that waited for a success in vain."""
        rule, above = task.task.trigger_rule, self._asked_about(task)
        if rule == ONE_FAILED and not self._given_up(task):
            return ()
        told = {*above} if rule == ALL_SKIPPED else set()
        return tuple(sorted((failing(self.dag, *above) & self.going_on) - told))

    def _given_up(self, task: TaskDraft) -> dict[str, tuple[str, ...]]:
        """What waited for one success in vain is asked for as well."""
        found = giving_up(self.dag, self._asked_about(task))
        return {one: tuple(sorted(others)) for one, others in found.items()}

    def _asked_about(self, task: TaskDraft) -> tuple[str, ...]:
        """The tasks before one of which it is asked whether they failed, as it may be started although its rule forbids it: not where all that it waits for
        is one task that does work, which does not run then either."""
        task_id, rule = task.task.task_id, task.task.trigger_rule
        if not task.is_node or task.group or task.fan_out:
            return ()
        above = self.dag.graph.upstream(task_id)
        if rule in (NONE_FAILED, ALL_SKIPPED, ONE_FAILED) or (rule in FAN_IN and len(above) > 1):
            return above
        return tuple(self._folded_joins(task_id)) if rule in ("all_success", *FAN_IN) else ()

    def _folded_joins(self, task_id: str) -> Iterator[str]:
        """The joins without work right before a task that one of several may let pass though another one failed."""
        for other in self.dag.graph.upstream(task_id):
            join = self.dag.tasks[other]
            if join.disposition != "folded":
                continue
            if join.task.trigger_rule == "all_success":
                yield from self._folded_joins(other)
            elif join.task.trigger_rule in (*FAN_IN, NONE_FAILED) and any(
                len(group) > 1 for group in self.needed[other]
            ):
                yield other

    def _wants_failed(self, task: TaskDraft) -> tuple[tuple[str, ...], ...]:
        """Of copies Dagster asks that one of them failed, which is too little for `all_failed`: that all did is asked for when it runs."""
        task_id = task.task.task_id
        if task.task.trigger_rule != "all_failed" or not task.is_node or not reacts(self.dag, task_id):
            return ()
        found: dict[tuple[str, ...], None] = {}
        for other in self.dag.graph.upstream(task_id):
            above = self.dag.tasks[other]
            if above.fan_out and not (above.group and above.group == task.group):
                nodes = [name for name in failing(self.dag, other) if self.dag.tasks[name].is_node]
                found[tuple(sorted(n for n in nodes if n == other or above.group == self.dag.tasks[n].group != ""))] = (
                    None
                )
        return tuple(found)

    def _cuts(self, task_id: str) -> frozenset[str]:
        upstream = self.dag.graph.upstream(task_id)
        above = {gate for other in upstream for gate in self.cuts[other]}
        return frozenset(above | {other for other in upstream if cuts_everything(self.dag.tasks[other])})

    def _needed(self, task_id: str) -> Requirement:
        rule = self.dag.tasks[task_id].task.trigger_rule
        upstream = self.dag.graph.upstream(task_id)
        seen = {other: self._seen(other, task_id) for other in upstream}
        if self.dag.tasks[task_id].tells:
            # Of those of its own copy it is told.
            group = self.dag.tasks[task_id].group
            return _all_of(found for other, found in seen.items() if self.dag.tasks[other].group != group)
        if self.dag.form == OPS and reacts(self.dag, task_id):
            return self._after_failure(rule, task_id, seen)
        if rule == ALL_SKIPPED and upstream and self.dag.form == OPS:
            # It waits for all of them, whatever they do, and asks then which of them ran. A branch or gate that did skips it, whatever it chose.
            self.cut_by[task_id] = tuple(found[0][0] for other, found in seen.items() if found and self._steers(other))
            return (_group([*(group for requirement in seen.values() for group in requirement), (ALWAYS,)]),)
        if self.dag.tasks[task_id].without_list:
            return (_group([*(group for requirement in seen.values() for group in requirement), (ALWAYS,)]),)
        if rule not in (*FAN_IN, NONE_FAILED) or not self._may_skip(upstream, self.dag.tasks[task_id]):
            return _all_of(seen.values())
        # A branch or gate that runs skips what is right below it and not chosen, whatever the trigger rule there.
        deciding = [other for other in upstream if self._steers(other) and other not in self.skippable]
        decided = [seen[other] for other in deciding]
        if deciding:
            everything = _group(group for requirement in seen.values() for group in requirement)
            found = _all_of([*decided, (everything,)])
        elif rule == NONE_FAILED:
            found = _none_failed(list(seen.values()), self._unskippable)
        else:
            found = _any_of(list(seen.values()))
        return _all_of([found, *self._gates(task_id, upstream)])

    def _gates(self, task_id: str, upstream: Iterable[str]) -> list[Requirement]:
        """What lets a task run that the gates and branches above it can skip in spite of its trigger rule. Of those that some runs skip
        themselves, it is asked when it runs whether they did their work."""
        task = self.dag.tasks[task_id]
        cuts = frozenset[str]() if task.task.is_teardown else self.cuts[task_id]
        branches = {other: self._seen(other, task_id) for other in upstream if self._decides(other, task)}
        doubtful = sorted(cut for cut in {*cuts, *branches} if cut in self.skippable)
        asked = {cut: branches.get(cut, ((Source(cut),),)) for cut in doubtful}
        plain = all(len(found) == 1 and len(found[0]) == 1 for found in asked.values())
        if doubtful and task.is_node and plain and not task.group and not any(self.dag.tasks[o].group for o in asked):
            self.cut_by[task_id] = tuple(found[0][0] for found in asked.values())
        elif doubtful:
            self._delta(task_id, doubtful)
        return [((Source(gate),),) for gate in sorted(cuts) if gate not in self.skippable]

    def _after_failure(self, rule: str, task_id: str, seen: dict[str, Requirement]) -> Requirement:
        """What a task waits for that may run although one before it failed; those before it yield `failed` then."""
        failures = {other: self._failures(other) for other in seen}
        if rule in ALWAYS_RULES:
            found: Requirement = ((ALWAYS,),)
        elif rule in DONE_RULES:
            groups = [group for requirement in seen.values() for group in requirement]
            setups = [seen[other] for other in seen if self.dag.tasks[other].task.is_setup]
            found = _all_of([(_group([*groups, (ALWAYS,)]),), *setups])
        elif rule == ONE_FAILED:
            in_vain = {one for others in giving_up(self.dag, seen).values() for one in others}
            found = (_group([*failures.values(), tuple(Source(one, FAILED) for one in in_vain)]),)
        elif rule == "all_failed":
            found = tuple(dict.fromkeys(failures.values()))
        elif rule in ("none_skipped", "all_done_min_one_success"):
            found = _all_of(_any_of([seen[other], (failures[other],)]) for other in seen)
            if rule != "none_skipped":
                found = _all_of([found, _any_of(list(seen.values()))])
        else:
            done = [(group,) for group in failures.values() if group] if rule == "one_done" else []
            found = _any_of([*seen.values(), *done])
        task = self.dag.tasks[task_id]
        deciding = [seen[other] for other in seen if self._decides(other, task) and other not in self.skippable]
        # One that failed skips nothing.
        open_or_failed = (
            _any_of([asked, (self._failures(asked[0][0].task_id),)])
            for asked in (*deciding, *self._gates(task_id, seen))
        )
        return _all_of([found, *open_or_failed])

    def _failures(self, task_id: str) -> tuple[Source, ...]:
        nodes = sorted(other for other in failing(self.dag, task_id) if self.dag.tasks[other].is_node)
        return tuple(Source(other, FAILED) for other in nodes)

    def _may_skip(self, upstream: Iterable[str], task: TaskDraft) -> bool:
        return self.dag.form == OPS and any(
            other in self.skippable or self._steers(other) or has_no_copy(self.dag, other, task) for other in upstream
        )

    def _decides(self, task_id: str, task: TaskDraft) -> bool:
        """Whether a branch or gate says of the task right below it whether that runs."""
        return self._steers(task_id) and skips(self.dag.tasks[task_id], task)

    def _steers(self, task_id: str) -> bool:
        task = self.dag.tasks[task_id]
        return task.is_node and task.role in ("branch", "gate")

    def _seen(self, task_id: str, by: str) -> Requirement:
        """What a task waits for that comes right after another one."""
        task = self.dag.tasks[task_id]
        if isinstance(task.lowering.body, Choose) and task.is_node:
            return self._chosen(task, task.lowering.body, by)
        if task.is_node or task.disposition == "airflow":
            return ((Source(task_id),),)
        if task.disposition == "check":
            return _all_of([((Source(task.checks),),), self.needed[task_id]])
        return self.needed[task_id]

    def _chosen(self, branch: TaskDraft, body: Choose, by: str) -> Requirement:
        """The outputs of a branch that let a task right below it run: its own, and those of other ways that lead to it."""
        others = [other for other in body.choices if leads_on(self.dag, body, other, by)]
        if others and self.dag.form != OPS:
            # Assets cannot wait for one of several; the other ways lead there anyway, and all of them are waited for.
            return ()
        return (_group([tuple(Source(branch.task.task_id, body.choices[name]) for name in (by, *others))]),)

    def _delta(self, task_id: str, gates: list[str]) -> None:
        shown = ", ".join(f"`{gate}`" for gate in gates)
        self.deltas.append(
            Delta(
                self.dag.dag_id,
                task_id,
                Severity.WARNING,
                f"{shown}, if it runs, skips this task in spite of its trigger rule",
                "this task runs if another task before it ran",
                "check whether it may run then",
            )
        )

    def _unskippable(self, source: Source) -> bool:
        task = self.dag.tasks[source.task_id]
        # Of a mapped task, all copies may be skipped, or there may be none.
        return source.task_id not in self.skippable and task.role not in ("branch", "gate") and not task.fan_out


def _all_of(requirements: Iterable[Requirement]) -> Requirement:
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
