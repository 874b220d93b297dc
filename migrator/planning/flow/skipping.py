"""Which tasks may be skipped in a run, and what that means for those below them."""

from __future__ import annotations

from migrator.model.airflow import ALWAYS_RULES
from migrator.model.bodies import ContinueIf, PollUntil, RunShell, UseResource
from migrator.model.expressions import ChangedList, Expr, InputValue
from migrator.planning.draft import DagDraft, TaskDraft
from migrator.planning.flow.failures import (
    AFTER_FAILURE,
    DONE_RULES,
    ONLY_AFTER_FAILURE,
    caught,
    failing,
)
from migrator.planning.xcom.handover import handovers

FAN_IN = ("none_failed_min_one_success",)
"""Runs if none failed and one succeeded."""
NONE_FAILED = "none_failed"
ALL_SKIPPED = "all_skipped"
_ONE_IS_ENOUGH = ("one_done", "one_success")
TRANSLATED = ("all_success", ALL_SKIPPED, NONE_FAILED, *FAN_IN)


def done_without(dag: DagDraft, task: TaskDraft) -> bool:
    """Whether what comes right after a wait may run although that gave up: then the run starts by the clock, and waits in a step."""
    skips = bool(task.task.option("soft_fail"))
    front, after = [task.task.task_id], set[str]()
    while front:
        found = set(dag.graph.downstream(front.pop())) - after
        after |= found
        front += [other for other in found if dag.tasks[other].role == "folded"]
    return not {dag.tasks[other].task.trigger_rule for other in after} <= {
        "all_success",
        "none_skipped",
        *(() if skips else (NONE_FAILED, "none_failed_or_skipped", *FAN_IN)),
    }


def may_be_skipped(dag: DagDraft, copies: bool = True, lists: bool = True) -> frozenset[str]:
    """Ids of the tasks that some run may skip; those of which only `copies` skip themselves included or not, and those that are skipped because `lists`
    are empty over which tasks before them are expanded (see `has_no_copy`)."""
    if not any(_begins(task) or (lists and may_have_no_copy(task)) for task in dag.tasks.values()):
        return frozenset()
    found: set[str] = set()
    cut: set[str] = set()
    for task_id in dag.graph.topological:
        task = dag.tasks[task_id]
        upstream = dag.graph.upstream(task_id)
        if any(other in cut or cuts_everything(dag.tasks[other]) for other in upstream):
            cut.add(task_id)
        is_cut = task_id in cut and not task.task.is_teardown
        steered = any(steers(dag.tasks[other]) and skips(dag.tasks[other], task) for other in upstream)
        skippable = [other in found or (lists and has_no_copy(dag, other, task)) for other in upstream]
        rule = task.task.trigger_rule
        below = bool(upstream) and _skipped_below(rule, skippable)
        itself = skips_itself(task) and (copies or not task.fan_out)
        if steered or below or is_cut or itself or (upstream and rule in ONLY_AFTER_FAILURE):
            found.add(task_id)
    return frozenset(found)


def _begins(task: TaskDraft) -> bool:
    """Whether a task may be skipped, or have others skipped, though none before it is."""
    return steers(task) or skips_itself(task) or cuts_everything(task) or task.task.trigger_rule in ONLY_AFTER_FAILURE


def _skipped_below(rule: str, skippable: list[bool]) -> bool:
    """Whether a task may be skipped because tasks before it are."""
    if rule in (ALL_SKIPPED, NONE_FAILED, *ALWAYS_RULES, *DONE_RULES):
        return False
    return all(skippable) if rule in (*FAN_IN, *_ONE_IS_ENOUGH) else any(skippable)


def may_have_no_copy(task: TaskDraft) -> bool:
    """Whether the list that a task or its group is expanded over may be empty, or lack, where the task is not skipped as it is."""
    sure = task.has_elements and (task.task.trigger_rule == "all_success" or not task.fan_needs.handovers)
    return bool(task.fan_out) and not sure


def has_no_copy(dag: DagDraft, task_id: str, by: TaskDraft) -> bool:
    """Whether a task may be skipped, for one that comes after it, because its list is empty. What is expanded over its copies' values has no copies then
    either, and those of its own group see nothing of it."""
    task = dag.tasks[task_id]
    if not may_have_no_copy(task) or (task.group and task.group == by.group):
        return False
    of_copies = {handover.parameter for handover in by.fan_needs.handovers if handover.source == task_id}
    return not any(_is_empty_with(values, of_copies) for values in by.fan_out.values())


def _is_empty_with(values: Expr, lists: set[str]) -> bool:
    """Whether a list is evidently empty where another one is, which is taken by one of these parameters."""
    if isinstance(values, ChangedList):
        parts = (values.source, *(values.others if values.kind == "zip" and not values.fills else ()))
        return values.kind in ("elements", "filter", "map", "zip") and any(_is_empty_with(one, lists) for one in parts)
    return isinstance(values, InputValue) and values.parameter in lists


def steers(task: TaskDraft) -> bool:
    """Whether the task decides what runs below it; one that stays in Airflow is known by its class."""
    if task.role == "airflow":
        names = (task.task.operator, *task.task.bases)
        return any(word in name for name in names for word in ("Branch", "ShortCircuit", "LatestOnly", "SkipMixin"))
    return task.role in ("branch", "gate")


def skips_itself(task: TaskDraft) -> bool:
    """Whether the task's own work can end in a skip."""
    body = task.lowering.body
    by_exit_code = isinstance(body, RunShell) and bool(body.skip_exit_codes)
    if task.task.trigger_rule == ALL_SKIPPED and task.task.upstream:
        return True
    return (
        task.needs.may_skip
        or any(condition.holds is not None for condition in task.lowering.conditions)
        or by_exit_code
        or (isinstance(body, PollUntil) and body.soft_fail)
    )


def cuts_everything(task: TaskDraft) -> bool:
    """Whether the task, when its condition is false, skips all tasks below it whatever their trigger rules, but for teardowns (see `skips`)."""
    return _is_short_circuit(task) and task.task.option("ignore_downstream_trigger_rules", True) is not False


def skips(decides: TaskDraft, task: TaskDraft) -> bool:
    """Whether a branch or gate may skip a task below it: a ShortCircuitOperator leaves out teardowns (Airflow 2.7 and later)."""
    return not (task.task.is_teardown and _is_short_circuit(decides))


def _is_short_circuit(task: TaskDraft) -> bool:
    body = task.lowering.body
    return isinstance(body, ContinueIf) and not body.latest_only


def lossy_tasks(dag: DagDraft) -> frozenset[str]:
    """The mapped tasks of which some copies may have no result, while others have one."""
    mapped = {task_id for task_id, task in dag.tasks.items() if task.fan_out and task.is_node}
    return frozenset(mapped & {*may_be_skipped(dag, lists=False), *caught(dag)}) if mapped else frozenset()


def wants_all_of(dag: DagDraft, task_id: str, lossy: frozenset[str]) -> tuple[str, ...]:
    """Those of the `lossy` tasks that are before one by `all_success`: their other copies would do for Dagster."""
    task = dag.tasks[task_id]
    if not lossy or not task.is_node or task.fan_out or task.group or task.task.trigger_rule != "all_success":
        return ()
    found: dict[str, None] = {}
    front = list(dag.graph.upstream(task_id))
    while front:
        other = front.pop()
        if other in lossy:
            found[other] = None
        elif dag.tasks[other].disposition == "folded" and dag.tasks[other].task.trigger_rule == "all_success":
            front += dag.graph.upstream(other)
    return tuple(sorted(found))


def may_lack(dag: DagDraft, ends: bool = False) -> frozenset[tuple[str, str]]:
    """Tasks, as (giver, taker), of which one may run although the other, whose value it takes, was skipped or failed; with `ends` also those that end what
    the other made, and have nothing to do without it.

    Airflow gives it None then. What is collected of copies is a list in any case, so no mapped task is a giver here.
    """
    skippable, going_on = may_be_skipped(dag), caught(dag)
    found = set()
    for task_id, task in dag.tasks.items():
        if not ends and isinstance(task.lowering.body, UseResource) and task.task.trigger_rule in DONE_RULES:
            continue  # There is nothing to end where nothing was made.
        for source in {handover.source for handover in handovers(task) if not dag.tasks[handover.source].fan_out}:
            skipped = source in skippable and not goes_along(dag, source, task_id)
            lost = source in going_on and (task.without_list or source not in failing(dag, task_id))
            if skipped or lost:
                found.add((source, task_id))
    return frozenset(found)


def goes_along(dag: DagDraft, source: str, task_id: str) -> bool:
    """Whether a task is skipped whenever another one is, because only `all_success` lies between them."""
    front, seen = [task_id], set()
    while front:
        current = front.pop()
        if current in seen or dag.tasks[current].task.trigger_rule in (
            ALL_SKIPPED,
            NONE_FAILED,
            *FAN_IN,
            *AFTER_FAILURE,
        ):
            continue
        seen.add(current)
        upstream = dag.graph.upstream(current)
        if source in upstream:
            return True
        front += upstream
    return False
