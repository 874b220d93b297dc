"""Members of the context that Airflow gives to a callback, in a sensor that acts when a run of the job has ended.

Comes in: a name and the path below it. Goes out: an expression; `SAME` for members that mean the same as in a task.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from migrator.model.expressions import EndedStep, Expr, Format, OfTask
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable
from migrator.planning.flow.mapping import expanded_groups

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

Path = tuple[str | int, ...]

Member = Callable[..., Expr]
SAME = object()
_STATES = {"execute": "running", "failure": "failed", "retry": "up_for_retry", "skip": "skipped", "success": "success"}
_TIMES: dict[str | int, str] = {"duration": "duration", "end_date": "ended", "start_date": "started"}
_WRITTEN: dict[str | int, str] = {
    "max_tries": "retries",
    "operator": "task_type",
    "owner": "owner",
    "pool": "pool",
    "priority_weight": "priority_weight",
    "queue": "queue",
    "retries": "retries",
    "task_type": "task_type",
    "trigger_rule": "trigger_rule",
}
"""Attributes of a task, and of its instance, that are as the file says."""
STATE_OF_SUCCESS = "state of a success"
"""What is noted of an `on_success_callback` that asks for the state of its task."""
COPY_WITHOUT_NUMBER = "number of a copy"
"""What is noted of a callback that asks for the number of copies that are tasks of their own."""
_PAGES = frozenset({"log_url", "mark_success_url"})


def ended_member(name: str, path: Path, context: TaskContext, member: Member) -> Expr:
    """The expression of a member of a callback's context. Raises Untranslatable for what is known no more when the run has ended. `member` gives those
    of a task's context."""
    assert context.ended is not None
    scope, event = context.ended
    each = scope == "task"
    if name == "exception" and not path:
        # Airflow does not tell callbacks what a task said when it skipped itself.
        return EndedStep("error", each) if event in ("failure", "retry") else None
    if name == "reason" and not path and not each:
        return "success" if event == "success" else EndedStep("reason", False)
    if name == "dag_run" and path in (("start_date",), ("end_date",)) and event in ("failure", "success"):
        return EndedStep("run_started" if path == ("start_date",) else "run_ended", False)
    if name in ("ti", "task_instance", "task"):
        return _task(path, context, each, event, member)
    if name == "dag_run" and path == ("state",):
        return _STATES[event]
    if name == "dag" and path == ("owner",):
        return _owner(context)
    if name == "task_instance_key_str" and not path:
        return Format((f"{context.dag.dag_id}__", _step_name(each, event), "__", context.date("ds_nodash")))
    return SAME


def _task(path: Path, context: TaskContext, each: bool, event: str, member: Member) -> Expr:
    if path == ("task_id",):
        return _step_name(each, event)
    if path == ("owner",) and not each:
        return _owner(context)
    if len(path) == 1 and path[0] in _PAGES:
        return EndedStep("url", False)
    if path == ("state",):
        if event == "success":
            context.note(STATE_OF_SUCCESS)
        return _STATES[event]
    if path == ("map_index",) and each:
        if any(task.copy_of for task in context.covered):
            context.note(COPY_WITHOUT_NUMBER)
        copied = any(task.mapped or expanded_groups(context.dag, task) for task in context.covered)
        return EndedStep("copy", True) if copied else -1
    if path == ("try_number",) and each:
        return EndedStep("tries", each)
    if path == ("try_number",):
        raise Untranslatable("MIG205", "it uses the number of tries, which is not known when the run has ended")
    if len(path) == 1 and path[0] in _TIMES and each and event in ("failure", "success"):
        return EndedStep(_TIMES[path[0]], each)
    return _of_tasks(_WRITTEN[path[0]], context, each, member) if len(path) == 1 and path[0] in _WRITTEN else SAME


def _of_tasks(attribute: str, context: TaskContext, each: bool, member: Member) -> Expr:
    """What the file says of the tasks that the callback is for: by task, where that differs."""
    if not each:
        raise Untranslatable("MIG205", "it asks for the last task of a run, which Dagster does not tell")
    found = {task.task_id: member("task", (attribute,), type(context)(context.facts, task)) for task in context.covered}
    values = list(found.values())
    return values[0] if values and all(value == values[0] for value in values) else OfTask(found)


def _owner(context: TaskContext) -> Expr:
    """Airflow says `airflow` where nobody is named."""
    given = [task.option("owner") for task in context.dag.tasks]
    if given and isinstance(given[0], Symbolic) and all(one == given[0] for one in given):
        return context.expression(given[0])
    return ", ".join(context.dag.owners) or "airflow"


def _step_name(each: bool, event: str) -> Expr:
    if not each and event != "failure":
        raise Untranslatable("MIG205", "it asks for the last task of a run that succeeded, which Dagster does not tell")
    return EndedStep("name", each)
