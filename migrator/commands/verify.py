"""`migrate verify`: whether a generated project loads and lost nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from migrator.commands.common import (
    ConfigFile,
    ConnectionsFile,
    Dags,
    EnvValues,
    Jobs,
    NoCache,
    Select,
    Told,
    VariablesFile,
    Version,
    Work,
    Wrap,
    analysis_of,
    guarded,
    require,
)
from migrator.diagnostics import MigratorError


@guarded
def verify(
    dags: Dags,
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder that `migrate generate` wrote.")],
    select: Select = None,
    airflow_version: Version = None,
    config: ConfigFile = None,
    variables: VariablesFile = None,
    connections: ConnectionsFile = None,
    env: EnvValues = None,
    wrap: Wrap = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
) -> int:
    """Check that a generated project loads and lost nothing.

    Each task is to be accounted for once, and what led to what in Airflow is to lead to it in Dagster.
    """
    from migrator.report.generated import describe_verification
    from migrator.report.output import write_text
    from migrator.verify import verify as check

    require(dags)
    if not project.is_dir():
        raise MigratorError("MIG520", f"`{project}` is not a folder")
    analysis = analysis_of(
        dags, config, airflow_version, select, Told(variables, connections, env, wrap), Work(jobs, no_cache)
    )
    if not analysis.project.dags:
        raise MigratorError("MIG002", next(f.message for f in analysis.diagnostics if f.code == "MIG002"))
    findings = check(analysis.project, analysis.plan, project)
    write_text(describe_verification(analysis, findings, terminal=sys.stdout.isatty()), sys.stdout)
    return int(bool(findings))
