"""From a migration plan to the files of a Dagster project.

Comes in: a `MigrationPlan` and the `AirflowProject` it was made of (only for the source text of the team's own code). Goes
out: a mapping from path to text, the same for the same plan, and, by `write_project`, a folder on disk. Knows Dagster's API; knows
nothing of operators, DAG files or how the plan was made.
"""

from __future__ import annotations

from migrator.codegen.project import render_project
from migrator.codegen.writing.changes import WriteResult
from migrator.codegen.writing.write import write_project

__all__ = ["WriteResult", "render_project", "write_project"]
