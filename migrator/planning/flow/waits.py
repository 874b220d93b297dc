"""What an op of a job waits for, as one list where that says the same as several inputs.

Dagster runs a step with several inputs when none of what is before them was skipped, and one with a list of them when at least one was not. Where
nothing before can be skipped, both are the same, and the list is what one writes by hand: `work(after=[extract, clean])`.
"""

from __future__ import annotations

from collections.abc import Sequence

from migrator.model.changed import replace
from migrator.model.plan import CreateOp, Order


def together(steps: Sequence[CreateOp]) -> list[CreateOp]:
    """The steps of a job, each with its orders in one where no step before them can be skipped. `steps` are in an order in which each
    comes after what it takes."""
    sure: set[tuple[str, str]] = set()
    """Outputs (node, output) that are there whenever no step fails; of copies, as many as there are."""
    found = []
    for step in steps:
        found.append(_in_one(step, sure) if step.within is None and not step.stream else step)
        if _always_runs(step, sure):
            outputs = step.outputs or (("result", False),)
            sure |= {(step.name, name) for name, optional in outputs if not optional}
    return found


def _in_one(step: CreateOp, sure: set[tuple[str, str]]) -> CreateOp:
    apart = [order for order in step.orders if not order.collected and sure.issuperset(order.after)]
    if len(apart) < 2 or len(apart) < len(step.orders):
        return step
    after = dict.fromkeys(source for order in apart for source in order.after)
    return replace(step, orders=(Order(tuple(after)),))


def _always_runs(step: CreateOp, sure: set[tuple[str, str]]) -> bool:
    """Whether it does its work whenever no step before it fails."""
    return (
        not (step.asks or step.within)
        and all(given.node is None or (given.node, given.output) in sure for given in step.inputs)
        and all(not sure.isdisjoint(order.after) for order in step.orders)
    )
