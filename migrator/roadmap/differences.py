"""The differences between Airflow and Dagster, those that are the same decision together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from migrator.diagnostics import Severity
from migrator.model.plan import Delta
from migrator.roadmap.model import Difference

Kind = tuple[int, str]
"""Rank of the severity, and what it says without the names in it."""

_SHARED = 3
"""In so many DAGs a difference is decided once for all of them."""
_NAMES = re.compile(r"`[^`]*`(?:, `[^`]*`)*(?: and \d+ more)?")


def kind(delta: Delta) -> Kind:
    """What makes two differences the same decision."""
    return delta.severity.rank, _NAMES.sub("`", delta.dagster)


def decided_once(deltas: Iterable[Delta]) -> frozenset[Kind]:
    """The kinds of warnings that several DAGs have."""
    dags: dict[Kind, set[str]] = {}
    for delta in deltas:
        if delta.severity is not Severity.INFO:
            dags.setdefault(kind(delta), set()).add(delta.dag_id)
    return frozenset(one for one, ids in dags.items() if len(ids) >= _SHARED)


def differences(deltas: Iterable[Delta], live: Collection[str], once: Collection[Kind]) -> tuple[Difference, ...]:
    """The differences of the live DAGs, each with an example: the severest and most frequent first."""
    found: dict[Kind, list[Delta]] = {}
    for delta in deltas:
        if delta.dag_id in live:
            found.setdefault(kind(delta), []).append(delta)
    rows = [
        Difference(
            severity=same[0].severity,
            airflow=same[0].airflow,
            dagster=same[0].dagster,
            mitigation=same[0].mitigation,
            dags=tuple(dict.fromkeys(delta.dag_id for delta in same)),
            once=one in once,
        )
        for one, same in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.severity.rank, -len(row.dags), row.dagster)))
