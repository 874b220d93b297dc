"""`migrate verify`: whether a generated project loads and lost nothing."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    settings_of,
)
from migrator.diagnostics import MigratorError

if TYPE_CHECKING:
    from migrator.pipeline import Analysis


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
    tests: Annotated[bool, typer.Option("--tests/--no-tests", help="Run the project's own tests.")] = True,
    ticks: Annotated[
        bool,
        typer.Option("--ticks", help="Also replay a year: which runs Airflow would start, and which the schedules do."),
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="DATE", formats=["%Y-%m-%d"], help="First day of it. [default: a year ago]"),
    ] = None,
    airflow_python: Annotated[
        Path | None,
        typer.Option(
            "--airflow-python",
            metavar="PYTHON",
            help="The Python of an Airflow environment, whose timetables are asked; no DAG file is run."
            " [default: a model of them]",
        ),
    ] = None,
    render: Annotated[
        bool,
        typer.Option("--render", help="Also compare what commands and SQL come to on both sides, for several dates."),
    ] = False,
    dates: Annotated[int, typer.Option("--dates", min=1, max=100, help="For how many dates.")] = 3,
    jobs: Jobs = None,
    no_cache: NoCache = False,
) -> int:
    """Check that a generated project loads and lost nothing, and run its tests.

    Each task is to be accounted for once, and what led to what in Airflow is to lead to it in Dagster.
    """
    from migrator.codegen.writing.selection import selection_for
    from migrator.report.generated import describe_verification
    from migrator.report.output import write_text
    from migrator.verify import verify as check

    require(dags)
    if not project.is_dir():
        raise MigratorError("MIG520", f"`{project}` is not a folder")
    told = Told(variables, connections, env, wrap)
    chosen = select or selection_for(project, (), everything=False)
    analysis = analysis_of(dags, config, airflow_version, chosen, told, Work(jobs, no_cache), project)
    if not analysis.project.dags:
        found = next(finding for finding in analysis.diagnostics if finding.code == "MIG002")
        raise MigratorError(found.code, found.message, found.help)
    environment = settings_of(dags, config, airflow_version, told).env
    findings = check(analysis.project, analysis.plan, project, environment)
    write_text(describe_verification(analysis, findings, terminal=sys.stdout.isatty()), sys.stdout)
    failed = _run_tests(analysis, project, environment) if tests and not findings else False
    differ = _replay(analysis, project, since, airflow_python) if ticks else False
    if render:
        differ = _render(analysis, project, dates) or differ
    return int(bool(findings) or failed or differ)


def _run_tests(analysis: Analysis, project: Path, environment: Mapping[str, str]) -> bool:
    """Runs the project's own tests and prints what came of it; whether one fails."""
    from migrator.report.generated import describe_tests
    from migrator.report.output import write_text
    from migrator.verify import project_environment
    from migrator.verify.own_tests import run_tests

    with tempfile.TemporaryDirectory(prefix="migrate-verify-") as home:
        found = run_tests(project, project_environment(project, home, env=environment))
    write_text(describe_tests(analysis, found, terminal=sys.stdout.isatty()), sys.stdout)
    return bool(found.findings)


def _render(analysis: Analysis, project: Path, dates: int) -> bool:
    """Compares commands and SQL and prints what came of it; whether something differs."""
    from migrator.report.generated import describe_rendering
    from migrator.report.output import write_text
    from migrator.verify.render import compare_rendered

    found = compare_rendered(analysis.project, analysis.plan, project, dates)
    write_text(describe_rendering(found), sys.stdout)
    return bool(found.differences or found.error)


def _replay(analysis: Analysis, project: Path, since: datetime | None, airflow_python: Path | None) -> bool:
    """Replays the ticks and prints what came of it; whether something differs."""
    from migrator.report.generated import describe_replay
    from migrator.report.output import write_text
    from migrator.verify.ticks import DAYS, replay

    begin = since.date() if since else datetime.now(timezone.utc).date() - timedelta(days=DAYS)
    found = replay(analysis.project, analysis.plan, project, begin, airflow_python)
    write_text(describe_replay(analysis, found, terminal=sys.stdout.isatty()), sys.stdout)
    return bool(found.findings)
