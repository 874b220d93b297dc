"""The bridge between Dagster and a real Airflow 2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .bridge_world import InTheTriggerer, Scenarios, World, world

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("bridge2")]


@pytest.fixture(scope="class")
def it(airflow2_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(2, airflow2_python, tmp_path_factory.mktemp("bridge2")) as both:
        yield both


class TestAirflow2(Scenarios):
    pass


class TestInTheTriggerer(InTheTriggerer):
    @pytest.fixture(scope="class")
    def it(self, airflow2_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
        with world(2, airflow2_python, tmp_path_factory.mktemp("deferred2"), deferrable=True) as both:
            yield both
