"""Runs cases in Airflow and in Dagster, each in folders of its own, and collects what they left behind."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from migrator.codegen import render_project, write_project
from migrator.config import load_config
from migrator.pipeline import analyze, with_deep_stack
from tests.generated.projects import REPOSITORY
from tests.parity.cases import Case

VARIABLES = {
    "region": "eu",
    "country_codes": '["de", "at", "nl"]',
    "limits": '{"max_rows": 100, "label": "small"}',
    "report_title": "Daily numbers",
}
REPORTS_API = json.dumps(
    {
        "conn_type": "http",
        "host": "reports.example.com",
        "schema": "https",
        "login": "reader",
        "password": "made up",
        "port": 8443,
        "extra": {"version": "v2", "team": "growth"},
    }
)
TIMEOUT_SECONDS = 1500


@dataclass
class Outcome:
    """What a side made of a case: its runs, the files below `data`, the rows of the tables."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[list[Any]]] = field(default_factory=dict)
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"error": self.error, "runs": self.runs, "files": self.files, "tables": self.tables}


@dataclass
class Project:
    """A generated project, with all that was said of it beforehand."""

    folder: Path
    package: str
    jobs: dict[str, str]
    assets: dict[str, list[list[str]]]
    """The assets of each task that has several, by the name of its job and its id: those of a mapped task in the order of its copies."""
    dispositions: dict[tuple[str, str], str]
    declared: list[str]


def run_in_airflow(cases: Sequence[Case], python: Path, scratch: Path) -> dict[str, Outcome]:
    """Runs the cases in a real Airflow."""
    plan: dict[str, Any] = {"cases": {}}
    for case in cases:
        root = _world(scratch, case)
        dags = root / "dags"
        case.copy_to(dags)
        environment = {
            "DATA_DIR": str(root / "data"),
            "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "sqlite", "host": str(root / "warehouse.db")}),
            "AIRFLOW_CONN_FS_DEFAULT": json.dumps({"conn_type": "fs", "extra": {"path": "/"}}),
            "AIRFLOW_CONN_LANDING": json.dumps({"conn_type": "fs", "extra": {"path": str(root / "data")}}),
            "AIRFLOW_CONN_REPORTS_API": REPORTS_API,
        }
        plan["cases"][case.name] = {
            "folder": str(dags),
            "root": str(root),
            "environment": environment,
            "runs": case.runs,
        }
    home = scratch / "airflow"
    home.mkdir()
    environment = {
        "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(scratch / "none"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        **{f"AIRFLOW_VAR_{name.upper()}": value for name, value in VARIABLES.items()},
    }
    script = Path(__file__).with_name("in_airflow.py")
    return _run([str(python), str(script)], plan, scratch, environment)


def generate(case: Case, scratch: Path) -> Project:
    """The project that the case's DAG file becomes, as `migrate generate` writes it."""
    folder, dags = scratch / case.name / "project", scratch / case.name / "dags"
    case.copy_to(dags)
    package = f"{case.name}_project"
    settings = load_config(None, dags).model_copy(update={"airflow_version": str(case.airflow)})
    analysis = analyze(dags, settings)
    place = os.path.relpath(dags, folder)
    files = with_deep_stack(lambda: render_project(analysis.plan, analysis.project, package, dags_folder=place))
    write_project(files, folder, source=dags.name)
    plan = analysis.plan
    inventory = json.loads((folder / "src" / package / "migration" / "inventory.json").read_text())
    declared = [f"{row.airflow} → {row.dagster}" for row in plan.deltas]
    declared += [f"{found.code} {found.message}" for found in analysis.diagnostics]
    declared += [f"{row.dag_id}.{row.task_id} {row.kind}: {row.reason}" for row in plan.dispositions]
    return Project(
        folder,
        package,
        {dag["dag_id"]: dag["job"] for dag in inventory["dags"] if dag.get("job")},
        {
            f"{dag['job']} {task['task_id']}": task["assets"]
            for dag in inventory["dags"]
            for task in dag["tasks"]
            if dag.get("job") and len(task.get("assets", ())) > 1
        },
        {(row.dag_id, row.task_id): row.kind for row in plan.dispositions},
        declared,
    )


def run_in_dagster(
    cases: Sequence[Case], projects: dict[str, Project], scratch: Path, *, in_processes: bool = False
) -> dict[str, Outcome]:
    """Runs the generated projects: all in one process, or each step in one of its own, with a Dagster instance on disk."""
    plan: dict[str, Any] = {"cases": {}}
    for case in cases:
        project = projects[case.name]
        root = _world(scratch, case)
        (root / "home").mkdir()
        plan["cases"][case.name] = {
            "folder": str(project.folder),
            "package": project.package,
            "jobs": project.jobs,
            "assets": project.assets,
            "root": str(root),
            "environment": {"DATA_DIR": str(root / "data"), **_settings(project.folder / ".env.example", root)},
            "runs": case.runs,
        }
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DAGSTER"))}
    environment |= {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tests.parity.in_dagster"]
    if not in_processes:
        return _run(command, plan, scratch, environment)
    home = scratch / "dagster_home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    # One by one: the processes of the steps get the environment that the first one had.
    alone = ({"cases": {name: case}} for name, case in plan["cases"].items())
    return dict(item for one in alone for item in _run(command, one, scratch, environment, str(home)).items())


def _world(scratch: Path, case: Case) -> Path:
    root = scratch / case.name
    (root / "data").mkdir(parents=True)
    return root


def _settings(example: Path, root: Path) -> dict[str, str]:
    """The values of the environment variables that `.env.example` asks for, told by what it says of each."""
    found, lines = {}, example.read_text().splitlines() if example.exists() else []
    for comment, line in pairwise(lines):
        about, setting = re.match(r"# (Variable|Connection) ([\w.-]+)", comment), re.match(r"(?:# )?([A-Z]\w*)=", line)
        if not about or not setting:
            continue
        if about[1] == "Variable" and about[2] in VARIABLES:
            found[setting[1]] = VARIABLES[about[2]]
        elif about[2] == "warehouse":
            found[setting[1]] = f"sqlite:///{root / 'warehouse.db'}"
        elif about[2] == "landing":
            found[setting[1]] = json.dumps({"conn_type": "fs", "extra": {"path": str(root / "data")}})
        elif about[2] == "reports_api":
            found[setting[1]] = REPORTS_API
    return found


def _run(
    command: list[str], plan: dict[str, Any], scratch: Path, environment: dict[str, str], *options: str
) -> dict[str, Outcome]:
    (scratch / "plan.json").write_text(json.dumps(plan))
    facts_file = scratch / "facts.json"
    with (scratch / "log.txt").open("w") as log:
        subprocess.run(
            [*command, str(scratch / "plan.json"), str(facts_file), *options],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    facts = json.loads(facts_file.read_text()) if facts_file.exists() else {}
    outcomes = {}
    for name, case in plan["cases"].items():
        root = Path(case["root"])
        found = facts.get(name) or {"error": f"it did not run: see {scratch}/log.txt", "runs": []}
        # The folders of the two sides differ; what is in them is what counts.
        runs = json.loads(json.dumps(found["runs"]).replace(str(root), "<root>"))
        outcomes[name] = Outcome(runs, _files(root), _tables(root / "warehouse.db"), found["error"])
    return outcomes


def _files(root: Path) -> dict[str, str]:
    data = root / "data"
    return {
        path.relative_to(data).as_posix(): path.read_text(errors="replace").replace(str(root), "<root>")
        for path in sorted(data.rglob("*"))
        if path.is_file()
    }


def _tables(database: Path) -> dict[str, list[list[Any]]]:
    if not database.exists():
        return {}
    with sqlite3.connect(database) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(map(list, connection.execute(f'SELECT * FROM "{name}"')), key=repr) for name in sorted(names)
        }
