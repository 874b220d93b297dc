"""Waiting for other DAGs: a dependency on what they make."""

from __future__ import annotations

import datetime as dt

from migrator.diagnostics import Severity
from migrator.model.airflow import Task
from migrator.model.bodies import PollUntil, RunOfDate
from migrator.model.changed import replace
from migrator.model.expressions import Construct, RunDate
from migrator.model.plan import Delta
from migrator.model.values import CallableValue, Value
from migrator.operators.common import argument, delta, flag, known_text, poll, seconds
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_MODULE = "airflow.providers.standard.sensors.external_task."
_STATES = frozenset({"success", "failed", "skipped", "upstream_failed"})
"""The states of Airflow's that a run or step of Dagster can be told to be in."""


def _await(task: Task, context: LoweringContext) -> Lowering:
    dag_id = known_text(task, "external_dag_id", argument(task, "external_dag_id"))
    if dag_id == context.dag.dag_id:
        raise Untranslatable("MIG306", "it waits for another run of its own DAG", task.span)
    group = argument(task, "external_task_group_id")
    ids = _task_ids(task) if group is None else (known_text(task, "external_task_group_id", group),)
    target = f"{dag_id}.{ids[0]}" if len(ids) == 1 else dag_id
    shift = argument(task, "execution_delta")
    known = shift if isinstance(shift, dt.timedelta) else dt.timedelta(0)
    return Lowering(
        "await",
        deltas=tuple(_deltas(task, context, target)),
        target=target,
        shift=known,
        waits=_wait(task, context),
        members=ids[1:] and ids,
    )


def _wait(task: Task, context: LoweringContext) -> PollUntil | None:
    """What waits for the run of the date that is meant; None where it cannot be told which that is, or what it has to be like."""
    shift, function = argument(task, "execution_delta"), argument(task, "execution_date_fn")
    allowed = _states(argument(task, "allowed_states") or ["success"])
    refused = _states(argument(task, "failed_states") or [])
    if allowed is None or refused is None or not isinstance(shift, (dt.timedelta, type(None))):
        return None
    date, computed = RunDate("logical_date"), None
    try:
        if isinstance(function, CallableValue):
            computed = context.call(function)
            first = next((parameter.name for parameter in function.parameters), "")
            named = {name: value for name, value in computed.kwargs.items() if name != first}
            moment = Construct("pendulum.instance", (date,))
            computed = replace(computed, args=(moment, *computed.args), kwargs=named, inline=False)
        elif function is not None:
            return None
        soft = flag(task, "soft_fail")
        asked = RunOfDate(date, shift or dt.timedelta(0), computed, allowed, () if soft else refused)
        return _looking(task, context, poll(task, asked))
    except Untranslatable:
        return None


def _looking(task: Task, context: LoweringContext, waits: PollUntil) -> PollUntil:
    """With the interval that `poll_interval` says: in Airflow 3 where `poke_interval` says none, in Airflow 2 of a task that is deferred."""
    counts = argument(task, "poke_interval") is None
    if not context.dag.airflow_version.startswith("3"):
        counts = task.option("deferrable") is True
    return replace(waits, interval=seconds(task, "poll_interval", waits.interval)) if counts else waits


def _states(given: Value) -> tuple[str, ...] | None:
    """States as a run or step of Dagster can be in them; None where one of them has no such."""
    names = [str(one) for one in given] if isinstance(given, (list, tuple, set, frozenset)) else [""]
    return tuple(dict.fromkeys(names)) if _STATES.issuperset(names) else None


def _task_ids(task: Task) -> tuple[str, ...]:
    """The tasks that it waits for; none where it waits for the whole DAG."""
    single = argument(task, "external_task_id")
    several = argument(task, "external_task_ids")
    if several is None:
        return () if single is None else (known_text(task, "external_task_id", single),)
    if not isinstance(several, (list, tuple, set)):
        raise Untranslatable("MIG207", "the tasks that it waits for are only known at run time", task.span)
    return tuple(sorted({known_text(task, "external_task_ids", one) for one in several}))


def _deltas(task: Task, context: LoweringContext, target: str) -> list[Delta]:
    shift, deltas = argument(task, "execution_delta"), []
    computed = argument(task, "execution_date_fn") is not None
    if computed or not isinstance(shift, (dt.timedelta, type(None))):
        what = "of a date that a function computes" if computed else "of another date"
        deltas.append(other_date(context.dag.dag_id, task.task_id, target, what))
    states = argument(task, "allowed_states")
    if isinstance(states, (list, tuple)) and sorted(str(state) for state in states) != ["success"]:
        shown = ", ".join(str(state) for state in states)
        deltas.append(delta(context, f"it goes on when `{target}` is {shown}", f"it goes on when `{target}` succeeded"))
    return deltas


def other_date(dag_id: str, task_id: str, target: str, what: str) -> Delta:
    """The difference where it cannot be told which partition of another DAG a task waits for; `what` says of which date its run is."""
    return Delta(
        dag_id,
        task_id,
        Severity.WARNING,
        f"it waits for the run of `{target}` {what}",
        f"it depends on what `{target}` made last, or for the same partition",
        "map the partitions with a `TimeWindowPartitionMapping` where both have them",
    )


def _fold_marker(task: Task, context: LoweringContext) -> Lowering:
    return Lowering("folded", reason="it only makes Airflow clear the other DAG's task together with this one")


RULES = (
    Rule(
        name="external-task",
        operators=(_MODULE + "ExternalTaskSensor",),
        summary="A dependency on the assets of the DAG, task or group that it waits for, and a sensor that starts the run when those for its date are made; in the middle of a job of ops a step that waits for the run of that date. "
        "Waiting for another run of its own DAG stays in Airflow.",
        lower=_await,
        carried=frozenset(
            {
                "external_dag_id",
                "external_task_id",
                "external_task_ids",
                "external_task_group_id",
                "execution_delta",
                "execution_date_fn",
                "allowed_states",
                "failed_states",
                "poke_interval",
                "poll_interval",
                "timeout",
                "soft_fail",
            }
        ),
        ignored={
            "skipped_states": "an asset is not updated by a skipped run; a row of the report's differences where a step waits",
            "check_existence": "the dependency is checked when the code is loaded",
            "deferrable": "a dependency does not wait within a run",
        },
        examples=(
            Example(
                title="One DAG waits for another's task",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sensors.external_task import ExternalTaskSensor

with DAG("load", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SQLExecuteQueryOperator(task_id="orders", conn_id="shop", sql="INSERT INTO orders SELECT * FROM incoming")

with DAG("mart", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="load", external_task_id="orders")
    wait >> SQLExecuteQueryOperator(task_id="sales", conn_id="shop", sql="INSERT INTO sales SELECT * FROM orders")
""",
                expected=("deps=", '"orders"'),
                disposition="sensor",
            ),
        ),
    ),
    Rule(
        name="external-task-marker",
        operators=(_MODULE + "ExternalTaskMarker",),
        summary="Dissolves: Dagster knows what depends on an asset.",
        lower=_fold_marker,
        ignored={
            "external_dag_id": "Dagster knows what depends on an asset",
            "external_task_id": "Dagster knows what depends on an asset",
            "logical_date": "Dagster knows what depends on an asset",
            "execution_date": "Dagster knows what depends on an asset",
            "recursion_depth": "Dagster knows what depends on an asset",
        },
    ),
)
