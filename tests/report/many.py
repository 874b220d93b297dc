"""An analysis of many DAGs, made of one of a few: every DAG is there so many times, under names of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from migrator.config import load_config
from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject, Dag
from migrator.model.plan import MigrationPlan
from migrator.model.source import SourceFile
from migrator.pipeline import analyze
from migrator.report import Analysis


@dataclass(frozen=True)
class Many:
    project: AirflowProject
    plan: MigrationPlan
    files: tuple[SourceFile, ...]
    diagnostics: tuple[Diagnostic, ...]


def many(folder: Path, times: int) -> Many:
    """The analysis of `folder` with every DAG `times` times."""
    found: Analysis = analyze(folder, load_config(None, folder))
    plan, project = found.plan, found.project
    return Many(
        replace(
            project,
            dags=tuple(_dag(dag, number) for number in range(times) for dag in project.dags),
            assets=tuple(
                replace(
                    asset,
                    key=_key(asset.key, number),
                    producers=tuple(_task(project, name, number) for name in asset.producers),
                    consumers=tuple(_task(project, name, number) for name in asset.consumers),
                )
                for number in range(times)
                for asset in project.assets
            ),
        ),
        replace(
            plan,
            dags=tuple(replace(dag, dag_id=_id(dag.dag_id, number)) for number in range(times) for dag in plan.dags),
            dispositions=tuple(_renamed(plan.dispositions, times)),
            deltas=tuple(_renamed(plan.deltas, times)),
            links=tuple(
                replace(link, upstream=_id(link.upstream, number), downstream=_id(link.downstream, number))
                for number in range(times)
                for link in plan.links
            ),
            waves=tuple(
                replace(wave, dags=tuple(_id(dag_id, number) for number in range(times) for dag_id in wave.dags))
                for wave in plan.waves
            ),
        ),
        tuple(found.files),
        tuple(found.diagnostics),
    )


def _id(dag_id: str, number: int) -> str:
    return f"{dag_id}_{number:03}"


def _key(key: tuple[str, ...], number: int) -> tuple[str, ...]:
    return (f"copy{number:03}", *key)


def _dag(dag: Dag, number: int) -> Dag:
    tasks = (
        replace(
            task,
            dag_id=_id(task.dag_id, number),
            refs=tuple(replace(ref, key=_key(ref.key, number)) for ref in task.refs),
        )
        for task in dag.tasks
    )
    return replace(dag, dag_id=_id(dag.dag_id, number), tasks=tuple(tasks))


def _task(project: AirflowProject, name: str, number: int) -> str:
    home = next(dag.dag_id for dag in project.dags if name.startswith(f"{dag.dag_id}."))
    return f"{_id(home, number)}{name.removeprefix(home)}"


def _renamed(items: tuple[Any, ...], times: int) -> Iterator[Any]:
    for number in range(times):
        for item in items:
            yield replace(item, dag_id=_id(item.dag_id, number))
