"""The command `migrate`. One module of `commands` for each command; stages are imported by the commands that need them, so that
`migrate --help` answers at once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from migrator import __version__
from migrator.commands import analyze, assets, explain, generate, move, patch, plan, shadow, status, verify
from migrator.commands.common import interrupted

app = typer.Typer(
    name="migrate",
    help="Reads Airflow DAG files, never running them, and writes a Dagster project.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    analyze.analyze,
    assets.assets,
    plan.plan,
    generate.generate,
    verify.verify,
    status.status,
    move.units,
    move.promote,
    move.rollback,
    patch.patch,
    shadow.shadow,
    explain.explain,
):
    app.command()(command)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="migrate")
    except KeyboardInterrupt:
        raise SystemExit(interrupted()) from None


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
