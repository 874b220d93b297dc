"""Asks an Airflow that is installed here what it loads.

Comes in: a Python with Airflow, and DAG files. Goes out: what a DagBag made of each. The files' code is run, by that Python: the one
place where this happens, because the user asked for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from migrator.diagnostics import MigratorError

TIMEOUT_SECONDS = 120.0
"""For one file."""

_SCRIPT = Path(__file__).with_name("load.py")
_START_SECONDS = 300.0


def load_with(
    python: Path,
    folder: Path,
    files: Sequence[str],
    roots: Sequence[Path] = (),
    *,
    timeout: float = TIMEOUT_SECONDS,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """What Airflow makes of the files: `{"airflow": version, "files": [{"file", "loaded", "error", "dags"}]}`.

    `files` are relative to `folder`, each may take `timeout` seconds. MigratorError MIG014 where there is no such Python or Airflow.
    """
    if not (python.is_file() and os.access(python, os.X_OK)):
        raise MigratorError(
            "MIG014", f"`{python}` is not a program", "give the `bin/python` of the Airflow environment"
        )
    asked = json.dumps({"files": list(files), "roots": list(map(str, roots)), "timeout": timeout})
    with tempfile.TemporaryDirectory(prefix="migrate-against-") as place:
        output, log = Path(place) / "loaded.jsonl", Path(place) / "log"
        with log.open("wb") as logged:
            # Its own session, so that what DAG files start ends with it.
            process = subprocess.Popen(
                [str(python), str(_SCRIPT), str(folder), str(output)],
                stdin=subprocess.PIPE,
                stdout=logged,
                stderr=subprocess.STDOUT,
                cwd=place,
                start_new_session=True,
            )
            try:
                _feed(process, asked.encode())
                _wait(process, output, len(files), _START_SECONDS + (timeout + 5) * len(files), progress)
            finally:
                _end(process)
        return _read(output, log, files)


def _feed(process: subprocess.Popen[bytes], text: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(text)
        process.stdin.close()
    except BrokenPipeError:
        return  # it has ended already: its log says why


def _wait(
    process: subprocess.Popen[bytes],
    output: Path,
    total: int,
    seconds: float,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    """Until the process has ended; what it has done so far is told on the way."""
    waited = 0.0
    while waited < seconds:
        try:
            process.wait(0.5)
            return
        except subprocess.TimeoutExpired:
            waited += 0.5
        if progress is not None:
            done = output.read_bytes().count(b"\n") - 1 if output.exists() else 0
            progress("loading in Airflow", min(max(done, 0), total), total)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, 9)
        process.wait()


def _read(output: Path, log: Path, files: Sequence[str]) -> dict[str, Any]:
    lines = output.read_text(encoding="utf-8").splitlines() if output.exists() else []
    records = [json.loads(line) for line in lines]
    if len(records) <= 1 and (files or not records):
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise MigratorError(
            "MIG014",
            "the Python has no Airflow that works" + (f": {said[-1][:300]}" if said else ""),
            "run it with `-c 'import airflow'` to see why",
        )
    done = {record["file"] for record in records[1:]}
    missing = [
        {"file": file, "loaded": False, "error": "Airflow's process ended before", "dags": []}
        for file in files
        if file not in done
    ]
    return {"airflow": records[0]["airflow"], "files": [*records[1:], *missing]}
