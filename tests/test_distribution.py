"""What a module's tests share, a server or a run of all cases, is made once: a group's tests are in one process."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("kept")
def test_groups_are_kept(request: pytest.FixtureRequest) -> None:
    """pytest-xdist sends a group's tests to one worker by what it adds to their ids; it does so in silence or not at all."""
    by_group = bool(request.config.getoption("loadgroup", default=False))
    assert request.node.nodeid.endswith("@kept") == by_group
