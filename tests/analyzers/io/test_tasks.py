"""What the tasks of folders of ordinary DAG files are, read and write, against what an expert says of them (`expected.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.config import Config
from migrator.model.airflow import Task
from migrator.model.assets import Direction
from migrator.model.changed import replace
from migrator.pipeline import analyze
from tests.conformance.io.names import asked_for, same

# One worker analyzes the folders, each once.
pytestmark = pytest.mark.xdist_group("labelled tasks")

FIXTURES = Path(__file__).parents[2] / "fixtures"
FOLDERS = (
    "task_io",
    "task_io_teams",
    "task_io_companies",
    "task_io_platforms",
    "task_io_factories",
    "task_io_lakes",
    "task_io_portfolio",
    "task_io_shop",
    "task_io_web_ml",
    "task_io_crawl_finance",
    "task_io_bank_lake",
    "task_io_stats_energy",
    "task_io_games_people",
    "task_io_old_erp",
    "task_io_retail",
    "task_io_own_classes",
    "task_io_own_frameworks",
    "task_io_own_warehouse",
    "task_io_open_data",
    "task_io_azure_hadoop",
    "task_io_climate_models",
    "task_io_health_ads",
    "task_io_own_services",
    "task_io_own_libraries",
    "task_io_own_pipelines",
    "task_io_own_everyday",
    "task_io_own_companies",
    "task_io_own_styles",
    "task_io_own_teams",
    "task_io_own_builders",
    "task_io_own_stages",
    "task_io_own_dispatch",
    "task_io_own_stores",
    "task_io_own_houses",
    "task_io_own_trades",
    "task_io_own_jobs",
    "task_io_errands",
    "task_io_own_operators",
    "task_io_own_offices",
)
EXPECTED: dict[str, dict[str, dict[str, Any]]] = {
    folder: yaml.load((FIXTURES / folder / "expected.yaml").read_text(), yaml.CSafeLoader) for folder in FOLDERS
}


@cache
def tasks(folder: str) -> dict[str, Task]:
    return {task.id: task for dag in analyze(FIXTURES / folder, Config()).project.dags for task in dag.tasks}


@pytest.mark.parametrize(
    ("folder", "dag", "task"),
    [(folder, dag, task) for folder in FOLDERS for dag, answers in EXPECTED[folder].items() for task in answers],
)
def test_io_of_a_task(folder: str, dag: str, task: str) -> None:
    role, outputs, inputs, *_ = EXPECTED[folder][dag][task]
    found = tasks(folder)[f"{dag}.{task}"]
    assert [*differences(found, Direction.OUTPUT, outputs), *differences(found, Direction.INPUT, inputs)] == []
    assert found.role in role.split("|"), found.role_reason


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_task_has_an_answer(folder: str) -> None:
    answered = [f"{dag}.{task}" for dag, answers in EXPECTED[folder].items() for task in answers]
    assert sorted(tasks(folder)) == sorted(answered)


def differences(task: Task, direction: Direction, expected: list[str]) -> list[str]:
    """What is missed of the names that are not optional, and what is invented."""
    refs = [
        replace(ref, name=asked_for(ref.name, ref.evidence.why))
        for ref in task.refs
        if ref.direction is direction and ref.kind != "xcom"
    ]
    missed = [
        f"missed {direction.value} {name}"
        for name in expected
        if not name.endswith("?") and not any(same(name, ref.name, ref.kind) for ref in refs)
    ]
    names = [name.removesuffix("?") for name in expected]
    invented = [
        f"invented {direction.value} {ref.name} ({ref.kind}): {ref.evidence.why}"
        for ref in refs
        if not any(same(name, ref.name, ref.kind) for name in names)
    ]
    return [*missed, *invented]


def test_unknown_parts_of_names_say_where_they_are_kept() -> None:
    """Exactly as `expected.yaml` writes them: the comparison above takes any unknown part for another one."""
    for task, (_, outputs, inputs) in EXPECTED["task_io"]["deployment"].items():
        found = [ref.name for ref in tasks("task_io")[f"deployment.{task}"].refs if ref.kind != "xcom"]
        assert sorted(found) == sorted([*outputs, *inputs]), task
