"""Callbacks of a DAG (`on_failure_callback`...): functions that a sensor on the job's runs can call.

Only a function that does without Airflow's context moves; one that looks into it is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.diagnostics import Severity
from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.plan import CreateRunSensor, Delta
from migrator.model.values import CallableValue, Value, show
from migrator.operators.rule import Untranslatable
from migrator.planning.context import DagFacts, TaskContext
from migrator.planning.draft import Callback, DagDraft, Draft
from migrator.planning.forms import AIRFLOW
from migrator.planning.names import identifier, unique, words

_EVENTS = {"on_failure_callback": "failure", "on_success_callback": "success"}
_LOST = ("on_retry_callback", "on_execute_callback", "on_skipped_callback", "sla_miss_callback")


def lower_callbacks(facts: DagFacts) -> tuple[Callback, ...]:
    """The callbacks of the DAG and those that `default_args` give to all its tasks."""
    dag = facts.dag
    found = [*_given(dag.arguments, "DAG"), *_given(dag.default_args, "task")]
    return tuple(_lower(facts, argument, scope, value) for argument, scope, value in found)


def watch_runs(draft: Draft) -> Draft:
    """A sensor on the job's runs for each callback that moves, a delta for each of them."""
    deltas: list[Delta] = []

    def change(dag: DagDraft) -> DagDraft:
        if dag.form == AIRFLOW:
            return dag
        taken = {getattr(operation, "name", "") for operation in dag.automation}
        sensors: list[CreateRunSensor] = []
        for callback in dag.callbacks:
            deltas.append(_delta(dag, callback))
            if callback.call is None:
                continue
            name = unique(f"{dag.job}_{identifier(callback.name)}", taken)
            taken.add(name)
            on = _EVENTS[callback.argument]
            sensors.append(CreateRunSensor(dag.dag_id, None, name, dag.job, on, callback=callback.call))
        return replace(dag, automation=(*dag.automation, *sensors))

    done = draft.with_dags(change)
    return replace(done, deltas=(*draft.deltas, *deltas))


def _given(arguments: Mapping[str, Value], scope: str) -> Iterator[tuple[str, str, Value]]:
    for argument in (*_EVENTS, *_LOST):
        value = arguments.get(argument)
        for entry in value if isinstance(value, (list, tuple)) else [value]:
            if entry is not None:
                yield argument, scope, entry


def _lower(facts: DagFacts, argument: str, scope: str, value: Value) -> Callback:
    name = value.name if isinstance(value, CallableValue) else show(value)
    if argument not in _EVENTS:
        return Callback(argument, scope, name, why="Dagster has no such event")
    if not isinstance(value, CallableValue):
        return Callback(argument, scope, name, why="it is not a function of these files")
    task = Task(facts.dag.dag_id, argument, "", "", facts.dag.span, callable=value)
    context = TaskContext(facts, task)
    try:
        call = _without_context(context.call(value), facts)
    except Untranslatable as error:
        return Callback(argument, scope, name, why=error.reason)
    except Exception as error:  # a bug here must not take the DAG down with it
        return Callback(argument, scope, name, why=f"{type(error).__name__}: {error}")
    if call is None:
        return Callback(argument, scope, name, why="it looks into Airflow's context")
    return Callback(argument, scope, name, call, needs=context.needs())


def _without_context(call: CallFunction, facts: DagFacts) -> CallFunction | None:
    """The call without the parameter that took the context; None where the function uses it."""
    function = call.callable
    if call.added_parameters or function.span is None:
        return None
    slots = [p for p in function.parameters if p.kind in ("positional_only", "positional_or_keyword")]
    unbound = [
        p for p in slots[len(call.args) :] if p.name not in call.kwargs and p.name not in call.dropped_parameters
    ]
    dropped = call.dropped_parameters
    if not dropped and unbound:
        # Airflow hands the context to the first parameter, whatever its name.
        first, *unbound = unbound
        text = facts.project.sources[function.span.file].cut(function.span)
        if first.name in words(text.replace(first.name, "", 1)):
            return None
        dropped = (first.name,)
    if any(not parameter.has_default for parameter in unbound):
        return None
    return replace(call, dropped_parameters=dropped, inline=False, returns=False)


def _delta(dag: DagDraft, callback: Callback) -> Delta:
    when = f"`{callback.argument}` calls `{callback.name}` for each {callback.scope}"
    if callback.call is None:
        return Delta(
            dag.dag_id,
            None,
            Severity.WARNING,
            when,
            f"nothing calls it: {callback.why}",
            "write a run status sensor that does the same",
        )
    return Delta(dag.dag_id, None, Severity.INFO, when, "a sensor calls it once for each run of the job, after the run")
