"""Which DAGs are no partitions in two dimensions although all of their tasks do the same for each of a few keys.

In Airflow, one run of a date does the work of all keys; in Dagster, each key has a run of its own. That is no difference where nothing looks at the run of
a date as a whole. Comes in: a draft in which all is decided. Goes out: the same with `undivided`, the DAGs that are to be planned as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from migrator.model.changed import replace
from migrator.model.expressions import Helper, LastSuccess, RunDate
from migrator.model.plan import CreateAsset, CreateJob, CreateSchedule, CreateSensor
from migrator.model.walk import walk
from migrator.planning.draft import DagDraft, Draft, Needs
from migrator.planning.forms import ASSETS
from migrator.planning.timing.timetable import cron_period

MANY = 60_000
"""Partitions a year; Dagster advises to keep below 100,000 in all."""
_YEAR = dt.timedelta(days=365)


def refuse_dimensions(draft: Draft) -> Draft:
    """Notes the DAGs for which partitions in two dimensions would not be right."""
    awaited = {
        key
        for dag in draft.dags.values()
        for operation in dag.automation
        if isinstance(operation, CreateSensor)
        for key in operation.assets
    }
    found = (
        dag.dag_id
        for dag in draft.dags.values()
        if dag.dag.dimension is not None
        and (not _is_divided(dag) or awaited & {output.key for node in _assets(dag) for output in node.outputs})
    )
    return replace(draft, undivided=frozenset(found))


def _assets(dag: DagDraft) -> Iterator[CreateAsset]:
    return (node for node in dag.nodes if isinstance(node, CreateAsset))


def _is_divided(dag: DagDraft) -> bool:
    """Whether nothing but its assets and its schedule knows of the runs of a date."""
    partitions = dag.partitions
    if dag.form != ASSETS or partitions is None or not partitions.dimension or dag.dependents:
        return False
    period = cron_period(partitions.cron)
    if period is not None and _YEAR / period * len(partitions.keys) > MANY:
        return False
    limit = dag.dag.arguments.get("max_active_tasks")
    if isinstance(limit, int) and 0 < limit < len(partitions.keys):
        return False  # it holds for the steps of one run
    starts = [operation for operation in dag.automation if not isinstance(operation, CreateJob)]
    if len(starts) != 1 or not isinstance(starts[0], CreateSchedule):
        return False
    for task in dag.tasks.values():
        if task.disposition == "folded":
            continue
        if not task.is_node or task.keeps or task.task.trigger_rule != "all_success" or _asks_for_run(task.needs):
            return False
    return all(not node.conditions and _is_plain(node) for node in _assets(dag))


def _asks_for_run(needs: Needs) -> bool:
    """Whether a task asks for what several runs of a date do not have in common."""
    return bool(
        needs.params
        or needs.notes
        or needs.uses_conf
        or needs.uses_run_id
        or needs.uses_last_success
        or needs.last_values
    )


def _is_plain(node: CreateAsset) -> bool:
    """Whether no part of what it does, and nobody who watches its assets, looks at the partition as at one of a date alone."""
    asks = any(
        isinstance(part, LastSuccess)
        or (isinstance(part, RunDate) and part.field in ("previous", "partition_key", "run_id"))
        or (isinstance(part, Helper) and part.module == "run_context")
        for part in walk((node.body, node.calls))
    )
    return not asks and all(output.freshness is None for output in node.outputs)
