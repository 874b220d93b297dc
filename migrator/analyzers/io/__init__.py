"""What each task reads and writes.

Comes in: an `AirflowProject` as the DAG files define it, and the folder. Goes out: the project with `refs` on its tasks and the
findings about them. One module for each source of evidence, all with the signature `(task, context) -> (refs, diagnostics)`; names
stay as the code has them (`lineage` finds out which of them mean one thing).
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.io.arguments import argument_refs
from migrator.analyzers.io.bash import bash_refs, command_refs, container_refs, job_refs
from migrator.analyzers.io.context import Found, IoContext, merged, span_of, values_of
from migrator.analyzers.io.conventions import without_doubles
from migrator.analyzers.io.dbt import dbt_refs, dbt_task_refs
from migrator.analyzers.io.declared import declared_refs
from migrator.analyzers.io.handed import HandedOver
from migrator.analyzers.io.macros import with_called_macros
from migrator.analyzers.io.names import is_probe, with_own_ids
from migrator.analyzers.io.python_calls import python_io, task_code
from migrator.analyzers.io.roles import with_role
from migrator.analyzers.io.scratch import without_scratch
from migrator.analyzers.io.sql import query_refs, sql_refs
from migrator.analyzers.io.xcom import with_producers, xcom_refs
from migrator.analyzers.source import Folder
from migrator.analyzers.template_files import written_template
from migrator.config import Config
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.assets import AssetRef, Direction
from migrator.model.changed import replace
from migrator.secrets.literals import is_webhook

__all__ = ["dag_io", "infer_io", "joined"]


def infer_io(project: AirflowProject, folder: Folder, config: Config | None = None) -> AirflowProject:
    """The project with the inputs and outputs of its tasks; diagnostics are appended. `config` tells values of Variables and types of
    connections."""
    analyzer = CallableAnalyzer(project)
    diagnostics = dict.fromkeys(project.diagnostics)
    dags = []
    for dag in project.dags:
        done, found = dag_io(dag, project, folder, config or Config(), analyzer)
        dags.append(done)
        diagnostics |= dict.fromkeys(found)
    return replace(project, dags=joined(dags), diagnostics=tuple(diagnostics))


def dag_io(
    dag: Dag, project: AirflowProject, folder: Folder, config: Config, analyzer: CallableAnalyzer
) -> tuple[Dag, list[Diagnostic]]:
    """One DAG with the inputs, outputs and roles of its tasks, and the findings about them. `project` need not hold the other DAGs: what they
    have to do with this one is settled by `joined`."""
    rendered, macros = with_called_macros(dag)
    context = IoContext(project, rendered, folder, analyzer, config)
    reader = task_code(rendered, analyzer, folder, config)
    if macros is not None:
        macros.code = reader
    handed = HandedOver(reader)
    tasks = []
    diagnostics: dict[Diagnostic, None] = {}
    for task in dag.tasks:
        refs, found = _task_refs(task, context, handed)
        field = analyzer.computed_field(task.definition) if task.callable and task.definition else None
        code = python_io(task, reader, field.name if field is not None else "")
        for source, text in ((command_refs, code.command), (query_refs, code.query)):
            told, findings = source(text, task, context) if text else ([], [])
            refs, found = [*refs, *told], [*found, *findings]
        for inner in code.operators:
            told, findings = _operator_refs(inner.as_task(task), context)
            refs, found = [*refs, *told], [*found, *findings]
        for argv in code.dbt:
            told, findings = dbt_refs(argv, None, folder, task.span, task.task_id)
            refs, found = [*refs, *told], [*found, *findings]
        refs = [
            with_own_ids(ref, task)
            for ref in without_doubles([*task.refs, *refs], code.refs)
            if not is_webhook(ref.name) and not is_probe(ref)
        ]
        found += code.diagnostics
        done = replace(task, refs=merged(refs), returns=code.returns, fails_on=code.fails_on, makes=code.makes)
        tasks.append(with_role(done))
        found += _from_other_dags(task, refs)
        diagnostics |= dict.fromkeys(found)
    written = replace(dag, tasks=tuple(tasks))
    return written, [found for found in diagnostics if not _is_of_written_template(found, written)]


def _is_of_written_template(found: Diagnostic, dag: Dag) -> bool:
    """Whether a finding is about a template file that another task of the DAG writes."""
    if found.code != "MIG404":
        return False
    names = (
        value
        for task in dag.tasks
        for name in task.argument_spans
        if span_of(task, name) == found.span
        for value in values_of(task, name)
    )
    return any(isinstance(name, str) and written_template(dag, name) is not None for name in names)


def joined(dags: Iterable[Dag]) -> tuple[Dag, ...]:
    """The DAGs with an output at each task whose value another one takes, without inputs from tasks that do not exist and without files that
    are a task's own, and with the role that each task has then."""
    dags = without_scratch(dags)
    task_ids = {task.id for dag in dags for task in dag.tasks}
    produced = with_producers(
        replace(dag, tasks=tuple(_from_known_tasks(task, task_ids) for task in dag.tasks)) for dag in dags
    )
    return tuple(
        replace(
            dag,
            tasks=tuple(
                task if task is known else with_role(task) for known, task in zip(before.tasks, dag.tasks, strict=True)
            ),
        )
        for before, dag in zip(dags, produced, strict=True)
    )


def _from_other_dags(task: Task, refs: Iterable[AssetRef]) -> list[Diagnostic]:
    """MIG405 for each value that a task takes of another DAG's task: nothing but the code of both says so."""
    return [
        diagnose(
            "MIG405", ref.evidence.span, f"`{task.task_id}` takes the value of `{ref.name}`, a task of another DAG"
        )
        for ref in refs
        if ref.kind == "xcom" and ref.direction is Direction.INPUT and not ref.name.startswith(f"{task.dag_id}.")
    ]


def _from_known_tasks(task: Task, task_ids: Set[str]) -> Task:
    known = tuple(ref for ref in task.refs if ref.kind != "xcom" or ref.name in task_ids)
    return task if len(known) == len(task.refs) else replace(task, refs=known)


def _task_refs(task: Task, context: IoContext, handed: HandedOver) -> Found:
    known = handed.known(task)
    declared, diagnostics = declared_refs(known, context)
    found, findings = _operator_refs(known, context)
    taken, others = xcom_refs(task, context)
    return [*declared, *found, *taken], [*diagnostics, *findings, *others]


def _operator_refs(task: Task, context: IoContext) -> Found:
    """What the task's operator does with the arguments that it is given."""
    refs: list[AssetRef] = []
    diagnostics: list[Diagnostic] = []
    for source in (
        argument_refs,
        sql_refs,
        bash_refs,
        container_refs,
        job_refs,
        dbt_task_refs,
    ):
        found, findings = source(task, context)
        refs += found
        diagnostics += findings
    return refs, diagnostics
