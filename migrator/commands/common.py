"""What the commands share: the options that mean the same everywhere, the analysis with its progress bar, and how a command ends.

Exit codes: 0 done; 1 findings at or above `--fail-on`, or a project that does not hold what was asked; 2 wrong use, or a bug of this tool;
130 interrupted.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from migrator.diagnostics import CATALOGUE, MigratorError
from migrator.model.frozen import dataclass

if TYPE_CHECKING:
    from migrator.config import Config
    from migrator.model.selection import Selection
    from migrator.pipeline import Analysis

P = ParamSpec("P")


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
VariablesFile = Annotated[
    Path | None,
    typer.Option(
        "--variables",
        metavar="FILE",
        help="Airflow Variables, as `airflow variables export` writes them (also .yaml, .env). Secrets are not kept.",
    ),
]
ConnectionsFile = Annotated[
    Path | None,
    typer.Option(
        "--connections",
        metavar="FILE",
        help="Airflow Connections, as `airflow connections export` writes them. Of each its id, type and default database are kept.",
    ),
]
EnvValues = Annotated[
    list[str] | None,
    typer.Option("--env", metavar="NAME=VALUE", help="An environment variable; may be given several times."),
]

ActivityFrom = Annotated[
    str | None,
    typer.Option(
        "--activity",
        metavar="FILE|URL",
        help="How alive the DAGs are: an export (CSV or JSON with dag_id, is_paused, last_run; or `airflow dags list -o json`), or the URL"
        " of a running Airflow (login by AIRFLOW_TOKEN, or AIRFLOW_USERNAME and AIRFLOW_PASSWORD). Paused DAGs and those without a recent run"
        " are then left out.",
    ),
]

Wrap = Annotated[
    list[str] | None,
    typer.Option(
        "--wrap",
        metavar="OPERATOR",
        help="Operators that no rule translates to run inside of Dagster as they are: a class's name or full name, with `*`; may be given several times.",
    ),
]


Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        help="Processes that may work at the same time. [default: one for each core]",
    ),
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Neither use nor keep what is found out about files."),
]


@dataclass(frozen=True, slots=True)
class Work:
    """How the analysis is to be done; what comes out is the same."""

    jobs: int | None = None
    no_cache: bool = False


EXECUTORS = ("multiprocess", "k8s", "celery")


@dataclass(frozen=True, slots=True)
class Told:
    """What the user tells on the command line; it wins over the settings."""

    variables: Path | None = None
    connections: Path | None = None
    env: list[str] | None = None
    wrap: list[str] | None = None
    executor: str | None = None
    pools: Path | None = None

    def added_to(self, settings: Config) -> Config:
        """The settings with it. MigratorError MIG010 for a file that cannot be read, typer.BadParameter for a wrong `--env`."""
        if self.wrap:
            settings = settings.model_copy(update={"wrap": (*settings.wrap, *self.wrap)})
        if self.executor is not None:
            if self.executor not in EXECUTORS:
                raise typer.BadParameter(f"give one of {', '.join(EXECUTORS)}", param_hint="--executor")
            settings = settings.model_copy(update={"executor": self.executor})
        if self.pools is not None:
            from migrator.exports import read_pools

            settings = settings.model_copy(update={"pools": {**settings.pools, **read_pools(self.pools)}})
        if not (self.variables or self.connections or self.env):
            return settings
        from migrator.exports import read_connections, read_databases, read_variables

        return settings.told(
            read_variables(self.variables) if self.variables else {},
            read_connections(self.connections) if self.connections else {},
            dict(map(_name_and_value, self.env or ())),
            read_databases(self.connections) if self.connections else {},
        )


def _name_and_value(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise typer.BadParameter("give it as NAME=VALUE", param_hint="--env")
    return name.strip(), value


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command that ends with the exit code it returns; errors of use are told without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
            sys.stdout.flush()
        except MigratorError as error:
            code = _refuse(error)
        except KeyboardInterrupt:
            code = interrupted()
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


def interrupted() -> int:
    print("\ninterrupted", file=sys.stderr)
    return 130


def analysis_of(
    dags: Path,
    config: Path | None,
    version: AirflowVersion | None,
    select: Iterable[str] | Selection | None = None,
    told: Told | None = None,
    work: Work | None = None,
    project: Path | None = None,
    refused: Mapping[str, str] | None = None,
) -> Analysis:
    """The analysis of the folder, with a progress bar where a person watches. Data is called as in the generated `project`, if it is there; for DAGs
    that are `refused`, see `analyze`."""
    from migrator.pipeline import analyze
    from migrator.pipeline.store import cache_folder
    from migrator.report.progress import progress

    require(dags)
    settings = settings_of(dags, config, version, told)
    work = work or Work()
    names = None
    if project is not None:
        from migrator.codegen.writing.known_names import read_names

        names = read_names(project).assets
    place = None if work.no_cache else cache_folder()
    with progress() as report:
        return analyze(
            dags,
            settings,
            report,
            select=select,
            jobs=work.jobs or cores(),
            cache=place,
            names=names,
            refused=refused,
        )


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require(dags: Path) -> None:
    if not dags.exists():
        raise MigratorError("MIG001", f"`{dags}` does not exist")


def settings_of(dags: Path, config: Path | None, version: AirflowVersion | None, told: Told | None = None) -> Config:
    """What holds for this run: the settings' file, and over it what was told on the command line."""
    from migrator.config import load_config

    settings = (told or Told()).added_to(load_config(config, dags))
    return settings.model_copy(update={"airflow_version": version.value}) if version else settings
