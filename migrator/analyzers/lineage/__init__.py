"""One physical thing, one asset key, over all DAGs: who writes it, who reads it, and what no DAG says about that.

Comes in: an `AirflowProject` whose tasks have references under the names that the code uses. Goes out: the project with a key on
each reference, its `assets`, and findings about several writers (MIG402), hidden dependencies (MIG403) and databases of dbt projects (MIG409).

`identity` says what a name means, `merging` which names mean one thing, `keys` what it is called, `findings` what to report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import is_not
from types import MappingProxyType

from migrator.analyzers.io.context import RANK, connection_system, is_weak
from migrator.analyzers.io.roles import with_role
from migrator.analyzers.lineage.accounts import with_plain_containers
from migrator.analyzers.lineage.corrections import AssetCorrections
from migrator.analyzers.lineage.defaults import with_stores
from migrator.analyzers.lineage.findings import hidden_dependencies, several_writers, unplaced_projects
from migrator.analyzers.lineage.folders import with_files_of_folders
from migrator.analyzers.lineage.identity import Identity, identity_of, is_dated
from migrator.analyzers.lineage.keys import assign_keys, name_of
from migrator.analyzers.lineage.merging import declared_names, merge
from migrator.analyzers.lineage.stages import with_addresses_of_stages
from migrator.analyzers.lineage.uses import Use
from migrator.config import Config
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.assets import AssetKey, AssetRef, Confidence, DataAsset, Direction, Evidence
from migrator.model.changed import replace
from migrator.model.values import AssetValue
from migrator.operators import rule_for

__all__ = ["unify"]

_OF_POSTGRES_CLIENTS = {"postgres", "redshift"}
"""What operators and hooks say of a connection to Redshift, which clients of Postgres reach, too."""
_KINDS = ("table", "model", "object", "file", "stream", "api", "dataset", "xcom")


def unify(
    project: AirflowProject, config: Config, known: Mapping[str, AssetKey] = MappingProxyType({})
) -> AirflowProject:
    """The project with keys on all references, and its data assets. The same project gives the same keys, whatever the order of its tasks; `known`
    are the `names` of the project as it was before: what is among them is called as it was."""
    corrections = AssetCorrections(config.assets)
    project = with_stores(_with_systems(_with_relative_paths(corrections.with_added(project)), config))
    project = with_files_of_folders(with_plain_containers(with_addresses_of_stages(project)))
    project = _without_weak_writes(project, config)
    by_task = [_uses(task) for task in project.tasks()]
    scheduled = [Use("", ref, identity_of(ref, "", "")) for dag in project.dags for ref in _scheduled(dag)]
    uses = [*(use for found in by_task for use in found), *scheduled]
    things = merge(uses, project, config.databases)
    members: dict[Identity, list[AssetRef]] = defaultdict(list)
    for use in uses:
        members[things[use.identity]].append(use.ref)
    keys = assign_keys(members, known)
    project = replace(project, names={name_of(thing): key for thing, key in keys.items()})
    called = {thing: {ref.name for ref in found} for thing, found in members.items()}
    by_key: dict[AssetKey, list[Use]] = defaultdict(list)

    def corrected(dag_id: str, task_id: str, use: Use) -> AssetRef | None:
        thing = things[use.identity]
        ref = corrections.corrected(dag_id, task_id, use.ref, keys[thing], called[thing])
        if ref is not None:
            plain = replace(ref, key=()) if config.assets else use.ref
            by_key[ref.key].append(Use(use.task_id, plain, thing))
        return ref

    uses_of = iter(by_task)

    def with_keys(task: Task) -> Task:
        found = (corrected(task.dag_id, task.task_id, use) for use in next(uses_of))
        refs = [ref for ref in found if ref is not None]
        made = {ref.key for ref in refs if ref.direction is Direction.OUTPUT}
        # Two names of one thing: what a task writes itself is not its input.
        return replace(
            task, refs=tuple(ref for ref in refs if ref.direction is Direction.OUTPUT or ref.key not in made)
        )

    dags = tuple(replace(dag, tasks=tuple(map(with_keys, dag.tasks))) for dag in project.dags)
    for use in scheduled:
        corrected("", "", use)
    if config.assets:
        dags = tuple(replace(dag, tasks=tuple(map(with_role, dag.tasks))) for dag in dags)
    names = {uri: name for name, uri in sorted(declared_names(project).items(), reverse=True)}
    found = [_asset(key, by_key[key], names) for key in sorted(by_key)]
    assets = corrections.with_told(_with_system_of_connection(found, _connections_of(by_key)))
    project = replace(project, dags=dags, assets=_with_columns(_with_references(assets), dags))
    findings = (
        *several_writers(project),
        *hidden_dependencies(project),
        *unplaced_projects(project),
        *corrections.findings(),
    )
    return replace(project, diagnostics=(*project.diagnostics, *findings))


def _uses(task: Task) -> list[Use]:
    """The references of a task with what their names mean."""
    dag_id, task_id = task.dag_id, task.id
    return [Use(task_id, ref, identity_of(ref, dag_id, task_id)) for ref in task.refs]


def _connections_of(uses: Mapping[AssetKey, Sequence[Use]]) -> dict[AssetKey, set[str]]:
    """The connections through which each asset is reached."""
    return {
        key: {use.identity.scope[1] for use in found if use.identity.scope[0] == "connection"}
        for key, found in uses.items()
    }


def _with_system_of_connection(
    assets: list[DataAsset], connections: Mapping[AssetKey, set[str]]
) -> Iterable[DataAsset]:
    """The assets, in which tables know what another table that is reached through the same connection says of its system."""
    tables = [asset for asset in assets if asset.kind == "table"]
    said: dict[str, set[str]] = defaultdict(set)
    for asset in tables:
        for connection in connections[asset.key]:
            said[connection] |= {asset.system} if asset.system else set()
    for asset in assets:
        systems = {system for one in connections[asset.key] for system in said[one]} if asset.kind == "table" else set()
        if systems == _OF_POSTGRES_CLIENTS:
            yield replace(asset, system="redshift")
        else:
            yield replace(asset, system=next(iter(systems))) if len(systems) == 1 and not asset.system else asset


def _with_references(assets: tuple[DataAsset, ...]) -> tuple[DataAsset, ...]:
    """Values that tasks hand over know what they refer to: what their task writes and one of their takers reads."""
    written: dict[str, list[DataAsset]] = defaultdict(list)
    for asset in assets:
        for producer in asset.producers if asset.kind != "xcom" else ():
            written[producer].append(asset)

    def meant(value: DataAsset) -> AssetKey:
        beside = [one for producer in value.producers for one in written.get(producer, ())]
        return next((one.key for one in beside if set(one.consumers) & set(value.consumers)), ())

    return tuple(replace(one, refers_to=meant(one)) if one.kind == "xcom" else one for one in assets)


def _with_columns(assets: tuple[DataAsset, ...], dags: tuple[Dag, ...]) -> tuple[DataAsset, ...]:
    """The assets with the columns that the SQL of their only producer shows, sources by the keys of the tables that it reads."""
    found: dict[AssetKey, DataAsset] = {}
    by_key = {asset.key: asset for asset in assets if len(asset.producers) == 1}
    for task in (task for dag in dags for task in dag.tasks):
        read = {_spelled(ref.name): ref.key for ref in task.refs if ref.kind == "table"}
        for ref in task.refs:
            asset = by_key.get(ref.key)
            if asset is None or ref.direction is Direction.INPUT or not (ref.columns or ref.column_lineage):
                continue
            lineage = tuple(
                (column, tuple((read[_spelled(table)], source) for table, source in sources))
                for column, sources in ref.column_lineage
                if all(_spelled(table) in read for table, _ in sources)
            )
            found[ref.key] = replace(asset, columns=ref.columns, column_lineage=lineage)
    return tuple(found.get(asset.key, asset) for asset in assets)


def _spelled(table: str) -> str:
    return table if '"' in table else table.lower()


def _with_relative_paths(project: AirflowProject) -> AirflowProject:
    """Files beside the DAGs by their path in the folder: where the folder lies on this machine means nothing."""
    root = f"{project.root.rstrip('/')}/"

    def relative(ref: AssetRef) -> AssetRef:
        inside = ref.kind in ("file", "model") and ref.name.startswith(root) and len(root) > 1
        return replace(ref, name=ref.name[len(root) :]) if inside and len(ref.name) > len(root) else ref

    def known(task: Task) -> Task:
        refs = tuple(map(relative, task.refs))
        return replace(task, refs=refs) if any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(known, dag.tasks))) for dag in project.dags))


def _with_systems(project: AirflowProject, config: Config) -> AirflowProject:
    """References through connections whose type the user told know their system."""

    def known(task: Task) -> Task:
        refs = []
        for ref in task.refs:
            system = connection_system(ref.connection, config) if ref.kind == "table" and not ref.system else None
            refs.append(replace(ref, system=system) if system else ref)
        return replace(task, refs=tuple(refs)) if any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(known, dag.tasks))) for dag in project.dags))


def _without_weak_writes(project: AirflowProject, config: Config) -> AirflowProject:
    """Creating a table or deleting rows makes a task its producer only where nothing else can be what fills it: no other task is
    known to, nor does an operator of which nothing is known name it. A task that reads the table, too, is its reader otherwise."""
    weak = {task.id for task in project.tasks() if any(map(is_weak, task.refs))}
    if not weak:
        return project
    uses = [use for task in project.tasks() for use in _uses(task)]
    things = merge(uses, project, config.databases)
    filled = {things[use.identity] for use in uses if use.ref.direction is Direction.OUTPUT and not is_weak(use.ref)}
    named = {
        value.lower()
        for task in project.tasks()
        if rule_for(task) is None
        for value in (*task.arguments.values(), *task.inherited.values())
        if isinstance(value, str)
    }

    def kept(task: Task) -> Task:
        if task.id not in weak:
            return task
        left = [
            use
            for use in _uses(task)
            if not (is_weak(use.ref) and (things[use.identity] in filled or use.ref.name.lower() in named))
        ]
        made = {things[use.identity] for use in left if use.ref.direction is Direction.OUTPUT}
        read_only = [use for use in left if use.ref.direction is Direction.OUTPUT or things[use.identity] not in made]
        return replace(task, refs=tuple(use.ref for use in read_only))

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(kept, dag.tasks))) for dag in project.dags))


def _scheduled(dag: Dag) -> Iterable[AssetRef]:
    """The declared assets that a DAG's schedule waits for: they are data, even where no task of the folder touches them."""

    def members(value: AssetValue) -> Iterable[AssetValue]:
        if value.kind == "asset":
            yield value
        for member in value.members:
            yield from members(member)

    for asset in members(dag.schedule.assets) if dag.schedule.assets is not None else ():
        evidence = Evidence(dag.span, f"the schedule of `{dag.dag_id}` waits for it")
        yield AssetRef(Direction.INPUT, "dataset", asset.uri or asset.name, Confidence.DECLARED, evidence)


def _strength(ref: AssetRef) -> tuple[object, ...]:
    """Of several references to one thing, the first by this tells what it is."""
    return (ref.direction is Direction.INPUT, RANK[ref.confidence], len(ref.name), ref.name, ref.evidence.span)


def _asset(key: AssetKey, uses: list[Use], names: Mapping[str, str]) -> DataAsset:
    """What is known about one thing, from all references to it. `names` are the declared ones, by URI."""
    refs = list(dict.fromkeys(use.ref for use in uses)) if len(uses) > 1 else [uses[0].ref]
    if len(refs) > 1:
        refs.sort(key=_strength)
    outputs = [ref for ref in refs if ref.direction is Direction.OUTPUT]
    declared = sorted((ref.name for ref in refs if ref.kind == "dataset"), key=lambda one: ("://" not in one, one))
    named = [ref for ref in refs if ref.kind != "dataset"] or refs
    kind = min((ref.kind for ref in named), key=lambda one: _KINDS.index(one) if one in _KINDS else len(_KINDS))
    name = next(ref.name for ref in named if ref.kind == kind)
    uri = declared[0] if declared else (name if "://" in name else None)
    if kind == "dataset":
        name = names.get(name, name)
    writers = {use.task_id for use in uses if use.ref.direction is Direction.OUTPUT}
    readers = {use.task_id for use in uses if use.ref.direction is Direction.INPUT}
    return DataAsset(
        key=key,
        kind=kind,
        name=name,
        uri=uri,
        system=next((ref.system for ref in refs if ref.system), None),
        producers=tuple(sorted(writers)),
        consumers=tuple(sorted(readers - writers - {""})),
        confidence=min((ref.confidence for ref in outputs or refs), key=RANK.__getitem__),
        templated=any(is_dated(ref.name) for ref in outputs or refs),
    )
