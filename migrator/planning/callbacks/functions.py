"""Callbacks of a DAG (`on_failure_callback`...): functions that a sensor on the job's runs can call.

A function moves if what it takes of Airflow's context is known when the run has ended; one that needs more is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from migrator.diagnostics import Severity
from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, Choose, ContinueIf, Notify
from migrator.model.changed import replace
from migrator.model.expressions import Attempt, EndedStep, Expr, Format, InputValue
from migrator.model.plan import CreateAsset, CreateOp, CreateRunSensor, Delta, Operation, StepCall
from migrator.model.values import CallableValue, ObjectValue, Value, show
from migrator.model.walk import walk
from migrator.operators.rule import Untranslatable
from migrator.planning.callbacks.ended import COPY_WITHOUT_NUMBER, STATE_OF_SUCCESS
from migrator.planning.callbacks.errors import sees_other_error, with_classes
from migrator.planning.callbacks.notifiers import known_notifier, own_notifier, sent
from migrator.planning.callbacks.taken import inputs_of
from migrator.planning.context import DagFacts, TaskContext
from migrator.planning.draft import Callback, DagDraft, Draft
from migrator.planning.flow.ends import recovered
from migrator.planning.flow.failures import caught
from migrator.planning.flow.skipping import skips_itself
from migrator.planning.forms import AIRFLOW, OPS
from migrator.planning.naming.identifiers import identifier, unique

_EVENTS = {
    "on_failure_callback": "failure",
    "on_success_callback": "success",
    "on_retry_callback": "retry",
    "on_execute_callback": "execute",
    "on_skipped_callback": "skip",
    "email_on_failure": "failure",
}
_LOST = ("sla_miss_callback",)
_CALLED = (
    "on_execute_callback",
    "on_retry_callback",
    "on_failure_callback",
    "on_success_callback",
    "on_skipped_callback",
)
_WITHIN = ("execute", "retry", "skip")
"""Events of steps at which a step itself calls functions: when the run has ended is too late."""
_KNOWN_WITHIN = ("copy", "error", "name", "tries", "url")
"""What a step knows of itself, of that which a callback may ask of a step (`EndedStep`)."""


def lower_callbacks(facts: DagFacts) -> tuple[Callback, ...]:
    """The callbacks of the DAG, and those of its tasks."""
    of_dag = [_lower(facts, argument, "dag", value) for argument, value in _given(facts.dag.arguments)]
    return (*of_dag, *_of_tasks(facts), *_mail(facts))


def _of_tasks(facts: DagFacts) -> Iterator[Callback]:
    """The callbacks that tasks have, be it by `default_args` of the DAG or of a group; one that several tasks share, once, for all of them."""
    dag = facts.dag
    of_all = list(_given(dag.default_args))
    found: list[tuple[str, Value, list[str]]] = [(argument, value, []) for argument, value in of_all]
    for task in dag.tasks:
        for argument, value in _given({name: task.option(name) for name in (*_CALLED, *_LOST)}):
            same = next((tasks for name, other, tasks in found if name == argument and other == value), None)
            if same is None:
                found.append((argument, value, [task.task_id]))
            else:
                same.append(task.task_id)
    for argument, value, task_ids in found:
        if not task_ids and dag.tasks:
            continue
        every = (argument, value) in of_all and len(task_ids) == len(dag.tasks)
        yield _lower(facts, argument, "task", value, () if every else tuple(task_ids))


def watch_runs(draft: Draft) -> Draft:
    """A sensor on the job's runs for each callback that moves, a delta for each of them."""
    deltas: list[Delta] = []

    def change(dag: DagDraft) -> DagDraft:
        if dag.form == AIRFLOW:
            return dag
        taken = {getattr(operation, "name", "") for operation in dag.automation}
        sensors: list[CreateRunSensor] = []
        for callback in (_with_what_is_known(dag, callback) for callback in dag.callbacks):
            event = _EVENTS.get(callback.argument, "")
            if sees_other_error(callback, [dag.tasks[task_id] for task_id in _of(dag, callback)]):
                deltas.append(_other_error(dag, callback))
            if COPY_WITHOUT_NUMBER in callback.needs.notes and callback.moves:
                deltas.append(_number_of_copy(dag, callback))
            if event == "success" and callback.scope == "task" and callback.moves:
                deltas.extend(_skips_that_count(dag, callback))
            if _is_of_steps(dag, callback):
                if event == "skip" and (silent := _silent(dag, callback)):
                    why = "it is not seen whether such a step skips itself or is skipped"
                    deltas.append(_delta(dag, replace(callback, call=None, notify=None, why=why, task_ids=silent)))
                if event not in _WITHIN:
                    deltas.append(_delta(dag, callback, within=True))
                dag = _called_in_steps(dag, callback, taken)
                continue
            deltas.append(_delta(dag, callback))
            if not callback.moves:
                continue
            name = unique(f"{dag.job}_{identifier(callback.name)}", taken)
            taken.add(name)
            steps = event if callback.scope == "task" else ""
            # Steps of a run that fails in the end may have succeeded, and others the other way round.
            on = "done" if steps == "success" or (steps and _is_recovered(dag, callback)) else event
            sensors.append(
                CreateRunSensor(
                    dag.dag_id,
                    None,
                    name,
                    dag.job,
                    on,
                    callback=callback.call,
                    notify=callback.notify,
                    steps=steps,
                    task_ids=callback.task_ids,
                    even_skipped=_even_skipped(dag, callback) if steps == "success" else (),
                )
            )
        return replace(dag, automation=(*dag.automation, *sensors))

    done = draft.with_dags(change)
    return replace(done, deltas=(*draft.deltas, *deltas))


def _of(dag: DagDraft, callback: Callback) -> tuple[str, ...]:
    """The tasks that have the callback and are steps."""
    return tuple(task_id for task_id in callback.task_ids or dag.tasks if dag.tasks[task_id].is_node)


def _is_recovered(dag: DagDraft, callback: Callback) -> bool:
    """Whether a run may end well in which a task failed that has the callback."""
    return dag.form == OPS and not recovered(dag).isdisjoint(_of(dag, callback))


def _with_what_is_known(dag: DagDraft, callback: Callback) -> Callback:
    """The callback; one that takes values is lost where one of its tasks has no step of its own, or takes its own result where that is an asset without
    a value, or not with one in each run."""
    taken = callback.needs.handovers if callback.moves else ()
    of = [task_id for task_id in callback.task_ids or dag.tasks if dag.tasks[task_id].disposition != "airflow"]
    apart = [task_id for task_id in of if not dag.tasks[task_id].is_node]
    own = {handover.source for handover in taken}.intersection(of)
    assets = [node for node in dag.nodes if isinstance(node, CreateAsset) and node.task_id in own]
    why = f"it takes a value of a task, and `{apart[0]}` has no step that is given it" if taken and apart else ""
    if not all(_has_result(dag, node) for node in assets):
        why = "it takes the result of its task, whose asset is something else"
    return replace(callback, call=None, notify=None, why=why) if why else callback


def _has_result(dag: DagDraft, node: CreateAsset) -> bool:
    return [(output.key, output.optional) for output in node.outputs] == [(dag.tasks[node.task_id].value_key, False)]


def _is_of_steps(dag: DagDraft, callback: Callback) -> bool:
    """Whether steps call a callback themselves: at once, or with values that only they are given."""
    event = _EVENTS.get(callback.argument)
    if not callback.moves or callback.needs.handovers or event in _WITHIN:
        return callback.moves
    return callback.call is not None and _called_inside(dag, callback)


def _called_inside(dag: DagDraft, callback: Callback) -> bool:
    """Whether steps call a callback at their end, as runs go on after failures of theirs: what comes next may build on what it does."""
    if dag.form != OPS or callback.scope != "task" or not caught(dag):
        return False
    asked = (part.field for part in walk(callback.call) if isinstance(part, EndedStep))
    return all(field in _KNOWN_WITHIN for field in asked)


def _called_in_steps(dag: DagDraft, callback: Callback, taken: set[str]) -> DagDraft:
    """The DAG with steps that call the function, or send the message, themselves. A step that is never tried again does not do so between tries."""
    event = _EVENTS[callback.argument]
    call = callback.call or callback.notify
    assert call is not None
    known = [made for node in dag.nodes if isinstance(node, CreateAsset | CreateOp) for made in node.calls]
    step_call = next((made for made in known if (made.on, made.call) == (event, call)), None)
    if step_call is None:
        names = {*taken, *(getattr(node, "name", "") for node in dag.nodes)}
        step_call = StepCall(event, unique(f"call_{identifier(callback.name)}", names), call)
        taken.add(step_call.name)

    def change(node: Operation) -> Operation:
        if not isinstance(node, CreateAsset | CreateOp) or not node.task_id:
            return node
        wanted = not callback.task_ids or node.task_id in callback.task_ids
        if not wanted or (event == "retry" and node.retry is None) or (event == "skip" and not _shows_skip(node)):
            return node
        values, result_as = inputs_of(callback, dag.tasks[node.task_id])
        even_skipped = event == "success" and node.task_id in _even_skipped(dag, callback)
        made = replace(step_call, values=values, result_as=result_as, even_skipped=even_skipped)
        return replace(node, calls=(*node.calls, made))

    return replace(dag, nodes=tuple(map(change, dag.nodes)))


def _silent(dag: DagDraft, callback: Callback) -> tuple[str, ...]:
    """The tasks of a callback for those that skip themselves, as far as they may have no result and it does not show why."""
    nodes = [node for node in dag.nodes if isinstance(node, CreateAsset | CreateOp) and _may_lack(node)]
    wanted = [node for node in nodes if not callback.task_ids or node.task_id in callback.task_ids]
    return tuple(node.task_id for node in wanted if not _shows_skip(node))


def _skipping(dag: DagDraft, callback: Callback) -> tuple[CreateAsset | CreateOp, ...]:
    """The nodes of a callback's tasks that skip themselves, where Airflow calls `on_success_callback` then as well: Airflow 2 does, behind
    `on_skipped_callback`."""
    if dag.dag.airflow_version.startswith("3"):
        return ()
    of = {task_id for task_id in _of(dag, callback) if skips_itself(dag.tasks[task_id])}
    return tuple(node for node in dag.nodes if isinstance(node, CreateAsset | CreateOp) and node.task_id in of)


def _even_skipped(dag: DagDraft, callback: Callback) -> tuple[str, ...]:
    """The tasks of an `on_success_callback` for which it is called when they skip themselves, too: that must show."""
    return tuple(node.task_id for node in _skipping(dag, callback) if _shows_skip(node))


def _skips_that_count(dag: DagDraft, callback: Callback) -> Iterator[Delta]:
    """What differs in calls of an `on_success_callback` for tasks that skip themselves."""
    shown = _even_skipped(dag, callback)
    silent = tuple(node.task_id for node in _skipping(dag, callback) if node.task_id not in shown)
    when = f"`on_success_callback` calls `{callback.name}` for {{}} after it skipped itself as well"
    if silent:
        why = "it is called where the task succeeds only: it is not seen whether such a step skips itself or is skipped"
        yield Delta(dag.dag_id, None, Severity.INFO, when.format(_tasks(silent)), why)
    if shown and STATE_OF_SUCCESS in callback.needs.notes:
        told = f"{when.format(_tasks(shown))}, and tells it the state `skipped`"
        yield Delta(dag.dag_id, None, Severity.INFO, told, "it is told the state `success`")


def _may_lack(node: CreateAsset | CreateOp) -> bool:
    """Whether the node may have no result, and it is not that it chooses between several."""
    if isinstance(node.body, Choose | ContinueIf):
        return False
    outputs = node.outputs if isinstance(node, CreateAsset) else ()
    return any(output.optional for output in outputs) or (
        isinstance(node, CreateOp) and any(name == "result" and optional for name, optional in node.outputs)
    )


def _shows_skip(node: CreateAsset | CreateOp) -> bool:
    """Whether the node's function ends without a result just where the work says that there is nothing to do."""
    asks = bool(node.conditions)
    if isinstance(node, CreateOp):
        asks = asks or node.asks or bool(node.within or node.stream)
    return _may_lack(node) and not asks


def _given(arguments: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for argument in (*_CALLED, *_LOST):
        value = arguments.get(argument)
        if value is None:
            continue
        for entry in value if isinstance(value, (list, tuple)) else [value]:
            if entry is not None:
                yield argument, entry


def _lower(facts: DagFacts, argument: str, scope: str, value: Value, task_ids: tuple[str, ...] = ()) -> Callback:
    found = _moved(facts, argument, scope, value, task_ids)
    return replace(found, task_ids=task_ids)


def _moved(facts: DagFacts, argument: str, scope: str, value: Value, task_ids: tuple[str, ...]) -> Callback:
    name = _name_of(value)
    if argument not in _EVENTS or (scope == "dag" and _EVENTS[argument] in _WITHIN):
        return Callback(argument, scope, name, why="Dagster has no such event")
    message = known_notifier(value) if isinstance(value, ObjectValue) else None
    made = value.made if isinstance(value, ObjectValue) else None
    function = value if isinstance(value, CallableValue) else None
    if function is None and made is None and message is None:
        return Callback(argument, scope, name, why="it is not a function of these files")
    task = Task(facts.dag.dag_id, argument, "", "", facts.dag.span, callable=function)
    context = TaskContext(facts, task, (scope, _EVENTS[argument]))
    context.covered = tuple(other for other in facts.dag.tasks if not task_ids or other.task_id in task_ids)
    try:
        if message is not None:
            notify = sent(value, message, context)
            _check_known(notify, context, within=False)
            return Callback(argument, scope, _name_of(value), notify=notify, needs=context.needs())
        if made is not None:
            name = _name_of(value)
            call = own_notifier(value, made, context)
        else:
            call = context.call(function)
        _check_known(call, context, _EVENTS[argument] in _WITHIN)
        call = _moved_call(call)
        call = with_classes(call, facts.project)
    except Untranslatable as error:
        return Callback(argument, scope, name, why=error.reason)
    except Exception as error:  # a bug here must not take the DAG down with it
        return Callback(argument, scope, name, why=f"{type(error).__name__}: {error}")
    return Callback(argument, scope, name, call, needs=context.needs())


def _name_of(value: Value) -> str:
    if isinstance(value, ObjectValue):
        return value.type.rpartition(".")[2]
    return value.name if isinstance(value, CallableValue) else show(value)


def _mail(facts: DagFacts) -> Iterator[Callback]:
    """The mail that Airflow sends for each task that fails, where it goes to the same people for all tasks. Airflow's words are not kept, so
    a step is called what Dagster calls it."""
    tasks = facts.dag.tasks
    given = [task.option("email") for task in tasks if task.option("email_on_failure", True) is not False]
    if not given or not given[0] or len(given) < len(tasks) or any(value != given[0] for value in given):
        return
    context = TaskContext(facts, tasks[0], ("task", "failure"))
    try:
        to = context.template(given[0])
        fields = {
            "to": to,
            "subject": Format((f"{facts.dag.dag_id}: ", EndedStep("key", True), " failed")),
            "html": EndedStep("report", True),
        }
        resource = context.resource("smtp_default", "email")
    except Untranslatable:
        return
    yield Callback("email_on_failure", "task", "mail", needs=context.needs(), notify=Notify("email", resource, fields))


def _check_known(work: CallFunction | Notify, context: TaskContext, within: bool) -> None:
    """Raises Untranslatable where a call, or a message, takes what is not known in a sensor, or in a step (`within`, or as it takes values of tasks)."""
    assert context.ended is not None
    unknown = Untranslatable("MIG203", "it takes something of the run that is not known when that has ended")
    taken = context.needs().handovers
    of_steps = {part.field for part in walk(work) if isinstance(part, EndedStep)}
    if taken and (context.ended[0] == "dag" or not of_steps.issubset(_KNOWN_WITHIN)):
        raise unknown
    given = [*work.fields.values()] if isinstance(work, Notify) else [*work.args, *work.kwargs.values()]
    given += (work.made_with or {}).values() if isinstance(work, CallFunction) else ()
    names = {handover.parameter for handover in taken if not handover.mapped}
    for part in _parts(given):
        if (isinstance(part, Attempt) and not (within or taken)) or (
            isinstance(part, InputValue) and part.parameter not in names
        ):
            raise unknown


def _moved_call(call: CallFunction) -> CallFunction:
    """The call as a sensor or a step makes it. Raises Untranslatable where it is not given all that it takes."""
    slots = [p for p in call.callable.parameters if p.kind in ("positional_only", "positional_or_keyword")]
    free = [p for p in slots[len(call.args) :] if p.name not in call.kwargs and p.name not in call.dropped_parameters]
    if any(not parameter.has_default for parameter in free):
        raise Untranslatable("MIG203", f"nothing gives it its argument `{free[0].name}`")
    return replace(call, inline=False, returns=False)


def _parts(value: Expr) -> Iterator[Expr]:
    """The expression and those that it is put together of."""
    yield value
    inside = value.parts if isinstance(value, Format) else value.values() if isinstance(value, Mapping) else value
    for part in inside if isinstance(inside, Iterable) and not isinstance(inside, (str, bytes)) else ():
        yield from _parts(part)


def _delta(dag: DagDraft, callback: Callback, within: bool = False) -> Delta:
    of = "each DAG" if callback.scope == "dag" else _tasks(callback.task_ids) or "each task"
    when = f"`{callback.argument}` calls `{callback.name}` for {of}"
    steps = "once for each step" if callback.scope == "task" else "once"
    if callback.notify is not None and callback.argument != "email_on_failure":
        return Delta(
            dag.dag_id,
            None,
            Severity.INFO,
            when,
            f"{'the step sends the message at its end' if within else f'a sensor sends the message {steps} when the run has ended'},"
            f" through the resource `{callback.notify.resource}`",
        )
    if callback.notify is not None:
        return Delta(
            dag.dag_id,
            None,
            Severity.INFO,
            "Airflow sends a mail when a task fails, after each try where `email_on_retry` says so",
            "a sensor sends a mail of other words for each step that failed, when the run has ended",
        )
    if callback.call is None:
        return Delta(
            dag.dag_id,
            None,
            Severity.WARNING,
            when,
            f"nothing calls it: {callback.why}",
            "write a run status sensor that does the same",
        )
    return Delta(
        dag.dag_id,
        None,
        Severity.INFO,
        when,
        f"{'the step calls it at its end' if within else f'a sensor calls it {steps} when the run has ended'}; a link leads to the run in Dagster",
    )


def _other_error(dag: DagDraft, callback: Callback) -> Delta:
    return Delta(
        dag.dag_id,
        None,
        Severity.INFO,
        f"`{callback.argument}` gives `{callback.name}` the error of the task, of one of Airflow's classes where it is Airflow's",
        "it gets the error of the step: `AirflowException` is `RuntimeError`, what a time limit or a wait in vain raises has other words, and work that is no"
        " function of the team's fails with an error of its own",
        "see to what looks at the class or the words of the error",
    )


def _number_of_copy(dag: DagDraft, callback: Callback) -> Delta:
    return Delta(
        dag.dag_id,
        None,
        Severity.INFO,
        f"`{callback.argument}` tells `{callback.name}` which copy of a mapped task it is (`map_index`)",
        "copies that are written out as functions of their own have the number -1",
    )


def _tasks(task_ids: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{task_id}`" for task_id in task_ids[:5])
    return shown + (f" and {len(task_ids) - 5} more" if len(task_ids) > 5 else "")
