"""The project that the sample DAGs become, generated once per test session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generated.projects import SAMPLE_DAGS, migrate, output_of
from tests.integration.worlds import only_one_worker, shared_folder


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shared_folder(tmp_path_factory, "generated")
    project = folder / "shop"
    with only_one_worker(folder / "lock"):
        if not project.exists():
            done = migrate("generate", SAMPLE_DAGS, "-o", project)
            assert done.returncode == 0, output_of(done)
    return project
