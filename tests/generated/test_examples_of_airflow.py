"""Projects from the example DAGs in Airflow's wheels load and keep the invariant: code that nobody here wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.corpora import CORPORA, Corpus
from tests.generated.projects import migrate, output_of, run_in

pytestmark = pytest.mark.integration


INSTALLED = [corpus for corpus in CORPORA if "system tests" not in corpus.name]
"""What the system tests of providers import is not installed here, so projects made of them do not load."""


@pytest.mark.parametrize("corpus", INSTALLED, ids=lambda corpus: corpus.name)
def test_the_project_loads_and_loses_nothing(corpus: Corpus, tmp_path: Path) -> None:
    project, version = tmp_path / "examples", str(corpus.airflow)
    generated = migrate("generate", corpus.folder, "-o", project, "--airflow-version", version)
    assert generated.returncode == 0, output_of(generated)
    verified = migrate("verify", corpus.folder, project, "--airflow-version", version)
    assert verified.returncode == 0, output_of(verified)
    for command in (("ruff", "check", "."), ("ruff", "format", "--check", ".")):
        checked = run_in(project, *command)
        assert checked.returncode == 0, output_of(checked)
