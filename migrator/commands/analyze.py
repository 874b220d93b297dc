"""`migrate analyze`: the report."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from migrator.commands.common import (
    ConfigFile,
    ConnectionsFile,
    Dags,
    EnvValues,
    Told,
    VariablesFile,
    Version,
    analysis_of,
    guarded,
)


class Format(str, Enum):
    RICH = "rich"
    JSON = "json"
    MARKDOWN = "markdown"


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
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if there is a finding of this severity or worse.")
    ] = FailOn.ERROR,
) -> int:
    """Say what the DAGs are and what they would become."""
    from migrator.report import worst_rank
    from migrator.report.output import render, write_text

    analysis = analysis_of(dags, config, airflow_version, told=Told(variables, connections, env))
    text = render(analysis, format.value, terminal=output is None and sys.stdout.isatty())
    if output is None:
        write_text(text, sys.stdout)
    else:
        write_text(text, output)
    worst = worst_rank(analysis.diagnostics)
    limit = {FailOn.ERROR: 0, FailOn.WARNING: 1, FailOn.NEVER: -1}[fail_on]
    return int(worst is not None and worst <= limit)
