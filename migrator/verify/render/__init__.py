"""Compares the commands and SQL that Airflow's templates and the generated code come to, for several dates.

Comes in: the DAGs, the plan and the project's folder. Airflow's side is the template as it stands in the DAG file, rendered with Jinja and a
model of Airflow's context; Dagster's side is what the job's steps hand to bash and to databases, which a process of its own runs with nothing
behind them. Goes out: what differs, and what could not be compared, with the reason. No DAG file is run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from migrator.codegen.own_tests.read_on_import import PLACEHOLDER
from migrator.model.airflow import AirflowProject
from migrator.model.plan import DAGS_FOLDER, MigrationPlan
from migrator.verify import end_of, package_of, project_environment
from migrator.verify.render.questions import Question, placeholder, questions

DATES = 3
TIMEOUT = 900.0
"""Seconds for all runs of a project's commands."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a task's command or SQL comes to for one date (a partition key; empty where there are none) on both sides."""

    dag_id: str
    task_id: str
    date: str
    airflow: str
    dagster: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """`compared` counts texts of tasks and dates; `skipped` says by task why it was not compared."""

    compared: int = 0
    tasks: int = 0
    differences: tuple[Difference, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    error: str = ""


def compare_rendered(project: AirflowProject, plan: MigrationPlan, project_dir: Path, dates: int = DATES) -> Rendered:
    """Both sides of every command and statement that needs no value of another task. Needs Dagster in the running interpreter."""
    asked, skipped = questions(project, plan)
    if not asked:
        return Rendered(skipped=skipped)
    answer = _ask(project, plan, project_dir, asked, dates)
    if answer.get("error"):
        return Rendered(skipped=skipped, error=end_of(str(answer["error"])))
    skipped |= answer["skipped"]
    found = tuple(Difference(**row) for row in answer["differences"])
    return Rendered(answer["compared"], answer["tasks"], found, dict(sorted(skipped.items())))


def _ask(
    project: AirflowProject, plan: MigrationPlan, project_dir: Path, asked: list[Question], dates: int
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="migrate-render-") as scratch:
        told = {
            setting.name: project.root
            if setting.origin == DAGS_FOLDER
            else placeholder(setting.origin.rpartition(" ")[2])
            for setting in plan.settings
        }
        told |= {resource.env: "sqlite://" for resource in plan.resources if resource.env}
        # Modules may look tables up by what they read while they are imported: until then, a setting has its default, or a value to import with.
        needed = {setting.name for setting in plan.settings if setting.default is None or setting.origin == DAGS_FOLDER}
        environment = project_environment(project_dir, scratch, needed)
        environment |= {name: told[name] for name in needed if environment[name] == PLACEHOLDER}
        work = {
            "package": package_of(project_dir),
            "dates": dates,
            "settings": told,
            "questions": [asdict(question) for question in asked],
        }
        Path(scratch, "work.json").write_text(json.dumps(work), encoding="utf-8")
        output = Path(scratch, "answer.json")
        try:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "migrator.verify.render.dagster_side",
                    str(Path(scratch, "work.json")),
                    str(output),
                ],
                cwd=scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"rendering took more than {TIMEOUT:g} seconds"}
        if not output.exists():
            return {"error": done.stderr or f"the interpreter ended with exit code {done.returncode}"}
        answer: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return answer
