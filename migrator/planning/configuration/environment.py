"""What the file of a DAG does to the environment of its tasks (`os.environ["TZ"] = "UTC"` at its top)."""

from __future__ import annotations

from migrator.analyzers.callables import CallableAnalyzer
from migrator.model.changed import replace
from migrator.model.plan import Delta
from migrator.planning.deltas.wording import row
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.forms import AIRFLOW


def keep_environment(draft: Draft) -> Draft:
    """Gives each DAG that moves the statements of its file by which its tasks find the environment changed; those that ask something of Airflow to do
    so are differences."""
    analyzer = draft.analyzer or CallableAnalyzer(draft.project)
    deltas: list[Delta] = []
    dags = {
        dag_id: dag if dag.form == AIRFLOW or not dag.nodes else _kept(dag, analyzer, deltas)
        for dag_id, dag in draft.dags.items()
    }
    return replace(draft, dags=dags, deltas=(*draft.deltas, *deltas))


def _kept(dag: DagDraft, analyzer: CallableAnalyzer, deltas: list[Delta]) -> DagDraft:
    found = analyzer.environment_changes(dag.dag.span.file)
    facts = {statement: analyzer.facts(statement) for statement in found}
    kept = tuple(one for one in found if not (facts[one].blockers or facts[one].context_uses))
    for statement in found:
        if statement not in kept and statement.span is not None:
            deltas.append(
                row(
                    dag,
                    f"line {statement.span.line} of its file changes the environment of its tasks with something of Airflow",
                    "they find the environment as it is",
                    "set the variable where Dagster runs",
                )
            )
    return replace(dag, environment=kept) if kept else dag
