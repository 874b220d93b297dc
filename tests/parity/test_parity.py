"""Each case does in Dagster what it did in real Airflow, but for what was declared beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.worlds import find_airflow_python
from tests.parity.cases import Case, load_cases
from tests.parity.page import PAGE, render
from tests.parity.results import Result, compare_cases, recorded
from tests.parity.worlds import run_in_airflow

CASES = load_cases()
LIVE = {3: ("branching_join", "setup_teardown", "xcom_keys"), 2: ()}
"""Cases that are run in Airflow again, to see that what is recorded is what it does."""

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("parity")]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    return {result.case.name: result for result in compare_cases(CASES, tmp_path_factory.mktemp("parity"))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_case_is_equal_or_declared(case: Case, results: dict[str, Result]) -> None:
    result = results[case.name]
    assert not result.undeclared, str(result)
    assert not result.unseen, str(result)


def test_the_page_shows_the_results(results: dict[str, Result]) -> None:
    assert PAGE.read_text(encoding="utf-8") == render(list(results.values())), "run `make parity`"


@pytest.mark.parametrize("version", [version for version, names in LIVE.items() if names])
def test_airflow_still_does_what_is_recorded(version: int, tmp_path: Path) -> None:
    cases = load_cases(LIVE[version])
    outcomes = run_in_airflow(cases, find_airflow_python(version), tmp_path)
    for case in cases:
        assert outcomes[case.name].as_json() == recorded(case).as_json(), case.name
