"""Paths in object stores by Airflow's class; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow.sdk import DAG, ObjectStoragePath, task

BASE = ObjectStoragePath("s3://lake/raw")

with DAG("lake", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @task
    def load(ds=None):
        (BASE / f"{ds}.txt").write_text("x")

    load()
"""


def test_a_path_without_a_connection_is_one_of_the_library_below(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"lake.py": DAG})
    assert kinds["load"][0] == "asset"
    code = "".join(text for path, text in files.items() if "/defs/lake/" in path)
    assert "from upath import UPath" in code and 'BASE = UPath("s3://lake/raw")' in code
    assert '"universal-pathlib"' in files["pyproject.toml"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"s3://lake/raw"', '"s3://aws_default@lake/raw"'),
        ('"s3://lake/raw"', '"s3://lake/raw", conn_id="aws"'),
        (".write_text(", ".size().write_text("),
    ],
)
def test_a_path_that_asks_airflow_for_more_is_wrapped(tmp_path: Path, old: str, new: str) -> None:
    kinds, _ = generated(tmp_path, {"lake.py": DAG.replace(old, new)})
    assert kinds["load"][0] == "wrapped"
