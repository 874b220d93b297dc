"""Values that tasks hand to each other (XCom): who can, and which bodies must return theirs.

A task that takes a value which does not exist outside Airflow stays in Airflow, and so does what takes a value of it.
"""

from __future__ import annotations

from migrator.diagnostics import diagnose
from migrator.model.bodies import (
    Body,
    CallFunction,
    Choose,
    Condition,
    ContinueIf,
    HttpRequest,
    PollUntil,
    RunOperator,
    RunShell,
    RunSql,
    UseResource,
)
from migrator.model.changed import replace
from migrator.model.expressions import Helper
from migrator.operators.rule import Lowering
from migrator.planning.draft import DagDraft, Draft, Handover, TaskDraft

DECIDING = ("branch", "gate")
DECIDED = "value"
"""The output of a branch or gate that holds its value."""


def output_of_value(body: Body | None) -> str:
    """The output of an op by which others take its value."""
    return DECIDED if isinstance(body, Choose | ContinueIf) else "result"


def hand_over(draft: Draft) -> Draft:
    """Keeps takers and givers of values together."""
    needed = {place for dag in draft.dags.values() for task in dag.tasks.values() for place in last_values(task)}

    def keep(task: TaskDraft) -> TaskDraft:
        if needed.isdisjoint((task.task.dag_id, one) for one in (task.task.task_id, *task.task.stands_for)):
            return task
        return replace(task, keeps=True, needs=replace(task.needs, uses_date=True))

    return draft.with_dags(lambda dag: _settle(dag.with_tasks(keep)))


def last_values(task: TaskDraft) -> tuple[tuple[str, str], ...]:
    """The tasks whose values of other runs a task takes that moves."""
    return () if task.role == "airflow" else (*task.needs.last_values, *task.fan_needs.last_values)


def taken(dag: DagDraft) -> dict[str, tuple[str, ...]]:
    """Which tasks take the value of a task, by the giver's id."""
    takers: dict[str, dict[str, None]] = {}
    for task_id, task in dag.tasks.items():
        for handover in handovers(task):
            takers.setdefault(handover.source, {})[task_id] = None
    return {giver: tuple(found) for giver, found in takers.items()}


def handovers(task: TaskDraft) -> tuple[Handover, ...]:
    """The values that a task that moves takes of others, those of its lists included."""
    if task.role == "airflow":
        return ()
    own = (*task.needs.handovers, *task.fan_needs.handovers)
    if not own:
        return own
    return tuple(handover for handover in own if not handover.mapped)


def values_of_copies(dag: DagDraft, task: TaskDraft) -> tuple[str, ...]:
    """The mapped tasks of which each copy of a mapped task takes the values of all copies."""
    if not task.fan_out:
        return ()
    own = [handover.source for handover in task.needs.handovers if not handover.mapped]
    givers = [dag.tasks[source] for source in dict.fromkeys(own)]
    return tuple(o.task.task_id for o in givers if o.fan_out and not (o.group and o.group == task.group))


def stay(task: TaskDraft, code: str, reason: str) -> TaskDraft:
    """The task, left in Airflow, with a finding."""
    finding = diagnose(code, task.task.span, f"`{task.task.task_id}` stays in Airflow: {reason}")
    return TaskDraft(task.task, Lowering("airflow", code=code, reason=reason), diagnostics=(*task.diagnostics, finding))


def _settle(dag: DagDraft) -> DagDraft:
    tasks = dict(dag.tasks)
    changed = True
    while changed:
        changed = False
        for task_id, task in tasks.items():
            for handover in handovers(task):
                reason = missing(tasks[handover.source], handover)
                if not reason:
                    continue
                code = "MIG208" if tasks[handover.source].role == "airflow" else "MIG203"
                tasks[task_id] = stay(task, code, reason)
                changed = True
                break
    return replace(dag, tasks=tasks)


def return_values(draft: Draft) -> Draft:
    """Lets bodies return what is taken."""
    return draft.with_dags(_returning)


def _returning(dag: DagDraft) -> DagDraft:
    called = {one.source for callback in dag.callbacks if callback.moves for one in callback.needs.handovers}
    givers = {*taken(dag), *called}
    return replace(
        dag, tasks={name: _return(dag, task, task.keeps or name in givers) for name, task in dag.tasks.items()}
    )


def missing(giver: TaskDraft, handover: Handover) -> str:
    """Why a value cannot be had from a task; empty if it can."""
    source = handover.source
    if giver.role == "airflow":
        return f"it takes the result of `{source}`, which stays in Airflow"
    body = giver.lowering.body
    asked = body.condition if isinstance(body, PollUntil) else body
    if isinstance(asked, UseResource) and handover.key in asked.keys:
        return ""
    if handover.key != "return_value":
        return f"it takes the XCom `{handover.key}` of `{source}`, which its function does not return"
    if giver.role not in ("work", "sensor", *DECIDING) or not has_value(giver.lowering.body):
        return f"it takes the result of `{source}`, which has none outside Airflow"
    return ""


def has_value(body: Body | None) -> bool:
    if isinstance(body, Choose | ContinueIf):
        named = body.choices.values() if isinstance(body, Choose) else ()
        return isinstance(body.condition, CallFunction) and DECIDED not in named
    if isinstance(body, (RunSql, UseResource)):
        return body.gives
    if isinstance(body, RunShell):
        return not isinstance(body.command, list)
    if isinstance(body, PollUntil):
        return isinstance(body.condition, CallFunction)
    return isinstance(body, (CallFunction, HttpRequest, RunOperator))


def _answers_with_value(condition: Condition) -> bool:
    """Whether a function's own text says that its answer may carry a value."""
    edits = condition.edits if isinstance(condition, CallFunction) else ()
    return any(isinstance(edit.expression, Helper) for edit in edits)


def _apart(body: Body | None) -> Body | None:
    """A body whose function's result is judged, so that the function stands apart from the node's own."""
    if isinstance(body, CallFunction):
        return replace(body, inline=False)
    if isinstance(body, (Choose, ContinueIf, PollUntil)) and isinstance(body.condition, CallFunction):
        return replace(body, condition=replace(body.condition, inline=False))
    return body


def _return(dag: DagDraft, task: TaskDraft, is_taken: bool) -> TaskDraft:
    """The task with a body that returns its value if it is taken; a function also where it simply has one."""
    body = task.lowering.body
    if isinstance(body, PollUntil):
        stores = task.task.option("do_xcom_push", True) is not False and _answers_with_value(body.condition)
        body = replace(body, returns=is_taken or stores)
    if isinstance(body, Choose | ContinueIf):
        loses = is_taken and dag.dag.airflow_version.startswith("3")
        body = replace(body, returns=is_taken, keeps_result=not loses)
    if task.role != "work" or body is None:
        return replace(task, lowering=replace(task.lowering, body=_apart(body)))
    if isinstance(body, CallFunction):
        stores = task.task.option("do_xcom_push", True) is not False
        has_value = body.returns and stores and not body.callable.is_generator and not body.pushes
        returns = is_taken or has_value
        if returns == body.returns:
            return task
        # A body that stands in the node's own function returns what it returns, asked or not.
        body = replace(body, returns=returns, inline=body.inline and (returns or not body.returns))
    elif isinstance(body, (HttpRequest, RunOperator, RunShell, RunSql, UseResource)):
        body = replace(body, returns=is_taken)
    return replace(task, lowering=replace(task.lowering, body=body))
