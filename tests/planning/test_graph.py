"""The order and the neighbours of a DAG's tasks."""

from __future__ import annotations

import networkx as nx
import pytest

from migrator.model.airflow import Dag, Schedule, Task
from migrator.model.source import Span
from migrator.planning.graph import TaskGraph

SPAN = Span("dag.py", 1)


def graph(**upstream: str) -> TaskGraph:
    """A graph of tasks in the order of their names here, each with the names of those before it."""
    tasks = (Task("d", name, "Y", "x", SPAN, upstream=tuple(above.split())) for name, above in upstream.items())
    return TaskGraph(Dag("d", SPAN, Schedule("none"), "3", tasks=tuple(tasks)))


@pytest.mark.parametrize(
    ("upstream", "order"),
    [
        ({"a": "", "b": "a", "c": "a", "d": "b c"}, "a b c d"),
        ({"d": "b c", "c": "a", "b": "a", "a": ""}, "a c b d"),
        ({"a": "c", "b": "", "c": ""}, "b c a"),
        ({"a": "gone", "b": "a gone"}, "a b"),
        ({"a": "b", "b": "a", "c": ""}, ""),
        ({"a": "a"}, ""),
    ],
    ids=["as made", "made backwards", "one later", "unknown ids", "circle", "itself"],
)
def test_tasks_come_after_those_before_them_and_else_as_the_file_makes_them(
    upstream: dict[str, str], order: str
) -> None:
    made = graph(**upstream)
    assert made.topological == tuple(order.split())
    assert made.cyclic == (not order)
    known = nx.DiGraph(
        [(above, task) for task, before in upstream.items() for above in before.split() if above in upstream]
    )
    known.add_nodes_from(upstream)
    for task in upstream:
        assert set(made.upstream(task)) == set(known.predecessors(task))
        assert set(made.downstream(task)) == set(known.successors(task))
        assert set(made.ancestors(task)) == nx.ancestors(known, task)
        assert set(made.descendants(task)) == nx.descendants(known, task)
        for other in upstream:
            assert made.leads_to(task, other) == (task != other and nx.has_path(known, task, other))
