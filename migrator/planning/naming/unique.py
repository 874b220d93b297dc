"""Names of folders, jobs and functions: made of Airflow's ids, unique, in file order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.changed import replace
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.naming.identifiers import RESERVED, identifier, plain, python_name, unique

_FOLDERS = frozenset({"resources", "shared", "bridge", "lib", "tests", "defs", "definitions", "assets", "jobs"})
"""Folder names that mean something else in the generated project."""


def assign_names(draft: Draft) -> Draft:
    """Names each DAG's folder and job, and each task's function."""
    taken: set[str] = set(_FOLDERS | RESERVED)
    found: list[Diagnostic] = []
    folders: dict[str, str] = {}
    for dag_id in _exact_first(draft.dags):
        folders[dag_id] = unique(identifier(dag_id, fallback="dag"), taken)
        taken.add(folders[dag_id])
    dags: dict[str, DagDraft] = {}
    for dag_id, dag in draft.dags.items():
        folder = folders[dag_id]
        if _differs(dag_id, folder):
            found.append(diagnose("MIG505", dag.dag.span, f"the DAG `{dag_id}` is called `{folder}` in Dagster"))
        dags[dag_id] = _functions(replace(dag, folder=folder, job=folder), found)
    return replace(draft, dags=dags, diagnostics=(*draft.diagnostics, *found))


def name_jobs(draft: Draft) -> Draft:
    """Gives a job another name where an asset has it already, as Dagster refuses that; comes after the assets' keys are known."""
    nodes = {
        "__".join(output.key) for dag in draft.dags.values() for task in dag.tasks.values() for output in task.outputs
    }
    taken = nodes | {dag.job for dag in draft.dags.values()}
    dags: dict[str, DagDraft] = {}
    for dag_id, dag in draft.dags.items():
        job = unique(f"{dag.job}_job", taken) if dag.job in nodes else dag.job
        taken.add(job)
        dags[dag_id] = replace(dag, job=job)
    return replace(draft, dags=dags)


def _exact_first(ids: Iterable[str]) -> list[str]:
    """Ids that are good names as they are go first, so that they keep them."""
    return sorted(ids, key=lambda name: identifier(name) != name)


def _functions(dag: DagDraft, found: list[Diagnostic]) -> DagDraft:
    """Short names where the last part of the task id is unique in the DAG, whole ids where it is not."""
    last_parts = {task_id: identifier(task_id.rpartition(".")[2]) for task_id in dag.tasks}
    count = Counter(last_parts.values())
    taken: set[str] = set()
    names: dict[str, str] = {}
    for task_id in _exact_first(dag.tasks):
        last = last_parts[task_id]
        names[task_id] = python_name(last if count[last] == 1 else task_id, taken)
        taken.add(names[task_id])
    tasks = {}
    for task_id, task in dag.tasks.items():
        name = names[task_id]
        if task.disposition != "folded" and _differs(task_id.rpartition(".")[2], name) and _differs(task_id, name):
            found.append(diagnose("MIG505", task.task.span, f"the task `{task_id}` is called `{name}` in Dagster"))
        tasks[task_id] = replace(task, name=name)
    return replace(dag, tasks=tasks)


def _differs(old: str, new: str) -> bool:
    """Whether a reader would not know the old name in the new one; case and separators don't count."""
    if old == new and new == new.strip("_").lower():
        return False
    return re.sub(r"[-. ]+", "_", plain(old)).strip("_").lower() != new
