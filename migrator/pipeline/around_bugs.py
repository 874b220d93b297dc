"""What is done where a bug of this tool meets one DAG: that DAG stays in Airflow, with the error as its reason, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from migrator.diagnostics import MigratorError

_Made = TypeVar("_Made")


def around_bugs(
    dag_ids: Sequence[str], whole: Callable[[Mapping[str, str]], _Made], alone: Callable[[Collection[str]], object]
) -> _Made:
    """What `whole` makes of all DAGs. Where that raises, it is asked again, given the DAGs of which `alone` raises too, and why; where that does not
    help, as what fails takes several DAGs, the DAGs without which it succeeds.

    Raises the first error where it does not succeed without any DAG. A MigratorError tells of wrong use, and goes through; but for MIG504, which
    says that generated code is not valid.
    """
    try:
        return whole({})
    except Exception as error:
        if not _is_bug(error):
            raise
        refused = _culprits(dag_ids, alone)
        made = _attempt(whole, refused) if refused else ()
        made = made or _attempt(whole, _without(dag_ids, whole, _reason(error)))
        if not made:
            raise
        return made[0]


def _attempt(whole: Callable[[Mapping[str, str]], _Made], refused: Mapping[str, str]) -> tuple[_Made, ...]:
    """What is made, if it can be: any error may be that of a bug, and the one to raise is the first, which the caller has."""
    try:
        return (whole(refused),)
    except Exception:
        return ()


def _without(dag_ids: Sequence[str], whole: Callable[[Mapping[str, str]], object], reason: str) -> dict[str, str]:
    """DAGs without which the others can be done, found by halves; all where both halves have some."""
    refused = list(dag_ids)
    while len(refused) > 1:
        half = len(refused) // 2
        parts = (refused[:half], refused[half:])
        enough = next((part for part in parts if _attempt(whole, dict.fromkeys(part, reason))), None)
        if enough is None:
            break
        refused = enough
    return dict.fromkeys(refused, reason)


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
        return {dag_ids[0]: _reason(error)} if _is_bug(error) else {}


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _is_bug(error: Exception) -> bool:
    return not isinstance(error, MigratorError) or error.code == "MIG504"
