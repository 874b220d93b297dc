"""The DAG folders that are compared, what Airflow makes of them, and what the analyzer does.

What Airflow makes of the examples in its own wheels is asked when it is needed, and kept in `.conformance/`. For the system tests
of the providers that would take an environment with all of them and half an hour: their facts (ids, edges, a few arguments) are
recorded in `recorded/`, and hold for the exact versions in `requirements-providers.txt`, whose sdists are downloaded.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.providers import system_tests
from tests.integration.worlds import REPOSITORY, find_airflow_python

KEPT = REPOSITORY / ".conformance"
LOADER = Path(__file__).with_name("load_in_airflow.py")
RECORDED = Path(__file__).with_name("recorded")


@dataclass(frozen=True)
class Corpus:
    """A folder of DAG files: `path` is relative to the `airflow` package of an environment, None for the providers' system tests."""

    name: str
    airflow: int
    path: str | None

    @property
    def folder(self) -> Path:
        if self.path is None:
            return system_tests(KEPT)
        packages = (find_airflow_python(self.airflow).parent.parent / "lib").glob("python3*/site-packages/airflow")
        return next(iter(sorted(packages))) / self.path

    @property
    def recorded(self) -> Path:
        """Where facts that are not asked anew are kept."""
        return RECORDED / f"{self.name.replace(' ', '-')}.json.gz"

    def digest(self) -> str:
        """Tells one state of the files from another."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*.py")):
            digest.update(path.relative_to(self.folder).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()


PROVIDERS = Corpus("airflow 3 provider system tests", 3, None)
CORPORA = (
    Corpus("airflow 3 examples", 3, "example_dags"),
    Corpus("airflow 3 standard provider", 3, "providers/standard/example_dags"),
    Corpus("airflow 2 examples", 2, "example_dags"),
    PROVIDERS,
)


def truth_of(corpus: Corpus) -> dict[str, Any]:
    """What Airflow loads. Raises RuntimeError where the recorded facts are of other files."""
    return recorded_truth(corpus) if corpus.path is None else asked_truth(corpus)


def recorded_truth(corpus: Corpus) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads(gzip.decompress(corpus.recorded.read_bytes()))
    if truth["digest"] != corpus.digest():
        raise RuntimeError(f"{corpus.recorded.name} is of other files: run `make conformance-record`")
    return truth


def record(corpus: Corpus, python: Path) -> None:
    """Asks the Airflow of an environment and keeps its answer with the repository."""
    part = KEPT / "recording.json"
    load(python, corpus.folder, part)
    truth = {"digest": corpus.digest(), **json.loads(part.read_text())}
    for file in truth["files"]:
        if not file["loaded"]:
            file["error"] = file["error"].strip().splitlines()[-1][:200]
    RECORDED.mkdir(exist_ok=True)
    text = json.dumps(truth, separators=(",", ":"), sort_keys=True)
    corpus.recorded.write_bytes(gzip.compress(text.encode(), mtime=0))


def asked_truth(corpus: Corpus) -> dict[str, Any]:
    """From `.conformance/` where neither the files nor the environment have changed since."""
    packages = REPOSITORY / "tests" / "integration" / f"requirements-airflow{corpus.airflow}.txt"
    digest = hashlib.sha256(LOADER.read_bytes() + packages.read_bytes() + corpus.digest().encode()).hexdigest()
    kept = KEPT / f"{corpus.name.replace(' ', '-')}-{digest[:12]}.json"
    if not kept.exists():
        KEPT.mkdir(exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        load(find_airflow_python(corpus.airflow), corpus.folder, part)
        part.replace(kept)
    truth: dict[str, Any] = json.loads(kept.read_text())
    return truth


def load(python: Path, folder: Path, output: Path) -> None:
    command = [str(python), str(LOADER), str(folder), str(output)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Airflow did not load {folder}:\n{done.stderr[-4000:]}")


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
