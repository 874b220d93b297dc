"""The graph of one DAG's tasks: who comes before whom, in a stable order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import networkx as nx

from migrator.model.airflow import Dag


class TaskGraph:
    """Direct and transitive neighbours of the tasks of a DAG; edges to ids that are no task of it are left out.

    All answers are in the order in which the DAG file makes the tasks.
    """

    def __init__(self, dag: Dag) -> None:
        self._order = {task.task_id: position for position, task in enumerate(dag.tasks)}
        self._upstream: dict[str, tuple[str, ...]] = {}
        self._downstream: dict[str, tuple[str, ...]] = {}
        self._graph: nx.DiGraph[str] = nx.DiGraph()
        self._graph.add_nodes_from(self._order)
        for task in dag.tasks:
            self._graph.add_edges_from(
                (upstream, task.task_id) for upstream in task.upstream if upstream in self._order
            )

    @cached_property
    def cyclic(self) -> bool:
        return len(self.topological) < len(self._order)

    @cached_property
    def depth(self) -> int:
        """How many tasks the longest chain has; 0 for a cyclic graph."""
        depths: dict[str, int] = {}
        for task_id in self.topological:
            depths[task_id] = 1 + max((depths[before] for before in self._graph.predecessors(task_id)), default=0)
        return max(depths.values(), default=0)

    @cached_property
    def topological(self) -> tuple[str, ...]:
        """All tasks, upstream first; by file order where the edges leave a choice. Empty for a cyclic graph."""
        try:
            return tuple(nx.lexicographical_topological_sort(self._graph, key=self._order.__getitem__))
        except nx.NetworkXUnfeasible:
            return ()

    def upstream(self, task_id: str) -> tuple[str, ...]:
        found = self._upstream.get(task_id)
        if found is None:
            found = self._upstream[task_id] = self._sorted(self._graph.predecessors(task_id))
        return found

    def downstream(self, task_id: str) -> tuple[str, ...]:
        found = self._downstream.get(task_id)
        if found is None:
            found = self._downstream[task_id] = self._sorted(self._graph.successors(task_id))
        return found

    def ancestors(self, task_id: str) -> tuple[str, ...]:
        return self._sorted(iter(nx.ancestors(self._graph, task_id)))

    def descendants(self, task_id: str) -> tuple[str, ...]:
        return self._sorted(iter(nx.descendants(self._graph, task_id)))

    def leads_to(self, source: str, target: str) -> bool:
        """Whether a path leads from one task to another one."""
        return source != target and nx.has_path(self._graph, source, target)

    def _sorted(self, ids: Iterator[str]) -> tuple[str, ...]:
        return tuple(sorted(ids, key=self._order.__getitem__))
