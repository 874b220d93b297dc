"""Tasks that run although, or because, a task before them failed: what a job of ops has to do for them.

Dagster starts no step below a failed one. Where a task's trigger rule asks for that, the tasks above it catch their errors and yield the output
`failed` instead of `result`; the rule then says which of both has to be there. The run fails at its end where it does in Airflow: if one of its last
tasks failed, or did not run for a failure.
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
_WANT_ONE = ("one_success", "all_done_min_one_success")
"""Rules by which a task does not run if all before it failed."""

Failures = tuple[frozenset[str], ...]
"""In each of these sets of tasks one failed."""


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
    found: set[str] = set()
    seen: set[str] = set()
    front = [*task_ids]
    while front:
        current = front.pop()
        if current in seen:
            continue
        seen.add(current)
        task = dag.tasks[current]
        if task.role != "folded":
            found.add(current)
        above = dag.graph.upstream(current)
        if task.task.trigger_rule in _PASS_ON:
            front += above
        elif task.task.trigger_rule == "all_done_setup_success":
            front += [other for other in above if dag.tasks[other].task.is_setup]
    return frozenset(found)


def failing_the_run(dag: DagDraft) -> tuple[Failures, ...]:
    """Which failures of the tasks after which the run goes on make it fail all the same, each enough by itself: those by which one of its last tasks is
    failed or `upstream_failed` (`DagRun.update_state` of Airflow 2.11 and 3.3), and those that a sensor on failed runs acts on instead of a task."""
    going_on = caught(dag)
    last = _last(dag)
    for task_id, task in dag.tasks.items():
        if task.disposition == "hook" and task.on == "failure":
            last += dag.graph.upstream(task_id)
    alone = failing(dag, *last) & going_on
    found: list[Failures] = [(alone,)] if alone else []
    for task_id in last:
        if dag.tasks[task_id].task.trigger_rule in _WANT_ONE:
            each = tuple(failing(dag, other) & going_on for other in dag.graph.upstream(task_id))
            if each and all(one - alone for one in each) and each not in found:
                found.append(each)
    return tuple(found)


def recovered(dag: DagDraft) -> frozenset[str]:
    """The tasks after whose failure a run may end as a success."""
    return caught(dag) - frozenset[str]().union(*(tasks for tasks, *others in failing_the_run(dag) if not others))


def forgiven(dag: DagDraft, going_on: frozenset[str]) -> list[str]:
    """The tasks whose failure fails the run in Dagster, other than those after which it goes on, though Airflow's run may end as a success."""
    failing_it = going_on | failing(dag, *_last(dag))
    return [task_id for task_id, task in dag.tasks.items() if task.is_node and task_id not in failing_it]


def _last(dag: DagDraft) -> list[str]:
    """The tasks of whose states Airflow makes that of the run."""
    found = [task_id for task_id in dag.tasks if _counts(dag, task_id) and not _is_followed(dag, task_id)]
    return found or [task_id for task_id in dag.tasks if not dag.graph.downstream(task_id)]


def _counts(dag: DagDraft, task_id: str) -> bool:
    """Whether the task's state can be that of the run: a teardown's is not, unless it says so."""
    task = dag.tasks[task_id].task
    return not task.is_teardown or task.arguments.get("on_failure_fail_dagrun") is True


def _is_followed(dag: DagDraft, task_id: str) -> bool:
    return any(_counts(dag, other) for other in dag.graph.downstream(task_id))


def shown_reacting(dag: DagDraft) -> list[TaskDraft]:
    """The tasks that react to failures."""
    return [task for task_id, task in dag.tasks.items() if reacts(dag, task_id)]


def _leads_to_work(dag: DagDraft, task_id: str) -> bool:
    return any(dag.tasks[other].disposition not in ("folded", "hook") for other in dag.graph.descendants(task_id))
