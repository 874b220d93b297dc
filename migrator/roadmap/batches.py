"""Cutting waves into batches, and the longest chain of DAGs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import networkx as nx

from migrator.roadmap.model import Batch, DagWork, Effort, Shared
from migrator.roadmap.work import total

_PILOT = 5
"""DAGs in the first batch of a large migration, on which a team learns."""
_LARGE = 12
_MANY = 3
"""DAGs that are held by the same in a wave have a batch of their own from this number on."""
_COMMON = 10
"""What more DAGs of a wave use than this binds none of them."""


def batches(
    number: int, dags: Sequence[DagWork], shared: Iterable[Shared], hours: float, pilot: bool
) -> tuple[Batch, ...]:
    """The DAGs of a wave, cut so that no batch holds more than `hours` (by the middle of the ranges), unless it is a single DAG.

    What moves as a whole comes before what is held by something, then DAGs that are held by the same; within that, DAGs of one team, and what
    shares a file, an operator of the team's own or a setting, stay together. With `pilot` the first batch is a few quick wins.
    """
    left = list(dags)
    packs: list[list[DagWork]] = []
    if pilot:
        first = _pilot(left)
        packs += [first] if first else []
        left = [dag for dag in left if dag not in first]
    kinds = _kinds(left)
    for group in _groups(left, shared, kinds):
        last = packs[-1][0].dag_id if packs else ""
        same = last in kinds and kinds[last] == kinds[group[0].dag_id]
        for dag in group:
            used = sum(other.effort.middle for other in packs[-1]) if packs else 0.0
            if not packs or not same or used + dag.effort.middle > hours:
                packs.append([])
            packs[-1].append(dag)
            same = True
    return tuple(
        Batch(f"{number}.{place}", tuple(dag.dag_id for dag in pack), total([dag.effort for dag in pack]), _why(pack, pilot and place == 1))
        for place, pack in enumerate(packs, start=1)
    )  # fmt: skip


def _pilot(dags: Sequence[DagWork]) -> list[DagWork]:
    """A few quick wins, of different teams and files where there are some. Those that make data come first: what keeps a platform tidy teaches
    little of assets, partitions and lineage."""
    chosen: list[DagWork] = []

    def place(dag: DagWork) -> tuple[bool, float, str]:
        return all(part.name != "asset" for part in dag.parts), dag.effort.middle, dag.dag_id

    easy = sorted((dag for dag in dags if dag.quick_win), key=place)
    for same in (False, True):
        for dag in easy:
            known = {(other.team, other.file) for other in chosen}
            if dag not in chosen and len(chosen) < _PILOT and (same or (dag.team, dag.file) not in known):
                chosen.append(dag)
    return chosen if len(dags) > _LARGE else []


def _kinds(dags: Sequence[DagWork]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """What each DAG is held by, so that those held by the same stand together: nothing, something that holds many, something of its own."""
    number = Counter(dag.causes for dag in dags)

    def kind(causes: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        if not causes:
            return 0, ()
        return (-number[causes] + len(dags) + 1, causes) if number[causes] >= _MANY else (len(dags) + 1, ())

    return {dag.dag_id: kind(dag.causes) for dag in dags}


def _groups(
    dags: Sequence[DagWork], shared: Iterable[Shared], kinds: Mapping[str, tuple[int, tuple[str, ...]]]
) -> list[list[DagWork]]:
    """The DAGs that are best moved together, in the order in which to move them."""
    graph: nx.Graph[str] = nx.Graph()
    by_id = {dag.dag_id: dag for dag in dags}
    graph.add_nodes_from(by_id)
    bound: dict[tuple[str, ...], list[str]] = {}
    for dag in dags:
        bound.setdefault(("file", dag.file), []).append(dag.dag_id)
    for thing in shared:
        bound.setdefault((thing.kind, thing.name), []).extend(dag_id for dag_id in thing.dags if dag_id in by_id)
    for ids in bound.values():
        if len(ids) <= _COMMON:
            for one, other in pairwise(ids):
                if kinds[one] == kinds[other] and by_id[one].team == by_id[other].team:
                    graph.add_edge(one, other)
    groups = [sorted((by_id[dag_id] for dag_id in ids), key=lambda dag: (dag.effort.middle, dag.dag_id)) for ids in nx.connected_components(graph)]  # fmt: skip

    def place(group: Sequence[DagWork]) -> tuple[object, ...]:
        first = group[0]
        return kinds[first.dag_id], first.team, first.effort.middle, first.dag_id

    return sorted(groups, key=place)


def _why(pack: Sequence[DagWork], pilot: bool) -> str:
    if pilot:
        return "a pilot: all of their tasks move, and no decision is about them alone"
    held = {dag.causes for dag in pack}
    if held == {()}:
        return "all of their tasks move"
    causes = sorted({cause for causes in held for cause in causes})
    if len(held) > 1 and len(causes) > 1:
        return f"part of each stays in Airflow until one of {len(causes)} causes is dealt with"
    return f"part of each stays in Airflow until this is dealt with: {'; '.join(causes[:3])}"


def critical_path(dags: Sequence[DagWork]) -> tuple[tuple[str, ...], Effort]:
    """The chain of DAGs, each needed by the next, that takes the longest; DAGs that need each other count together."""
    by_id = {dag.dag_id: dag for dag in dags}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(by_id)
    graph.add_edges_from((other, dag.dag_id) for dag in dags for other in dag.needs if other in by_id)
    condensed = nx.condensation(graph)
    best: dict[int, tuple[float, int | None]] = {}
    for node in nx.topological_sort(condensed):
        own = sum(by_id[dag_id].effort.middle for dag_id in condensed.nodes[node]["members"])
        before = max(((best[other][0], other) for other in condensed.predecessors(node)), default=(0.0, None))
        best[node] = before[0] + own, before[1]
    path: list[str] = []
    part: int | None = max(best, key=lambda one: (best[one][0], -one), default=None)
    while part is not None:
        path = [*sorted(condensed.nodes[part]["members"]), *path]
        part = best[part][1]
    return tuple(path), total([by_id[dag_id].effort for dag_id in path])


def followers(dags: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """For each DAG those that need it."""
    found: dict[str, list[str]] = {}
    for dag_id, needs in dags.items():
        for other in needs:
            found.setdefault(other, []).append(dag_id)
    return found
