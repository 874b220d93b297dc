"""What the file of a DAG does to the environment of its tasks (`os.environ["TZ"] = "UTC"` at its top), and to the libraries that they use."""

from __future__ import annotations

from collections.abc import Collection

from migrator.analyzers.callables import EFFECT, CallableAnalyzer
from migrator.model.changed import replace
from migrator.model.plan import Delta
from migrator.planning.deltas.wording import row
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.forms import AIRFLOW


def keep_environment(draft: Draft) -> Draft:
    """Gives each DAG that moves the statements of its file by which its tasks find the environment changed; those that ask something of Airflow to do
    so are differences, as are those that tell libraries something and cannot come along with its functions."""
    analyzer = draft.analyzer or CallableAnalyzer(draft.project)
    deltas: list[Delta] = []
    files = {dag.dag.span.file for dag in draft.dags.values() if dag.form != AIRFLOW and dag.nodes}
    dags = {
        dag_id: dag if dag.form == AIRFLOW or not dag.nodes else _kept(dag, analyzer, deltas, files)
        for dag_id, dag in draft.dags.items()
    }
    return replace(draft, dags=dags, deltas=(*draft.deltas, *deltas))


def _kept(dag: DagDraft, analyzer: CallableAnalyzer, deltas: list[Delta], files: Collection[str]) -> DagDraft:
    file = dag.dag.span.file
    for changed, span in analyzer.changed_files(file).items() if _has_functions(dag) else ():
        others = (other for other in files if other != file and changed not in analyzer.changed_files(other))
        if any(analyzer.leads_to(other, changed) for other in others):
            deltas.append(
                row(
                    dag,
                    f"line {span.line} of its file changes what `{changed}` has, for the tasks of this file",
                    "for those of other files, too: all code of the project runs in one process",
                    "make the change in the module itself, or give the tasks something of their own",
                )
            )
    found = [one for one in analyzer.environment_changes(file) if one.kind != EFFECT or _has_functions(dag)]
    facts = {statement: analyzer.facts(statement) for statement in found}
    kept = tuple(one for one in found if one.kind != EFFECT and not (facts[one].blockers or facts[one].context_uses))
    for statement in found:
        if statement not in kept and statement.span is not None:
            line = f"line {statement.span.line} of its file"
            deltas.append(
                row(
                    dag,
                    f"{line} tells a library how to work with something of Airflow",
                    "its functions find the library as it is",
                    "set the same where the functions stand",
                )
                if statement.kind == EFFECT
                else row(
                    dag,
                    f"{line} changes the environment of its tasks with something of Airflow",
                    "they find the environment as it is",
                    "set the variable where Dagster runs",
                )
            )
    return replace(dag, environment=kept) if kept else dag


def _has_functions(dag: DagDraft) -> bool:
    """Whether a task of the DAG calls a function of its file."""
    spans = (task.callable.span for task in dag.dag.tasks if task.callable is not None)
    return any(span is not None and span.file == dag.dag.span.file for span in spans)
