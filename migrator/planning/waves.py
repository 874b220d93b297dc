"""In which order DAGs can move: one whose data or jobs others need goes first."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx

from migrator.model.plan import CreateRunSensor, CreateSensor, Wave
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.forms import AIRFLOW, find_target


def plan_waves(draft: Draft) -> Draft:
    """Waves of the DAGs that move; DAGs that need each other go together."""
    order = {dag_id: position for position, dag_id in enumerate(draft.dags)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(dag_id for dag_id, dag in draft.dags.items() if dag.form != AIRFLOW)
    for dag_id in list(graph):
        needed = _needed(draft, draft.dags[dag_id])
        graph.add_edges_from((other, dag_id) for other in needed if other in graph and other != dag_id)
    waves = []
    condensed = nx.condensation(graph)
    for number, parts in enumerate(nx.topological_generations(condensed), start=1):
        members = sorted(
            (dag_id for part in parts for dag_id in condensed.nodes[part]["members"]), key=order.__getitem__
        )
        before = sorted({other for member in members for other in graph.predecessors(member)} - set(members))
        shown = ", ".join(f"`{dag_id}`" for dag_id in before[:5]) + (" and others" if len(before) > 5 else "")
        why = f"they need the data or jobs of {shown}" if before else "they need nothing of other DAGs"
        waves.append(Wave(number, tuple(members), why))
    return replace(draft, waves=tuple(waves))


def _needed(draft: Draft, dag: DagDraft) -> set[str]:
    """The DAGs whose data or jobs a DAG needs."""
    found = {draft.owners[key][0] for task in dag.tasks.values() for key in task.deps if key in draft.owners}
    for operation in dag.automation:
        if isinstance(operation, CreateSensor):
            found |= {draft.owners[key][0] for key in operation.assets if key in draft.owners}
        if isinstance(operation, CreateRunSensor) and operation.triggers:
            jobs = {operation.triggers, operation.job}
            found |= {other.dag_id for other in draft.dags.values() if other.job in jobs}
    for task in dag.tasks.values():
        target = find_target(task.lowering.target, draft.dags) if task.role == "await" else None
        if target is not None:
            found.add(target[0])
    return found
