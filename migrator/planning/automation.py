"""What starts a DAG's job and what its runs start: job, schedule, sensors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from migrator.diagnostics import Diagnostic, Severity, diagnose
from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction, Notify, PollUntil, RequestRun, RunOperator, UseResource
from migrator.model.changed import replace
from migrator.model.plan import (
    AssetExpression,
    AssetOut,
    CreateJob,
    CreateRunSensor,
    CreateSchedule,
    CreateSensor,
    DeclareExternalAsset,
    Delta,
    Operation,
)
from migrator.model.values import AssetValue
from migrator.operators.external_task import other_date
from migrator.planning.assets.dependencies import target_keys
from migrator.planning.assets.names import alias_key, any_alias, is_alias_filled, key_of, keys_by_name, leaves
from migrator.planning.assets.triggers import asks_for_triggers
from migrator.planning.callables.run_starts import request_key
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.execution import step_limit
from migrator.planning.forms import AIRFLOW, OPS, airflow_decides, find_target, is_head
from migrator.planning.naming.identifiers import key_part
from migrator.planning.nodes import tags
from migrator.planning.timing.asset_partitions import asset_partitions, members, partitioned
from migrator.planning.timing.events import event_crons
from migrator.planning.timing.key_partitions import followed_keys, made_for_keys
from migrator.planning.timing.order import in_order
from migrator.planning.timing.own_timetables import limits
from migrator.planning.timing.timetable import last_start

_OFTEN = 30
"""The seconds between two looks of Dagster's daemon at its sensors; more often it does not look."""
_BY_HAND = ", and of a run that a person starts the interval begins and ends at the date of the run"


def automate(draft: Draft) -> Draft:
    """Writes the job of every DAG that moves, and what starts it."""
    automation = _Automation(draft)
    dags = {dag_id: automation.of_dag(dag) for dag_id, dag in draft.dags.items()}
    known = {declared.output.key for declared in draft.external_assets}
    added = [DeclareExternalAsset(out) for key, out in sorted(automation.external.items()) if key not in known]
    external = sorted([*draft.external_assets, *added], key=lambda declared: declared.output.key)
    return replace(
        draft,
        dags=dags,
        external_assets=tuple(external),
        deltas=(*draft.deltas, *automation.deltas),
        diagnostics=(*draft.diagnostics, *automation.diagnostics),
    )


class _Automation:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.external: dict[AssetKey, AssetOut] = {}
        self.deltas: list[Delta] = []
        self.diagnostics: list[Diagnostic] = []
        self.by_name = keys_by_name(draft.project)
        self.for_keys = made_for_keys(draft.project)

    def of_dag(self, dag: DagDraft) -> DagDraft:
        if dag.form == AIRFLOW:
            return dag
        starts = list(self._starts(dag))
        return replace(dag, automation=(self._job(dag), *starts, *self._after_runs(dag)))

    def _job(self, dag: DagDraft) -> CreateJob:
        found = tags(dag.dag)
        timeout = dag.dag.arguments.get("dagrun_timeout")
        if isinstance(timeout, dt.timedelta):
            found["dagster/max_runtime"] = str(int(timeout.total_seconds()))
        description = (dag.dag.description or "").strip()
        partitioned = dag.partitions is not None or dag.keys is not None
        return CreateJob(dag.dag_id, dag.job, dag.form, description, found, partitioned, step_limit(dag))

    # ------------------------------------------------------------------------------------------ what starts the job

    def _starts(self, dag: DagDraft) -> Iterator[Operation]:
        heads = [task for task in dag.tasks.values() if is_head(task)]
        awaits = [task for task in dag.tasks.values() if task.disposition == "sensor" and task.role == "await"]
        if heads:
            yield self._sensor(dag, heads)
        elif awaits and dag.form == OPS:
            yield self._await(dag, awaits)
        else:
            if dag.clock.ticks and not dag.clock.code and not airflow_decides(dag):
                yield self._in_order(dag) if in_order(dag) else self._schedule(dag)
            if dag.clock.own is not None and not airflow_decides(dag):
                yield self._by_timetable(dag)
            if dag.dag.schedule.kind == "continuous" and not airflow_decides(dag):
                yield self._continuous(dag)
            yield from self._on_assets(dag)

    def _schedule(self, dag: DagDraft) -> CreateSchedule:
        until, grid = last_start(dag.dag, dag.clock), dag.clock.grid
        events = tuple(date for date in dag.clock.events if until is None or date <= until)
        return CreateSchedule(
            dag.dag_id,
            f"{dag.job}_schedule",
            dag.job,
            event_crons(events, dag.clock.timezone) or ((grid.cron,) if grid is not None else dag.clock.crons),
            dag.clock.timezone,
            dag.partitions is not None,
            until.isoformat() if until is not None and not dag.clock.events else "",
            dag.interval,
            bool(dag.interval and dag.clock.lag),
            dt.timedelta(seconds=dag.clock.seconds) if grid is not None else dt.timedelta(0),
            grid.since.isoformat() if grid is not None else "",
            tuple(date.isoformat() for date in events),
        )

    def _in_order(self, dag: DagDraft) -> CreateSensor:
        return CreateSensor(
            dag.dag_id,
            f"{dag.job}_sensor",
            dag.job,
            interval=_OFTEN,
            partitioned=True,
            cron=dag.clock.crons[0],
            timezone=dag.clock.timezone,
        )

    def _by_timetable(self, dag: DagDraft) -> CreateSensor:
        """What asks a timetable of the team's own."""
        same = "" if dag.clock.by_hand is not None else _BY_HAND
        self._delta(
            dag,
            None,
            f"its timetable `{dag.dag.schedule.value}` is asked for the next run after the last one that the scheduler made",
            f"a sensor asks it every {_OFTEN} seconds; what was due before it was switched on is not run{same}",
            Severity.INFO,
            "to make up for earlier runs, set the sensor's cursor to the data interval of the run before them",
        )
        return CreateSensor(
            dag.dag_id,
            f"{dag.job}_sensor",
            dag.job,
            interval=_OFTEN,
            timetable=dag.clock.own,
            limits=limits(dag.dag),
        )

    def _continuous(self, dag: DagDraft) -> CreateSensor:
        """What starts the next run when no other one is in progress."""
        self._delta(
            dag,
            None,
            "`@continuous`: the next run starts as soon as one ends; its date is when the one before was started",
            f"a sensor looks every {_OFTEN} seconds whether one is in progress; the date of a run is when it was made",
            Severity.INFO,
        )
        if dag.dag.end_date is not None:
            self._delta(dag, None, "no run starts after the end date", "the sensor goes on", mitigation="stop it then")
        return CreateSensor(dag.dag_id, f"{dag.job}_sensor", dag.job, interval=_OFTEN)

    def _sensor(self, dag: DagDraft, heads: list[TaskDraft]) -> CreateSensor:
        bodies = [task.lowering.body for task in heads if isinstance(task.lowering.body, PollUntil)]
        for task, body in zip(heads, bodies, strict=True):
            limit = dt.timedelta(seconds=body.timeout)
            self._delta(
                dag,
                task.task.task_id,
                f"it gives up after {limit}",
                "the sensor looks until the condition is met",
                Severity.INFO,
            )
        return CreateSensor(
            dag.dag_id,
            f"{dag.job}_sensor",
            dag.job,
            task_ids=tuple(task.task.task_id for task in heads),
            conditions=tuple(body.condition for body in bodies),
            interval=max(1, int(min(body.interval for body in bodies))),
            partitioned=dag.partitions is not None,
            cron=dag.clock.crons[0],
            timezone=dag.clock.timezone,
        )

    def _await(self, dag: DagDraft, awaits: list[TaskDraft]) -> Operation:
        """A job of ops that waits for other DAGs at its head starts when they are done."""
        targets = [find_target(task.lowering.target, self.draft.dags) for task in awaits]
        shown = ", ".join(f"`{task.lowering.target}`" for task in awaits)
        self._delta(
            dag,
            awaits[0].task.task_id,
            f"it starts by the clock and then waits for {shown}",
            f"it starts when {shown} is done",
        )
        for task in awaits:
            if task.lowering.shift:
                what = f"of {task.lowering.shift} earlier"
                self.deltas.append(other_date(dag.dag_id, task.task.task_id, task.lowering.target, what))
        first = targets[0]
        if len(awaits) == 1 and first is not None and self.draft.dags[first[0]].form == OPS:
            other, members = self.draft.dags[first[0]], awaits[0].lowering.members
            if members:
                tasks = ", ".join(f"`{member}`" for member in members)
                task_id = awaits[0].task.task_id
                self._delta(dag, task_id, f"it waits for {tasks} of {shown}", f"it waits for all of {shown}")
            return CreateRunSensor(
                dag.dag_id,
                awaits[0].task.task_id,
                f"{dag.job}_after_{other.job}",
                other.job,
                "success",
                triggers=dag.job,
            )
        keys = dict.fromkeys(
            key for task in awaits for key in target_keys(self.draft, task.lowering.target, task.lowering.members)
        )
        return CreateSensor(
            dag.dag_id,
            f"{dag.job}_sensor",
            dag.job,
            task_ids=tuple(task.task.task_id for task in awaits),
            assets=tuple(keys),
            partitioned=dag.partitions is not None,
        )

    def _on_assets(self, dag: DagDraft) -> Iterator[CreateSensor]:
        if dag.dag.schedule.assets is None:
            return
        expression = self._expression(dag.dag.schedule.assets)
        keys = tuple(dict.fromkeys(_keys_in(expression)))
        if not keys:
            message = f"the assets that start the DAG `{dag.dag_id}` are only known at run time"
            self.diagnostics.append(diagnose("MIG301", dag.dag.span, message))
            return
        aliases = [asset.name for asset in leaves(dag.dag.schedule.assets) if asset.kind == "alias"]
        if aliases:
            self._delta(
                dag,
                None,
                f"once an asset has been added to the alias `{aliases[0]}`, all updates of that asset start the DAG",
                "those start it that are made by way of the alias",
                Severity.INFO,
            )
        for task in self._fill_in_airflow(aliases):
            made = f"`{task.task.dag_id}.{task.task.task_id}`, which does so with the code of Airflow"
            self._delta(dag, None, f"updates of assets that {made}, adds to the alias start the DAG", "they do not")
        mixed = any(isinstance(member, AssetExpression) for member in expression.members)
        all_of = expression.kind != "any" or mixed
        follows = asset_partitions(dag.dag, self.draft.project) if dag.partitions is not None else None
        keyed = followed_keys(dag.dag, self.draft.project) if dag.keys is not None else None
        if mixed and (follows is not None or keyed is not None):
            self._delta(
                dag,
                None,
                "the schedule combines assets by `&` and `|`",
                "the job runs for a partition when all of them have it",
                mitigation="let the sensor ask for each of the parts",
            )
        if dag.partitions is not None and follows is None:
            self._delta(
                dag,
                None,
                "a run that assets start has no logical date (in Airflow 2 that of the last update) and no partition",
                "it is for the partition of that update where there is one of its name, else for the newest one",
                Severity.INFO,
            )
        for_keys = sorted(asset.name for asset in members(dag.dag.schedule.assets) if asset in self.for_keys)
        if for_keys and not partitioned(dag.dag):
            self._delta(
                dag,
                None,
                f"an update of `{for_keys[0]}` has a partition key, and such updates start only DAGs with a `PartitionedAssetTimetable`",
                "the sensor starts the job for each update",
            )
        tells = asks_for_triggers([task.lowering for task in dag.tasks.values()])
        if tells and any_alias(self.draft.project):
            self._delta(
                dag,
                None,
                "among the events that started a run, those of an asset that a task added to an alias are given for the alias as well (Airflow 3)",
                "they are given for the asset alone",
                Severity.INFO,
            )
        way = "" if follows is None else follows.way
        if keyed is not None:
            way = "each" if keyed.partitions.each else "key"
        enough = follows.enough if follows is not None else keyed.enough if keyed is not None else 0
        yield CreateSensor(
            dag.dag_id,
            f"{dag.job}_on_update",
            dag.job,
            assets=keys,
            all_of=all_of,
            partitioned=dag.partitions is not None,
            follows=way,
            adds=keyed is not None and keyed.adds,
            parts=keyed.parts if keyed is not None else (),
            among=keyed.among if keyed is not None else (),
            needs=keyed.needs if keyed is not None else (),
            enough=enough,
            tells=tells,
            expression=expression if mixed and not way else None,
        )

    def _expression(self, given: AssetValue) -> AssetExpression:
        """What the assets are combined to, without members that name no asset. Of several that stand for one, any is an update of it."""
        kind, members = given.kind, list[AssetKey | AssetExpression]()
        for member in given.members or (given,):
            alone = None if member.members else AssetExpression("any", tuple(self._keys_of(member)))
            inner = alone or self._expression(member)
            members += inner.members if inner.kind == kind or len(inner.members) < 2 else [inner]
        only = members[0] if len(members) == 1 else None
        return only if isinstance(only, AssetExpression) else AssetExpression(kind, tuple(members))

    def _fill_in_airflow(self, aliases: list[str]) -> Iterator[TaskDraft]:
        """The tasks that may add assets to one of the aliases, and stay in Airflow or run its operators."""
        for task in (task for dag in self.draft.dags.values() for task in dag.tasks.values() if aliases):
            outlets = [one for one in task.task.outlets if isinstance(one, AssetValue) and one.kind == "alias"]
            stays = task.disposition == "airflow" or isinstance(task.lowering.body, RunOperator)
            if stays and any(one.name in aliases for one in outlets):
                yield task

    def _keys_of(self, asset: AssetValue) -> Iterator[AssetKey]:
        if asset.kind == "alias" and is_alias_filled(asset.name, self.draft.project):
            self.external.setdefault(alias_key(asset.name), AssetOut(alias_key(asset.name), name=asset.name))
            yield alias_key(asset.name)
        if asset.kind != "asset":
            return
        key = key_of(asset, self.by_name)
        if key is None:
            text = (asset.uri or asset.name).partition("://")[2] or asset.name
            key = tuple(key_part(part) for part in text.split("/") if part)
        for one in self.draft.assets_of(key):
            if one not in self.draft.owners:
                self.external.setdefault(one, AssetOut(one, name=asset.uri or asset.name))
            yield one

    # ---------------------------------------------------------------------------------------- what its runs start

    def _after_runs(self, dag: DagDraft) -> Iterator[CreateRunSensor]:
        for task in dag.tasks.values():
            yield from self._started_by_code(dag, task)
            if task.disposition == "hook":
                yield self._hook(dag, task)
            elif isinstance(task.lowering.body, RequestRun):
                self._note_partition(dag, task, self.draft.dags[task.lowering.target])
                yield CreateRunSensor(
                    dag.dag_id,
                    None,
                    f"{dag.job}_{task.name}_requests",
                    dag.job,
                    "success",
                    triggers=self.draft.dags[task.lowering.target].job,
                    asked_by=task.outputs[0].key,
                )
            elif task.disposition == "sensor" and task.role == "trigger":
                target = self.draft.dags[task.lowering.target]
                self._note_partition(dag, task, target)
                yield CreateRunSensor(
                    dag.dag_id,
                    task.task.task_id,
                    f"{dag.job}_{task.name}",
                    dag.job,
                    task.on or "success",
                    triggers=target.job,
                    request=task.lowering.request,
                )

    def _started_by_code(self, dag: DagDraft, task: TaskDraft) -> Iterator[CreateRunSensor]:
        """The sensors that start what a task's own code asks for."""
        targets = task.needs.requests if task.disposition != "airflow" else ()
        for dag_id in targets:
            target = self.draft.dags[dag_id]
            self._delta(
                dag,
                task.task.task_id,
                f"its code starts `{dag_id}` itself",
                "it asks for a run, which a sensor starts within half a minute, for the partition of its own run where both have the same ones, "
                "else for the newest one",
            )
            yield CreateRunSensor(
                dag.dag_id,
                None,
                f"{dag.job}_{task.name}_requests" + (f"_of_{target.job}" if len(targets) > 1 else ""),
                dag.job,
                "success",
                triggers=target.job,
                request=RequestRun(conf={}),
                asked_by=request_key(dag.dag_id, task.task.task_id, dag_id),
            )

    def _note_partition(self, dag: DagDraft, task: TaskDraft, target: DagDraft) -> None:
        request = task.lowering.request
        if target.partitions is not None and request is not None and request.date is None:
            self._delta(
                dag,
                task.task.task_id,
                f"the run of `{target.dag_id}` has the moment at which it is triggered as its date",
                "it is for the partition of the run that starts it, where both have the same ones, else for the newest one",
                Severity.INFO,
            )

    def _hook(self, dag: DagDraft, task: TaskDraft) -> CreateRunSensor:
        body = task.lowering.body
        if isinstance(body, UseResource):
            body = Notify(body.kind, body.resource, body.arguments, body.method)
        return CreateRunSensor(
            dag.dag_id,
            task.task.task_id,
            f"{dag.job}_{task.name}",
            dag.job,
            task.on,
            notify=body if isinstance(body, Notify) else None,
            callback=replace(body, inline=False) if isinstance(body, CallFunction) else None,
            description=(task.task.doc or "").strip(),
        )

    def _delta(
        self,
        dag: DagDraft,
        task_id: str | None,
        airflow: str,
        dagster: str,
        severity: Severity = Severity.WARNING,
        mitigation: str = "",
    ) -> None:
        self.deltas.append(Delta(dag.dag_id, task_id, severity, airflow, dagster, mitigation))


def _keys_in(expression: AssetExpression) -> Iterator[AssetKey]:
    """The assets that an expression combines, in order."""
    for member in expression.members:
        if isinstance(member, AssetExpression):
            yield from _keys_in(member)
        else:
            yield member
