"""`graphlib.TopologicalSorter` and `networkx.DiGraph` on known nodes: orders of tasks that configuration files describe.

networkx is imported where code asks for it: it takes longer to load than most files to analyze.
"""

from __future__ import annotations

import graphlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.libraries.builtin_functions import items_of, no
from migrator.analyzers.interpreter.values import MISSING, Call, Env, Native, RaiseSignal, contains_symbolic

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine

MAX_NODES = 20_000


class Sorter(AirflowObject):
    """A `TopologicalSorter`."""

    __slots__ = ("size", "sorter")

    def __init__(self) -> None:
        self.sorter: graphlib.TopologicalSorter[Any] = graphlib.TopologicalSorter()
        self.size = 0

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        methods: dict[str, Callable[[Machine, Call], Any]] = {
            "add": lambda m, call: self.add(m, call.args[0], call.args[1:], call),
            "prepare": lambda m, call: protected(self.sorter.prepare),
            "static_order": lambda m, call: LazyItems(protected(lambda: list(self.sorter.static_order()))),
            "get_ready": lambda m, call: protected(self.sorter.get_ready),
            "is_active": lambda m, call: protected(self.sorter.is_active),
            "done": lambda m, call: protected(lambda: self.sorter.done(*call.args)),
        }
        return Native(name, methods[name]) if name in methods else MISSING

    def add(self, machine: Machine, node: Any, predecessors: list[Any], call: Call) -> Any:
        """`sorter.add(node, *predecessors)`."""
        self.size += 1 + len(predecessors)
        if self.size > MAX_NODES:
            raise RaiseSignal("MemoryError", "the graph is too large")
        machine.charge(1 + len(predecessors))
        return protected(lambda: self.sorter.add(node, *predecessors))


def _sorter(machine: Machine, call: Call) -> Any:
    made = Sorter()
    graph = machine.settle(call.argument(0, "graph"), call.node, call.env)
    if graph is None:
        return made
    if not isinstance(graph, dict) or contains_symbolic(graph):
        return no(machine, call, "the graph is not known")
    for node, predecessors in graph.items():
        values = items_of(machine, predecessors, call)
        if values is None:
            return no(machine, call, "the graph is not known")
        made.add(machine, node, values, call)
    return made


class Graph(AirflowObject):
    """A `networkx.DiGraph`."""

    __slots__ = ("graph",)

    def __init__(self) -> None:
        import networkx

        self.graph: Any = networkx.DiGraph()

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name in ("add_node", "add_edge"):
            return Native(name, lambda m, call: self._add(m, name, call))
        if name in ("add_nodes_from", "add_edges_from"):
            return Native(name, lambda m, call: self._add_all(m, name, call))
        if name in ("predecessors", "successors", "in_degree", "out_degree", "has_node", "has_edge"):
            return Native(name, lambda m, call: _plain(protected(lambda: getattr(self.graph, name)(*call.args))))
        if name in ("nodes", "edges"):
            return list(getattr(self.graph, name))
        return MISSING

    def _add(self, machine: Machine, name: str, call: Call) -> Any:
        machine.charge(5)
        if len(self.graph) > MAX_NODES:
            raise RaiseSignal("MemoryError", "the graph is too large")
        return protected(lambda: getattr(self.graph, name)(*call.args))

    def _add_all(self, machine: Machine, name: str, call: Call) -> Any:
        for item in items_of(machine, call.args[0], call) or []:
            arguments = [item] if name == "add_nodes_from" else list(item)[:2]
            self._add(machine, name.removesuffix("s_from"), Call(arguments, {}, call.node, call.env))

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any]:
        return list(self.graph)

    def holds(self, item: Any) -> bool | None:
        return item in self.graph


def _graph_function(name: str) -> Callable[[Machine, Call], Any]:
    """A function of networkx that gives nodes of a graph."""

    def apply(machine: Machine, call: Call) -> Any:
        graph = call.args[0] if call.args else None
        if not isinstance(graph, Graph) or len(graph.graph) * len(call.args) > MAX_NODES:
            return no(machine, call)
        import networkx

        machine.charge(len(graph.graph) + graph.graph.number_of_edges())
        return protected(lambda: _plain(getattr(networkx, name)(graph.graph, *call.args[1:])))

    return apply


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, set)) else LazyItems(list(value))


def protected(function: Callable[[], Any]) -> Any:
    """What a function of a library gives; what it raises is raised by the analyzed code."""
    try:
        return function()
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)[:200]) from None


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "graphlib.TopologicalSorter": _sorter,
    "networkx.DiGraph": lambda machine, call: Graph(),
    **{
        f"networkx.{name}": _graph_function(name)
        for name in (
            "topological_sort",
            "lexicographical_topological_sort",
            "ancestors",
            "descendants",
            "is_directed_acyclic_graph",
        )
    },
}
"""By canonical path."""
