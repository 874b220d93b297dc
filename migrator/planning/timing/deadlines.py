"""By when data is to be there: SLAs of tasks (Airflow 2) and deadlines of DAGs (Airflow 3), as freshness policies of the assets.

Comes in: the draft with its nodes. Goes out: the same with `freshness` on the assets, and a row of the report for each. Facts: an SLA counts from the
logical date of the run after (`DagFileProcessor.manage_slas` of Airflow 2.11), a deadline from the logical date or from when the run was queued
(`DeadlineReference` of Airflow 3.1+); both concern one run, a freshness policy the asset.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping

from migrator.diagnostics import Severity
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.plan import AssetOut, CreateAsset, CreateOp, Delta, Freshness, Operation
from migrator.model.values import CallableValue, ObjectValue, Value
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.forms import AIRFLOW
from migrator.planning.timing.timetable import Clock, cron_period

_AT = re.compile(r"(\d+) (\d+|\*) (\S+) (\S+) (\S+)")
_ALERT = "alert when the asset is overdue: an alert policy of Dagster+, or a sensor that asks for the assets' freshness"


def set_freshness(draft: Draft) -> Draft:
    """Gives freshness policies to assets whose tasks have an SLA, and to the last assets of DAGs that have a deadline."""
    deltas: list[Delta] = []

    def change(dag: DagDraft) -> DagDraft:
        if dag.form == AIRFLOW:
            return dag
        policies: dict[str, Freshness] = {}
        able = {node.task_id for node in dag.nodes if isinstance(node, (CreateAsset, CreateOp)) and _can_say(node)}
        for wish in (*_slas(dag), *_deadlines(dag)):
            makers = [task_id for task_id in wish.task_ids if task_id in able]
            policy = _policy(dag.clock, wish.offset) if makers and wish.offset is not None else None
            if policy is not None:
                policies |= dict.fromkeys(makers, policy)
            deltas.append(_delta(dag, wish, policy))
        return replace(dag, nodes=tuple(_with_policy(node, policies) for node in dag.nodes)) if policies else dag

    done = draft.with_dags(change)
    return replace(done, deltas=(*draft.deltas, *deltas))


@dataclass(frozen=True, slots=True)
class _Wish:
    """`offset`: how long after a run's start the data is to be there; None where that cannot be said. `said`: what Airflow does, for the report."""

    task_ids: tuple[str, ...]
    offset: dt.timedelta | None
    said: str


def _slas(dag: DagDraft) -> Iterator[_Wish]:
    if not dag.dag.airflow_version.startswith("2"):
        return  # Airflow 3 takes the argument and does nothing with it.
    found: dict[dt.timedelta, list[str]] = {}
    for task_id, task in _moving(dag).items():
        sla = task.task.option("sla")
        if isinstance(sla, dt.timedelta):
            found.setdefault(sla, []).append(task_id)
    for sla, task_ids in found.items():
        shown = ", ".join(f"`{task_id}`" for task_id in task_ids)
        offset = sla
        if dag.clock.at_trigger_time:
            period = _period(dag.clock)
            offset = sla + period if period is not None else None  # type: ignore[assignment]
        yield _Wish(tuple(task_ids), offset, f"an SLA: {shown} is to be done {sla} after the end of its data interval")


def _deadlines(dag: DagDraft) -> Iterator[_Wish]:
    given = dag.dag.arguments.get("deadline")
    alerts = given if isinstance(given, (list, tuple)) else () if given is None else (given,)
    last = _last(dag)
    for alert in alerts:
        options: Mapping[str, Value] = alert.kwargs if isinstance(alert, ObjectValue) else {}
        names = ("reference", "interval", "callback")
        positional = zip(names, alert.args, strict=False) if isinstance(alert, ObjectValue) else ()
        options = {**dict(positional), **options}
        reference, interval = options.get("reference"), options.get("interval")
        kind = _kind(reference)
        offset = None
        if isinstance(interval, dt.timedelta):
            if kind == "DAGRUN_QUEUED_AT":
                offset = interval
            elif kind == "DAGRUN_LOGICAL_DATE":
                offset = _since_start(dag.clock, interval)
        after = {
            "DAGRUN_QUEUED_AT": "it was queued",
            "DAGRUN_LOGICAL_DATE": "its logical date",
            "AVERAGE_RUNTIME": "the time that the runs before it took on average",
        }.get(kind, "a moment")
        when = str(interval) if isinstance(interval, dt.timedelta) else "some time"
        yield _Wish(
            last,
            offset,
            f"a deadline: a run that is not done {when} after {after} calls {_called(options.get('callback'))}",
        )


def _kind(reference: Value) -> str:
    """The name that a reference of a deadline has in `DeadlineReference`; empty for one of the team's own."""
    if isinstance(reference, CallableValue):
        return reference.name
    return reference.type.rpartition(".")[2] if isinstance(reference, ObjectValue) else ""


def _called(callback: Value) -> str:
    """The function or notifier that a callback of a deadline names."""
    options = (
        {**dict(zip(("callback_callable",), callback.args, strict=False)), **callback.kwargs}
        if isinstance(callback, ObjectValue)
        else {}
    )
    target = options.get("callback_callable")
    name = target.name if isinstance(target, CallableValue) else target if isinstance(target, str) else ""
    return f"`{name}`" if name else "its callback"


def _since_start(clock: Clock, interval: dt.timedelta) -> dt.timedelta | None:
    """How long after its start a run is to be done that has to be so `interval` after its logical date."""
    if clock.at_trigger_time:
        return interval
    period = _period(clock)
    return interval - period if period is not None and interval > period else None


def _last(dag: DagDraft) -> tuple[str, ...]:
    """The tasks that make assets and come before no other such task."""
    makers = {task_id for task_id, task in _moving(dag).items() if task.outputs}
    return tuple(
        task_id for task_id in dag.tasks if task_id in makers and not makers & {*dag.graph.descendants(task_id)}
    )


def _moving(dag: DagDraft) -> dict[str, TaskDraft]:
    return {task_id: task for task_id, task in dag.tasks.items() if task.is_node}


def _period(clock: Clock) -> dt.timedelta | None:
    if clock.seconds:
        return dt.timedelta(seconds=clock.seconds)
    return cron_period(clock.crons[0]) if len(clock.crons) == 1 else None


def _policy(clock: Clock, offset: dt.timedelta) -> Freshness | None:
    """The policy of what runs by a clock are to make within `offset`; None where there is no clock that tells."""
    if clock.code or offset <= dt.timedelta(0):
        return None
    period = _period(clock)
    cron = later_cron(clock.crons[0], offset) if len(clock.crons) == 1 else ""
    if cron and (period is None or offset <= period):
        return Freshness(offset.total_seconds(), cron, clock.timezone)
    return Freshness((period + offset).total_seconds()) if period is not None else None


def later_cron(cron: str, offset: dt.timedelta) -> str:
    """The expression that is due `offset` after another one always is; empty if there is none.

    >>> later_cron("0 22 * * *", dt.timedelta(hours=3)), later_cron("30 5 * * 1-5", dt.timedelta(minutes=90))
    ('0 1 * * *', '0 7 * * 1-5')
    >>> later_cron("0 22 * * 1-5", dt.timedelta(hours=3)), later_cron("15 * * * *", dt.timedelta(minutes=50))
    ('', '5 * * * *')
    """
    match = _AT.fullmatch(cron)
    minutes, rest = divmod(offset.total_seconds(), 60)
    if match is None or rest:
        return ""
    minute, hour, *days = match.groups()
    every_day = days == ["*", "*", "*"]
    if hour == "*":
        return f"{(int(minute) + int(minutes)) % 60} * * * *" if every_day and minutes < 60 else ""
    later, total = divmod(int(hour) * 60 + int(minute) + int(minutes), 24 * 60)
    return f"{total % 60} {total // 60} {' '.join(days)}" if not later or every_day else ""


def _with_policy(node: Operation, policies: Mapping[str, Freshness]) -> Operation:
    if isinstance(node, CreateAsset) and node.task_id in policies:
        return replace(node, outputs=_fresh(node.outputs, policies[node.task_id]))
    if isinstance(node, CreateOp) and node.task_id in policies:
        return replace(node, materializes=_fresh(node.materializes, policies[node.task_id]))
    return node


def _can_say(node: CreateAsset | CreateOp) -> bool:
    """Whether it makes assets on which a policy can stand: `dg.AssetOut`, by which nodes make several with values, takes none."""
    if isinstance(node, CreateOp):
        return bool(node.materializes)
    with_values = bool(node.inputs) or any(output.stores_value for output in node.outputs)
    return len(node.outputs) == 1 or not with_values


def _fresh(outputs: Iterable[AssetOut], policy: Freshness) -> tuple[AssetOut, ...]:
    return tuple(replace(output, freshness=policy) for output in outputs)


def _delta(dag: DagDraft, wish: _Wish, policy: Freshness | None) -> Delta:
    if policy is None:
        return Delta(dag.dag_id, None, Severity.WARNING, wish.said, "nothing watches that", _ALERT)
    watched = "its assets have" if len(wish.task_ids) == 1 else "their assets have"
    return Delta(
        dag.dag_id,
        None,
        Severity.WARNING,
        wish.said,
        f"{watched} a freshness policy: Dagster shows when they are overdue, and calls nothing",
        _ALERT,
    )
