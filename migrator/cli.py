"""The command `migrate`: parses options, calls a stage, prints.

Exit codes: 0 done; 1 findings at or above `--fail-on`, or a project that does not hold what `verify` asks; 2 wrong use, or a bug of this tool;
130 interrupted. Stages are imported by the commands that need them: `migrate --help` answers at once.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from migrator import __version__
from migrator.diagnostics import CATALOGUE, MigratorError

if TYPE_CHECKING:
    from migrator.config import Config
    from migrator.pipeline import Analysis

P = ParamSpec("P")

app = typer.Typer(
    name="migrate",
    help="Reads Airflow DAG files, never running them, and writes a Dagster project.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Format(str, Enum):
    RICH = "rich"
    JSON = "json"
    MARKDOWN = "markdown"


class FailOn(str, Enum):
    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


class AirflowVersion(str, Enum):
    TWO = "2"
    THREE = "3"


Dags = Annotated[
    Path, typer.Argument(metavar="DAGS", help="Folder of DAG files (Airflow's `dags_folder`), or one file.")
]
Version = Annotated[
    AirflowVersion | None,
    typer.Option(
        "--airflow-version", help="The Airflow that the DAGs are written for. [default: as their imports tell]"
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings. [default: migrator.toml in DAGS or here]"),
]
Select = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="DAG_ID", help="Only this DAG; may be given several times. [default: all]"),
]


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="migrate")
    except KeyboardInterrupt:
        raise SystemExit(_interrupted()) from None


def _guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command that ends with the exit code it returns; errors of use are told without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except MigratorError as error:
            code = _refuse(error)
        except KeyboardInterrupt:
            code = _interrupted()
        except BrokenPipeError:
            # The reader has gone (`migrate analyze | head`). What Python flushes at exit must go nowhere, too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except typer.BadParameter:
            raise
        except Exception:
            import traceback

            traceback.print_exc()
            print("\nThis is a bug of migrate: please report it with the text above.", file=sys.stderr)
            code = 2
        raise typer.Exit(code)

    return run


def _refuse(error: MigratorError) -> int:
    from migrator.report.words import clean

    first, *rest = error.message.splitlines() or [""]
    lines = [f"error[{error.code}]: {clean(first)}", *(f"  {clean(line)}" for line in rest)]
    help = error.help or CATALOGUE[error.code].remedy
    print("\n".join([*lines, *([f"help: {clean(help)}"] if help else [])]), file=sys.stderr)
    return 2


def _interrupted() -> int:
    print("\ninterrupted", file=sys.stderr)
    return 130


# --------------------------------------------------------------------------------------------------------------- commands


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"migrate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before the command."""


@app.command()
@_guarded
def analyze(
    dags: Dags,
    format: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.RICH,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the report to a file. [default: standard output]"),
    ] = None,
    airflow_version: Version = None,
    config: ConfigFile = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if there is a finding of this severity or worse.")
    ] = FailOn.ERROR,
) -> int:
    """Say what the DAGs are and what they would become."""
    from migrator.report import worst_rank
    from migrator.report.output import render, write_text

    analysis = _analysis(dags, config, airflow_version)
    text = render(analysis, format.value, terminal=output is None and sys.stdout.isatty())
    if output is None:
        write_text(text, sys.stdout)
    else:
        write_text(text, output)
    worst = worst_rank(analysis.diagnostics)
    limit = {FailOn.ERROR: 0, FailOn.WARNING: 1, FailOn.NEVER: -1}[fail_on]
    return int(worst is not None and worst <= limit)


@app.command()
@_guarded
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
    select: Select = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    airflow_version: Version = None,
    config: ConfigFile = None,
) -> int:
    """Write the Dagster project that the DAGs become."""
    from migrator.codegen import render_project, write_project
    from migrator.pipeline import with_deep_stack
    from migrator.report.generated import describe
    from migrator.report.output import write_text

    project_name = _project_name(name, output)
    _require(dags)
    _refuse_inside(dags, output)
    analysis = _analysis(dags, config, airflow_version, select)
    if not analysis.project.dags:
        raise MigratorError("MIG002", next(f.message for f in analysis.diagnostics if f.code == "MIG002"))
    files = with_deep_stack(lambda: render_project(analysis.plan, analysis.project, project_name))
    result = write_project(files, output, dry_run=dry_run, source=dags.name)
    write_text(describe(analysis, result, dags=str(dags), out=str(output), dry_run=dry_run), sys.stdout)
    return 0


@app.command()
@_guarded
def verify(
    dags: Dags,
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder that `migrate generate` wrote.")],
    select: Select = None,
    airflow_version: Version = None,
    config: ConfigFile = None,
) -> int:
    """Check that a generated project loads and lost nothing.

    Each task is to be accounted for once, and what led to what in Airflow is to lead to it in Dagster.
    """
    from migrator.report.generated import describe_verification
    from migrator.report.output import write_text
    from migrator.verify import verify as check

    _require(dags)
    if not project.is_dir():
        raise MigratorError("MIG520", f"`{project}` is not a folder")
    analysis = _analysis(dags, config, airflow_version, select)
    if not analysis.project.dags:
        raise MigratorError("MIG002", next(f.message for f in analysis.diagnostics if f.code == "MIG002"))
    findings = check(analysis.project, analysis.plan, project)
    write_text(describe_verification(analysis, findings, terminal=sys.stdout.isatty()), sys.stdout)
    return int(bool(findings))


@app.command()
@_guarded
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Code of a finding, as MIG203. [default: list all]"),
    ] = None,
) -> int:
    """Say what a finding means and what to do."""
    import textwrap

    if code is None:
        print("\n".join(f"{name}  {doc.severity.value:<7}  {doc.title}" for name, doc in CATALOGUE.items()))
        return 0
    name = code.strip().upper()
    if name not in CATALOGUE:
        import difflib

        close = difflib.get_close_matches(name, CATALOGUE, n=1)
        advice = f"did you mean `{close[0]}`?" if close else "`migrate explain` lists all codes"
        raise typer.BadParameter(f"there is no code `{code}`; {advice}", param_hint="CODE")
    doc = CATALOGUE[name]
    print(f"{name}: {doc.title} ({doc.severity.value})\n")
    print(textwrap.fill(doc.meaning, 80))
    print(f"\n{textwrap.fill(f'What to do: {doc.remedy}', 80)}")
    return 0


# ---------------------------------------------------------------------------------------------------------------- helpers


def _analysis(
    dags: Path, config: Path | None, version: AirflowVersion | None, select: list[str] | None = None
) -> Analysis:
    """The analysis of the folder, with a progress bar where a person watches."""
    from migrator.pipeline import analyze
    from migrator.report.progress import progress

    _require(dags)
    settings = _settings(dags, config, version)
    with progress() as report:
        return analyze(dags, settings, report, select=select or None)


def _require(dags: Path) -> None:
    if not dags.exists():
        raise MigratorError("MIG001", f"`{dags}` does not exist")


def _settings(dags: Path, config: Path | None, version: AirflowVersion | None) -> Config:
    from migrator.config import load_config

    settings = load_config(config, dags)
    return settings.model_copy(update={"airflow_version": version.value}) if version else settings


def _project_name(name: str | None, output: Path) -> str:
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
    """Airflow would load the files of a project inside the DAG folder, and the next run would take them for DAG files."""
    folder = (dags if dags.is_dir() else dags.parent).resolve()
    if output.resolve().is_relative_to(folder):
        raise MigratorError(
            "MIG501", f"`{output}` lies inside the DAG folder `{dags}`", "choose a folder outside of the DAG folder"
        )
