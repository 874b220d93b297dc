"""The DAG folders that are compared, what Airflow makes of them (kept in `.conformance/`), and what the analyzer does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.worlds import REPOSITORY, find_airflow_python

KEPT = REPOSITORY / ".conformance"
LOADER = Path(__file__).with_name("load_in_airflow.py")


@dataclass(frozen=True)
class Corpus:
    """A folder of DAG files in an Airflow environment, relative to its `airflow` package."""

    name: str
    airflow: int
    path: str

    @property
    def folder(self) -> Path:
        packages = (find_airflow_python(self.airflow).parent.parent / "lib").glob("python3*/site-packages/airflow")
        return next(iter(sorted(packages))) / self.path


CORPORA = (
    Corpus("airflow 3 examples", 3, "example_dags"),
    Corpus("airflow 3 standard provider", 3, "providers/standard/example_dags"),
    Corpus("airflow 2 examples", 2, "example_dags"),
)


def truth_of(corpus: Corpus) -> dict[str, Any]:
    """What Airflow loads; from `.conformance/` where neither the files nor the environment have changed since."""
    packages = REPOSITORY / "tests" / "integration" / f"requirements-airflow{corpus.airflow}.txt"
    digest = hashlib.sha256(LOADER.read_bytes() + packages.read_bytes())
    for path in sorted(corpus.folder.rglob("*.py")):
        digest.update(path.relative_to(corpus.folder).as_posix().encode() + path.read_bytes())
    kept = KEPT / f"{corpus.name.replace(' ', '-')}-{digest.hexdigest()[:12]}.json"
    if not kept.exists():
        KEPT.mkdir(exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        command = [str(find_airflow_python(corpus.airflow)), str(LOADER), str(corpus.folder), str(part)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"Airflow did not load {corpus.folder}:\n{done.stderr[-4000:]}")
        part.replace(kept)
    truth: dict[str, Any] = json.loads(kept.read_text())
    return truth


def analysis_of(corpus: Corpus) -> dict[str, Any]:
    """What `migrate analyze` prints."""
    command = [sys.executable, "-m", "migrator", "analyze", str(corpus.folder), "--format", "json"]
    command += ["--airflow-version", str(corpus.airflow), "--fail-on", "never"]
    done = subprocess.run(
        command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    analysis: dict[str, Any] = json.loads(done.stdout)
    return analysis
