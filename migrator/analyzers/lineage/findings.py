"""What lineage over all DAGs shows that no DAG says: several writers of one thing, and dependencies without an edge.

Comes in: a project with keys on its references. Goes out: diagnostics.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.assets import AssetKey, AssetRef, Confidence, Direction
from migrator.model.source import Span
from migrator.model.values import AssetValue, walk

_SHOWN = 3
"""Names listed in a message before it says how many more there are."""


def several_writers(project: AirflowProject) -> list[Diagnostic]:
    """MIG402, once for each thing that more than one task really writes, at the second of them."""
    writers: dict[AssetKey, dict[str, AssetRef]] = defaultdict(dict)
    for task in project.tasks():
        for ref in task.refs:
            if ref.direction is Direction.OUTPUT and ref.kind != "xcom" and ref.confidence is not Confidence.POSSIBLE:
                writers[ref.key].setdefault(task.id, ref)
    found = []
    for key in sorted(writers):
        if len(writers[key]) > 1:
            tasks = sorted(writers[key])
            ref = writers[key][tasks[1]]
            found.append(diagnose("MIG402", ref.evidence.span, f"`{ref.name}` is written by {_listed(tasks)}"))
    return found


def hidden_dependencies(project: AirflowProject) -> list[Diagnostic]:
    """MIG403, once for each pair of DAGs, at the first read."""
    import networkx as nx

    made = _made(project)
    written = {
        (task.dag_id, ref.key): ref
        for task in reversed(project.tasks())
        for ref in task.refs
        if ref.direction is Direction.OUTPUT and ref.confidence is not Confidence.POSSIBLE
    }
    said: nx.DiGraph[str] = nx.DiGraph()
    said.add_nodes_from(dag.dag_id for dag in project.dags)
    said.add_edges_from(_edges(project, made))
    waits_unknown = {dag.dag_id for dag in project.dags if _waits_for_something(dag)}
    reads: dict[tuple[str, str], dict[str, AssetRef]] = defaultdict(dict)
    for dag in project.dags:
        for ref in _reads(dag):
            producers = made.get(ref.key, set())
            if dag.dag_id not in producers:
                for producer in sorted(producers):
                    reads[producer, dag.dag_id].setdefault(ref.name, ref)
    reached: dict[str, set[str]] = {}
    found = []
    for (producer, reader), refs in sorted(reads.items()):
        if producer not in reached:
            reached[producer] = set(nx.descendants(said, producer))
        if reader in reached[producer] or reader in waits_unknown:
            continue
        names = sorted(refs)
        span = refs[names[0]].evidence.span
        wrote = written[producer, refs[names[0]].key]
        message = (
            f"the DAG `{reader}` reads {_listed(names)}, which the DAG `{producer}` writes"
            f" ({wrote.evidence.span.file}:{wrote.evidence.span.line}); nothing makes it wait"
        )
        found.append(diagnose("MIG403", span, message))
    return found


def unplaced_projects(project: AirflowProject) -> list[Diagnostic]:
    """MIG409, once for each dbt project whose tables are in no connection, where one may lead to them."""
    tables = [ref for task in project.tasks() for ref in task.refs if ref.kind == "table" and ref.key]
    stores = {ref.key[0]: ref.connection for ref in tables if ref.connection}
    known: dict[str, set[str]] = defaultdict(set)
    for ref in tables:
        known[ref.key[0]] |= {ref.system} if ref.system else set()
    own: dict[str, list[AssetRef]] = defaultdict(list)
    for ref in tables:
        if ref.project is not None:
            own[ref.project].append(ref)
    found = []
    for folder, refs in sorted(own.items()):
        places, systems = sorted({ref.key[0] for ref in refs}), {ref.system for ref in refs if ref.system}
        fitting = [store for store in sorted(stores) if not systems or not known[store] or systems & known[store]]
        if fitting and not stores.keys() & set(places):
            connections = _listed([str(stores[store]) for store in fitting])
            message = f"the tables of the dbt project in `{folder}` are listed under `{places[0]}`, apart from those of {connections}"
            help = f'if both are one database: `[[assets]]` with `asset = "{places[0]}/*"` and `key = "{fitting[0]}/*"`'
            found.append(diagnose("MIG409", Span(posixpath.join(folder, "dbt_project.yml"), 1), message, help))
    return found


def _made(project: AirflowProject) -> dict[AssetKey, set[str]]:
    """The DAGs that write each thing."""
    made: dict[AssetKey, set[str]] = defaultdict(set)
    for task in project.tasks():
        for ref in task.refs:
            if ref.direction is Direction.OUTPUT and ref.kind != "xcom" and ref.confidence is not Confidence.POSSIBLE:
                made[ref.key].add(task.dag_id)
    return made


def _reads(dag: Dag) -> Iterator[AssetRef]:
    for task in dag.tasks:
        for ref in task.refs:
            if ref.direction is Direction.INPUT and ref.kind != "xcom" and ref.confidence is not Confidence.POSSIBLE:
                yield ref


def _edges(project: AirflowProject, made: Mapping[AssetKey, set[str]]) -> Iterator[tuple[str, str]]:
    """DAGs that Airflow makes run after one another: by a sensor, a trigger, or a schedule of assets."""
    keys = {name: asset.key for asset in project.assets for name in (asset.name, asset.uri) if name}
    for dag in project.dags:
        for task in dag.tasks:
            if _is_a(task, "ExternalTaskSensor") and isinstance(awaited := task.option("external_dag_id"), str):
                yield awaited, dag.dag_id
            if _is_a(task, "TriggerDagRunOperator") and isinstance(target := task.option("trigger_dag_id"), str):
                yield dag.dag_id, target
        for value in walk(dag.schedule.assets):
            if isinstance(value, AssetValue) and value.kind == "asset":
                key = keys.get(value.uri or value.name)
                yield from ((producer, dag.dag_id) for producer in sorted(made.get(key or (), ())))


def _waits_for_something(dag: Dag) -> bool:
    """Whether it waits for a DAG of which the name is not known: then nothing can be said to be missing."""
    return any(
        _is_a(task, "ExternalTaskSensor") and not isinstance(task.option("external_dag_id"), str) for task in dag.tasks
    )


def _is_a(task: Task, name: str) -> bool:
    return task.operator == name or any(base.rpartition(".")[2] == name for base in task.bases)


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:_SHOWN]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
