"""Whether DAG files are still those that a project was generated from."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze
from migrator.state.build import build_inventory
from migrator.state.fingerprint import fingerprint_in
from migrator.state.inventory import DagEntry

DAG = "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n\nwith DAG('d'):\n    EmptyOperator(task_id='t')\n"


def entry(dags: Path) -> DagEntry:
    analysis = analyze(dags, Config())
    return build_inventory(analysis.project, analysis.plan, "shop").dags[0]


@pytest.mark.parametrize(
    "data",
    [
        DAG.encode(),
        DAG.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + DAG.encode(),
        ("# -*- coding: latin-1 -*-\n# caf\xe9\n" + DAG).encode("latin-1"),
    ],
    ids=["plain", "crlf", "bom", "latin-1"],
)
def test_an_unchanged_file_keeps_the_fingerprint_and_a_changed_one_does_not(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "d.py"
    file.write_bytes(data)
    made = entry(tmp_path)
    assert made.sources == ("d.py",)
    assert fingerprint_in(tmp_path, made.sources) == made.fingerprint
    file.write_bytes(data + b"# changed\n")
    assert fingerprint_in(tmp_path, made.sources) not in (made.fingerprint, None)


def test_what_cannot_be_read_has_none(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "outside.py").write_text(DAG)
    (tmp_path / "dags" / "broken.py").write_bytes(b"# \xff\xfe")
    for path in ("missing.py", "../outside.py", "broken.py", "nul\0.py"):
        assert fingerprint_in(tmp_path / "dags", [path]) is None
