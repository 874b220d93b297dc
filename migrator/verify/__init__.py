"""Checks a generated project: it loads, nothing in it starts by itself, every task is accounted for, no order is lost.

Comes in: what the DAG files define, the plan, and the project's folder. The project is loaded by Dagster in a process of its own,
so that whatever its code does cannot disturb this one. Goes out: findings; none means that the invariant holds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from migrator.diagnostics import Diagnostic, MigratorError, diagnose
from migrator.model.airflow import AirflowProject
from migrator.model.plan import MigrationPlan
from migrator.model.source import Span
from migrator.verify.loaded import Loaded

TIMEOUT = 600.0
"""Seconds that a project may take to load; 2,000 assets take about ten."""

ERROR_LINES = 12
"""Lines of a traceback that are shown."""


def verify(
    project: AirflowProject, plan: MigrationPlan, project_dir: Path, env: Mapping[str, str] | None = None
) -> list[Diagnostic]:
    """All that falls short in a project that was generated from these DAGs. `env` are environment variables that the user told.

    Needs Dagster in the running interpreter. Raises MigratorError (MIG520) where the folder holds no generated project.
    """
    from migrator.verify.checks import check_project

    package = package_of(project_dir)
    planned_settings = {setting.name for setting in plan.settings if setting.default is None}
    loaded = load(project_dir, package, planned_settings | asked_settings(project_dir), env)
    definitions = Span(file=f"src/{package}/definitions.py", line=1)
    if loaded.error:
        return [diagnose("MIG510", definitions, f"the project does not load:\n{end_of(loaded.error)}")]
    planned = {dag.dag_id for dag in plan.dags}
    dags = [dag for dag in project.dags if dag.dag_id in planned]
    return [
        *_running(loaded, definitions),
        *check_project(dags, plan.dispositions, loaded, stays_in_airflow(project_dir)),
    ]


def asked_settings(project_dir: Path) -> set[str]:
    """The environment variables that the project's `.env.example` asks for; those with a default are comments there."""
    try:
        text = (project_dir / ".env.example").read_text(encoding="utf-8")
    except OSError:
        return set()
    return set(re.findall(r"^(\w+)=", text, re.MULTILINE))


def package_of(project_dir: Path) -> str:
    """The name of the one package below `src/` that has a `definitions` module. Raises MigratorError."""
    packages = sorted(path.parent.name for path in project_dir.glob("src/*/definitions.py"))
    if len(packages) != 1:
        raise MigratorError(
            "MIG520",
            f"`{project_dir}` holds no generated project: no `src/*/definitions.py`"
            if not packages
            else f"`{project_dir}` holds several packages with definitions: {', '.join(packages)}",
            help="give the folder that was passed to `migrate generate -o`",
        )
    return packages[0]


def load(project_dir: Path, package: str, settings: Iterable[str] = (), env: Mapping[str, str] | None = None) -> Loaded:
    """Loads the project in a new interpreter, in which `settings` (names of environment variables) have a value, that of `env` where it has one.

    An interpreter that dies or takes too long is a project that does not load.
    """
    from pydantic import TypeAdapter

    with tempfile.TemporaryDirectory(prefix="migrate-verify-") as scratch:
        output = Path(scratch, "loaded.json")
        command = [sys.executable, "-m", "migrator.verify.probe", package, str(output)]
        try:
            done = subprocess.run(
                command,
                cwd=project_dir,
                env=project_environment(project_dir, scratch, settings, env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return Loaded(error=f"loading took more than {TIMEOUT:g} seconds")
        if not output.exists():
            if "No module named 'dagster'" in done.stderr:
                raise MigratorError(
                    "MIG510",
                    "Dagster is not installed, so the project cannot be loaded",
                    help="run `pip install 'airflow-dagster-migrator[dagster]'`",
                )
            return Loaded(error=done.stderr or f"the interpreter ended with exit code {done.returncode}")
        return TypeAdapter(Loaded).validate_json(output.read_bytes())


def stays_in_airflow(project_dir: Path) -> frozenset[str]:
    """The ids of the DAGs that the project says stay in Airflow whole."""
    path = project_dir / "stays_in_airflow.json"
    if not path.exists():
        return frozenset()
    return frozenset(entry["dag_id"] for entry in json.loads(path.read_text(encoding="utf-8"))["dags"])


def project_environment(
    project_dir: Path, scratch: str, settings: Iterable[str] = (), env: Mapping[str, str] | None = None
) -> dict[str, str]:
    """This process's environment, with the project importable, a Dagster home of its own, no Airflow to talk to, and no dashboard
    (whose own schedule is meant to run). `settings` that it lacks are given a value that the project's modules can be imported with: code that is
    carried over may ask for them when it loads. What `env` tells wins over it."""
    from migrator.codegen.own_tests.read_on_import import PLACEHOLDER, environment_on_import

    environment = dict.fromkeys(settings, PLACEHOLDER)
    if environment:
        sources = (path.read_text(encoding="utf-8") for path in project_dir.glob("src/**/*.py"))
        environment |= environment_on_import(sources)
    given = {**os.environ, **(env or {})}
    environment |= {name: value for name, value in given.items() if not name.startswith("AIRFLOW_")}
    path = [str(project_dir.resolve() / "src"), str(Path(__file__).resolve().parents[2])]
    environment["PYTHONPATH"] = os.pathsep.join([*path, *filter(None, [environment.get("PYTHONPATH")])])
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["MIGRATION_DASHBOARD"] = "off"
    environment["DAGSTER_HOME"] = scratch
    return environment


def _running(loaded: Loaded, place: Span) -> Iterable[Diagnostic]:
    for trigger in loaded.triggers:
        if trigger.running:
            yield diagnose(
                "MIG513", place, f"the {trigger.kind} `{trigger.name}` starts by itself when the project is deployed"
            )


def end_of(error: str) -> str:
    """The last lines of a traceback, which say what is wrong."""
    return "\n".join(error.rstrip().splitlines()[-ERROR_LINES:])
