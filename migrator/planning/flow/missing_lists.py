"""Mapped tasks whose list lacks in some runs, as the task that makes it is skipped or fails.

Airflow skips the mapped task then, and what comes after it runs by its own trigger rule. An op that takes what is collected of copies is skipped with the
op that makes their list, whatever its rule. Comes in: a draft in which the mapped task is skipped. Goes out: one in which it runs, where something takes
its values that may run without them, and has no copies.
"""

from __future__ import annotations

from migrator.model.changed import replace
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.flow.failures import caught, failing
from migrator.planning.flow.skipping import NONE_FAILED, goes_along, may_be_skipped, skips, steers
from migrator.planning.forms import OPS
from migrator.planning.xcom.handover import handovers


def expand_missing_lists(draft: Draft) -> Draft:
    """Has mapped tasks make no copies where their list lacks."""
    return draft.with_dags(_expanded)


def _expanded(dag: DagDraft) -> DagDraft:
    mapped = {task_id for task_id, task in dag.tasks.items() if task.fan_out and task.is_node and not task.group}
    if dag.form != OPS or not mapped:
        return dag
    skippable = may_be_skipped(dag)
    found = {
        task_id: replace(dag.tasks[task_id], task=replace(dag.tasks[task_id].task, trigger_rule=NONE_FAILED))
        for task_id in mapped & skippable
        if _lacks_only_lists(dag, task_id, skippable) and _is_taken_without(dag, task_id)
    }
    found |= {
        task_id: replace(found.get(task_id, dag.tasks[task_id]), without_list=True)
        for task_id in mapped
        if _comes_after_its_list(dag, task_id) and _is_taken_after_failure(dag, task_id)
    }
    return replace(dag, tasks={**dag.tasks, **found}) if found else dag


def _lacks_only_lists(dag: DagDraft, task_id: str, skippable: frozenset[str]) -> bool:
    """Whether a mapped task is skipped for nothing else than that a task is which makes its list."""
    task, upstream = dag.tasks[task_id], dag.graph.upstream(task_id)
    lists = {one.source for one in task.fan_needs.handovers if not dag.tasks[one.source].fan_out}
    lists -= {one.source for one in task.needs.handovers if not one.mapped}
    steered = any(steers(dag.tasks[other]) and skips(dag.tasks[other], task) for other in upstream)
    return task.task.trigger_rule == "all_success" and not steered and lists.issuperset(skippable & {*upstream})


def _comes_after_its_list(dag: DagDraft, task_id: str) -> bool:
    """Whether a mapped task comes after nothing but one task, which makes its list, and does not run if that failed."""
    task, upstream = dag.tasks[task_id], dag.graph.upstream(task_id)
    lists = [one.source for one in task.fan_needs.handovers if not dag.tasks[one.source].fan_out]
    alone = (
        {*lists} == {*upstream}
        and len(upstream) == 1
        and not any(one for one in task.needs.handovers if not one.mapped)
    )
    return alone and upstream[0] in failing(dag, task_id) & caught(dag) and dag.tasks[upstream[0]].is_node


def _is_taken_after_failure(dag: DagDraft, task_id: str) -> bool:
    """Whether a task takes the values of a mapped one that runs although that failed."""
    takers = [other for other, task in dag.tasks.items() if any(one.source == task_id for one in handovers(task))]
    return any(task_id not in failing(dag, other) for other in takers)


def _is_taken_without(dag: DagDraft, task_id: str) -> bool:
    """Whether a task takes the values of a mapped one that may run where that is skipped."""
    takers = (other for other, task in dag.tasks.items() if any(one.source == task_id for one in handovers(task)))
    return any(not goes_along(dag, task_id, other) for other in takers)
