"""What each task reads and writes.

Comes in: an `AirflowProject` as the DAG files define it, and the folder. Goes out: the project with `refs` on its tasks and the
findings about them. One module for each source of evidence, all with the signature `(task, context) -> (refs, diagnostics)`; names
stay as the code has them (`lineage` finds out which of them mean one thing).
"""

from __future__ import annotations

from dataclasses import replace

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.io.arguments import argument_refs
from migrator.analyzers.io.bash import bash_refs
from migrator.analyzers.io.context import Found, IoContext, merged
from migrator.analyzers.io.declared import declared_refs
from migrator.analyzers.io.python_calls import python_refs
from migrator.analyzers.io.sql import sql_refs
from migrator.analyzers.io.xcom import with_producers, xcom_refs
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef

__all__ = ["infer_io"]


def infer_io(project: AirflowProject, folder: Folder, config: Config | None = None) -> AirflowProject:
    """The project with the inputs and outputs of its tasks; diagnostics are appended. `config` tells values of Variables and types of
    connections."""
    analyzer = CallableAnalyzer(project)
    task_ids = frozenset(task.id for task in project.tasks())
    diagnostics = dict.fromkeys(project.diagnostics)
    dags = []
    for dag in project.dags:
        context = IoContext(project, dag, folder, analyzer, config or Config(), task_ids)
        tasks = []
        for task in dag.tasks:
            refs, found = _task_refs(task, context)
            tasks.append(replace(task, refs=merged([*task.refs, *refs])))
            diagnostics |= dict.fromkeys(found)
        dags.append(replace(dag, tasks=tuple(tasks)))
    return replace(project, dags=with_producers(dags), diagnostics=tuple(diagnostics))


def _task_refs(task: Task, context: IoContext) -> Found:
    refs: list[AssetRef] = []
    diagnostics: list[Diagnostic] = []
    for source in (declared_refs, argument_refs, sql_refs, bash_refs, xcom_refs, _function_refs):
        found, findings = source(task, context)
        refs += found
        diagnostics += findings
    return refs, diagnostics


def _function_refs(task: Task, context: IoContext) -> Found:
    return python_refs(task, context.analyzer, context.project)
