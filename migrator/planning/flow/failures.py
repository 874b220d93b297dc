"""Tasks that run although, or because, a task before them failed: what a job of ops has to do for them.

Dagster starts no step below a failed one. Where a task's trigger rule asks for that, the tasks above it catch their errors and yield the output
`failed` instead of `result`; the rule then says which of both has to be there. The run fails at its end.
"""

from __future__ import annotations

from migrator.model.airflow import ALWAYS_RULES
from migrator.planning.draft import DagDraft, TaskDraft

FAILED = "failed"
"""The output of an op whose work failed."""

DONE_RULES = ("all_done", "all_done_setup_success")
AFTER_FAILURE = (
    *ALWAYS_RULES,
    *DONE_RULES,
    "all_done_min_one_success",
    "all_failed",
    "none_skipped",
    "one_done",
    "one_failed",
    "one_success",
)
"""Trigger rules by which a task may run although one before it failed."""
ONLY_AFTER_FAILURE = ("all_failed", "one_failed")
_PASS_ON = (
    "all_success",
    "none_failed",
    "none_failed_min_one_success",
)
"""Rules by which a task does not run if one before it failed."""


def reacts(dag: DagDraft, task_id: str) -> bool:
    """Whether the task, within the run, reacts to the failure of one before it."""
    task = dag.tasks[task_id]
    if task.task.trigger_rule not in AFTER_FAILURE:
        return False
    upstream = dag.graph.upstream(task_id)
    single = len(upstream) == 1 and task.task.trigger_rule == "one_success"
    moves = task.disposition in ("asset", "step", "check") or (
        task.disposition == "folded" and _leads_to_work(dag, task_id)
    )
    return bool(upstream) and not single and moves


def caught(dag: DagDraft) -> frozenset[str]:
    """The tasks whose failure must not end the run, as something below them is to run in any case."""
    reacting = [task_id for task_id in dag.tasks if reacts(dag, task_id)]
    waiting = [task_id for task_id in reacting if dag.tasks[task_id].task.trigger_rule not in ALWAYS_RULES]
    return frozenset(other for task_id in waiting for other in dag.graph.ancestors(task_id) if dag.tasks[other].is_node)


def failing(dag: DagDraft, task_id: str) -> frozenset[str]:
    """The tasks whose failure makes this one fail, or not run for a failure."""
    found: set[str] = set()
    front, seen = [task_id], set()
    while front:
        current = front.pop()
        if current in seen:
            continue
        seen.add(current)
        task = dag.tasks[current]
        if task.role != "folded":
            found.add(current)
        if task.task.trigger_rule in _PASS_ON:
            front += dag.graph.upstream(current)
    return frozenset(found)


def shown_reacting(dag: DagDraft) -> list[TaskDraft]:
    """The tasks that react to failures."""
    return [task for task_id, task in dag.tasks.items() if reacts(dag, task_id)]


def _leads_to_work(dag: DagDraft, task_id: str) -> bool:
    return any(dag.tasks[other].disposition not in ("folded", "hook") for other in dag.graph.descendants(task_id))
