"""What waits for the check of an asset: in Dagster all that comes after the asset where the check blocks, in Airflow what comes after the check."""

from __future__ import annotations

from migrator.planning.draft import DagDraft, TaskDraft

_NODES = ("asset", "step")
_FAILURE = ("on_failure_callback", "email_on_failure")


def only_stopped_in_dagster(dag: DagDraft, check: TaskDraft) -> list[str]:
    """The tasks after the checked asset that run in Airflow whatever the check finds."""
    after = set(dag.graph.descendants(check.task.task_id))
    return [
        other
        for other in dag.graph.descendants(check.checks)
        if other not in after and dag.tasks[other].disposition in _NODES
    ]


def is_blocking(dag: DagDraft, check: TaskDraft) -> bool:
    """Whether a check that fails stops the run. Not where tasks beside it go on in Airflow, none waits for it, and nobody is called when it fails."""
    # A message after the check, or a run that is asked for, is a sensor's on the run's end.
    awaited = any(dag.tasks[other].disposition != "folded" for other in dag.graph.descendants(check.task.task_id))
    told = any(callback.argument in _FAILURE for callback in dag.callbacks)
    return awaited or told or not only_stopped_in_dagster(dag, check)
