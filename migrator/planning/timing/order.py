"""DAGs whose runs wait for those before them (`depends_on_past`, `wait_for_downstream`).

Airflow holds back a task until the same task of the run before succeeded. In Dagster a run is held back as a whole, by the sensor that starts the runs
of a job in the order of their partitions; a job without partitions has no such order.
"""

from __future__ import annotations

from migrator.planning.draft import DagDraft, TaskDraft

_ORDERS = ("depends_on_past", "wait_for_downstream")


def waiting(dag: DagDraft) -> list[TaskDraft]:
    """The tasks that move and wait for a run before."""
    return [
        task
        for task in dag.tasks.values()
        if task.disposition not in ("airflow", "folded") and any(task.task.option(name) is True for name in _ORDERS)
    ]


def in_order(dag: DagDraft) -> bool:
    """Whether a clock starts the DAG for partitions, and each waits for the one before."""
    return dag.partitions is not None and not dag.partitions.fmt and len(dag.clock.crons) == 1 and bool(waiting(dag))
