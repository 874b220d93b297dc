"""The plan of a migration, for its lead: order, effort, what to deal with first, what not to move at all.

Comes in: what was read, what it would become, the weights, and (where known) how alive the DAGs are. Goes out: a `Roadmap`, which
`report` renders. Nothing is decided anew about what tasks become.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from migrator.effort import PlanSettings
from migrator.model.airflow import AirflowProject, Dag
from migrator.model.plan import Delta, Disposition, MigrationPlan
from migrator.roadmap.batches import batches, critical_path, followers
from migrator.roadmap.causes import Key, Staying, causes, stay_by_cause, title
from migrator.roadmap.differences import Kind, decided_once, differences, kind
from migrator.roadmap.model import Activity, DagWork, Effort, Roadmap, Shared, WaveWork
from migrator.roadmap.work import is_shared, parts, total, weights

NO_TEAM = "(no owner)"
_LARGE = 12


def make_roadmap(
    project: AirflowProject,
    plan: MigrationPlan,
    settings: PlanSettings,
    activity: Mapping[str, Activity] | None = None,
    now: dt.datetime | None = None,
    source: str = "",
) -> Roadmap:
    """The plan for the DAGs that `plan` covers. `activity` is by DAG id, and None where nothing is known; `source` says where it is from."""
    now = now or dt.datetime.now(dt.timezone.utc)
    weight = weights(settings.hours)
    staying = stay_by_cause(project, plan)
    once = decided_once(plan.deltas)
    dead = {} if activity is None else {dag.dag_id: why for dag in plan.dags if (why := _dead(activity.get(dag.dag_id), settings.dead_after_days, now))}  # fmt: skip
    dags = [replace(dag, dead=dead.get(dag.dag_id, "")) for dag in _works(project, plan, staying, once, weight)]
    dags = [replace(dag, quick_win=_is_quick(dag, plan, settings.quick_win_hours)) for dag in dags]
    live = [dag for dag in dags if not dag.dead]
    shared = _shared(project, plan)
    waves, dags = _waves(plan, dags, shared, settings.batch_hours)
    path, path_effort = critical_path(live)
    alive = {dag.dag_id for dag in live}
    found = causes(staying, alive, weight)
    unlike = differences(plan.deltas, alive, once)
    shared_work = total(
        [
            *(item.effort for item in found if is_shared(staying[item.code, item.subject])),
            *(weight["decision"] for item in unlike if item.once),
        ]
    )
    return Roadmap(
        dags=tuple(dags),
        waves=waves,
        path=path,
        path_effort=path_effort,
        causes=found,
        shared=shared,
        differences=unlike,
        effort=total([dag.effort for dag in live]) + shared_work,
        shared_effort=shared_work,
        saved=total([dag.effort for dag in dags if dag.dead]),
        activity=source,
    )


def _works(
    project: AirflowProject,
    plan: MigrationPlan,
    staying: Mapping[Key, Staying],
    once: frozenset[Kind],
    weight: Mapping[str, Effort],
) -> list[DagWork]:
    known = {dag.dag_id: dag for dag in project.dags}
    places = {(task.dag_id, task.task_id): task.span for task in project.tasks()}
    became: dict[str, list[Disposition]] = {}
    for item in plan.dispositions:
        became.setdefault(item.dag_id, []).append(item)
    deltas: dict[str, list[Delta]] = {}
    for delta in plan.deltas:
        deltas.setdefault(delta.dag_id, []).append(delta)
    needs: dict[str, set[str]] = {dag.dag_id: set() for dag in plan.dags}
    for link in plan.links:
        needs[link.downstream].add(link.upstream)
    needed_by = followers(needs)
    held: dict[str, list[str]] = {}
    for key, cause in staying.items():
        for dag_id in cause.dags:
            held.setdefault(dag_id, []).append(title(key, cause))
    found = []
    for planned in plan.dags:
        dag_id = planned.dag_id
        dag, items = known[dag_id], became.get(dag_id, [])
        summands = parts(dag_id, items, deltas.get(dag_id, ()), staying, once, weight, places)
        found.append(
            DagWork(
                dag_id=dag_id,
                file=dag.span.file,
                line=dag.span.line,
                team=_team(dag),
                tasks=len(items),
                moves=sum(item.kind != "airflow" for item in items),
                decisions=sum(
                    delta.severity.value != "info" and kind(delta) not in once for delta in deltas.get(dag_id, ())
                ),
                effort=total([part.effort for part in summands]),
                parts=summands,
                needs=tuple(sorted(needs[dag_id])),
                needed_by=tuple(sorted(needed_by.get(dag_id, ()))),
                causes=tuple(sorted(held.get(dag_id, ()))),
                units=planned.units,
            )
        )
    return found


def _team(dag: Dag) -> str:
    owners = [owner for owner in dag.owners if owner != "airflow"]
    return owners[0] if owners else NO_TEAM


def _dead(activity: Activity | None, days: int, now: dt.datetime) -> str:
    if activity is None:
        return "Airflow does not know it"
    if activity.paused:
        return "it is paused"
    if activity.last_run is None:
        return "it never ran"
    return (
        f"its last run was on {activity.last_run:%Y-%m-%d}" if activity.last_run < now - dt.timedelta(days=days) else ""
    )


def _is_quick(dag: DagWork, plan: MigrationPlan, hours: float) -> bool:
    first = plan.waves[0].dags if plan.waves else ()
    return not dag.dead and dag.ready and not dag.decisions and dag.effort.high <= hours and dag.dag_id in first


def _shared(project: AirflowProject, plan: MigrationPlan) -> tuple[Shared, ...]:
    """What at least two DAGs use: operators of the team's own, Variables, Connections and environment variables; most used first."""
    users: dict[tuple[str, str], dict[str, None]] = {}
    covered = {dag.dag_id for dag in plan.dags}
    homes = {task.id: task.dag_id for task in project.tasks()}
    for task in project.tasks():
        if task.dag_id in covered and not task.operator_module.startswith(("airflow.", "cosmos.")):
            users.setdefault(("operator", task.operator), {})[task.dag_id] = None
        for use in task.templates:
            if use.kind in ("variable", "connection") and use.name and task.dag_id in covered:
                users.setdefault((use.kind, use.name), {})[task.dag_id] = None
    for setting in plan.settings:
        kind, _, name = setting.origin.partition(" ")
        kind = {"Variable": "variable", "Connection": "connection"}.get(kind, "environment")
        for user in setting.used_by:
            users.setdefault((kind, name.strip("`") or setting.name), {})[homes.get(user, user)] = None
    found = [Shared(kind, name, tuple(dag_id for dag_id in dags if dag_id in covered)) for (kind, name), dags in users.items()]  # fmt: skip
    return tuple(
        sorted((item for item in found if len(item.dags) > 1), key=lambda item: (-len(item.dags), item.kind, item.name))
    )


def _waves(
    plan: MigrationPlan, dags: list[DagWork], shared: tuple[Shared, ...], hours: float
) -> tuple[tuple[WaveWork, ...], list[DagWork]]:
    """The waves of the plan without the dead DAGs, cut into batches; and the DAGs with their places in them."""
    by_id = {dag.dag_id: dag for dag in dags if not dag.dead}
    places: dict[str, tuple[int, str]] = {}
    waves: list[WaveWork] = []
    large = len(by_id) > _LARGE
    for wave in plan.waves:
        members = [by_id[dag_id] for dag_id in wave.dags if dag_id in by_id]
        if not members:
            continue
        cut = batches(wave.number, members, shared, hours, pilot=large and not waves)
        places.update({dag_id: (wave.number, batch.name) for batch in cut for dag_id in batch.dags})
        waves.append(WaveWork(wave.number, wave.why, total([dag.effort for dag in members]), cut))
    placed = [
        replace(dag, wave=places.get(dag.dag_id, (0, ""))[0], batch=places.get(dag.dag_id, (0, ""))[1]) for dag in dags
    ]
    return tuple(waves), placed
