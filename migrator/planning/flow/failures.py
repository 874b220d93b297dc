"""Tasks that run although, or because, a task before them failed: what a job of ops has to do for them.

Dagster starts no step below a failed one. Where a task's trigger rule asks for that, the tasks above it catch their errors and yield the output
`failed` instead of `result`; the rule then says which of both has to be there. The run fails at its end where it does in Airflow: if one of its last
tasks failed, or did not run for a failure.
"""

from __future__ import annotations

from collections.abc import Iterable

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
WANT_ONE = ("one_success", "all_done_min_one_success")
"""Rules by which a task does not run if all before it failed."""


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


def failing(dag: DagDraft, *task_ids: str) -> frozenset[str]:
    """The tasks whose failure makes this one, or one of these, fail, or not run for a failure."""
    return frozenset(one for one in handing_on(dag, task_ids) if dag.tasks[one].role != "folded")


def handing_on(dag: DagDraft, task_ids: Iterable[str], wanting: bool = False) -> frozenset[str]:
    """These tasks, and those above them whose failure they hand on; with `wanting`, also by rules that want one success, which another one may be."""
    seen: set[str] = set()
    front = [*task_ids]
    while front:
        current = front.pop()
        if current in seen:
            continue
        seen.add(current)
        rule, above = dag.tasks[current].task.trigger_rule, dag.graph.upstream(current)
        if rule in _PASS_ON or (rule in WANT_ONE and (wanting or len(above) == 1)):
            front += above
        elif rule == "all_done_setup_success":
            front += [other for other in above if dag.tasks[other].task.is_setup]
    return frozenset(seen)


def shown_reacting(dag: DagDraft) -> list[TaskDraft]:
    """The tasks that react to failures."""
    return [task for task_id, task in dag.tasks.items() if reacts(dag, task_id)]


def _leads_to_work(dag: DagDraft, task_id: str) -> bool:
    return any(dag.tasks[other].disposition not in ("folded", "hook") for other in dag.graph.descendants(task_id))
