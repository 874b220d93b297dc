"""Runs of other DAGs that a task's code starts by itself.

Comes in: the task. Goes out: the function that asks for such a run where Airflow's starts one, by an event for each DAG that may be meant; a sensor on
these events starts the jobs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.model.assets import AssetKey
from migrator.model.expressions import Expr, Helper
from migrator.operators.rule import Untranslatable
from migrator.planning.naming.identifiers import key_part

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


def run_start(context: TaskContext) -> Expr:
    """The call that gives the function. Raises Untranslatable where it is not known which DAGs it is called for."""
    found = _targets(context)
    if not found:
        reason = "it is only known at run time which DAG its code starts"
        raise Untranslatable("MIG203", reason, context.task.span)
    context.requests_runs(found)
    keys = {dag_id: list(request_key(context.dag.dag_id, context.task.task_id, dag_id)) for dag_id in found}
    return Helper("run_starter", "run_requests", (keys,))


def request_key(dag_id: str, task_id: str, target: str) -> AssetKey:
    """The key of the events by which a task asks for runs of another DAG."""
    return key_part(dag_id), key_part(task_id), key_part(target)


def _targets(context: TaskContext) -> tuple[str, ...]:
    """The DAGs that the code of a task, or what it is called with, names; else those that the modules name which it uses."""
    closures = [facts.closure for facts in context.facts.analyzer.all_facts(context.task)]
    if not closures:
        return ()
    sources = context.project.sources
    texts = [sources[piece.span.file].cut(piece.span) for closure in closures for piece in closure.pieces]
    texts += [repr(value) for value in (*context.task.call_args, *context.task.call_kwargs.values())]
    used = [sources[file].text for closure in closures for file in closure.local_modules if file in sources]
    ids = [dag.dag_id for dag in context.project.dags]
    return _named(ids, texts) or _named(ids, used)


def _named(ids: list[str], texts: list[str]) -> tuple[str, ...]:
    whole = "\n".join(texts)
    return tuple(dag_id for dag_id in ids if re.search(rf"([\"']){re.escape(dag_id)}\1", whole))
