"""Differences of tasks that ask what other runs, or earlier attempts of a run, have left."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.diagnostics import Severity
from migrator.model.plan import Delta
from migrator.planning.deltas.wording import do, moving, row
from migrator.planning.draft import DagDraft
from migrator.planning.xcom.handover import last_values
from migrator.planning.xcom.not_yet import LATER
from migrator.planning.xcom.other_runs import LISTS_EARLIER, RUN_BY_ID


def _last_values(dag: DagDraft) -> Iterator[Delta]:
    takers = [(task, {dag_id for dag_id, _ in last_values(task)}) for task in moving(dag)]
    others = [task for task, dag_ids in takers if dag_ids - {dag.dag_id} and RUN_BY_ID not in task.needs.notes]
    if others:
        yield row(
            dag,
            f"{do(others, 'gets', 'get')} the value of a run of another DAG that has the same id as its own; a run that is triggered by hand has an id of its own",
            "it gets that of the run for the same date, or where it asks for earlier ones the last one until then, however they were started",
        )
    before = [task for task, dag_ids in takers if dag.dag_id in dag_ids]
    if before:
        listed = any(LISTS_EARLIER in task.needs.notes for task in before)
        lists = ": Airflow 3 gives a list of all of them where there are several" if listed else ""
        yield row(
            dag,
            f"{do(before, 'takes', 'take')} a value of earlier runs{lists}",
            "it gets the last one; there is none before the first run in Dagster",
        )


def _later_tasks(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if any(note.startswith(LATER) for note in task.needs.notes)]
    if not asking:
        return
    notes = {note for task in asking for note in task.needs.notes}
    later = ", ".join(f"`{task_id}`" for task_id in dag.tasks if LATER + task_id in notes)
    yield row(
        dag,
        f"{do(asking, 'asks', 'ask')} what {later} left in the same run, after it: nothing, unless the run has been cleared and runs again",
        "there is nothing, however often the run is executed",
        severity=Severity.INFO,
    )


EARLIER = (_last_values, _later_tasks)
