"""`migrate generate`: the Dagster project."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
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
    from migrator.model.selection import Selection
    from migrator.pipeline import Analysis


@guarded
def generate(
    dags: Dags,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="PROJECT", help="Folder of the project: new, empty, or generated before."
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the project and its Python package. [default: after the folder]"),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="DAG_ID",
            help="Only this DAG, and those that the project has already; may be given several times. [default: all, or those that it has]",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All DAGs, where the project was made of some with --select.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="As --dry-run, and exit with 1 if anything would be: for CI."),
    ] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Write generated files again that were deleted by hand.")
    ] = False,
    airflow_version: Version = None,
    config: ConfigFile = None,
    variables: VariablesFile = None,
    connections: ConnectionsFile = None,
    env: EnvValues = None,
    wrap: Wrap = None,
    executor: Annotated[
        str | None,
        typer.Option(
            "--executor", metavar="multiprocess|k8s|celery", help="Where steps run; writes what the deployment needs."
        ),
    ] = None,
    pools: Annotated[
        Path | None,
        typer.Option(
            "--pools", metavar="FILE", help="Sizes of Airflow's pools, as `airflow pools export` writes them."
        ),
    ] = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
) -> int:
    """Write the Dagster project that the DAGs become.

    What was edited in the project since is merged; where an edit and a change of the DAGs meet, both stand in the file between markers, and
    the exit code is 1.
    """
    from migrator.codegen import render_project, write_project
    from migrator.codegen.writing.known_names import read_names
    from migrator.codegen.writing.selection import SELECTION, selection_for, selection_text
    from migrator.pipeline import with_deep_stack
    from migrator.pipeline.around_bugs import around_bugs
    from migrator.report.generated import describe
    from migrator.report.output import write_text
    from migrator.roadmap import make_roadmap

    package = project_name(name, output)
    require(dags)
    _refuse_inside(dags, output)
    told, work = Told(variables, connections, env, wrap, executor, pools), Work(jobs, no_cache)

    selection = selection_for(output, select or (), everything)

    def analyzed(chosen: Iterable[str] | Selection | None, refused: Mapping[str, str]) -> Analysis:
        return analysis_of(dags, config, airflow_version, chosen, told, work, output, refused)

    analysis = analyzed(selection, {})
    if not analysis.project.dags:
        found = next(finding for finding in analysis.diagnostics if finding.code == "MIG002")
        raise MigratorError(found.code, found.message, found.help)
    _refuse_unknown(select or (), analysis)
    _refuse_to_lose(analysis, output)
    roadmap = make_roadmap(analysis.project, analysis.plan, settings_of(dags, config, airflow_version).plan)
    efforts = {dag.dag_id: (round(dag.effort.low, 1), round(dag.effort.high, 1)) for dag in roadmap.dags}
    place = Path(os.path.relpath(analysis.project.root, output.resolve())).as_posix()
    known = read_names(output)

    def rendered(found: Analysis) -> tuple[Analysis, dict[str, str]]:
        files = with_deep_stack(lambda: render_project(found.plan, found.project, package, efforts, place, known))
        if selection is not None:
            files[SELECTION] = selection_text(dag.dag_id for dag in found.plan.dags)
        return found, files

    analysis, files = around_bugs(
        [dag.dag_id for dag in analysis.plan.dags],
        lambda bugs: rendered(analyzed(selection, bugs) if bugs else analysis),
        lambda chosen: rendered(analyzed(list(chosen), {})),
    )
    dry_run = dry_run or check
    result = write_project(files, output, dry_run=dry_run, source=dags.name, restore=restore)
    write_text(describe(analysis, result, dags=str(dags), out=str(output), dry_run=dry_run), sys.stdout)
    return int(bool(result.conflicts or result.undefined or result.doubled) or (check and result.changed))


def _refuse_unknown(select: Iterable[str], analysis: Analysis) -> None:
    """Raises MigratorError (MIG507) for a DAG that is asked for and not there, where the project is made of all."""
    known = {dag.dag_id for dag in analysis.project.dags}
    for dag_id in select:
        if dag_id not in known:
            raise MigratorError("MIG507", f"no DAG is called `{dag_id}`")


def _refuse_to_lose(analysis: Analysis, output: Path) -> None:
    """Raises MigratorError (MIG509) where a file that cannot be read now defined DAGs that the project at `output` has."""
    from migrator.state.inventory import find_migration_folder, read_inventory

    unreadable = {file.path for file in analysis.files if file.status == "error"}
    if not unreadable:
        return
    try:
        entries = read_inventory(find_migration_folder(output)).dags
    except MigratorError:
        return  # there is no project yet, or no such record in it
    here = {dag.dag_id for dag in analysis.project.dags}
    lost = [entry for entry in entries if entry.file in unreadable and entry.dag_id not in here]
    if lost:
        files = ", ".join(f"`{file}`" for file in sorted({entry.file for entry in lost}))
        dags = ", ".join(f"`{entry.dag_id}`" for entry in lost)
        raise MigratorError("MIG509", f"{files} cannot be read, and the project has DAGs of it: {dags}")


def project_name(name: str | None, output: Path) -> str:
    """The name given, or one made from the folder's. typer.BadParameter if the one given cannot be a package's."""
    import keyword
    import re

    taken = {"dagster", "migrator", "airflow", "tests", "src", *sys.stdlib_module_names}
    if name is not None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or keyword.iskeyword(name) or name.lower() in taken:
            raise typer.BadParameter(
                f"`{name}` cannot be a Python package: use letters, digits and `_`, and no name of a library",
                param_hint="--name",
            )
        return name
    made = re.sub(r"[^a-z0-9]+", "_", output.absolute().name.lower()).strip("_")
    if not made or made[0].isdigit():
        made = f"project_{made}".rstrip("_")
    return f"{made}_project" if keyword.iskeyword(made) or made in taken else made


def _refuse_inside(dags: Path, output: Path) -> None:
    """Airflow would load the files of a project inside the DAG folder, and the next run would take them for DAG files.

    A file that is given alone makes no DAG folder of the one that it lies in: the project may stand beside it.
    """
    if dags.is_dir() and output.resolve().is_relative_to(dags.resolve()):
        raise MigratorError(
            "MIG501", f"`{output}` lies inside the DAG folder `{dags}`", "choose a folder outside of the DAG folder"
        )
