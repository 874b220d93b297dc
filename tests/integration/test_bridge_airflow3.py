"""The bridge between Dagster and a real Airflow 3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .bridge_world import InTheTriggerer, Scenarios, World, world

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("bridge3")]


@pytest.fixture(scope="class")
def it(airflow3_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(3, airflow3_python, tmp_path_factory.mktemp("bridge3")) as both:
        yield both


class TestAirflow3(Scenarios):
    pass


class TestInTheTriggerer(InTheTriggerer):
    @pytest.fixture(scope="class")
    def it(self, airflow3_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
        with world(3, airflow3_python, tmp_path_factory.mktemp("deferred3"), deferrable=True) as both:
            yield both
