"""How a run ends in which tasks failed after which it goes on: which failures make it fail at its end, as they do in Airflow."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.planning.draft import DagDraft
from migrator.planning.flow.failures import WANT_ONE, caught, failing, handing_on
from migrator.planning.flow.skipping import may_be_skipped

Failures = tuple[frozenset[str], ...]
"""In each of these sets of tasks one failed."""

ONE_FAILED, ONE_SUCCESS = "one_failed", "one_success"


def failing_the_run(dag: DagDraft) -> tuple[Failures, ...]:
    """Which failures of the tasks after which the run goes on make it fail all the same, each enough by itself: those by which one of its last tasks is
    failed or `upstream_failed` (`DagRun.update_state` of Airflow 2.11 and 3.3), and those that a sensor on failed runs acts on instead of a task."""
    going_on = caught(dag)
    last = _deciding(dag)
    alone = failing(dag, *last) & going_on
    found: list[Failures] = [(alone,)] if alone else []
    skippable = may_be_skipped(dag)
    for task_id in _wanting(dag, last):
        if _asks(dag, task_id, skippable):
            continue
        each = tuple(failing(dag, other) & going_on for other in dag.graph.upstream(task_id))
        if each and all(one - alone for one in each) and each not in found:
            found.append(each)
    return tuple(found)


def giving_up_the_run(dag: DagDraft) -> dict[str, frozenset[str]]:
    """The tasks that make the run fail where they wait for one success in vain and not all before them were skipped, each with those of which one failed then."""
    last = _deciding(dag)
    alone, skippable = failing(dag, *last), may_be_skipped(dag)
    found = giving_up(dag, last)
    return {one: others - alone for one, others in found.items() if others - alone and _asks(dag, one, skippable)}


def giving_up(dag: DagDraft, task_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The tasks that wait for one success, and without it count as `upstream_failed`, as these do then: each with those after whose failure it may be so."""
    going_on = caught(dag)
    found = {
        one: handing_on(dag, dag.graph.upstream(one), wanting=True) & going_on
        for one in _wanting(dag, task_ids)
        if dag.tasks[one].task.trigger_rule == ONE_SUCCESS and not dag.tasks[one].group
    }
    return {one: others for one, others in found.items() if others}


def _wanting(dag: DagDraft, task_ids: Iterable[str]) -> list[str]:
    """Those of the tasks, and of those whose failure they hand on, that want one success of several."""
    found = handing_on(dag, task_ids)
    wanting = [one for one in dag.graph.topological if one in found and dag.tasks[one].task.trigger_rule in WANT_ONE]
    return [one for one in wanting if len(dag.graph.upstream(one)) > 1]


def _asks(dag: DagDraft, task_id: str, skippable: frozenset[str]) -> bool:
    """Whether failures alone do not tell that a task waits for a success in vain: some before it may be skipped, or wait themselves."""
    above = dag.graph.upstream(task_id)
    waits = handing_on(dag, above, wanting=True) != handing_on(dag, above)
    return dag.tasks[task_id].task.trigger_rule == ONE_SUCCESS and (waits or not skippable.isdisjoint(above))


def recovered(dag: DagDraft) -> frozenset[str]:
    """The tasks after whose failure a run may end as a success."""
    return caught(dag) - frozenset[str]().union(*(tasks for tasks, *others in failing_the_run(dag) if not others))


def forgiven(dag: DagDraft, going_on: frozenset[str]) -> list[str]:
    """The tasks whose failure fails the run in Dagster, other than those after which it goes on, though Airflow's run may end as a success."""
    failing_it = going_on | failing(dag, *_last(dag))
    return [task_id for task_id, task in dag.tasks.items() if task.is_node and task_id not in failing_it]


def _deciding(dag: DagDraft) -> list[str]:
    """The tasks by whose failure the run fails."""
    watched = [task_id for task_id, task in dag.tasks.items() if task.disposition == "hook" and task.on == "failure"]
    return [*_last(dag), *(other for task_id in watched for other in dag.graph.upstream(task_id))]


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
