"""Gives tasks the roles that `migrator.toml` says, whatever was inferred.

`asset` and `step` choose between the two for a task that does work; `folded` dissolves a task into its neighbours' dependencies; `airflow` leaves it
where it is. A role that a task cannot have is a finding (MIG411), and so is a correction that fits no task (MIG410).
"""

from __future__ import annotations

from collections.abc import Sequence

from migrator.corrections import TaskCorrection
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.changed import replace
from migrator.operators.rule import Lowering
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.xcom.handover import stay

BY_CHOICE = "`migrator.toml` says so"


def correct_roles(draft: Draft) -> Draft:
    """Applies the corrections of tasks; of several that fit a task the last counts. A choice between asset and step is left as the first
    disposition, which `assign_roles` then keeps."""
    corrections: Sequence[TaskCorrection] = tuple(getattr(draft.config, "tasks", None) or ())
    if not corrections:
        return draft
    found: list[Diagnostic] = []
    known = [(dag.dag_id, task.task_id) for dag in draft.project.dags for task in dag.tasks]
    for correction in corrections:
        if not any(correction.is_about(dag_id, task_id) for dag_id, task_id in known):
            message = f'no task fits the correction with `dag = "{correction.dag}"` and `task = "{correction.task}"`'
            found.append(diagnose("MIG410", correction.span, message))

    def corrected(dag: DagDraft) -> DagDraft:
        return dag.with_tasks(lambda task: _corrected(dag.dag_id, task, corrections))

    return replace(draft.with_dags(corrected), diagnostics=(*draft.diagnostics, *found))


def _corrected(dag_id: str, task: TaskDraft, corrections: Sequence[TaskCorrection]) -> TaskDraft:
    fitting = [one for one in corrections if one.is_about(dag_id, task.task.task_id)]
    if not fitting:
        return task
    correction = fitting[-1]
    if correction.role == "airflow":
        if task.role == "airflow":
            return task
        return stay(replace(task, diagnostics=()), "MIG412", BY_CHOICE)
    if correction.role == "folded":
        lowering = Lowering("folded", reason=f"{BY_CHOICE}: its neighbours depend on each other directly")
        return TaskDraft(task.task, lowering)
    if task.role != "work":
        what = "no rule translates it" if task.role == "airflow" else f"it is a {task.role}, not work of its own"
        message = f"`{task.task.task_id}` cannot become `{correction.role}`: {what}"
        return replace(task, diagnostics=(*task.diagnostics, diagnose("MIG411", correction.span, message)))
    return replace(task, disposition=correction.role)
