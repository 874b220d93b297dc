"""In which order DAGs can move: one whose data or jobs others need goes first."""

from __future__ import annotations

import networkx as nx

from migrator.model.changed import replace
from migrator.model.plan import Wave
from migrator.planning.draft import Draft
from migrator.planning.forms import AIRFLOW


def plan_waves(draft: Draft) -> Draft:
    """Waves of the DAGs that move; DAGs that need each other go together."""
    order = {dag_id: position for position, dag_id in enumerate(draft.dags)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(dag_id for dag_id, dag in draft.dags.items() if dag.form != AIRFLOW)
    moving = set(graph)
    graph.add_edges_from(
        (link.upstream, link.downstream) for link in draft.links if {link.upstream, link.downstream} <= moving
    )
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
