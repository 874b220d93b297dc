"""The work that each DAG is: a sum of weights, so that anyone can check it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from migrator.diagnostics import Severity
from migrator.effort import Hours
from migrator.model.plan import Delta, Disposition, is_consequence
from migrator.model.source import Span
from migrator.roadmap.causes import Key, Staying, weight_of
from migrator.roadmap.differences import Kind, kind
from migrator.roadmap.model import Effort, Part


def weights(hours: Mapping[str, Hours]) -> dict[str, Effort]:
    return {name: Effort(low, high) for name, (low, high) in hours.items()}


def parts(
    dag_id: str,
    dispositions: Iterable[Disposition],
    deltas: Iterable[Delta],
    staying: Mapping[Key, Staying],
    once: Collection[Kind],
    weight: Mapping[str, Effort],
    places: Mapping[tuple[str, str], Span],
) -> tuple[Part, ...]:
    """The summands of a DAG's effort, in the order of the weights.

    Tasks count by what they became; of those that one call made in a loop (`places` tells by DAG and task id) all but the first are copies,
    because their code is written and read once. Of the tasks that stay for one cause the first is a `blocker` (or a `setting`) and the others are repeats; all are repeats
    where the cause holds several DAGs or is an operator without a rule, because it is dealt with once for all of them. So are the differences
    of the kinds `once`, which count as `info` here.
    """
    numbers: Counter[str] = Counter({"dag": 1})
    seen: set[tuple[str, Span]] = set()
    for item in dispositions:
        if item.kind != "airflow":
            made = item.kind, places[dag_id, item.task_id]
            numbers["copy" if made in seen and item.kind != "folded" else item.kind] += 1
            seen.add(made)
        elif is_consequence(item.code, item.reason):
            numbers["follower"] += 1
    for key, cause in staying.items():
        here = sum(other == dag_id for other, _ in cause.tasks)
        first = int(bool(here) and not is_shared(cause))
        numbers[weight_of(key, cause)] += first
        numbers["repeat"] += here - first
    for delta in deltas:
        numbers["info" if delta.severity is Severity.INFO or kind(delta) in once else "warning"] += 1
    return tuple(Part(name, numbers[name], weight[name].times(numbers[name])) for name in weight if numbers[name])


def is_shared(cause: Staying) -> bool:
    """Whether a cause is dealt with once for several DAGs, or for all DAGs to come."""
    return cause.rule or len(cause.dags) > 1


def total(efforts: Sequence[Effort]) -> Effort:
    return sum(efforts, Effort())
