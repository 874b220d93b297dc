"""How the DAGs can move task by task: what can be proxied alone, what only together, and what must hold for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.model.frozen import dataclass
from migrator.roadmap.model import DagWork

_NAMES = re.compile(r"`[^`]*`(?:, `[^`]*`)*")


@dataclass(frozen=True, slots=True)
class Together:
    """Tasks of a DAG that are proxied in one go, and why. `blocked`: why they cannot be proxied at all, or not yet; else empty."""

    dag_id: str
    tasks: tuple[str, ...]
    why: str
    blocked: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold outside the code for tasks to be proxied, with one example, and the units that it concerns, by their DAG."""

    example: str
    dags: tuple[str, ...]
    units: int


@dataclass(frozen=True, slots=True)
class Moving:
    """`tasks` of `of` tasks can be proxied, in `units` steps, in `dags` DAGs."""

    of: int
    tasks: int
    units: int
    dags: int
    together: tuple[Together, ...]
    conditions: tuple[Condition, ...]


def moving(dags: Iterable[DagWork]) -> Moving:
    """The units of these DAGs. Conditions that differ in names only are one."""
    live = list(dags)
    free = [(dag.dag_id, unit) for dag in live for unit in dag.units if not unit.blocked]
    together = [
        Together(dag.dag_id, unit.tasks, unit.why, unit.blocked)
        for dag in live
        for unit in dag.units
        if len(unit.tasks) > 1
    ]
    conditions: dict[str, list[tuple[str, str]]] = {}
    for dag_id, unit in free:
        for kind, text in {_NAMES.sub("`", text): text for text in unit.conditions}.items():
            conditions.setdefault(kind, []).append((dag_id, text))
    found = [
        Condition(users[0][1], tuple(dict.fromkeys(dag_id for dag_id, _ in users)), len(users))
        for users in conditions.values()
    ]
    return Moving(
        sum(dag.tasks for dag in live),
        sum(len(unit.tasks) for _, unit in free),
        len(free),
        len({dag_id for dag_id, _ in free}),
        tuple(sorted(together, key=lambda one: (bool(one.blocked), -len(one.tasks), one.dag_id, one.tasks))),
        tuple(sorted(found, key=lambda one: (-one.units, one.example))),
    )
