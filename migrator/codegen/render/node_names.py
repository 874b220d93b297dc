"""Names of the nodes of a whole project: Dagster refuses a project in which two different ones have one name.

Jobs, assets of their own and checks are named by what they are; ops and functions that make several assets can have any name, and
give way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from migrator.model.bodies import AllValues, NoValue, ValueOrNone, ValuesThere
from migrator.model.plan import CreateAsset, CreateCheck, CreateJob, CreateOp, MigrationPlan, Operation


def ambiguous_names(plan: MigrationPlan, known: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """For each DAG (by id): the names of its nodes that other nodes of the project have too, without those that the DAG keeps, as `known` says that
    it had them when the project was generated last."""
    operations = [operation for dag in plan.dags for operation in dag.operations]
    counts = Counter(filter(None, map(node_name, operations)))
    firm = {node_name(operation) for operation in operations if not _gives_way(operation)}
    ambiguous = frozenset(name for name, count in counts.items() if count > 1)
    kept: dict[str, set[str]] = {}
    for name in ambiguous - firm:
        if name in known:
            kept.setdefault(known[name], set()).add(name)
    return {dag.dag_id: ambiguous - kept[dag.dag_id] if dag.dag_id in kept else ambiguous for dag in plan.dags}


def names_of_nodes(plan: MigrationPlan) -> frozenset[str]:
    """All names that nodes of the project have where none gives way."""
    return frozenset(filter(None, (node_name(operation) for dag in plan.dags for operation in dag.operations)))


def plain_names(plan: MigrationPlan, ambiguous: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """The nodes that could have had to give way and did not: each name, and the id of its DAG."""
    for dag in plan.dags:
        for operation in dag.operations:
            name = node_name(operation)
            if name and _gives_way(operation) and name not in ambiguous[dag.dag_id]:
                yield name, dag.dag_id


def _gives_way(operation: Operation) -> bool:
    return isinstance(operation, CreateOp) or (isinstance(operation, CreateAsset) and len(operation.outputs) != 1)


def node_name(operation: Operation) -> str:
    """The name that Dagster gives the node, if no other one has it; empty for what is none."""
    match operation:
        case CreateOp(body=AllValues() | NoValue() | ValueOrNone() | ValuesThere()):
            return ""  # the same op in all jobs
        case CreateAsset(outputs=(output,)):
            return "__".join(output.key)
        case CreateCheck():
            return "__".join((*operation.asset[:-1], f"{operation.asset[-1]}_{operation.name}"))
        case CreateAsset() | CreateOp() | CreateJob():
            return operation.name
        case _:
            return ""
