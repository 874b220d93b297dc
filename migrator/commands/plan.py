"""`migrate plan`: the order, the effort, and what to deal with first."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from migrator.commands.common import (
    ActivityFrom,
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
    settings_of,
)


class Format(str, Enum):
    RICH = "rich"
    JSON = "json"
    MARKDOWN = "markdown"


@guarded
def plan(
    dags: Dags,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.RICH,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the plan to a file. [default: standard output]"),
    ] = None,
    activity: ActivityFrom = None,
    dead_after: Annotated[
        int | None,
        typer.Option(
            "--dead-after", metavar="DAYS", min=1, help="Without a run for so long a DAG is dead. [default: 90]"
        ),
    ] = None,
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
    """Say in which order to move the DAGs, how much work that is, and what to deal with first."""
    from migrator.report.output import columns, write_text
    from migrator.report.roadmap import render
    from migrator.roadmap import make_roadmap
    from migrator.roadmap.activity import read_activity

    told = Told(variables, connections, env, wrap)
    alive = None if activity is None else read_activity(activity)
    analysis = analysis_of(dags, config, airflow_version, select or None, told=told, work=Work(jobs, no_cache))
    settings = settings_of(dags, config, airflow_version, told).plan
    if dead_after is not None:
        settings = settings.model_copy(update={"dead_after_days": dead_after})
    roadmap = make_roadmap(analysis.project, analysis.plan, settings, alive, source=activity or "")
    terminal = output is None and sys.stdout.isatty()
    text = render(roadmap, format.value, settings, terminal=terminal, width=columns(terminal))
    write_text(text, sys.stdout if output is None else output)
    return 0
