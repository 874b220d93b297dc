"""The bridge with real servers, in short: a run is observed, and Dagster does a task. `make bridge` runs all scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .bridge_world import Scenarios, World, world

pytestmark = pytest.mark.integration


class Short:
    test_a_run_is_observed = Scenarios.test_a_run_is_observed
    test_dagster_does_a_task_and_values_cross_both_ways = Scenarios.test_dagster_does_a_task_and_values_cross_both_ways


@pytest.mark.xdist_group("short2")
class TestAirflow2(Short):
    @pytest.fixture(scope="class")
    def it(self, airflow2_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
        with world(2, airflow2_python, tmp_path_factory.mktemp("short2")) as both:
            yield both


@pytest.mark.xdist_group("short3")
class TestAirflow3(Short):
    @pytest.fixture(scope="class")
    def it(self, airflow3_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
        with world(3, airflow3_python, tmp_path_factory.mktemp("short3")) as both:
            yield both
