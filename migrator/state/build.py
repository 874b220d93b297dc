"""Makes the inventory of a project out of the project and its plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.assets import AssetKey, Direction
from migrator.model.plan import (
    AssetOut,
    CreateAsset,
    CreateCheck,
    CreateJob,
    CreateOp,
    CreateRunSensor,
    CreateSchedule,
    CreateSensor,
    DagPlan,
    Disposition,
    KeepInAirflow,
    MigrationPlan,
    Operation,
)
from migrator.state.fingerprint import fingerprint
from migrator.state.inventory import DagEntry, DependentEntry, Inventory, TaskEntry, UnitEntry

_MODULES = {CreateAsset: "assets", CreateCheck: "checks", CreateOp: "ops"}


def build_inventory(
    project: AirflowProject,
    plan: MigrationPlan,
    package: str,
    homes: Mapping[str, str] | None = None,
    efforts: Mapping[str, tuple[float, float]] | None = None,
) -> Inventory:
    """What became of each DAG that `plan` covers. `package` is the import name of the generated project, `homes` the module of each
    DAG (by id) that has no folder of its own, `efforts` the hours that each DAG takes (by id, from and to), where they were reckoned."""
    plans = {dag.dag_id: dag for dag in plan.dags}
    waves = {dag_id: wave for wave in plan.waves for dag_id in wave.dags}
    became: dict[str, dict[str, Disposition]] = {}
    for disposition in plan.dispositions:
        became.setdefault(disposition.dag_id, {})[disposition.task_id] = disposition
    deltas: dict[str, list[str]] = {}
    for delta in plan.deltas:
        task = f"`{delta.task_id}`: " if delta.task_id else ""
        deltas.setdefault(delta.dag_id, []).append(f"{task}{delta.airflow} → {delta.dagster}")
    dags = {task.id: task.dag_id for task in project.tasks()}
    makers = {asset.key: {dags[task] for task in asset.producers if task in dags} for asset in project.assets}
    entries = []
    for dag in sorted(project.dags, key=lambda item: item.dag_id):
        planned = plans.get(dag.dag_id)
        if planned is None:
            continue
        wave = waves.get(dag.dag_id)
        job = next((item for item in planned.operations if isinstance(item, CreateJob)), None)
        own = _by_task(planned.operations)
        entries.append(
            DagEntry(
                dag_id=dag.dag_id,
                file=dag.span.file,
                line=dag.span.line,
                form=planned.form,
                folder=planned.folder,
                job=job.name if job else "",
                schedule=_schedule(dag.schedule),
                schedules=tuple(item.name for item in planned.operations if isinstance(item, CreateSchedule)),
                sensors=tuple(
                    item.name for item in planned.operations if isinstance(item, CreateSensor | CreateRunSensor)
                ),
                partitioned=bool(job and job.partitioned),
                dimension=planned.partitions.dimension if planned.partitions is not None else "",
                owners=dag.owners,
                tags=dag.tags,
                description=(planned.description.strip().splitlines() or [""])[0],
                reason=planned.reason,
                wave=wave.number if wave else 0,
                wave_why=wave.why if wave else "",
                effort=(efforts or {}).get(dag.dag_id, (0.0, 0.0)),
                upstream_dags=_upstream(dag, makers),
                deltas=tuple(deltas.get(dag.dag_id, ())),
                tasks=tuple(
                    _task(
                        task,
                        planned,
                        own.get(task.task_id, ()),
                        became.get(dag.dag_id, {}),
                        package,
                        (homes or {}).get(dag.dag_id),
                    )
                    for task in dag.tasks
                ),
                units=tuple(UnitEntry(**asdict(unit)) for unit in planned.units),
                dependents=tuple(DependentEntry(**asdict(other)) for other in planned.dependents),
                sources=_sources(dag),
                fingerprint=fingerprint(_texts(_sources(dag), project)),
            )
        )
    settings = tuple((setting.name, setting.default or "") for setting in plan.settings)
    return Inventory(package=package, airflow_version=project.airflow_version, settings=settings, dags=tuple(entries))


def _task(
    task: Task,
    planned: DagPlan,
    own: Sequence[Operation],
    became: dict[str, Disposition],
    package: str,
    home: str | None,
) -> TaskEntry:
    disposition = became[task.task_id]
    node = next((item for item in own if isinstance(item, CreateAsset | CreateCheck | CreateOp)), None)
    return TaskEntry(
        task_id=task.task_id,
        operator=task.operator,
        disposition=disposition.kind,
        code=disposition.code,
        reason=disposition.reason,
        line=task.span.line,
        mapped=task.mapped,
        group_id=task.group_id,
        upstream=task.upstream,
        assets=tuple(out.key for item in own for out in _outputs(item)),
        checks=tuple(f"{'/'.join(item.asset)}:{item.name}" for item in own if isinstance(item, CreateCheck)),
        node=node.name if node else "",
        module=(home or f"src/{package}/defs/{planned.folder}/{_MODULES[type(node)]}.py") if node else "",
        partitioned=_partitioned(node, planned),
    )


def _by_task(operations: Iterable[Operation]) -> dict[str | None, list[Operation]]:
    """The operations that do the work of each task, by its id."""
    found: dict[str | None, list[Operation]] = {}
    for operation in operations:
        for task_id in dict.fromkeys(_tasks_of(operation)):
            found.setdefault(task_id, []).append(operation)
    return found


def _tasks_of(operation: Operation) -> tuple[str | None, ...]:
    """The tasks whose work an operation does."""
    several = tuple(operation.of_keys.values()) if isinstance(operation, CreateAsset) else ()
    return several or (getattr(operation, "task_id", None),)


def _outputs(operation: object) -> Iterable[AssetOut]:
    if isinstance(operation, CreateAsset | KeepInAirflow):
        return operation.outputs
    return operation.materializes if isinstance(operation, CreateOp) else ()


def _partitioned(node: CreateAsset | CreateCheck | CreateOp | None, planned: DagPlan) -> bool:
    if isinstance(node, CreateOp):
        return any(item.partitioned for item in planned.operations if isinstance(item, CreateJob))
    return node is not None and node.partitioned


def _schedule(schedule: Schedule) -> str:
    if schedule.kind in ("none", "once", "continuous"):
        return schedule.kind
    value = schedule.value
    if schedule.kind == "timedelta" and isinstance(value, int | float):
        return f"every {value:g} s"
    return ", ".join(value) if isinstance(value, list) else str(value if value is not None else schedule.kind)


def _upstream(dag: Dag, makers: Mapping[AssetKey, set[str]]) -> tuple[str, ...]:
    """The other DAGs that make what this one reads."""
    read = {ref.key for task in dag.tasks for ref in task.refs if ref.direction is Direction.INPUT}
    found = {maker for key in read for maker in makers.get(key, ())}
    return tuple(sorted(found - {dag.dag_id}))


def _sources(dag: Dag) -> tuple[str, ...]:
    """The files that hold the DAG and its tasks."""
    return tuple(sorted({dag.span.file, *(task.span.file for task in dag.tasks)}))


def _texts(paths: Iterable[str], project: AirflowProject) -> dict[str, str]:
    return {path: project.sources[path].text if path in project.sources else "" for path in paths}
