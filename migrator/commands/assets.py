"""`migrate assets`: the data that the DAGs read and write, and where that was seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migrator.commands.analyze import Format
from migrator.commands.common import (
    ConfigFile,
    ConnectionsFile,
    Dags,
    EnvValues,
    Told,
    VariablesFile,
    Version,
    guarded,
    require,
    settings_of,
)

if TYPE_CHECKING:
    from migrator.config import Config
    from migrator.model.airflow import AirflowProject
    from migrator.model.assets import DataAsset
    from migrator.model.source import SourceFile


@guarded
def assets(
    dags: Dags,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.RICH,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the list to a file. [default: standard output]"),
    ] = None,
    dag: Annotated[
        list[str] | None,
        typer.Option("--dag", metavar="DAG_ID", help="Only what this DAG touches; may be given several times."),
    ] = None,
    external: Annotated[bool, typer.Option("--external", help="Only data that no task of these DAGs makes.")] = False,
    values: Annotated[
        bool, typer.Option("--values", help="Also the values that tasks hand to each other (XComs).")
    ] = False,
    why: Annotated[
        str | None,
        typer.Option(
            "--why", metavar="KEY", help="All evidence of one asset, by its key (warehouse/orders) or its name."
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write stubs of corrections for migrator.toml."),
    ] = None,
    airflow_version: Version = None,
    config: ConfigFile = None,
    variables: VariablesFile = None,
    connections: ConnectionsFile = None,
    env: EnvValues = None,
) -> int:
    """List the data assets: who makes them, who uses them, how sure that is."""
    from migrator.diagnostics import MigratorError
    from migrator.pipeline import analyze
    from migrator.report import assets as report
    from migrator.report.output import columns, write_text
    from migrator.report.progress import progress

    require(dags)
    settings = settings_of(dags, config, airflow_version, Told(variables, connections, env))
    with progress() as shown:
        analysis = analyze(dags, settings, shown)
    project = analysis.project
    _require_dags(project, dag or [])
    terminal = output is None and sys.stdout.isatty()
    if why is not None:
        found = report.find(project, why)
        if not found:
            close = report.close_to(project, why)
            advice = (
                f"did you mean {' or '.join(f'`{key}`' for key in close)}?" if close else "`migrate assets` lists all"
            )
            raise typer.BadParameter(f"there is no asset `{why}`; {advice}", param_hint="--why")
        sources = _sources(dags, settings, project, found)
        text = "\n".join(
            report.why(project, asset, sources, terminal=terminal, width=columns(terminal)) for asset in found
        )
    else:
        listed = report.chosen(project, external=external, values=values, dags=dag or ())
        if export is not None:
            if export.exists():
                raise MigratorError("MIG503", f"`{export}` is there already", "choose another name, or delete it")
            write_text(report.stubs(listed), export)
            print(f"{sum(asset.kind != 'xcom' for asset in listed)} corrections written to {export}")
            return 0
        if format is Format.JSON:
            text = report.as_json(project, listed)
        elif format is Format.MARKDOWN:
            text = report.as_markdown(listed)
        else:
            findings = [] if dag else analysis.diagnostics
            what = "external data asset" if external else "data asset"
            text = report.as_table(listed, findings, terminal=terminal, width=columns(terminal), what=what)
    write_text(text, sys.stdout if output is None else output)
    return 0


def _require_dags(project: AirflowProject, wanted: list[str]) -> None:
    from migrator.diagnostics import MigratorError

    known = {dag.dag_id for dag in project.dags}
    for dag_id in wanted:
        if dag_id not in known:
            raise MigratorError("MIG507", f"no DAG is called `{dag_id}`", "run `migrate analyze` to list the DAGs")


def _sources(dags: Path, settings: Config, project: AirflowProject, found: list[DataAsset]) -> dict[str, SourceFile]:
    """The texts of the files that evidence stands in: Python files are known, SQL and other files are read from the folder."""
    from migrator.analyzers.source import Folder
    from migrator.model.source import SourceFile

    sources = dict(project.sources)
    keys = {asset.key for asset in found}
    folder = Folder.open(dags, settings.roots, max_bytes=settings.max_file_bytes)
    for task in project.tasks():
        for ref in task.refs:
            path = ref.evidence.span.file
            if ref.key in keys and path not in sources and (text := folder.read_text(path)) is not None:
                sources[path] = SourceFile(path, text)
    return sources
