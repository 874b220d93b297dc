"""`migrate patch`: the one line in a DAG file, for teams that cannot install a cluster policy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from migrator.commands.common import ConfigFile, Dags, Told, Version, analysis_of, guarded
from migrator.diagnostics import MigratorError


@guarded
def patch(
    dags: Dags,
    dag_id: Annotated[str, typer.Argument(metavar="DAG_ID", help="The DAG whose file is meant.")],
    revert: Annotated[bool, typer.Option("--revert", help="Take the line out again.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show the change.")] = False,
    airflow_version: Version = None,
    config: ConfigFile = None,
) -> int:
    """Add the call of `dagster_proxy` to a DAG's file, or take it out again.

    Only needed where neither `airflow_local_settings.py` nor a pip package can be installed in Airflow. All other bytes of the file stay.
    """
    from migrator.bridge.patch import difference, patched, reverted
    from migrator.report.output import write_bytes, write_text
    from migrator.report.words import clean

    analysis = analysis_of(dags, config, airflow_version, [dag_id], Told())
    name = next(dag.span.file for dag in analysis.project.dags if dag.dag_id == dag_id)
    path = _inside(Path(analysis.project.root), name)
    before = path.read_bytes()
    try:
        after = reverted(before) if revert else patched(before)
    except MigratorError as error:
        raise MigratorError(error.code, f"`{name}`: {error.message}", error.help) from None
    if after == before:
        write_text(
            f"`{name}` {'has no such line' if revert else 'calls `proxy_dags` already'}: nothing was changed.\n",
            sys.stdout,
        )
        return 0
    write_text("".join(f"{clean(line)}\n" for line in difference(before, after, name)), sys.stdout)
    if diff:
        return 0
    write_bytes(after, path)
    others = [dag.dag_id for dag in analysis.project.dags if dag.span.file == name and dag.dag_id != dag_id]
    lines = [f"Changed `{name}`."]
    if others:
        lines.append(
            f"It also defines {', '.join(f'`{other}`' for other in others)}: the line is for all DAGs of the file."
        )
    if not revert and not (Path(analysis.project.root) / "dagster_proxy.py").is_file():
        lines.append(
            f"Copy `for_airflow/dagster_proxy.py` of the generated project into `{dags}`: the DAG does not load without it."
        )
    write_text("".join(f"{clean(line)}\n" for line in lines), sys.stdout)
    return 0


def _inside(root: Path, name: str) -> Path:
    """The real file. MigratorError MIG640 where it is none, or lies outside of the DAG folder."""
    path = (root / name).resolve()
    if not path.is_file():
        raise MigratorError("MIG640", f"`{name}` is not a file of its own", "unpack the archive that it lies in")
    if not path.is_relative_to(root.resolve()):
        raise MigratorError(
            "MIG640", f"`{name}` is a link to a file outside of the DAG folder", "give the folder that it lies in"
        )
    return path
