"""Generates projects by the command line, and runs things in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import command

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE_DAGS = REPOSITORY / "sample_dags"
TIMEOUT_SECONDS = 600


def migrate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`migrate` with these arguments."""
    return command.migrate(*arguments, env=_environment(REPOSITORY), cwd=REPOSITORY, timeout=TIMEOUT_SECONDS)


def run_in(
    project: Path, *words: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command in a project, which is importable; programs are those beside this Python."""
    program = Path(sys.executable).with_name(str(words[0]))
    return _run([str(program), *map(str, words[1:])], project, environment or {})


def _environment(folder: Path) -> dict[str, str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "DAGSTER_"))}
    path = [str(folder / "src"), str(REPOSITORY)]
    return variables | {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


def _run(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=_environment(folder) | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def output_of(done: subprocess.CompletedProcess[str]) -> str:
    """What to show when it failed."""
    return f"exit code {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
