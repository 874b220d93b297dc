"""Fixtures for tests that start real Airflow: the two environments, and what Airflow made of the sample DAGs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .worlds import (
    AIRFLOW2_RUNS,
    AIRFLOW3_RUNS,
    SAMPLE_DAGS,
    AirflowWorld,
    copy_dags,
    find_airflow_python,
    only_one_worker,
    probe_airflow,
    shared_folder,
)


@pytest.fixture(scope="session")
def airflow3_python() -> Path:
    return find_airflow_python(3)


@pytest.fixture(scope="session")
def airflow2_python() -> Path:
    return find_airflow_python(2)


@pytest.fixture(scope="session")
def airflow3_world(airflow3_python: Path, tmp_path_factory: pytest.TempPathFactory) -> AirflowWorld:
    """Airflow 3 after it loaded the sample DAGs and ran most of them."""
    root = shared_folder(tmp_path_factory, "airflow3")
    with only_one_worker(root / "lock"):
        dags = copy_dags(root / "dags", airflow2=False)
        return probe_airflow(airflow3_python, root, dags, [dags, dags / "plugins"], AIRFLOW3_RUNS)


@pytest.fixture(scope="session")
def airflow2_world(airflow2_python: Path, tmp_path_factory: pytest.TempPathFactory) -> AirflowWorld:
    """Airflow 2 after it loaded sample_dags/airflow2 and ran some of it."""
    root = shared_folder(tmp_path_factory, "airflow2")
    with only_one_worker(root / "lock"):
        dags = copy_dags(root / "dags", airflow2=True)
        return probe_airflow(airflow2_python, root, dags, [SAMPLE_DAGS], AIRFLOW2_RUNS)
