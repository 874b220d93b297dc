"""Names of the nodes of a whole project: Dagster refuses a project in which two different ones have one name.

Jobs, assets of their own and checks are named by what they are; ops and functions that make several assets can have any name, and
give way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from migrator.model.bodies import NoValue, ValueOrNone
from migrator.model.plan import CreateAsset, CreateCheck, CreateJob, CreateOp, MigrationPlan, Operation


def ambiguous_names(plan: MigrationPlan) -> frozenset[str]:
    """Names that more than one node of the project would have."""
    counts = Counter(node_name(operation) for operation in _operations(plan))
    return frozenset(name for name, count in counts.items() if name and count > 1)


def _operations(plan: MigrationPlan) -> Iterator[Operation]:
    return (operation for dag in plan.dags for operation in dag.operations)


def node_name(operation: Operation) -> str:
    """The name that Dagster gives the node, if no other one has it; empty for what is none."""
    match operation:
        case CreateOp(body=NoValue() | ValueOrNone()):
            return ""  # the same op in all jobs
        case CreateAsset(outputs=(output,)):
            return "__".join(output.key)
        case CreateCheck():
            return "__".join((*operation.asset[:-1], f"{operation.asset[-1]}_{operation.name}"))
        case CreateAsset() | CreateOp() | CreateJob():
            return operation.name
        case _:
            return ""
