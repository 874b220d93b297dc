"""Projects from the example DAGs in Airflow's wheels load and keep the invariant: code that nobody here wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.corpora import CORPORA, Corpus
from tests.generated.projects import migrate, output_of, run_in

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_the_project_loads_and_loses_nothing(corpus: Corpus, tmp_path: Path) -> None:
    project, version = tmp_path / "examples", str(corpus.airflow)
    generated = migrate("generate", corpus.folder, "-o", project, "--airflow-version", version)
    assert generated.returncode == 0, output_of(generated)
    verified = migrate("verify", corpus.folder, project, "--airflow-version", version)
    assert verified.returncode == 0, output_of(verified)
    for command in (("ruff", "check", "."), ("ruff", "format", "--check", ".")):
        checked = run_in(project, *command)
        assert checked.returncode == 0, output_of(checked)
