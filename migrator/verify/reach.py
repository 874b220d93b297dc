"""What comes after what, in Airflow and in the loaded project.

`Reach` answers "does a path lead from a to b" for all pairs at once. `project_graph` makes one graph of a loaded project: its
nodes are the things that an Airflow task can have become.
"""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx

from migrator.verify.loaded import Asset, Job, Loaded, Origin

ALL_ASSETS_JOB = "__ASSET_JOB"
"""Dagster's own job over all assets and checks: its graph knows which assets wait for a blocking check."""

Node = tuple[str, ...]
"""`("step", NAME)` makes assets or checks, `("op", JOB, NAME)`, `("sensor", NAME)`, `("schedule", NAME)`,
`("external", DAG, TASK)` or `("external", *KEY)` is data that something else makes; `("start", JOB)` and `("end", JOB)` bound a job."""


class Reach:
    """The transitive closure of a graph, as one bit set per node."""

    def __init__(self, graph: nx.DiGraph[Node]) -> None:
        condensed = nx.condensation(graph)
        self._number: dict[Node, int] = condensed.graph["mapping"]
        self._below: dict[int, int] = {}
        for node in reversed(list(nx.topological_sort(condensed))):
            members = condensed.nodes[node]["members"]
            below = 1 << node if len(members) > 1 else 0
            for successor in condensed.successors(node):
                below |= self._below[successor] | 1 << successor
            self._below[node] = below

    def leads(self, sources: Iterable[Node], targets: Iterable[Node]) -> bool:
        """Whether a path of at least one edge leads from any of the sources to any of the targets."""
        wanted = 0
        for target in targets:
            wanted |= 1 << self._number[target]
        return any(self._below[self._number[source]] & wanted for source in sources)


class AssetNodes:
    """Which node an asset is known by."""

    def __init__(self, loaded: Loaded) -> None:
        self._ops: dict[tuple[str, str], Node] = {}
        for job in loaded.jobs:
            for step in job.steps if not job.of_assets else ():
                if task := task_of({**job.origin, **step.origin}):
                    self._ops[task] = ("op", job.name, step.name)

    def of(self, asset: Asset) -> Node:
        """The step that makes it; else the op or the task in Airflow that it says it comes from; else itself."""
        if asset.step is not None:
            return ("step", asset.step)
        task = task_of(asset.origin)
        if task is None:
            return ("external", *asset.key)
        return self._ops.get(task, ("external", *task))


def task_of(origin: Origin) -> tuple[str, str] | None:
    """The one Airflow task that a node says it comes from: DAG and task id."""
    dag_id, task_id = origin.get("dag_id"), origin.get("task_id")
    return (dag_id, task_id) if isinstance(dag_id, str) and isinstance(task_id, str) else None


def project_graph(loaded: Loaded) -> nx.DiGraph[Node]:
    """Everything in the project, with an edge from what comes first to what waits for it.

    A sensor comes before all of the jobs that it starts; one that reacts to the end of a job comes after all of it.
    """
    graph: nx.DiGraph[Node] = nx.DiGraph()
    of_asset = AssetNodes(loaded)
    nodes = {tuple(asset.key): of_asset.of(asset) for asset in loaded.assets}
    graph.add_nodes_from(nodes.values())
    checks: dict[tuple[str, ...], list[Node]] = {}
    for check in loaded.checks:
        checks.setdefault(tuple(check.asset), []).append(("step", check.step))
    graph.add_nodes_from(node for found in checks.values() for node in found)
    for asset in loaded.assets:
        below = nodes[tuple(asset.key)]
        above = (nodes.get(tuple(key), ("external", *key)) for key in asset.deps)
        graph.add_edges_from((node, below) for node in above if node != below)
        if below[0] == "external":
            # An asset that is only observed cannot depend on a check; Airflow, which runs it, still waits for the checking task.
            graph.add_edges_from((check, below) for key in asset.deps for check in checks.get(tuple(key), ()))
    for job in loaded.jobs:
        _add_job(graph, job)
    for trigger in loaded.triggers:
        node = (trigger.kind, trigger.name)
        graph.add_node(node)
        graph.add_edges_from((node, ("start", job)) for job in trigger.targets)
        graph.add_edges_from((("end", job), node) for job in trigger.monitors)
    return graph


def _add_job(graph: nx.DiGraph[Node], job: Job) -> None:
    kind: Node = ("step",) if job.of_assets else ("op", job.name)
    for step in job.steps:
        node = (*kind, step.name)
        graph.add_node(node)
        graph.add_edges_from(((*kind, name), node) for name in step.after)
        if not job.name.startswith(ALL_ASSETS_JOB):
            graph.add_edge(("start", job.name), node)
            graph.add_edge(node, ("end", job.name))
