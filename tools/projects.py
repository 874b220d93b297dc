"""Generates a project from each DAG folder, loads it, lints it, and runs its own tests: does every generated project hold?

    python -m tools.projects FOLDER [FOLDER ...] [-o FOLDER]

Prints a Markdown table; ends with 1 where a project does not hold. Libraries that a project imports and that are not installed have stand-ins, which are
imported and do nothing; the table names them. `FOLDER@2` is a folder of Airflow 2, where its imports do not tell; `X+Y` reads the folder X with Y as a
further root of imports and files.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from migrator.codegen.distributions import drivers_named

STAND_INS = Path(__file__).with_name("stand_ins")
_TASKS = re.compile(r"([\d,]+) DAGs? with ([\d,]+) tasks?")
_TESTS = re.compile(r"(?:Its own|all) ([\d,]+) tests? pass")
_MISSING = re.compile(r"No module named '([\w.]+)'")


@dataclass
class Outcome:
    """What came of one folder; `problems` is empty where all holds."""

    folder: str
    dags: str = ""
    tasks: str = ""
    tests: str = ""
    stand_ins: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("-o", "--output", type=Path, help="where the projects are kept; by default they are not")
    options = parser.parse_args()
    failed = False
    print("| folder | DAGs | tasks | own tests | stand-ins | holds |\n|---|---:|---:|---:|---|---|")
    for folder in options.folders:
        with tempfile.TemporaryDirectory(prefix="projects-") as scratch:
            found = outcome(folder, options.output or Path(scratch))
        failed = failed or bool(found.problems)
        holds = "<br>".join(found.problems) or "yes"
        print(
            f"| {folder} | {found.dags} | {found.tasks} | {found.tests} | {' '.join(found.stand_ins)} | {holds} |",
            flush=True,
        )
    raise SystemExit(int(failed))


def outcome(given: str, output: Path) -> Outcome:
    """Generates the project of a folder below `output` and looks at it."""
    read, _, version = given.partition("@")
    folder, *roots = read.split("+")
    options = ["--airflow-version", version] if version else []
    project = output / re.sub(r"\W+", "_", folder).strip("_")
    shutil.rmtree(project, ignore_errors=True)
    if roots:
        settings = project.with_suffix(".toml")
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(f"roots = {json.dumps([str(Path(root).absolute()) for root in roots])}\n", encoding="utf-8")
        options += ["--config", str(settings)]
    generated = _run("-m", "migrator", "generate", folder, "-o", str(project), "--name", "generated", *options)
    counts = _TASKS.search(generated.stdout)
    found = Outcome(given, *(counts.groups() if counts else ("", "")))
    if generated.returncode:
        found.problems = (_last(generated),)
        return found
    found.stand_ins = tuple(sorted(missing(project)))
    problems = []
    for command in (("check",), ("format", "--check")):
        linted = _run("-m", "ruff", *command, "--quiet", str(project))
        problems += [f"ruff {' '.join(command)}: {_last(linted)}"] if linted.returncode else []
    verified = _run("-m", "migrator", "verify", folder, str(project), *options, stand_ins=found.stand_ins)
    tests = _TESTS.search(verified.stdout)
    found.tests = tests[1] if tests else ""
    problems += [_last(verified)] if verified.returncode else []
    found.problems = tuple(problems)
    return found


def missing(project: Path) -> Iterator[str]:
    """The libraries that the project's code, or SQLAlchemy for it, imports when it loads and that are not installed."""
    own = {path.stem for path in (project / "src").iterdir()} | {"tests"}
    names: set[str] = set()
    for path in (project / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        names |= drivers_named(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module)
    seen: set[str] = set()
    for name in sorted(names):
        parts = name.split(".")
        if parts[0] in own or parts[0] in sys.stdlib_module_names or parts[0] in ("airflow", "dagster"):
            continue
        # Of a namespace (`google`) some parts may be there, and others not.
        absent = next((head for n in range(len(parts)) if not _is_installed(head := ".".join(parts[: n + 1]))), None)
        if absent is not None and absent not in seen:
            seen.add(absent)
            yield absent


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _run(*command: str, stand_ins: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "400"}
    if stand_ins:
        path = [str(STAND_INS), environment.get("PYTHONPATH", "")]
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, path)), "MIGRATOR_STAND_INS": ",".join(stand_ins)}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)


def _last(done: subprocess.CompletedProcess[str]) -> str:
    """One line that says what was wrong."""
    text = done.stdout + done.stderr
    absent = _MISSING.search(text)
    lines = [line.strip() for line in text.splitlines() if re.match(r"\s*(MIG\d+|\w*Error|\w+\.\w+Error)", line)]
    line = absent[0] if absent else lines[-1] if lines else f"exit code {done.returncode}: {text.strip()[-200:]}"
    return line.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
