"""The graphs of a DAG: its tasks in Airflow, and what there will be in Dagster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrator.model.assets import AssetKey
from migrator.model.plan import (
    AssetOut,
    CreateAsset,
    CreateCheck,
    CreateOp,
    CreateRunSensor,
    CreateSchedule,
    CreateSensor,
    DagPlan,
    KeepInAirflow,
    Operation,
)

EXTERNAL = "external"


class _Graph:
    """Nodes by their identity, in the order in which they are seen, and edges."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, ...], dict[str, Any]] = {}
        self.edges: dict[tuple[tuple[str, ...], tuple[str, ...]], None] = {}

    def add(self, identity: tuple[str, ...], label: str, kind: str, task: str = "") -> None:
        self.nodes[identity] = {"label": label, "kind": kind, **({"task": task} if task else {})}

    def connect(self, upstream: Iterable[tuple[str, ...]], downstream: tuple[str, ...]) -> None:
        self.edges.update(((before, downstream), None) for before in upstream if before != downstream)

    def document(self) -> dict[str, Any]:
        """What edges name and nothing makes is data from elsewhere."""
        for pair in self.edges:
            for identity in pair:
                if identity not in self.nodes:
                    self.add(identity, "/".join(identity[1:]), EXTERNAL)
        place = {identity: number for number, identity in enumerate(self.nodes)}
        return {
            "nodes": list(self.nodes.values()),
            "edges": [[place[before], place[after]] for before, after in self.edges],
        }


def in_dagster(plan: DagPlan, dispositions: Mapping[str, str]) -> dict[str, Any]:
    """`{"nodes": [{"label", "kind", "task"}], "edges": [[from, to]]}`. `dispositions` are the kinds by task id."""
    graph = _Graph()
    for operation in plan.operations:
        _add(graph, operation, dispositions)
    return graph.document()


def _asset(key: AssetKey) -> tuple[str, ...]:
    return ("asset", *key)


def _add(graph: _Graph, operation: Operation, dispositions: Mapping[str, str]) -> None:
    if isinstance(operation, CreateAsset):
        keys = [*operation.deps, *(item.asset for item in operation.inputs if item.asset)]
        for out in operation.outputs:
            _make(graph, out, dispositions.get(operation.task_id, "asset"), operation.task_id, map(_asset, keys))
    elif isinstance(operation, CreateCheck):
        identity = ("check", *operation.asset, operation.name)
        graph.add(identity, operation.name, "check", operation.task_id)
        keys = [operation.asset, *operation.deps, *(item.asset for item in operation.inputs if item.asset)]
        graph.connect(map(_asset, keys), identity)
    elif isinstance(operation, CreateOp):
        identity = ("op", operation.name)
        graph.add(identity, operation.name, dispositions.get(operation.task_id, "step"), operation.task_id)
        before: list[tuple[str, ...]] = [("op", node) for order in operation.orders for node, _ in order.after]
        before += [("op", item.node) for item in operation.inputs if item.node]
        keys = [*operation.deps, *(item.asset for item in operation.inputs if item.asset)]
        graph.connect([*before, *map(_asset, keys)], identity)
        for out in operation.materializes:
            _make(graph, out, "asset", operation.task_id, [identity])
    elif isinstance(operation, KeepInAirflow):
        before = [_asset(key) for key in operation.deps]
        if not operation.outputs:
            identity = ("task", operation.task_id)
            graph.add(identity, operation.task_id, "airflow", operation.task_id)
            graph.connect(before, identity)
        for out in operation.outputs:
            _make(graph, out, "airflow", operation.task_id, before)


def _make(graph: _Graph, out: AssetOut, kind: str, task: str, before: Iterable[tuple[str, ...]]) -> None:
    identity = _asset(out.key)
    graph.add(identity, "/".join(out.key), kind, task)
    graph.connect(before, identity)


def started_by(operations: Sequence[Operation]) -> list[str]:
    """What starts the job in Dagster, a line for each."""
    lines = []
    for operation in operations:
        if isinstance(operation, CreateSchedule):
            every = f", every {operation.every}" if operation.every else ""
            lines.append(f"schedule {operation.name}: {', '.join(operation.crons)} ({operation.timezone}){every}")
        elif isinstance(operation, CreateSensor):
            what = (
                ", ".join("/".join(key) for key in operation.assets)
                or ", ".join(operation.task_ids)
                or (operation.cron and f"{operation.cron} ({operation.timezone}), in order")
                or "continuously"
            )
            lines.append(f"sensor {operation.name}: {what}")
        elif isinstance(operation, CreateRunSensor):
            does = f"starts {operation.triggers}" if operation.triggers else "sends a message"
            lines.append(f"sensor {operation.name}: {does} on {operation.on} of {operation.job}")
    return lines
