"""What is done where a bug of this tool meets one DAG: that DAG stays in Airflow, with the error as its reason, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from migrator.diagnostics import MigratorError

_Made = TypeVar("_Made")


def around_bugs(
    dag_ids: Sequence[str], whole: Callable[[Mapping[str, str]], _Made], alone: Callable[[Collection[str]], object]
) -> _Made:
    """What `whole` makes of all DAGs. Where that raises, it is asked again, given the DAGs of which `alone` raises too, and why.

    Raises the first error where none of the DAGs does so by itself, or the others do not go on without it. A MigratorError tells of wrong use, and
    goes through; but for MIG504, which says that generated code is not valid.
    """
    try:
        return whole({})
    except Exception as error:
        if not _is_bug(error):
            raise
        refused = _culprits(dag_ids, alone)
        if not refused:
            raise
        try:
            return whole(refused)
        except Exception:
            raise error from None


def _culprits(dag_ids: Sequence[str], alone: Callable[[Collection[str]], object]) -> dict[str, str]:
    """The DAGs that cannot be done, found by halves: most can."""
    try:
        if dag_ids:
            alone(dag_ids)
        return {}
    except Exception as error:
        if len(dag_ids) > 1:
            half = len(dag_ids) // 2
            return {**_culprits(dag_ids[:half], alone), **_culprits(dag_ids[half:], alone)}
        return {dag_ids[0]: f"{type(error).__name__}: {error}"} if _is_bug(error) else {}


def _is_bug(error: Exception) -> bool:
    return not isinstance(error, MigratorError) or error.code == "MIG504"
