"""Values of tasks that callbacks take: the step that calls one is given them as inputs, or has made them itself.

Comes in: the tasks of a DAG, of which it is known who hands over a value, and its callbacks. Goes out: the tasks with these inputs, and the callbacks
without those that take what their step cannot have.
"""

from __future__ import annotations

from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.planning.draft import Callback, DagDraft, Draft, Handover, TaskDraft
from migrator.planning.naming.identifiers import RESERVED, identifier, unique
from migrator.planning.xcom.handover import missing


def give_to_callbacks(draft: Draft) -> Draft:
    """Has tasks take what their callbacks do."""
    return draft.with_dags(_give)


def _give(dag: DagDraft) -> DagDraft:
    tasks, callbacks = dict(dag.tasks), []
    for callback in dag.callbacks:
        taken = callback.needs.handovers if callback.moves else ()
        of = [tasks[task_id] for task_id in callback.task_ids or tasks if tasks[task_id].role != "airflow"]
        refused = (_refused(dag, callback, task, handover) for task in of for handover in taken)
        why = next(filter(None, refused), "")
        callbacks.append(replace(callback, call=None, notify=None, why=why) if why else callback)
        for task in of if taken and not why else ():
            tasks[task.task.task_id] = _with_inputs(task, taken)
    return replace(dag, tasks=tasks, callbacks=tuple(callbacks))


def _refused(dag: DagDraft, callback: Callback, task: TaskDraft, handover: Handover) -> str:
    """Why a step cannot give its callback a value; empty where it can."""
    task_id, source = task.task.task_id, handover.source
    giver = dag.tasks[source]
    if task.role != "work" or any(one.fan_out or one.group for one in (task, giver)):
        return f"it takes the result of `{source}`, and `{task_id}` is no plain step, or takes it of none"
    if source == task_id and callback.argument != "on_success_callback":
        return f"it takes the result of `{source}` itself, which has none then"
    if source == task_id and not (isinstance(task.lowering.body, CallFunction) and task.lowering.body.returns):
        return f"it takes the result of `{source}` itself, which is not what a function returns"
    if source != task_id and source not in dag.graph.ancestors(task_id):
        return f"it takes the result of `{source}`, which `{task_id}` does not come after"
    return missing(giver, handover)


def _with_inputs(task: TaskDraft, taken: tuple[Handover, ...]) -> TaskDraft:
    own = list(task.needs.handovers)
    names = {*RESERVED, *(known.parameter for known in own), *(resource.name for resource in task.needs.resources)}
    if isinstance(task.lowering.body, CallFunction):
        names |= {*task.lowering.body.added_parameters, *(p.name for p in task.lowering.body.callable.parameters)}
    for handover in taken:
        if handover.source != task.task.task_id and _same(own, handover) is None:
            # The name that suits may be that of a function which the step calls.
            wish = f"value_of_{identifier(handover.source.rpartition('.')[2])}"
            own.append(replace(handover, parameter=unique(wish, {*names, *(known.parameter for known in own)})))
    return replace(task, needs=replace(task.needs, handovers=tuple(own)))


def _same(known: list[Handover], handover: Handover) -> Handover | None:
    place = (handover.source, handover.key, handover.mapped)
    return next((one for one in known if (one.source, one.key, one.mapped) == place), None)


def inputs_of(callback: Callback, task: TaskDraft) -> tuple[dict[str, str], str]:
    """The inputs of a step by what its callback calls them, and what that calls the step's own result."""
    own = [one.parameter for one in callback.needs.handovers if one.source == task.task.task_id]
    known = list(task.needs.handovers)
    found = ((one.parameter, _same(known, one)) for one in callback.needs.handovers)
    return {name: same.parameter for name, same in found if same is not None}, next(iter(own), "")
