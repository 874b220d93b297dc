"""What holds for all tests: generated examples are the same in every run, unless HYPOTHESIS_PROFILE=explore looks for new ones."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

# Ten thousand tests and the libraries that they import are no garbage; looking for some in them took a tenth of the time.
gc.set_threshold(100_000, 50, 100)

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests go first, so that no worker is left alone with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("integration") is None)


@pytest.fixture(autouse=True, scope="session")
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Commands that tests run keep what they find out in a folder of the tests."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
