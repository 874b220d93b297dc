"""Variables that tasks change: they are state between runs, which the environment cannot hold.

Comes in: the DAGs. Goes out: which Variables code sets or deletes, by name or by what the name looks like; and the rows of the report.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from migrator.analyzers.callables import CallableAnalyzer, ContextUse
from migrator.diagnostics import Severity
from migrator.model.airflow import Dag, Task
from migrator.model.plan import Delta
from migrator.planning.callables.own_classes import work_method
from migrator.planning.draft import DagDraft
from migrator.planning.xcom.secrets import is_secret


def find_stored(dags: Sequence[Dag], analyzer: CallableAnalyzer) -> dict[str, re.Pattern[str]]:
    """Of each DAG: the names of Variables that its tasks read where code keeps them. A name of which nothing is known before the code runs concerns
    the DAG itself, any other one all of them."""
    everywhere: set[str] = set()
    own: dict[str, set[str]] = {}
    for dag in dags:
        for use in (use for task in dag.tasks for use in _uses(task, analyzer)):
            if use.kind == "stored" and use.detail["changes"]:
                name = re.escape(use.name) if use.name else str(use.detail["pattern"])
                (everywhere if name else own.setdefault(dag.dag_id, set())).add(name or ".+")
    return {dag.dag_id: _pattern(everywhere | own.get(dag.dag_id, set())) for dag in dags}


def _pattern(alternatives: Collection[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(alternatives)) or "(?!)", re.DOTALL)


def _uses(task: Task, analyzer: CallableAnalyzer) -> Iterator[ContextUse]:
    method = work_method(task)
    if method is not None:
        yield from analyzer.facts(method).context_uses
    for facts in analyzer.all_facts(task):
        yield from facts.context_uses


def note_stored(dag: DagDraft) -> Iterator[Delta]:
    """What the report says of the Variables that the DAG's tasks change, or read where others change them."""
    for task_id, task in dag.tasks.items():
        kept = task.needs.stored
        if not kept:
            continue
        named = ", ".join(f"`{name}`" for name in kept if name) or "Variables"
        yield Delta(
            dag.dag_id,
            task_id,
            Severity.WARNING,
            f"{named}: kept in Airflow's database, which tasks change",
            "kept as observations of assets called `variables/<name>`; a value that was never set is that of the environment variable",
            "when the DAG moves, set the environment variable to the value in Airflow, and move all DAGs that use the Variable together",
        )
        secret = next((name for name in kept if is_secret(name)), None)
        if secret is not None:
            yield Delta(
                dag.dag_id,
                task_id,
                Severity.WARNING,
                f"`{secret}`, by its name a secret, is encrypted in Airflow's database",
                "its values stand in Dagster's event log as they are",
                "keep it in a secrets manager",
            )
