"""All files of the generated project."""

from __future__ import annotations

from migrator.model.airflow import AirflowProject
from migrator.model.plan import MigrationPlan


def render_project(plan: MigrationPlan, project: AirflowProject, name: str) -> dict[str, str]:
    """The files of the Dagster project that `plan` describes: path (with `/`, relative to the project) to text.

    `project` gives the source text of the team's own code; `name` the project's name, from which the package's name is made. The same plan
    gives the same files.
    """
    raise NotImplementedError
