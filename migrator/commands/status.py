"""`migrate status`: how far a migration is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migrator.commands.common import guarded

if TYPE_CHECKING:
    from rich.console import Console

    from migrator.dashboard.facts import Status


@guarded
def status(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder of a generated project.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    all: Annotated[bool, typer.Option("--all", help="List every DAG.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it until interrupted.")] = False,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=1, help="With --watch: how often to look again.")
    ] = 10.0,
) -> int:
    """Show how far a migration is, what is inconsistent, and what comes next.

    Reads the project's state files, Airflow (AIRFLOW_URL) and Dagster (DAGSTER_URL), and says which of them it could not reach. With
    MIGRATION_DAGS_FOLDER it also tells whose code is behind its DAG file. The exit code is 1 while something is inconsistent.
    """
    from migrator.dashboard.terminal import as_json, as_text

    if json and watch:
        raise typer.BadParameter("give --json or --watch, not both", param_hint="--watch")
    found = _status(project)
    if json:
        from json import dumps

        print(dumps(as_json(found), indent=2))
        return int(bool(found.wrong))
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    if watch:
        found = _watch(project, found, console, every, all)
    else:
        console.print(as_text(found, all))
    return int(bool(found.wrong))


def _status(project: Path) -> Status:
    import os

    from migrator.dashboard.facts import gather
    from migrator.dashboard.names import Names
    from migrator.dashboard.settings import Settings
    from migrator.dashboard.sources import ask_airflow, ask_webserver
    from migrator.state.inventory import find_migration_folder, read_inventory

    migration = find_migration_folder(project)
    inventory = read_inventory(migration)
    return gather(
        migration,
        inventory,
        ask_airflow(os.environ),
        ask_webserver(os.environ, Names.of(inventory).schedule),
        Settings.of(os.environ).dags_folder,
    )


def _watch(project: Path, found: Status, console: Console, every: float, all_dags: bool) -> Status:
    """Shows it again and again: at a terminal in place, else one below the other. What was found last, when the user interrupts."""
    import time

    from rich.live import Live

    from migrator.dashboard.terminal import as_text

    def looks() -> Iterator[Status]:
        while True:
            time.sleep(every)
            yield _status(project)

    try:
        if not console.is_terminal:
            console.print(as_text(found, all_dags))
            for found in looks():
                console.print()
                console.print(as_text(found, all_dags))
        else:
            with Live(as_text(found, all_dags), console=console, auto_refresh=False) as live:
                for found in looks():
                    live.update(as_text(found, all_dags), refresh=True)
    except KeyboardInterrupt:
        pass
    return found
