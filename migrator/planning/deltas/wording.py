"""How the differences of a DAG are put into words."""

from __future__ import annotations

from migrator.diagnostics import Severity
from migrator.model.plan import Delta
from migrator.planning.draft import DagDraft, TaskDraft


def moving(dag: DagDraft) -> list[TaskDraft]:
    """The tasks that do something in Dagster."""
    return [task for task in dag.tasks.values() if task.disposition not in ("airflow", "folded")]


def named(tasks: list[TaskDraft]) -> str:
    """Their ids, the first five of them."""
    names = [f"`{task_id}`" for task_id in dict.fromkeys(task.task.airflow_id for task in tasks)]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def do(tasks: list[TaskDraft], one: str, many: str) -> str:
    """The tasks, and what they do: in the words for one of them, or for `many`."""
    return f"{named(tasks)} {many if len(tasks) > 1 else one}"


def row(
    dag: DagDraft, airflow: str, dagster: str, mitigation: str = "", severity: Severity = Severity.WARNING
) -> Delta:
    """A difference of the whole DAG: what Airflow does, and what Dagster does instead."""
    return Delta(dag.dag_id, None, severity, airflow, dagster, mitigation)
