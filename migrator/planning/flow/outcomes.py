"""Expanded task groups in whose copies a task may run though others of its copy did not: joins after branches, cleanups after failures.

Dagster lets nothing fan in below a dynamic output. The ops of such a group get the outcomes of those before them instead, and decide by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.model.airflow import ALWAYS_RULES
from migrator.model.bodies import Choose, DoNothing
from migrator.model.changed import replace
from migrator.model.plan import OUTCOME, Input, Within
from migrator.operators.rule import Lowering
from migrator.planning.draft import DagDraft, TaskDraft
from migrator.planning.flow.failures import DONE_RULES, reacts
from migrator.planning.flow.skipping import (
    NONE_FAILED,
    goes_along,
    has_no_copy,
    lossy_tasks,
    may_be_skipped,
    may_lack,
    steers,
)
from migrator.planning.flow.ways import leads_on
from migrator.planning.naming.identifiers import unique
from migrator.planning.xcom.handover import values_of_copies

_NODES = ("asset", "step", "check", "folded")


def tell_within_groups(dag: DagDraft) -> DagDraft:
    """The DAG with `tells` set for the tasks of such groups; those without work are steps there, as others ask what became of them."""
    groups = {dag.tasks[task_id].group for task_id in joining_in_copies(dag)}
    telling = {group for group in groups if _can_tell(dag, group)}

    def tell(task: TaskDraft) -> TaskDraft:
        if task.group not in telling:
            return task
        if task.disposition == "folded":
            lowering = Lowering("work", DoNothing())
            task = replace(task, lowering=lowering).becomes("step", "tasks of its group ask whether it ran")
        return replace(task, tells=True)

    return dag.with_tasks(tell) if telling else dag


def joining_in_copies(dag: DagDraft) -> frozenset[str]:
    """The tasks of expanded groups that run although another one of their copy did not: Dagster lets nothing fan in there."""
    members = [task for task in dag.tasks.values() if task.group and task.disposition in _NODES]
    if not members:
        return frozenset()
    skippable, lacking = may_be_skipped(dag), may_lack(dag)
    return frozenset(task.task.task_id for task in members if _joins(dag, task, skippable, lacking))


def _joins(dag: DagDraft, task: TaskDraft, skippable: frozenset[str], lacking: frozenset[tuple[str, str]]) -> bool:
    task_id = task.task.task_id
    beside = [other for other in dag.graph.ancestors(task_id) if dag.tasks[other].group == task.group]
    if task.task.trigger_rule == "all_success":
        lacks = [handover.source for handover in task.needs.handovers if handover.source in beside]
        apart = any(other in skippable and not goes_along(dag, other, task_id) for other in lacks)
        return apart or any((other, task_id) in lacking for other in beside)
    return any(other in skippable or steers(dag.tasks[other]) for other in beside) or (
        bool(beside) and reacts(dag, task_id)
    )


def within(
    dag: DagDraft, task: TaskDraft, names: dict[str, str], lossy: frozenset[str]
) -> tuple[Within, tuple[Input, ...]]:
    """How a task that tells decides whether it runs, and the inputs by which it gets the outcomes of others of its copy; `lossy` are those of `lossy_tasks`."""
    task_id = task.task.task_id
    parameters: dict[str, str] = {}
    inputs, values = [], []
    for handover in task.needs.handovers:
        if not handover.mapped and dag.tasks[handover.source].group == task.group:
            parameters.setdefault(handover.source, handover.parameter)
            inputs.append(Input(handover.parameter, node=names[handover.source], output=OUTCOME))
            values.append(handover.parameter)
    # A shut gate skips, in a copy, what comes right after it and no more, whatever `ignore_downstream_trigger_rules` says.
    before = [other for other in dag.graph.upstream(task_id) if dag.tasks[other].group == task.group]
    taken = {handover.parameter for handover in task.needs.handovers}
    for other in before:
        if other not in parameters:
            parameters[other] = unique(f"after_{names[other]}", taken)
            taken.add(parameters[other])
            inputs.append(Input(parameters[other], node=names[other], output=OUTCOME))
    failing = _failing_copies(dag, task, lossy)
    outside = [other for other in dag.graph.upstream(task_id) if dag.tasks[other].is_node]
    copies = [other for other in outside if other in failing or has_no_copy(dag, other, task)]
    decides = Within(
        task.task.trigger_rule,
        tuple((parameters[other], _ways(dag, other, task_id)) for other in before),
        tuple(values),
        len(before) + len(copies) < len(dag.graph.upstream(task_id)),
        task.role in ("branch", "gate"),
        tuple(names[other] for other in copies),
    )
    return decides, tuple(inputs)


def told_of_copies(dag: DagDraft, task: TaskDraft, lossy: frozenset[str]) -> tuple[str, ...]:
    """The tasks of expanded groups whose copies tell what became of them, of which a task takes the values and runs even if no copy has one."""
    rules = (*ALWAYS_RULES, *DONE_RULES, NONE_FAILED)
    if task.fan_out or task.group or not task.is_node or task.task.trigger_rule not in rules:
        return ()
    givers = dict.fromkeys(handover.source for handover in task.needs.handovers)
    return tuple(giver for giver in givers if giver in lossy and dag.tasks[giver].tells)


def _ways(dag: DagDraft, other: str, task_id: str) -> tuple[str, ...] | None:
    """The outputs of a branch or gate that let a task right below it run; None for other tasks."""
    body = dag.tasks[other].lowering.body
    if isinstance(body, Choose):
        chosen = [by for by in body.choices if by == task_id or leads_on(dag, body, by, task_id)]
        return tuple(body.choices[by] for by in chosen)
    return ("result",) if dag.tasks[other].role == "gate" else None


def _can_tell(dag: DagDraft, group: str) -> bool:
    """Whether all of a group's tasks are ops that run in the copy, and nothing outside of it can skip some of them only."""
    members = [task for task in dag.tasks.values() if task.group == group]
    if any(task.disposition not in _NODES or task.task.is_setup or task.task.is_teardown for task in members):
        return False
    skippable = may_be_skipped(dag)
    lossy = lossy_tasks(dag)
    for other in _before(dag, members):
        if other in skippable or steers(dag.tasks[other]):
            return False
        if dag.tasks[other].disposition == "folded" and not lossy.isdisjoint(dag.graph.ancestors(other)):
            return False
    return all(_takes_values(dag, task, other) for task in members for other in _failing_copies(dag, task, lossy))


def _failing_copies(dag: DagDraft, task: TaskDraft, lossy: frozenset[str]) -> tuple[str, ...]:
    """The mapped tasks right before one of an expanded group, outside of that, of which some copies may fail and the run goes on."""
    upstream = dag.graph.upstream(task.task.task_id)
    return tuple(other for other in upstream if other in lossy and dag.tasks[other].group != task.group)


def _takes_values(dag: DagDraft, task: TaskDraft, other: str) -> bool:
    """Whether a task takes the values of all copies of another one, which is in no group: what it merely comes after, its whole group would wait for, and what
    a copy of another group did is known there only."""
    return not dag.tasks[other].group and other in values_of_copies(dag, task)


def not_reacted_to(dag: DagDraft) -> dict[str, list[TaskDraft]]:
    """By task that comes before an expanded group, those of the group that would run in each copy though it failed: no copy is started then."""
    found: dict[str, list[TaskDraft]] = {}
    for task in dag.tasks.values():
        task_id = task.task.task_id
        if not task.tells or not reacts(dag, task_id):
            continue
        members = [other for other in dag.tasks.values() if other.group == task.group]
        # Where the list itself fails there are no copies in Airflow either.
        lists = {handover.source for other in members for handover in other.fan_needs.handovers}
        above = dag.graph.ancestors(task_id)
        for other in dict.fromkeys(_before(dag, members)):
            if other in above and other not in lists and dag.tasks[other].disposition != "folded":
                found.setdefault(other, []).append(task)
    return found


def _before(dag: DagDraft, members: list[TaskDraft]) -> Iterator[str]:
    """The tasks outside of a group that some of its tasks come right after."""
    for task in members:
        for other in dag.graph.upstream(task.task.task_id):
            if dag.tasks[other].group != task.group:
                yield other
