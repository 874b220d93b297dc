"""The graph of one DAG's tasks: who comes before whom, in a stable order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
        self._before: dict[str, dict[str, None]] = {task_id: {} for task_id in self._order}
        self._after: dict[str, dict[str, None]] = {task_id: {} for task_id in self._order}
        for task in dag.tasks:
            for upstream in task.upstream:
                if upstream in self._order:
                    self._before[task.task_id][upstream] = None
                    self._after[upstream][task.task_id] = None

    @cached_property
    def cyclic(self) -> bool:
        return len(self.topological) < len(self._order)

    @cached_property
    def depth(self) -> int:
        """How many tasks the longest chain has; 0 for a cyclic graph."""
        depths: dict[str, int] = {}
        for task_id in self.topological:
            depths[task_id] = 1 + max((depths[before] for before in self._before[task_id]), default=0)
        return max(depths.values(), default=0)

    @cached_property
    def topological(self) -> tuple[str, ...]:
        """All tasks, upstream first; by file order where the edges leave a choice. Empty for a cyclic graph."""
        order = self._order
        if all(order[above] < position for below, position in order.items() for above in self._before[below]):
            return tuple(order)  # most files make the tasks in such an order
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(order)
        graph.add_edges_from((above, below) for below, found in self._before.items() for above in found)
        try:
            return tuple(nx.lexicographical_topological_sort(graph, key=order.__getitem__))
        except nx.NetworkXUnfeasible:
            return ()

    def upstream(self, task_id: str) -> tuple[str, ...]:
        found = self._upstream.get(task_id)
        if found is None:
            found = self._upstream[task_id] = self._sorted(self._before[task_id])
        return found

    def downstream(self, task_id: str) -> tuple[str, ...]:
        found = self._downstream.get(task_id)
        if found is None:
            found = self._downstream[task_id] = self._sorted(self._after[task_id])
        return found

    def ancestors(self, task_id: str) -> tuple[str, ...]:
        return self._sorted(_reached([task_id], self._before) - {task_id})

    def descendants(self, task_id: str) -> tuple[str, ...]:
        return self._sorted(_reached([task_id], self._after) - {task_id})

    def between(self, task_ids: Collection[str]) -> tuple[str, ...]:
        """The other tasks that come after one of these and before another one."""
        return self._sorted((_reached(task_ids, self._after) & _reached(task_ids, self._before)) - {*task_ids})

    def leads_to(self, source: str, target: str) -> bool:
        """Whether a path leads from one task to another one."""
        return source != target and source in _reached([target], self._before)

    def _sorted(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(ids, key=self._order.__getitem__))


def _reached(task_ids: Iterable[str], edges: Mapping[str, Collection[str]]) -> set[str]:
    """These tasks, and all that a way leads to from one of them."""
    found = {*task_ids}
    front = [*found]
    while front:
        new = [other for other in edges[front.pop()] if other not in found]
        found.update(new)
        front += new
    return found
