"""`migrate analyze`: the report."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migrator.commands.common import (
    ActivityFrom,
    ConfigFile,
    ConnectionsFile,
    Dags,
    EnvValues,
    Jobs,
    NoCache,
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

if TYPE_CHECKING:
    from migrator.config import Config
    from migrator.pipeline import Analysis
    from migrator.roadmap.model import Activity


class Format(str, Enum):
    RICH = "rich"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    SARIF = "sarif"


class FailOn(str, Enum):
    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


@guarded
def analyze(
    dags: Dags,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.RICH,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the report to a file. [default: standard output]"),
    ] = None,
    airflow_version: Version = None,
    config: ConfigFile = None,
    variables: VariablesFile = None,
    connections: ConnectionsFile = None,
    env: EnvValues = None,
    wrap: Wrap = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    activity: ActivityFrom = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if there is a finding of this severity or worse.")
    ] = FailOn.ERROR,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="PYTHON|URL",
            help="Print instead where the analysis differs from a real Airflow: the Python of an Airflow environment, which then RUNS the"
            " DAG files, or the URL of a running one (login by AIRFLOW_TOKEN, or AIRFLOW_USERNAME and AIRFLOW_PASSWORD)."
            " Exit with 1 if they differ, unless `--fail-on never`.",
        ),
    ] = None,
) -> int:
    """Say what the DAGs are and what they would become."""
    told = Told(variables, connections, env, wrap)
    if activity is not None and format is not Format.HTML:
        raise typer.BadParameter("the plan is part of the HTML page only: see `migrate plan`", param_hint="--activity")
    if against is not None:
        if format in (Format.HTML, Format.SARIF):
            raise typer.BadParameter("with --against it is rich, json or markdown", param_hint="--format")
        return _compare(dags, against, settings_of(dags, config, airflow_version, told), format, output, fail_on)
    from migrator.report import worst_rank
    from migrator.report.output import render, write_text
    from migrator.roadmap.activity import read_activity

    alive = None if activity is None else read_activity(activity)
    analysis = analysis_of(dags, config, airflow_version, told=told, work=Work(jobs, no_cache))
    if format is Format.HTML:
        text = _page(analysis, dags, settings_of(dags, config, airflow_version, told), alive, activity or "")
    else:
        text = render(analysis, format.value, terminal=output is None and sys.stdout.isatty())
    if output is None:
        write_text(text, sys.stdout)
    else:
        write_text(text, output)
    worst = worst_rank(analysis.diagnostics)
    limit = {FailOn.ERROR: 0, FailOn.WARNING: 1, FailOn.NEVER: -1}[fail_on]
    return int(worst is not None and worst <= limit)


def _page(analysis: Analysis, dags: Path, settings: Config, alive: Mapping[str, Activity] | None, source: str) -> str:
    """The report as one HTML file; its plan leaves out what is dead by `alive`, which is from `source`."""
    from migrator.report.page import render
    from migrator.roadmap import make_roadmap

    roadmap = make_roadmap(analysis.project, analysis.plan, settings.plan, alive, source=source)
    return render(analysis, roadmap, settings.plan, dags.resolve().name)


def _compare(dags: Path, target: str, settings: Config, format: Format, output: Path | None, fail_on: FailOn) -> int:
    """The comparison with a real Airflow; 1 if they differ in something that the analysis does not call unknown."""
    from migrator.against import compare_with
    from migrator.pipeline import analyze
    from migrator.report.against import render
    from migrator.report.json import document
    from migrator.report.output import columns, write_text
    from migrator.report.progress import progress

    require(dags)
    with progress() as report:
        analysis = analyze(dags, settings, report)
        files = [file.path for file in analysis.files if file.status != "skipped"]
        root = Path(analysis.project.root)
        comparison = compare_with(target, root, files, document(analysis)["dags"], settings.roots, report)
    terminal = output is None and sys.stdout.isatty()
    text = render(comparison, format.value, terminal=terminal, width=columns(terminal))
    write_text(text, sys.stdout if output is None else output)
    return int(bool(comparison.wrong) and fail_on is not FailOn.NEVER)
