"""One project of all parity cases' DAGs: their kinds of code are many, and a company has all its DAGs in one folder, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generated.projects import migrate, output_of
from tests.parity.cases import DAGS

pytestmark = pytest.mark.integration


def test_it_verifies_with_its_own_tests_and_its_rendering(tmp_path: Path) -> None:
    project = tmp_path / "project"
    done = migrate("generate", DAGS, "-o", project, "--name", "cases")
    assert done.returncode == 0, output_of(done)

    verified = migrate("verify", DAGS, project, "--render")

    assert verified.returncode == 0, output_of(verified)
    assert "no dependency is lost" in verified.stdout
