from __future__ import annotations

import os


def get_test_run(dag, **options):
    """The test function that pytest would collect."""

    def test_run():
        dag.test(**options)

    return test_run


def get_test_env_id(name="SYSTEM_TESTS_ENV_ID"):
    return os.environ.get(name, "default")
