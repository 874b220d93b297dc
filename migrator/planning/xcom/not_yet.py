"""Pulls of what is not there yet when a task runs: its own XComs, which Airflow clears before each try, and those of tasks after it.

Comes in: the task that is meant, or a pull in a task's own code. Goes out: whether the pull gives None.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from migrator.analyzers.callables import ContextUse, with_handed
from migrator.operators.rule import Untranslatable

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

LATER = "later task "
"""A note, with the id: the task pulls a value of a task that runs after it, which may have left one where the run runs again."""
_OF_AIRFLOW = frozenset({"base", "waiting"})
"""Uses by which Airflow's own class has a part in the work and may push."""
_IN_STEPS = _OF_AIRFLOW | {"inherited", "lifecycle"}
"""Uses by which several methods do the work, one of which may find what another has pushed or returned."""


def is_not_there_yet(context: TaskContext, task_id: str, asked: bool) -> bool:
    """Whether a pull in the same run finds nothing, as the task that is meant has still to end. Raises Untranslatable where that cannot be told."""
    task = context.task
    own = task_id == task.task_id
    if not own and not context.facts.graph.leads_to(task.task_id, task_id):
        return False
    if not asked or context.ended is not None or context.is_copied:
        raise Untranslatable("MIG205", f"it takes the result of `{task_id}`, which runs after it", task.span)
    if own and task_id not in context.facts.silent and (task.callable is not None or task.definition is not None):
        raise Untranslatable("MIG205", "it takes a value of its own, which it may have pushed before", task.span)
    if not own:
        context.note(LATER + task_id)
    return True


def may_push(uses: Iterable[ContextUse], key: str) -> bool | None:
    """Whether a task's code with these uses of the context may push by a key before it ends; None where that cannot be told."""
    uses = list(uses)
    kinds = {use.kind for use in uses}
    keys = {one for use in with_handed(uses) if use.kind == "xcom_push" for one in keys_of_push(use)}
    if not keys.isdisjoint({key, "*"}) or key == "return_value":
        return None if kinds & _IN_STEPS else bool(keys & {key, "*"})
    return None if kinds & _OF_AIRFLOW else False


def keys_of_push(use: ContextUse) -> tuple[str, ...]:
    """The keys that a push may be by; `*` where that is only known at run time."""
    key = use.detail.get("key")
    known = use.detail.get("keys")
    return (key,) if isinstance(key, str) else known if isinstance(known, tuple) else ("*",)
