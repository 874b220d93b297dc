"""Running a project's own tests: their contexts' databases in memory are made quickly, and work."""

from __future__ import annotations

import os
from pathlib import Path

from migrator.verify.own_tests import run_tests

REPOSITORY = Path(__file__).resolve().parents[2]
TESTS = """
import threading

import dagster as dg
from alembic.script import ScriptDirectory


def test_there_is_an_instance_and_no_migration_was_read(monkeypatch) -> None:
    monkeypatch.delattr(ScriptDirectory, "run_env")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("day", ["a"])
        assert dg.materialize([dg.asset(lambda: 1, name="one")], instance=instance).success
        assert instance.get_dynamic_partitions("day") == ["a"]
        assert instance.get_latest_materialization_event(dg.AssetKey("one"))
        found = []
        other = threading.Thread(target=lambda: found.append(instance.get_latest_materialization_event(dg.AssetKey("one"))))
        other.start()
        other.join()
        assert found == [instance.get_latest_materialization_event(dg.AssetKey("one"))] != [None]


def test_what_is_wrong() -> None:
    assert 1 == 2
"""


def test_tests_are_run_with_quick_databases(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(TESTS)

    found = run_tests(tmp_path, {**os.environ, "PYTHONPATH": str(REPOSITORY)})

    assert found.passed == 1
    assert [finding.message for finding in found.findings] == ["the test `test_what_is_wrong` fails: assert 1 == 2"]
