"""From what was read (`AirflowProject`) to what the Dagster project will be made of (`MigrationPlan`).

`plan` runs `PASSES`, pure functions from one `Draft` to the next, in order; each has a module of its own. Nothing here knows how
Dagster code is written, and no pass reads a file but the template files that tasks name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.source import Folder
from migrator.diagnostics import MigratorError
from migrator.model.airflow import AirflowProject
from migrator.model.bodies import RunOperator
from migrator.model.plan import DagPlan, Disposition, MigrationPlan
from migrator.operators import load_user_rules
from migrator.planning.assets.corrections import correct_roles
from migrator.planning.assets.dependencies import assign_dependencies
from migrator.planning.assets.keys import assign_keys
from migrator.planning.automation import automate
from migrator.planning.callbacks.functions import watch_runs
from migrator.planning.configuration.environment import keep_environment
from migrator.planning.configuration.settings import collect_settings
from migrator.planning.copies import with_mapped_tasks
from migrator.planning.dbt_projects.tasks import run_dbt_projects
from migrator.planning.deltas.dags import note_differences
from migrator.planning.dimensions import refuse_dimensions
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.execution import plan_execution
from migrator.planning.factories.families import find_families
from migrator.planning.factories.rows import find_rows
from migrator.planning.flow.awaiting import name_awaited_runs
from migrator.planning.flow.missing_lists import expand_missing_lists
from migrator.planning.flow.open_gates import fold_open_gates
from migrator.planning.flow.requirements import assign_requirements
from migrator.planning.flow.waits_at_start import wait_at_start
from migrator.planning.lowering import lower
from migrator.planning.moving.links import link_dags
from migrator.planning.moving.units import find_units
from migrator.planning.moving.waves import plan_waves
from migrator.planning.naming.unique import assign_names, name_jobs
from migrator.planning.nodes import make_nodes
from migrator.planning.settling import settle
from migrator.planning.timing.deadlines import set_freshness
from migrator.planning.timing.partitions import assign_partitions

PASSES: tuple[Callable[[Draft], Draft], ...] = (
    lower,
    correct_roles,
    settle,
    wait_at_start,
    assign_names,
    assign_partitions,
    fold_open_gates,
    expand_missing_lists,
    assign_keys,
    name_jobs,
    assign_requirements,
    assign_dependencies,
    name_awaited_runs,
    make_nodes,
    set_freshness,
    find_rows,
    automate,
    watch_runs,
    find_families,
    plan_execution,
    collect_settings,
    keep_environment,
    run_dbt_projects,
    link_dags,
    plan_waves,
    note_differences,
    find_units,
    refuse_dimensions,
)

__all__ = ["PASSES", "plan"]


def plan(
    project: AirflowProject,
    config: Any = None,
    select: Collection[str] | None = None,
    *,
    analyzer: CallableAnalyzer | None = None,
    folder: Folder | None = None,
    refused: Mapping[str, str] | None = None,
) -> MigrationPlan:
    """The plan for the DAGs named by `select` (all, if None); the others count as outside of the new project.

    `analyzer` and `folder` are those of the project, where they are at hand: what they know is not looked for again. DAGs that are
    `refused` (by id, with the error that this tool made of them) stay in Airflow.

    Raises MigratorError (MIG507) for a DAG id that the project does not have.
    """
    known = {dag.dag_id for dag in project.dags}
    chosen = known if select is None else set(select)
    for dag_id in sorted(chosen - known):
        raise MigratorError("MIG507", f"no DAG is called `{dag_id}`", "run `migrate analyze` to list the DAGs")
    path = getattr(config, "rules", None)
    rules = load_user_rules(Path(path)) if path else ()
    draft = Draft(
        project, config, frozenset(chosen), rules=rules, analyzer=analyzer, folder=folder, refused=refused or {}
    )
    for run in PASSES:
        draft = run(draft)
    return with_mapped_tasks(_finished(draft), draft.project)


def _finished(draft: Draft) -> MigrationPlan:
    tasks = [(dag, task) for dag in draft.dags.values() for task in dag.tasks.values()]
    diagnostics = [*draft.diagnostics, *(finding for _, task in tasks for finding in task.diagnostics)]
    diagnostics.sort(
        key=lambda finding: (finding.span.file, finding.span.start, finding.span.line, finding.code, finding.message)
    )
    return MigrationPlan(
        dags=tuple(_dag_plan(dag) for dag in draft.dags.values()),
        dispositions=tuple(
            Disposition(dag.dag_id, task.task.task_id, _kind(task), task.reason, task.code) for dag, task in tasks
        ),
        families=draft.families,
        dbt_projects=draft.dbt_projects,
        deployment=draft.deployment,
        resources=draft.resources,
        external_assets=draft.external_assets,
        settings=draft.settings,
        deltas=draft.deltas,
        links=draft.links,
        waves=draft.waves,
        diagnostics=tuple(dict.fromkeys(diagnostics)),
        undivided=draft.undivided,
    )


def _kind(task: TaskDraft) -> str:
    wrapped = task.is_node and isinstance(task.lowering.body, RunOperator)
    return "wrapped" if wrapped else task.disposition


def _asks_for_interval(dag: DagDraft) -> bool:
    return any(task.needs.uses_interval or task.fan_needs.uses_interval for task in dag.tasks.values())


def _dag_plan(dag: DagDraft) -> DagPlan:
    return DagPlan(
        dag.dag_id,
        dag.folder,
        dag.form,
        operations=(*dag.nodes, *dag.automation),
        partitions=dag.partitions,
        keys=dag.keys,
        config=dag.config,
        environment=dag.environment,
        description=(dag.dag.description or "").strip(),
        reason=dag.reason,
        source=dag.dag.span.file,
        units=dag.units,
        dependents=dag.dependents,
        shifts=dag.shifts,
        interval=dag.interval,
        tells_interval=dag.clock.own is not None or bool(dag.interval and dag.clock.lag),
        by_hand=dag.clock.by_hand if _asks_for_interval(dag) else None,
    )
